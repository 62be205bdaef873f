"""Drawn pictures: exact, named as they look, the same for every address."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from refmatte_engine.attributes.color import dominant_colors
from refmatte_engine.config import Color
from refmatte_engine.errors import BadInputError, UsageError
from refmatte_engine.manifest.vocabulary import EntityKind, Split
from refmatte_engine.sources.base import Candidate, Cutout, CutoutFiles
from refmatte_engine.sources.drawn import (
    MARGIN,
    PAINTS,
    SIZES,
    DrawnBackgrounds,
    DrawnSource,
    Pattern,
    draw,
    drawing,
    write_cutouts,
)
from refmatte_engine.sources.outlines import OUTLINES, coverage

CAP = 10**8


def stated(candidate: Candidate) -> dict[str, str]:
    return {label.name: label.value for label in candidate.labels}


def read(source: DrawnSource, candidate: Candidate) -> Cutout:
    return source.read(candidate.files, max_pixels=CAP)


def test_at_least_twelve_shapes_and_eleven_colours() -> None:
    assert len(OUTLINES) >= 12
    assert set(PAINTS) == {
        "black", "blue", "brown", "gray", "green", "orange", "pink", "purple", "red", "white", "yellow",
    }  # fmt: skip


def test_any_number_and_the_first_ones_stay() -> None:
    few, many = list(DrawnSource(5).candidates()), list(DrawnSource(200).candidates())
    assert many[:5] == few
    assert [c.stem for c in many] == sorted({c.stem for c in many})
    assert {c.category for c in many} == set(OUTLINES)
    assert {stated(c)["color"] for c in many} == set(PAINTS)
    assert {stated(c)["pattern"] for c in many} == {pattern.value for pattern in Pattern}
    assert {stated(c)["transparent"] for c in many} == {"true", "false"}
    assert {c.kind for c in many} == {EntityKind.OBJECT}
    assert {c.license for c in many} == {"CC0-1.0"}


def test_another_seed_draws_others() -> None:
    first = [drawing(0, i) for i in range(20)]
    assert first != [drawing(1, i) for i in range(20)]
    assert first == [drawing(0, i) for i in range(20)]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 3), st.integers(0, 5000))
def test_what_is_stated_is_what_is_drawn(seed: int, index: int) -> None:
    what = drawing(seed, index)
    cutout = draw(what)
    foreground, alpha = cutout.foreground, cutout.alpha
    assert foreground is not None
    assert foreground.shape == cutout.image.shape == (*alpha.shape, 3)
    rows, columns = np.nonzero(alpha)
    box = (np.ptp(columns) + 1, np.ptp(rows) + 1)
    # The outline's box, give or take the pixel that its edge cuts.
    assert SIZES[0] - 1 <= max(box) <= SIZES[1] + 2
    assert min(rows.min(), columns.min()) >= MARGIN - 1

    inside = alpha > 0.9 * alpha.max()
    if what.transparent:
        assert np.median(alpha[alpha > 0]) < 0.8 * 255
        inside = alpha > 0.4 * alpha.max()
    else:
        assert alpha.max() == 255
    # Most of it is near the main colour, none of whose variations leaves the term.
    distance = np.abs(foreground[inside].astype(int) - np.array(what.main)).max(axis=1)
    main_share = float(np.mean(distance < 45))
    assert main_share > 0.6
    if what.pattern is Pattern.PLAIN:
        assert main_share == 1.0
    else:
        assert main_share < 0.95


@pytest.mark.parametrize("index", range(0, 66, 2))
def test_the_stated_colour_is_what_the_colour_measure_finds(index: int) -> None:
    what = drawing(5, index)
    measured = dominant_colors(draw(what), Color())
    assert (measured[0].basic, measured[0].share > 0.5) == (what.color, True)


def test_reading_twice_gives_the_same_pixels_and_inspection_the_same_alpha() -> None:
    source = DrawnSource(4, seed=3)
    for candidate in source.candidates():
        once, again = read(source, candidate), read(source, candidate)
        reading = source.inspect(candidate.files, max_pixels=CAP)
        assert np.array_equal(once.alpha, reading.alpha)
        for one, other in zip((once.image, once.foreground), (again.image, again.foreground), strict=True):
            assert one is not None
            assert other is not None
            assert np.array_equal(one, other)
    hashes = {source.inspect(c.files, max_pixels=CAP).content_hash for c in source.candidates()}
    assert len(hashes) == 4
    other_seed = next(iter(DrawnSource(1, seed=4).candidates()))
    assert source.inspect(other_seed.files, max_pixels=CAP).content_hash not in hashes


def test_the_image_is_the_foreground_on_grey() -> None:
    cutout = draw(drawing(0, 3))
    assert cutout.foreground is not None
    share = cutout.alpha[..., None] / 255
    assert np.abs(share * cutout.foreground + (1 - share) * 200 - cutout.image).max() <= 0.5


def test_coverage_is_the_area_of_the_outline() -> None:
    square = (np.array([[2.25, 3.5], [7.75, 3.5], [7.75, 8.25], [2.25, 8.25]]),)
    covered = coverage(square, 12, 11)
    assert covered.sum() == pytest.approx(5.5 * 4.75, rel=1e-9)
    assert covered[5, 5] == 1
    assert covered[5, 2] == pytest.approx(0.75, abs=1e-9)
    assert covered[3, 5] == pytest.approx(0.5, abs=1e-9)
    assert covered[8, 7] == pytest.approx(0.75 * 0.25, abs=1e-9)
    angle = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    disc = 30.3 + 20.7 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    hole = 30.3 + 10.2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    assert coverage((disc, hole), 61, 61).sum() == pytest.approx(np.pi * (20.7**2 - 10.2**2), rel=1e-4)
    with pytest.raises(ValueError, match="at least one"):
        coverage((), 3, 3)


@pytest.mark.parametrize("address", ["drawn/0", "drawn/0/x", "sample/0/1", "drawn/-1/2", "drawn/0/1/2"])
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(BadInputError, match="not the address of a drawn picture"):
        DrawnSource(1).read(CutoutFiles(image=address), max_pixels=CAP)


def test_numbers_that_make_no_sense_are_usage_errors() -> None:
    with pytest.raises(UsageError, match="at least 1"):
        DrawnSource(0)
    with pytest.raises(UsageError, match="at least 1"):
        DrawnBackgrounds(-3)
    with pytest.raises(UsageError, match="0 or more"):
        DrawnSource(1, seed=-1)


def test_backgrounds_are_smooth_known_to_be_empty_and_repeatable() -> None:
    import cv2

    source = DrawnBackgrounds(5)
    for candidate in source.backgrounds():
        assert candidate.contains == ()
        picture = source.read_background(candidate.file, max_pixels=CAP)
        reading = source.inspect_background(candidate.file, max_pixels=CAP)
        assert picture.shape == (reading.height, reading.width, 3)
        assert min(picture.shape[:2]) >= 800
        assert np.array_equal(picture, source.read_background(candidate.file, max_pixels=CAP))
        # No edge: away from grain, neighbours 4 pixels apart hardly differ.
        smooth = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 2)
        assert np.abs(smooth[4:] - smooth[:-4]).max() < 32
        assert picture.std(axis=(0, 1)).max() > 4
    assert len({source.inspect_background(c.file, max_pixels=CAP).content_hash for c in source.backgrounds()}) == 5


def test_cutouts_as_files(tmp_path: Path) -> None:
    table = write_cutouts(tmp_path / "cutouts", 6, seed=2, categories=("zorp", "flim"))
    with table.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["category"] for row in rows] == ["zorp", "flim"] * 3
    for index, row in enumerate(rows):
        what = drawing(2, index, ("circle", "square")[index % 2])
        assert (row["attr:color"], row["attr:pattern"]) == (what.color, what.pattern.value)
        with Image.open(table.parent / row["file"]) as image:
            pixels = np.asarray(image)
        cutout = draw(what)
        assert cutout.foreground is not None
        assert np.array_equal(pixels, np.dstack([cutout.foreground, cutout.alpha]))
    assert sorted(path.name for path in table.parent.iterdir()) == [
        *(f"{i:05d}.png" for i in range(6)),
        "labels.csv",
    ]


def test_written_shapes_keep_their_own_names(tmp_path: Path) -> None:
    table = write_cutouts(tmp_path, 3)
    assert [line.split(",")[1] for line in table.read_text().splitlines()[1:]] == list(OUTLINES)[:3]


def test_held_out_combinations_are_in_test_alone_and_their_parts_in_train() -> None:
    assert {c.split for c in DrawnSource(50).candidates()} == {None}
    split: dict[Split | None, set[tuple[str | None, str]]] = {Split.TRAIN: set(), Split.TEST: set()}
    for c in DrawnSource(3000, hold_out_combinations=True).candidates():
        split[c.split].add((c.category, stated(c)["color"]))
    train, test = split[Split.TRAIN], split[Split.TEST]
    assert not train & test
    assert len(test) == len(OUTLINES) * 3 and len(train) == len(OUTLINES) * (len(PAINTS) - 3)
    assert {shape for shape, _ in test} == {shape for shape, _ in train} == set(OUTLINES)
    assert {color for _, color in test} == {color for _, color in train} == set(PAINTS)


def test_a_scale_draws_the_same_things_smaller() -> None:
    whole, small = DrawnSource(20), DrawnSource(20, scale=0.2)
    for one, other in zip(whole.candidates(), small.candidates(), strict=True):
        assert (one.category, one.labels) == (other.category, other.labels)
        inner = read(small, other).alpha.shape
        longest = max(read(whole, one).alpha.shape) - 2 * MARGIN
        assert max(inner) - 2 * MARGIN == pytest.approx(0.2 * longest, abs=2)
    (background,) = DrawnBackgrounds(1, scale=0.2).backgrounds()
    shape = DrawnBackgrounds(1, scale=0.2).read_background(background.file, max_pixels=CAP).shape
    assert shape == (160, 240, 3)
