from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from refmatte_engine.config import Filters
from refmatte_engine.ingest.filters import RULES, cut_sides, judge, judge_background
from refmatte_engine.ingest.measure import measure_alpha
from refmatte_engine.manifest.vocabulary import Side

SETTINGS = Filters()


def disc(height: int = 300, width: int = 400, radius: float = 90.0, soft: float = 6.0) -> NDArray[np.uint8]:
    y, x = np.mgrid[:height, :width]
    distance = np.hypot(y - height / 2, x - width / 2)
    return np.round(np.clip((radius - distance) / soft + 0.5, 0.0, 1.0) * 255).astype(np.uint8)


def reason(alpha: NDArray[np.uint8], settings: Filters = SETTINGS) -> str | None:
    verdict = judge(measure_alpha(alpha), settings)
    return None if verdict is None else verdict[0]


def cut_on(*sides: Side) -> NDArray[np.uint8]:
    alpha = disc()
    slabs = {
        Side.LEFT: np.s_[140:160, :200],
        Side.RIGHT: np.s_[140:160, 200:],
        Side.TOP: np.s_[:150, 190:210],
        Side.BOTTOM: np.s_[150:, 190:210],
    }
    for side in sides:
        alpha[slabs[side]] = 255
    return alpha


def test_a_soft_disc_is_kept() -> None:
    assert reason(disc()) is None


@pytest.mark.parametrize(
    ("alpha", "expected"),
    [
        (disc(250, 400), "short_side_below_min"),
        (np.zeros((300, 400), np.uint8), "alpha_empty"),
        (np.full((300, 400), 255, np.uint8), "alpha_opaque"),
        (disc(radius=20), "box_below_min"),
        (disc(2000, 2000, radius=40), "area_below_min"),
        (cut_on(Side.LEFT, Side.RIGHT), "cut_on_opposite_sides"),
        (cut_on(Side.TOP, Side.BOTTOM), "cut_on_opposite_sides"),
    ],
)
def test_each_rule_gives_its_reason(alpha: NDArray[np.uint8], expected: str) -> None:
    assert reason(alpha) == expected


def test_a_binary_alpha_is_dropped_only_when_asked() -> None:
    binary = ((disc() > 127) * 255).astype(np.uint8)
    assert reason(binary) is None
    assert reason(binary, Filters(allow_binary_alpha=False)) == "alpha_binary"
    assert reason(disc(), Filters(allow_binary_alpha=False)) is None


def test_paper_keeps_what_is_cut_on_opposite_sides() -> None:
    alpha = cut_on(Side.LEFT, Side.RIGHT, Side.BOTTOM)
    settings = Filters(drop_cut_on_opposite_sides=False)
    assert reason(alpha, settings) is None
    assert cut_sides(measure_alpha(alpha), settings) == {Side.LEFT, Side.RIGHT, Side.BOTTOM}


@given(sides=st.sets(st.sampled_from(Side)))
def test_cut_sides_are_the_sides_that_were_cut(sides: set[Side]) -> None:
    assert cut_sides(measure_alpha(cut_on(*sides)), SETTINGS) == sides


@given(length=st.integers(0, 400))
def test_a_side_is_cut_from_two_per_cent_of_the_border_on(length: int) -> None:
    alpha = disc()
    alpha[-1, :length] = 128
    assert (Side.BOTTOM in cut_sides(measure_alpha(alpha), SETTINGS)) == (length >= 8)


def trimmed(alpha: NDArray[np.uint8]) -> frozenset[Side]:
    rows, columns = np.nonzero(alpha)
    crop = alpha[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    return cut_sides(measure_alpha(np.ascontiguousarray(crop), own_channel=True), SETTINGS)


def test_a_trimmed_cut_out_is_cut_only_at_a_long_straight_edge() -> None:
    assert trimmed(disc()) == frozenset()
    bust = disc()
    bust[150:] = 0
    assert trimmed(bust) == {Side.BOTTOM}


def test_straight_edges_that_face_each_other_belong_to_the_thing() -> None:
    bottle = np.zeros((300, 400), np.uint8)
    bottle[50:250, 150:220] = 255
    bottle[50:60, 150:160] = 90  # a round corner, so that the alpha is no rectangle
    assert trimmed(bottle) == frozenset()


def test_backgrounds_need_the_same_resolution() -> None:
    assert judge_background(400, 256, SETTINGS) is None
    assert judge_background(400, 255, SETTINGS) == ("short_side_below_min", "400x255 pixels, short side below 256")


def test_reasons_are_distinct() -> None:
    names = [name for name, _ in RULES]
    assert len(set(names)) == len(names)
