from __future__ import annotations

from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refmatte_engine.manifest.vocabulary import Position, Relation, Side, positions
from refmatte_engine.plan.standing import MIRROR, standing

LEFT, TOP, RIGHT, BOTTOM = Side.LEFT, Side.TOP, Side.RIGHT, Side.BOTTOM
LR, TB, FB = Relation.LEFT_RIGHT, Relation.TOP_BOTTOM, Relation.FRONT_BEHIND
EITHER, AS_IT_IS, MIRRORED, NEVER = {False, True}, {False}, {True}, set[bool]()

cuts = st.frozensets(st.sampled_from(Side))


def ways(cut: set[Side], relation: Relation, position: Position, n: int = 2) -> frozenset[bool]:
    return standing(frozenset(cut), relation, position, n, allow_floating=False)


@pytest.mark.parametrize(
    ("cut", "relation", "position", "n", "expected"),
    [
        (set(), LR, Position.LEFT, 2, EITHER),
        ({BOTTOM}, LR, Position.LEFT, 2, EITHER),
        ({BOTTOM}, LR, Position.MIDDLE, 3, EITHER),
        ({LEFT}, LR, Position.LEFT, 2, AS_IT_IS),
        ({LEFT}, LR, Position.RIGHT, 2, MIRRORED),
        ({RIGHT, BOTTOM}, LR, Position.LEFT, 3, MIRRORED),
        ({LEFT}, LR, Position.MIDDLE, 3, NEVER),
        ({BOTTOM}, TB, Position.TOP, 2, NEVER),
        ({BOTTOM}, TB, Position.MIDDLE, 3, NEVER),
        ({BOTTOM}, TB, Position.BOTTOM, 2, EITHER),
        ({TOP}, TB, Position.TOP, 2, EITHER),
        ({TOP}, TB, Position.BOTTOM, 2, NEVER),
        ({LEFT}, TB, Position.MIDDLE, 3, EITHER),
        ({BOTTOM}, FB, Position.BEHIND, 2, EITHER),
        ({LEFT, RIGHT}, LR, Position.LEFT, 2, NEVER),
        ({TOP, BOTTOM}, FB, Position.IN_FRONT_OF, 2, NEVER),
    ],
)
def test_where_a_cut_side_may_be(
    cut: set[Side], relation: Relation, position: Position, n: int, expected: set[bool]
) -> None:
    assert ways(cut, relation, position, n) == expected


@given(cuts, st.sampled_from(Relation), st.sampled_from([2, 3]))
def test_mirroring_an_entity_exchanges_its_ways(cut: frozenset[Side], relation: Relation, n: int) -> None:
    n = 2 if relation is FB else n
    for position in positions(relation, n):
        mirrored = frozenset(MIRROR[side] for side in cut)
        assert ways(set(mirrored), relation, position, n) == {
            not way for way in ways(set(cut), relation, position, n)
        }


@given(st.sampled_from(Relation), st.sampled_from([2, 3]))
def test_one_more_cut_never_frees_a_place(relation: Relation, n: int) -> None:
    n = 2 if relation is FB else n
    every_cut = [set(c) for c in chain.from_iterable(combinations(Side, k) for k in range(5))]
    for position in positions(relation, n):
        for cut in every_cut:
            for side in Side:
                assert ways(cut | {side}, relation, position, n) <= ways(cut, relation, position, n)


@given(cuts, st.sampled_from(Relation))
def test_paper_lets_everything_float(cut: frozenset[Side], relation: Relation) -> None:
    for position in positions(relation, 2):
        assert standing(cut, relation, position, 2, allow_floating=True) == EITHER
