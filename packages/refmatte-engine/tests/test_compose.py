"""Composition against slow references, in whole numbers and in floats."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest
from drawn_shapes import KINDS, draw_alpha
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from refmatte_engine.compose.composite import compose, cover, resized
from refmatte_engine.compose.kernels import ROWS_SHIFT, WEIGHT_BITS
from refmatte_engine.compose.shrink import area_weights, shrink_rgb
from refmatte_engine.foreground.prepare import PreparedCutout
from refmatte_engine.plan.records import Placement

Pixels = NDArray[np.uint8]

SIZE = (64, 48)


def random_cutout(width: int, height: int, seed: int) -> PreparedCutout:
    """Every alpha from 0 to 255, in patches, under random colours."""
    rng = np.random.default_rng(seed)
    alpha = rng.integers(0, 256, (height, width), dtype=np.uint8)
    alpha[rng.random((height, width)) < 0.3] = 0
    alpha[rng.random((height, width)) < 0.3] = 255
    return PreparedCutout(rng.integers(0, 256, (height, width, 3), dtype=np.uint8), alpha)


def random_background(width: int, height: int, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


placed = st.builds(
    lambda x, y, w, h, mirrored: Placement(x, y, w, h, 0, mirrored),
    st.integers(-20, 60),
    st.integers(-20, 44),
    st.integers(1, 40),
    st.integers(1, 40),
    st.booleans(),
)


def with_z(placements: list[Placement], order: list[int]) -> list[Placement]:
    return [Placement(at.x, at.y, at.w, at.h, z, at.mirrored) for at, z in zip(placements, order, strict=True)]


def on_canvas(array: NDArray[np.generic], at: Placement) -> NDArray[np.float64]:
    """A box's array, with zeros, over the whole canvas."""
    wide = np.zeros((SIZE[1] + 200, SIZE[0] + 200, *array.shape[2:]))
    wide[100 + at.y : 100 + at.y + at.h, 100 + at.x : 100 + at.x + at.w] = array
    return wide[100 : 100 + SIZE[1], 100 : 100 + SIZE[0]]


