"""Foreground colours: near the truth, exact where opaque, prepared once, remade when broken."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from refmatte_engine.config import Foreground
from refmatte_engine.entities import Box, Entity, Shape
from refmatte_engine.errors import BadInputError
from refmatte_engine.foreground.closed_form import estimate_foreground_band
from refmatte_engine.foreground.prepare import CutoutCache, level_for, level_size, method_for, prepare_cutout
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.sources.base import AlphaReading, Candidate, Cutout, CutoutFiles

BOX = Box(x=40, y=30, w=181, h=141)
FRAME = (260, 200)
MULTILEVEL = Foreground()
CLOSED_FORM = Foreground(method="closed_form")


@dataclass(frozen=True)
class OneCutout:
    """A source of one cut-out in memory that counts how often it is read."""

    cutout: Cutout
    reads: list[str]
    name: str = "memory"

    def candidates(self) -> Iterator[Candidate]:
        yield from ()

    def inspect(self, files: CutoutFiles, *, max_pixels: int) -> AlphaReading:
        return AlphaReading(alpha=self.cutout.alpha, content_hash="0" * 64)

    def read(self, files: CutoutFiles, *, max_pixels: int) -> Cutout:
        self.reads.append(files.image)
        return self.cutout


def soft_ellipse(softness: float = 0.35) -> NDArray[np.uint8]:
    """An alpha with a wide soft band that exactly fills `BOX` of `FRAME`."""
    width, height = FRAME
    y, x = np.mgrid[0:height, 0:width] + 0.5
    radius = np.hypot((x - BOX.x - BOX.w / 2) / (BOX.w / 2), (y - BOX.y - BOX.h / 2) / (BOX.h / 2))
    alpha: NDArray[np.uint8] = np.rint(255 * np.clip((1.002 - radius) / softness, 0, 1)).astype(np.uint8)
    rows, columns = np.nonzero(alpha)
    alpha[BOX.y, BOX.x + BOX.w // 2] = max(1, alpha[BOX.y, BOX.x + BOX.w // 2])
    assert [columns.min(), rows.min()] == [BOX.x, BOX.y]
    assert [np.ptp(columns) + 1, np.ptp(rows) + 1] == [BOX.w, BOX.h]
    return alpha


def truth() -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """(image, alpha, foreground): a red thing with a gentle gradient on a ground from blue to green."""
    width, height = FRAME
    y, x = np.mgrid[0:height, 0:width]
    foreground = np.stack([200 + 0 * x, 20 + x // 4, 30 + y // 4], axis=2).astype(np.uint8)
    across = (0.5 + 0.5 * np.sin(x / 23 + y / 31))[..., None]
    background = np.rint(across * np.array([20, 60, 220]) + (1 - across) * np.array([60, 190, 70]))
    alpha = soft_ellipse()
    share = alpha[..., None] / 255
    image = np.rint(share * foreground + (1 - share) * background).astype(np.uint8)
    return image, alpha, foreground


def entity_of(*, foreground: str | None = None, content_hash: str = "0" * 64) -> Entity:
    nothing = np.zeros((1, 1), dtype=np.uint8)
    return Entity(
        entity_id="memory/thing",
        source="memory",
        split=None,
        kind=EntityKind.OBJECT,
        category="thing",
        files=CutoutFiles(image="thing.png", foreground=foreground),
        width=FRAME[0],
        height=FRAME[1],
        box=BOX,
        cut_sides=frozenset(),
        soft_share=0.5,
        mass_centre=(0.5, 0.5),
        shape=Shape(support=nothing.astype(bool), mass=nothing, solid=nothing),
        content_hash=content_hash,
        license="CC0-1.0",
        contains_identifiable_faces=False,
    )


def in_memory(*, shipped: bool = False) -> OneCutout:
    image, alpha, foreground = truth()
    return OneCutout(Cutout(image, alpha, foreground if shipped else None), [])


def boxed(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return array[BOX.y : BOX.y + BOX.h, BOX.x : BOX.x + BOX.w]


def soft_error(rgb: NDArray[np.uint8]) -> float:
    """Mean squared error of the colours over soft pixels, weighted by alpha as an eye would, values in [0, 1]."""
    _, alpha, foreground = truth()
    soft = (boxed(alpha) > 0) & (boxed(alpha) < 255)
    share = (boxed(alpha)[soft] / 255)[:, None]
    difference = share * (rgb[soft].astype(float) - boxed(foreground)[soft]) / 255
    return float(np.mean(difference**2))


@given(st.integers(1, 20_000))
def test_a_level_is_never_below_what_is_placed_and_less_than_root_two_above(longest: int) -> None:
    level = level_for(longest)
    assert level >= longest
    assert longest <= 64 or level < longest * 1.42


def test_levels_never_exceed_the_source() -> None:
    assert level_size(BOX, 100_000) == (BOX.w, BOX.h)
    assert level_size(BOX, 91) == (91, 71)
    with pytest.raises(ValueError, match="at least 1"):
        level_for(0)


@pytest.mark.parametrize(("settings", "bound"), [(MULTILEVEL, 0.00032), (CLOSED_FORM, 0.0003)])
def test_estimated_colours_are_near_the_truth(settings: Foreground, bound: float) -> None:
    source = in_memory()
    prepared = prepare_cutout(entity_of(), source, level_for(181), settings, transparent=None, max_pixels=10**6)
    pasted = soft_error(boxed(source.cutout.image))
    assert np.array_equal(prepared.alpha, boxed(source.cutout.alpha))
    assert soft_error(prepared.rgb) <= bound < pasted / 20


def test_opaque_pixels_keep_the_photographs_colours() -> None:
    source = in_memory()
    prepared = prepare_cutout(entity_of(), source, 256, MULTILEVEL, transparent=None, max_pixels=10**6)
    opaque = prepared.alpha == 255
    assert opaque.sum() > 5000
    assert np.array_equal(prepared.rgb[opaque], boxed(source.cutout.image)[opaque])


def test_shipped_colours_are_used_as_they_are() -> None:
    source = in_memory(shipped=True)
    entity = entity_of(foreground="fg.png")
    prepared = prepare_cutout(entity, source, 256, CLOSED_FORM, transparent=True, max_pixels=10**6)
    assert source.cutout.foreground is not None
    assert np.array_equal(prepared.rgb, boxed(source.cutout.foreground))


def test_a_reduced_shipped_cutout_composes_like_the_reduced_composite() -> None:
    """Weighted by alpha, colours outside the thing never bleed in."""
    image, alpha, foreground = truth()
    green = np.where((alpha > 0)[..., None], foreground, np.array([0, 255, 0])).astype(np.uint8)
    source = OneCutout(Cutout(image, alpha, green), [])
    prepared = prepare_cutout(
        entity_of(foreground="fg.png"), source, 64, MULTILEVEL, transparent=None, max_pixels=10**6
    )
    assert prepared.alpha.shape == prepared.rgb.shape[:2] == (50, 64)
    seen = prepared.alpha > 0
    assert prepared.rgb[seen][:, 1].max() <= foreground[..., 1].max()


def test_a_reduced_level_is_estimated_there() -> None:
    prepared = prepare_cutout(entity_of(), in_memory(), 91, MULTILEVEL, transparent=None, max_pixels=10**6)
    assert prepared.alpha.shape == (71, 91)
    soft = (prepared.alpha > 128) & (prepared.alpha < 255)
    # The thing is red everywhere; its old background is blue and green.
    assert prepared.rgb[soft][:, 0].min() > 150
    assert prepared.rgb[soft][:, 2].max() < 130


def test_translucent_things_get_the_closed_form() -> None:
    assert method_for(entity_of(), MULTILEVEL, True) == "closed_form"
    assert method_for(entity_of(), MULTILEVEL, None) == "multilevel"
    assert method_for(entity_of(), Foreground(closed_form_for_transparent=False), True) == "multilevel"
    assert method_for(entity_of(foreground="fg.png"), CLOSED_FORM, True) == "shipped"


def test_changed_files_are_noticed() -> None:
    entity = replace(entity_of(), width=FRAME[0] + 1)
    with pytest.raises(BadInputError, match="260x200 pixels now but was 261x200"):
        prepare_cutout(entity, in_memory(), 64, MULTILEVEL, transparent=None, max_pixels=10**6)


@pytest.mark.parametrize("translucent", [False, True])
def test_the_band_solution_equals_pymattings_over_the_whole_image(translucent: bool) -> None:
    from pymatting import (  # type: ignore[import-untyped]  # ships no types
        estimate_foreground_cf,
        estimate_foreground_ml,
    )

    whole_image, whole_alpha, _ = truth()
    image, alpha = whole_image[30:130, 40:150] / 255, whole_alpha[30:130, 40:150] / 255
    if translucent:
        alpha = alpha * (0.3 + 0.5 * np.linspace(0, 1, alpha.shape[1]))
    guess_f, guess_b = estimate_foreground_ml(image, alpha, return_background=True)
    band = estimate_foreground_band(image, alpha, guess_f, guess_b)
    whole = estimate_foreground_cf(image, alpha, rtol=1e-9)
    soft = (alpha > 2.5 / 255) & (alpha < 1 - 2.5 / 255)
    difference = np.abs(alpha[..., None] * (band - whole))[soft]
    # An eighth of an 8-bit level on average, about one at most.
    assert difference.mean() < 5e-4
    assert difference.max() < 5e-3
    # The guess is far from it, so the agreement is the solver's.
    assert np.abs(alpha[..., None] * (guess_f - whole))[soft].mean() > 4e-3
    assert np.array_equal(band[alpha >= 1], image[alpha >= 1])


def test_nothing_soft_nothing_solved() -> None:
    image = np.random.default_rng(0).uniform(size=(8, 9, 3))
    alpha = np.zeros((8, 9))
    alpha[2:5, 3:6] = 1
    assert np.array_equal(estimate_foreground_band(image, alpha, image, image), image)


def test_the_cache_prepares_once_per_size_and_remakes_broken_files(tmp_path: Path) -> None:
    source, cache = in_memory(shipped=True), CutoutCache(tmp_path)
    entity = entity_of(foreground="fg.png")

    def get(level: int) -> NDArray[np.uint8]:
        prepared = cache.get_or_prepare(entity, source, level, MULTILEVEL, transparent=None, max_pixels=10**6)
        return np.dstack([prepared.rgb, prepared.alpha])

    first = get(91)
    assert np.array_equal(get(91), first)
    assert len(source.reads) == 1
    get(256)
    # Above the source's own size all levels are one.
    get(1024)
    assert len(source.reads) == 2

    path = cache.path_of(entity, 91, "shipped", MULTILEVEL.big_iterations)
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for broken in (b"", whole[:200], whole[:-1], bytes(flipped), b"not an archive"):
        path.write_bytes(broken)
        for _ in range(2):
            cache.recent.clear()  # as another process sees the folder
            assert np.array_equal(get(91), first)
    assert len(source.reads) == 2 + 5
    assert not list(tmp_path.rglob("*.tmp"))


def test_other_content_other_address(tmp_path: Path) -> None:
    cache = CutoutCache(tmp_path)
    paths = {
        cache.path_of(entity_of(), 91, "multilevel", 10),
        cache.path_of(entity_of(content_hash="1" * 64), 91, "multilevel", 10),
        cache.path_of(entity_of(), 128, "multilevel", 10),
        cache.path_of(entity_of(), 91, "closed_form", 10),
        cache.path_of(entity_of(), 91, "multilevel", 2),
    }
    assert len(paths) == 5


def test_shipped_colours_need_no_pymatting() -> None:
    program = (
        "import sys\n"
        "from refmatte_engine.sources.drawn import DrawnSource\n"
        "from refmatte_engine.foreground import prepare as foreground\n"
        "source = DrawnSource(1)\n"
        "(candidate,) = source.candidates()\n"
        "assert source.read(candidate.files, max_pixels=10**8).foreground is not None\n"
        "assert candidate.files.foreground is not None\n"
        "heavy = {'pymatting', 'numba', 'scipy', 'torch'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
