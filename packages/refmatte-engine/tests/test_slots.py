from __future__ import annotations

from collections import Counter
from math import floor

from hypothesis import given
from hypothesis import strategies as st

from refmatte_engine.config import Relations
from refmatte_engine.manifest.vocabulary import Relation, Split
from refmatte_engine.plan.records import Stem
from refmatte_engine.plan.slots import Deal, deal_slots, largest_remainder, relation_cells

weights = st.lists(st.integers(0, 50), min_size=1, max_size=6).filter(any)
shares = st.floats(0.0, 1.0)


@given(st.integers(0, 100_000), weights)
def test_a_share_is_its_quota_rounded_up_or_down(total: int, weights: list[int]) -> None:
    shares = largest_remainder(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        quota = total * weight / sum(weights)
        assert floor(quota - 1e-6) <= share <= floor(quota + 1e-6) + 1
        assert weight or share == 0


def test_the_papers_relations_are_exact() -> None:
    assert largest_remainder(45_000, [7, 2, 1]) == [31_500, 9_000, 4_500]
    assert largest_remainder(2_500, [7, 2, 1]) == [1_750, 500, 250]


@given(st.integers(1, 3_000), shares)
def test_three_entities_are_exact_and_never_in_front_behind(images: int, three_share: float) -> None:
    cells = relation_cells(images, Relations(), three_share)
    assert sum(cells.values()) == images
    assert min(cells.values()) >= 0
    assert (Relation.FRONT_BEHIND, 3) not in cells
    room = images - cells[Relation.FRONT_BEHIND, 2]
    assert sum(n for (_, entities), n in cells.items() if entities == 3) == min(round(three_share * images), room)


@given(
    images=st.integers(1, 2_000),
    extra=shares,
    per_group=st.integers(1, 25),
    three=shares,
    distinct=st.tuples(shares, shares),
    extra_distinct=st.none() | shares,
    seed=st.integers(0, 2**32),
)
def test_every_share_is_dealt_exactly(
    images: int,
    extra: float,
    per_group: int,
    three: float,
    distinct: tuple[float, float],
    extra_distinct: float | None,
    seed: int,
) -> None:
    deal = Deal(
        Split.TRAIN, images, round(extra * images), per_group, Relations(), three, *distinct, extra_distinct
    )
    slots = deal_slots(deal, seed)
    assert [slot.index for slot in slots] == list(range(images))
    assert Counter(slot.relation for slot in slots) == Counter(
        dict(zip(Relation, largest_remainder(images, [7, 2, 1]), strict=True))
    )
    composites = [slot for slot in slots if slot.stem is Stem.GROUP]
    assert len(slots) - len(composites) == deal.extras
    per_group_counts = Counter(slot.group for slot in composites)
    assert sorted(per_group_counts) == list(range(deal.groups))
    assert all(n == per_group for group, n in per_group_counts.items() if group < deal.groups - 1)
    for n_entities, share in zip((2, 3), distinct, strict=True):
        flags = [slot.distinct for slot in composites if slot.n_entities == n_entities]
        assert flags.count(True) == round(share * len(flags))
        assert None not in flags
    extras = [slot for slot in slots if slot.stem is Stem.EXTRA and slot.n_entities == 2]
    if extra_distinct is None:
        assert all(slot.distinct is None for slot in extras)
    else:
        assert [slot.distinct for slot in extras].count(True) == round(extra_distinct * len(extras))


def test_another_seed_deals_the_same_shares_in_another_order() -> None:
    deal = Deal(Split.TEST, 200, 20, 10, Relations(), 0.5, 0.6, 0.8)
    one, two = deal_slots(deal, 1), deal_slots(deal, 2)
    assert deal_slots(deal, 1) == one != two
    counts = [Counter((s.stem, s.relation, s.n_entities) for s in slots) for slots in (one, two)]
    assert counts[0] == counts[1]
