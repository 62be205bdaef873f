from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from refmatte_engine.plan.least_used import LeastUsed, Usage


def usage(n: int, seed: int = 0) -> Usage:
    return Usage(n, np.random.default_rng(seed))


@given(
    n=st.integers(1, 30),
    moves=st.lists(st.tuples(st.integers(0, 2), st.frozensets(st.integers(0, 29), max_size=6)), max_size=60),
    seed=st.integers(0, 1000),
)
def test_it_picks_what_a_full_scan_would(n: int, moves: list[tuple[int, frozenset[int]]], seed: int) -> None:
    """Three overlapping pools over one usage, against sorting everything anew each time."""
    counts = usage(n, seed)
    members = [list(range(n)), [i for i in range(n) if i % 2], [i for i in range(n) if i % 3 == 0]]
    pools = [LeastUsed(items, counts) for items in members]
    for which, barred in moves:
        suitable = sorted((i for i in members[which] if i not in barred), key=counts.key)
        found = pools[which].first(lambda i, barred=barred: i not in barred, want=2, look_at=n)  # type: ignore[misc]
        assert found == suitable[:2]
        if found:
            counts.use(found[0])


def test_ties_are_broken_by_the_seed_and_differently_each_round() -> None:
    rounds: list[list[int]] = []
    counts = usage(20)
    pool = LeastUsed(range(20), counts)
    for _ in range(3):
        taken = []
        for _ in range(20):
            (item,) = pool.first(lambda _: True)
            counts.use(item)
            taken.append(item)
        assert sorted(taken) == list(range(20))
        rounds.append(taken)
    assert len({tuple(taken) for taken in rounds}) == 3
    assert [usage(20).key(i) for i in range(20)] != [usage(20, seed=1).key(i) for i in range(20)]