@given(st.lists(placed, min_size=1, max_size=4), st.randoms(use_true_random=False), st.integers(0, 99))
@settings(max_examples=80, deadline=None)
def test_composites_equal_the_formula_in_whole_numbers(placements: list[Placement], random, seed: int) -> None:  # type: ignore[no-untyped-def]
    order = list(range(len(placements)))
    random.shuffle(order)
    placements = with_z(placements, order)
    cutouts = [random_cutout(at.w, at.h, seed + k) for k, at in enumerate(placements)]
    background = random_background(*SIZE, seed)
    before = background.copy()
    composite = compose(background, cutouts, placements, SIZE)
    assert np.array_equal(background, before)

    through = np.full((SIZE[1], SIZE[0]), 255, np.int64)
    sums = np.zeros((SIZE[1], SIZE[0], 3), np.int64)
    for k in sorted(range(len(placements)), key=lambda k: -placements[k].z):
        rgb, alpha = resized(cutouts[k], placements[k])
        a, colours = (
            on_canvas(alpha, placements[k]).astype(np.int64),
            on_canvas(rgb, placements[k]).astype(np.int64),
        )
        v = (a * through + 127) // 255
        through -= v
        sums += v[..., None] * colours
        assert np.array_equal(composite.mattes[k], v)
        assert composite.visible_fractions[k] == (v.sum() / a.sum() if a.sum() else 0.0)
    assert through.min() >= 0
    assert np.array_equal(composite.rgb, (sums + through[..., None] * background + 127) // 255)
    assert np.sum([matte.astype(np.int64) for matte in composite.mattes], axis=0).max() <= 255


@given(st.lists(placed, min_size=2, max_size=2), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_two_layers_are_within_one_of_the_float_back_to_front_form(placements: list[Placement], seed: int) -> None:
    placements = with_z(placements, [1, 0])
    cutouts = [random_cutout(at.w, at.h, seed + k) for k, at in enumerate(placements)]
    background = random_background(*SIZE, seed)
    composite = compose(background, cutouts, placements, SIZE)
    colours = background / 255.0
    alphas = []
    for cutout, at in reversed(list(zip(cutouts, placements, strict=True))):
        rgb, alpha = resized(cutout, at)
        a = on_canvas(alpha, at) / 255.0
        alphas.append(a)
        colours = a[..., None] * on_canvas(rgb, at) / 255.0 + (1.0 - a[..., None]) * colours
    rear, front = alphas
    assert np.abs(composite.rgb / 255.0 - colours).max() <= 1.0 / 255.0 + 1e-9
    assert np.array_equal(composite.mattes[0], np.round(front * 255.0))
    assert np.array_equal(composite.mattes[1], np.round(rear * (1.0 - front) * 255.0))


def exact_area_mean(source: NDArray[np.int64], target: int) -> NDArray[np.object_]:
    """Area means along the first axis, with exact fractions for weights."""
    ratio = Fraction(source.shape[0], target)
    rows = []
    for i in range(target):
        low, high = i * ratio, (i + 1) * ratio
        row: NDArray[np.object_] = np.zeros(source.shape[1:], object)
        for k in range(int(low), -int(-high // 1)):
            row = row + source[k] * (min(high, Fraction(k + 1)) - max(low, Fraction(k)))
        rows.append(row / ratio)
    return np.array(rows)


@given(st.integers(1, 14), st.integers(1, 14), st.data())
@settings(max_examples=40, deadline=None)
def test_resizing_is_an_area_mean_of_premultiplied_colours(width: int, height: int, data: st.DataObject) -> None:
    w, h = data.draw(st.integers(1, width)), data.draw(st.integers(1, height))
    cutout = random_cutout(width, height, width * 31 + height)
    rgb, alpha = resized(cutout, Placement(0, 0, w, h, 0))
    a = cutout.alpha.astype(np.int64)
    premultiplied = np.concatenate([a[..., None], a[..., None] * cutout.rgb.astype(np.int64)], axis=2)
    mean = exact_area_mean(exact_area_mean(premultiplied, h).swapaxes(0, 1), w).swapaxes(0, 1)
    exact = mean.astype(np.float64)
    # Weights are rounded to 11 bits on each axis.
    assert np.abs(alpha - exact[..., 0]).max() <= 0.5 + 255 * 6 / 2**WEIGHT_BITS
    seen = exact[..., 0] > 20
    colours = exact[..., 1:][seen] / exact[..., :1][seen]
    assert not seen.any() or np.abs(rgb[seen] - colours).max() <= 0.5 + 255 * 0.08
    assert (alpha[exact[..., 0] == 0] == 0).all()


@pytest.mark.parametrize(("size", "target"), [((2, 1), (1, 1)), ((300, 200), (211, 141)), ((97, 310), (40, 128))])
def test_the_loops_equal_plain_numpy(size: tuple[int, int], target: tuple[int, int]) -> None:
    cutout = random_cutout(*size, 3)
    rows, columns = (weight_matrix(a, b) for a, b in zip(size[::-1], target[::-1], strict=True))
    half = 1 << (WEIGHT_BITS - 1)
    a = cutout.alpha.astype(np.int64)
    mass = ((rows @ (255 * a) + half) >> WEIGHT_BITS) @ columns.T
    rgb, alpha = resized(cutout, Placement(0, 0, *target, 0))
    assert np.array_equal(alpha, np.floor(mass * (1.0 / (255 << WEIGHT_BITS)) + 0.5))
    plain = shrink_rgb(cutout.rgb, target)
    for c in range(3):
        colour = cutout.rgb[..., c].astype(np.int64)
        premultiplied = ((rows @ (a * colour) + half) >> WEIGHT_BITS) @ columns.T
        assert np.array_equal(
            rgb[..., c], np.floor(np.minimum(premultiplied * (255.0 / np.maximum(mass, 1)) + 0.5, 255.0))
        )
        kept = (rows @ colour + (1 << (ROWS_SHIFT - 1))) >> ROWS_SHIFT
        assert np.array_equal(plain[..., c], (kept @ columns.T + (1 << (WEIGHT_BITS + 7))) >> (WEIGHT_BITS + 8))


def weight_matrix(source: int, target: int) -> NDArray[np.int64]:
    """``area_weights`` as a dense (target, source) matrix."""
    first, weights = area_weights(source, target)
    matrix = np.zeros((target, source + weights.shape[1]), np.int64)
    for i, (start, row) in enumerate(zip(first, weights, strict=True)):
        matrix[i, int(start) : int(start) + row.size] += row.astype(np.int64)
    assert (matrix[:, source:] == 0).all() and (matrix.sum(1) == 1 << WEIGHT_BITS).all()
    return matrix[:, :source]


def test_colours_under_alpha_zero_never_bleed_in() -> None:
    alpha = np.zeros((80, 80), np.uint8)
    alpha[20:60, 20:60] = 255
    rgb = np.zeros((80, 80, 3), np.uint8)
    rgb[..., 0] = 255
    rgb[alpha > 0] = (10, 200, 30)
    out, out_alpha = resized(PreparedCutout(rgb, alpha), Placement(0, 0, 57, 57, 0))
    assert (out[out_alpha > 0] == (10, 200, 30)).all()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_resizing_stays_close_to_opencv_area(kind: str) -> None:
    alpha = draw_alpha(kind, 240, 180, 2)
    _, out = resized(PreparedCutout(np.zeros((180, 240, 3), np.uint8), alpha), Placement(0, 0, 171, 128, 0))
    expected = cv2.resize(alpha, (171, 128), interpolation=cv2.INTER_AREA)
    assert np.abs(out.astype(int) - expected.astype(int)).max() <= 1


def test_mirroring_flips_colours_and_alpha() -> None:
    cutout = random_cutout(40, 30, 1)
    plain, plain_alpha = resized(cutout, Placement(0, 0, 31, 24, 0))
    rgb, alpha = resized(cutout, Placement(0, 0, 31, 24, 0, mirrored=True))
    assert np.array_equal(rgb, plain[:, ::-1]) and np.array_equal(alpha, plain_alpha[:, ::-1])


def test_the_background_is_cropped_evenly_and_shrunk() -> None:
    background = random_background(100, 60)
    assert np.array_equal(cover(background, (100, 60)), background)
    assert cover(background, (100, 60)) is not background
    assert np.array_equal(cover(background, (80, 60)), background[:, 10:90])
    smaller = cover(background, (80, 48))
    assert np.abs(smaller.astype(int) - cv2.resize(background, (80, 48), interpolation=cv2.INTER_AREA)).max() <= 1
    flat = np.full((480, 720, 3), (3, 77, 250), np.uint8)
    assert (cover(flat, (411, 274)) == (3, 77, 250)).all()


def test_nothing_is_enlarged() -> None:
    cutout = random_cutout(10, 10, 0)
    with pytest.raises(ValueError, match="10x10 would be enlarged to 11x10"):
        resized(cutout, Placement(0, 0, 11, 10, 0))
    with pytest.raises(ValueError, match="smaller than the canvas"):
        cover(random_background(64, 47), SIZE)
    with pytest.raises(ValueError, match="1 cut-outs for 0 placements"):
        compose(random_background(*SIZE), [cutout], [], SIZE)


def test_strided_input_gives_the_same_pixels() -> None:
    background, cutout = random_background(*SIZE), random_cutout(30, 30, 4)
    at = Placement(5, 5, 20, 20, 0)
    plain = compose(background, [cutout], [at], SIZE)
    turned = PreparedCutout(np.asfortranarray(cutout.rgb), np.asfortranarray(cutout.alpha))
    other = compose(np.asfortranarray(background), [turned], [at], SIZE)
    assert np.array_equal(plain.rgb, other.rgb) and np.array_equal(plain.mattes[0], other.mattes[0])
