"""Predicates of position, against the plain rules of dataset.md section 8 written out again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spoken import animal, scene

from refmatte_engine.express.geometry import (
    ABSOLUTE,
    MAYBE,
    NO,
    RELATIVE,
    YES,
    absolute_position,
    relative_position,
)
from refmatte_engine.express.scene import Scene
from refmatte_engine.manifest.vocabulary import Position, Relation

CENTRES = st.lists(st.tuples(st.floats(0, 1000), st.floats(0, 1000)), min_size=2, max_size=3)


def placed(relation: Relation, centres: list[tuple[float, float]], slack: float = 0.0) -> Scene:
    return scene(relation, [animal("cat")] * len(centres), centres, slack)


@given(CENTRES, st.sampled_from([Relation.LEFT_RIGHT, Relation.TOP_BOTTOM]))
def test_directions_need_five_percent(centres: list[tuple[float, float]], relation: Relation) -> None:
    where = placed(relation, centres)
    for i, (x, y) in enumerate(centres):
        for j, (u, v) in enumerate(centres):
            if i == j:
                continue
            for name, gap in (("left_of", u - x), ("right_of", x - u), ("above", v - y), ("below", y - v)):
                truth = RELATIVE[name](where, i, j)
                assert (truth == YES) == (gap >= 50 - 1e-6)
                assert (truth == NO) == (gap <= 1e-6)


@given(CENTRES, st.sampled_from(list(Relation)), st.floats(0, 0.1), st.integers(0, 2**16))
def test_slack_never_changes_a_certain_answer(
    centres: list[tuple[float, float]], relation: Relation, slack: float, seed: int
) -> None:
    """What is certain in spite of the slack holds wherever the centres really are within it."""
    if relation is Relation.FRONT_BEHIND:
        centres = centres[:2]
    loose = placed(relation, centres, slack)
    moved = [
        tuple(c + 1000 * slack * (((seed >> (2 * k + a)) & 1) * 2 - 1) * 0.999 for a, c in enumerate(centre))
        for k, centre in enumerate(centres)
    ]
    exact = placed(relation, moved)  # type: ignore[arg-type]
    n = len(centres)
    for name, relative in RELATIVE.items():
        for i in range(n):
            for j in range(n):
                if (truth := relative(loose, i, j)) != MAYBE:
                    assert relative(exact, i, j) == truth, name
    for name, absolute in ABSOLUTE.items():
        for i in range(n):
            if (truth := absolute(loose, i)) != MAYBE:
                assert absolute(exact, i) == truth, name


@given(CENTRES, st.sampled_from(list(Relation)))
def test_extremes_are_alone(centres: list[tuple[float, float]], relation: Relation) -> None:
    where = placed(relation, centres)
    for name, absolute in ABSOLUTE.items():
        truths = [absolute(where, i) for i in range(len(centres))]
        assert truths.count(YES) <= 1, name
        if YES in truths:
            assert truths.count(MAYBE) == 0, name


def test_neighbours_only() -> None:
    three = placed(Relation.LEFT_RIGHT, [(100, 500), (500, 500), (900, 500)])
    assert [RELATIVE["beside"](three, 0, j) for j in (1, 2)] == [YES, NO]
    assert RELATIVE["beside"](three, 1, 0) == RELATIVE["beside"](three, 1, 2) == YES
    assert RELATIVE["left_of"](three, 0, 2) == YES  # any pair


def test_middle_asks_for_the_middle_third() -> None:
    assert ABSOLUTE["middle"](placed(Relation.LEFT_RIGHT, [(100, 0), (500, 0), (900, 0)]), 1) == YES
    off = placed(Relation.LEFT_RIGHT, [(100, 0), (250, 0), (900, 0)])
    assert ABSOLUTE["middle"](off, 1) == NO
    assert ABSOLUTE["between"](off, 1) == YES
    assert ABSOLUTE["middle"](placed(Relation.LEFT_RIGHT, [(100, 0), (500, 0)]), 1) == NO
    assert ABSOLUTE["middle"](placed(Relation.TOP_BOTTOM, [(0, 100), (900, 500), (0, 900)]), 1) == YES


def test_halves() -> None:
    right_half = placed(Relation.LEFT_RIGHT, [(600, 0), (900, 0)])
    assert ABSOLUTE["leftmost"](right_half, 0) == YES
    assert ABSOLUTE["left_part"](right_half, 0) == NO
    low = placed(Relation.TOP_BOTTOM, [(0, 600), (0, 900)])
    assert (ABSOLUTE["topmost"](low, 0), ABSOLUTE["upper_part"](low, 0)) == (YES, NO)
    assert ABSOLUTE["lower_part"](low, 1) == YES


def test_depth_needs_an_overlap() -> None:
    pair = placed(Relation.FRONT_BEHIND, [(500, 500), (500, 500)])
    assert RELATIVE["in_front_of"](pair, 0, 1) == RELATIVE["behind"](pair, 1, 0) == YES
    assert RELATIVE["behind"](pair, 0, 1) == NO
    assert (ABSOLUTE["nearest"](pair, 0), ABSOLUTE["rear"](pair, 0)) == (YES, NO)
    apart = placed(Relation.LEFT_RIGHT, [(100, 500), (900, 500)])
    assert RELATIVE["in_front_of"](apart, 0, 1) == NO
    assert ABSOLUTE["nearest"](apart, 0) == MAYBE


@pytest.mark.parametrize(
    ("relation", "n", "expected"),
    [
        (Relation.LEFT_RIGHT, 3, [Position.LEFT, Position.MIDDLE, Position.RIGHT]),
        (Relation.TOP_BOTTOM, 2, [Position.TOP, Position.BOTTOM]),
        (Relation.FRONT_BEHIND, 2, [Position.IN_FRONT_OF, Position.BEHIND]),
    ],
)
def test_positions(relation: Relation, n: int, expected: list[Position]) -> None:
    where = scene(relation, [animal("cat")] * n)
    assert [absolute_position(where, i) for i in range(n)] == expected
    assert relative_position(where, 0, n - 1) is expected[0]
    assert relative_position(where, n - 1, 0) is expected[-1]
