"""What footprints promise of pixels, against the pixels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from drawn_shapes import KINDS, cutout_of, draw_alpha, entity_of
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from refmatte_engine.compose.composite import resized
from refmatte_engine.layout.footprint import (
    Footprint,
    centre,
    centre_bounds,
    footprint,
    hidden_by,
    hidden_share,
    least_offset,
    outline,
)
from refmatte_engine.layout.geometry import measure_matte
from refmatte_engine.plan.records import Placement

Alpha = NDArray[np.uint8]

kinds = st.sampled_from(sorted(KINDS))
sides = st.integers(70, 320)


def placed(kind: str, width: int, height: int, seed: int, scale: float, mirrored: bool) -> tuple[Footprint, Alpha]:
    """A footprint and the alpha that composition draws for it."""
    alpha = draw_alpha(kind, width, height, seed)
    entity = entity_of("a", alpha)
    w, h = max(1, round(entity.box.w * scale)), max(1, round(entity.box.h * scale))
    at = Placement(0, 0, w, h, 0, mirrored)
    return footprint(entity, w, h, mirrored=mirrored), resized(cutout_of(entity, alpha), at)[1]


shapes = st.builds(placed, kinds, sides, sides, st.integers(0, 99), st.floats(0.35, 1.0), st.booleans())


@given(shapes)
@settings(max_examples=120, deadline=None)
def test_the_centre_on_pixels_lies_within_its_bounds(shape: tuple[Footprint, Alpha]) -> None:
    laid, alpha = shape
    if not alpha.any():
        return
    x, y = measure_matte(alpha).centre
    bounds_x, bounds_y = centre_bounds(laid)
    assert bounds_x.lo <= x <= bounds_x.hi
    assert bounds_y.lo <= y <= bounds_y.hi


@pytest.mark.parametrize(
    ("kind", "side", "width"),
    [("disc", 300, 0.03), ("disc", 700, 0.016), ("hairy", 300, 0.2), ("hairy", 700, 0.08)],
)
def test_bounds_of_opaque_things_are_narrow(kind: str, side: int, width: float) -> None:
    laid, _ = placed(kind, side, side, 1, 1.0, False)
    for bound, length in zip(centre_bounds(laid), (laid.width, laid.height), strict=True):
        assert bound.hi - bound.lo <= width * length


def test_bounds_hold_where_pixels_share_the_borders_of_cells() -> None:
    # A board, and right of it pickets as wide as a cell: shrunk, every picket shares a pixel with a gap.
    alpha = np.zeros((964, 954), np.uint8)
    alpha[2:962, 2:952] = np.where((np.arange(950) < 480) | (np.arange(950) // 10 % 2 == 0), 255, 0)
    entity = entity_of("a", alpha)
    assert entity.shape.mass.shape == (96, 95) and set(np.unique(entity.shape.mass)) == {0, 255}
    laid = footprint(entity, round(950 * 0.33), round(960 * 0.33), mirrored=False)
    drawn = resized(cutout_of(entity, alpha), Placement(0, 0, laid.width, laid.height, 0))[1]
    x, _ = measure_matte(drawn).centre
    bounds, _ = centre_bounds(laid)
    assert bounds.lo <= x <= bounds.hi


def test_faint_things_have_a_place_as_plain_as_opaque_ones() -> None:
    laid, _ = placed("smoke", 200, 200, 3, 1.0, False)
    for bound, length in zip(centre_bounds(laid), (laid.width, laid.height), strict=True):
        assert bound.hi - bound.lo <= 0.03 * length


@given(shapes, shapes, st.floats(-1.0, 1.0), st.floats(-1.0, 1.0))
@settings(max_examples=120, deadline=None)
def test_what_is_hidden_on_pixels_lies_within_its_bounds(
    rear: tuple[Footprint, Alpha], front: tuple[Footprint, Alpha], across: float, down: float
) -> None:
    dx = round(across * (rear[0].width + front[0].width) / 2)
    dy = round(down * (rear[0].height + front[0].height) / 2)
    share = hidden_share(rear[0], front[0], dx, dy)
    total = rear[1].sum()
    if total == 0:
        return
    over = np.zeros(rear[1].shape, np.float64)
    height, width = rear[1].shape
    y0, y1 = max(0, dy), min(height, dy + front[1].shape[0])
    x0, x1 = max(0, dx), min(width, dx + front[1].shape[1])
    if y1 > y0 and x1 > x0:
        over[y0:y1, x0:x1] = front[1][y0 - dy : y1 - dy, x0 - dx : x1 - dx] / 255.0
    truth = float((rear[1] * over).sum() / total)
    assert share.lo - 0.01 <= truth <= share.hi + 0.01


def test_an_opaque_square_hides_its_overlap() -> None:
    square = entity_of("a", np.full((200, 200), 255, np.uint8))
    laid = footprint(square, 192, 192, mirrored=False)
    share = hidden_share(laid, laid, 96, 0)
    # Half of it, give or take the cells at the border.
    assert share.lo == pytest.approx(0.5, abs=0.025) and share.hi == pytest.approx(0.5, abs=0.025)
    hidden = hidden_by(laid, laid, 96, 0)
    assert centre(laid, hidden)[0] == pytest.approx(48, abs=2) and centre(laid, hidden)[1] == pytest.approx(
        96, abs=1
    )


@given(shapes, shapes, st.integers(-200, 200), st.sampled_from([0, 1]))
@settings(max_examples=120, deadline=None)
def test_supports_at_the_least_offset_are_disjoint(
    before: tuple[Footprint, Alpha], after: tuple[Footprint, Alpha], shift: int, axis: int
) -> None:
    offset = least_offset(outline(before[0], axis), outline(after[0], axis), shift)
    if not math.isfinite(offset):
        return
    at = math.ceil(offset)
    a, b = (before[1], after[1]) if axis == 0 else (before[1].T, after[1].T)
    # Along columns now: b lies `at` columns to the right of a and `shift` rows below it.
    rows, columns = 500 + max(a.shape[0], b.shape[0]), 1200
    canvas = np.zeros((2, rows, columns), bool)
    canvas[0, 200 : 200 + a.shape[0], 400 : 400 + a.shape[1]] = a > 0
    canvas[1, 200 + shift : 200 + shift + b.shape[0], 400 + at : 400 + at + b.shape[1]] = b > 0
    assert not (canvas[0] & canvas[1]).any()


def test_interlocking_shapes_come_closer_than_their_boxes() -> None:
    triangle = np.triu(np.full((300, 300), 255, np.uint8))
    above, below = entity_of("a", triangle), entity_of("b", np.ascontiguousarray(triangle.T))
    first, second = footprint(below, 300, 300, mirrored=False), footprint(above, 300, 300, mirrored=False)
    assert least_offset(outline(first, 0), outline(second, 0), 0) < 40


def test_mirroring_flips_the_footprint() -> None:
    entity = entity_of("a", draw_alpha("lopsided", 240, 180, 5))
    plain = footprint(entity, 200, 150, mirrored=False)
    flipped = footprint(entity, 200, 150, mirrored=True)
    assert centre(flipped)[0] == pytest.approx(200 - centre(plain)[0])
    bounds, other = centre_bounds(plain)[0], centre_bounds(flipped)[0]
    assert other.lo == pytest.approx(200 - bounds.hi) and other.hi == pytest.approx(200 - bounds.lo)
    assert np.array_equal(flipped.support, plain.support[:, ::-1])
