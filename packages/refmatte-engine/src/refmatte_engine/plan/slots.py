"""Dealing slots: which relation, how many entities, same or different categories. Exact, never sampled.

Relations 7:2:1 and the shares are dealt by largest remainders over all images of a split (dataset.md sections
6 and 9), so that a plan of any size keeps them to the last image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from refmatte_engine.config import Relations
from refmatte_engine.manifest.vocabulary import Relation, Split
from refmatte_engine.plan.records import Slot, Stem
from refmatte_engine.randomness import generator_for

Cell = tuple[Relation, int]
"""Relation and number of entities."""


@dataclass(frozen=True, slots=True)
class Deal:
    """What the images of one split share out.

    Attributes:
        images: number of images, extras included.
        extras: how many of them are drawn from all candidates; all of them without groups.
        composites_per_group: images of one group; the last group may have fewer. 0 without groups.
        three_share: share of images with three entities; front/behind always has two.
        distinct_two, distinct_three: share of group pairs / triples of pairwise different categories;
            None leaves it to chance.
        extra_distinct_two, extra_distinct_three: the same for extras.
    """

    split: Split
    images: int
    extras: int
    composites_per_group: int
    relations: Relations
    three_share: float
    distinct_two: float | None = None
    distinct_three: float | None = None
    extra_distinct_two: float | None = None
    extra_distinct_three: float | None = None

    @property
    def groups(self) -> int:
        """Groups that the composites need."""
        if self.composites_per_group == 0:
            return 0
        return -(-(self.images - self.extras) // self.composites_per_group)


def deal_slots(deal: Deal, seed: int) -> tuple[Slot, ...]:
    """All slots of one split in the order of their index: composites group by group, then extras."""
    cells = relation_cells(deal.images, deal.relations, deal.three_share)
    extras = dict(zip(cells, largest_remainder(deal.extras, list(cells.values())), strict=True))
    composites = {cell: count - extras[cell] for cell, count in cells.items()}
    order = generator_for(seed, "slots", deal.split)
    slots: list[Slot] = []
    for stem, counts, two, three in (
        (Stem.GROUP, composites, deal.distinct_two, deal.distinct_three),
        (Stem.EXTRA, extras, deal.extra_distinct_two, deal.extra_distinct_three),
    ):
        dealt = _deal_distinct(counts, {2: two, 3: three})
        for place in order.permutation(len(dealt)):
            (relation, n_entities), distinct = dealt[place]
            index = len(slots)
            group = index // deal.composites_per_group if stem is Stem.GROUP else -1
            slots.append(Slot(deal.split, index, stem, group, relation, n_entities, distinct))
    return tuple(slots)


def relation_cells(images: int, relations: Relations, three_share: float) -> dict[Cell, int]:
    """How many images each (relation, number of entities) gets; the counts sum to ``images``."""
    by_relation = dict(zip(Relation, largest_remainder(images, relation_weights(relations)), strict=True))
    side_by_side = (Relation.LEFT_RIGHT, Relation.TOP_BOTTOM)
    room = [by_relation[relation] for relation in side_by_side]
    threes = largest_remainder(min(round(three_share * images), sum(room)), room)
    cells: dict[Cell, int] = {}
    for relation, count, three in zip(side_by_side, room, threes, strict=True):
        cells[relation, 2] = count - three
        cells[relation, 3] = three
    cells[Relation.FRONT_BEHIND, 2] = by_relation[Relation.FRONT_BEHIND]
    return cells


def relation_weights(relations: Relations) -> list[int]:
    """The mix in the order of `Relation`."""
    return [relations.left_right, relations.top_bottom, relations.front_behind]


def largest_remainder(total: int, weights: Sequence[float]) -> list[int]:
    """``total`` shared out by ``weights`` in whole numbers (Hamilton's method); ties go to the earlier one.

    >>> largest_remainder(45_000, [7, 2, 1])
    [31500, 9000, 4500]
    """
    whole = sum(weights)
    if whole <= 0:
        return [0] * len(weights)
    quotas = [total * weight / whole for weight in weights]
    shares = [int(quota) for quota in quotas]
    by_remainder = sorted(range(len(weights)), key=lambda i: (shares[i] - quotas[i], i))
    for i in by_remainder[: total - sum(shares)]:
        shares[i] += 1
    return shares


def _deal_distinct(counts: dict[Cell, int], shares: dict[int, float | None]) -> list[tuple[Cell, bool | None]]:
    """One (cell, distinct) per image; within each number of entities the share of True is exact."""
    dealt: list[tuple[Cell, bool | None]] = []
    for n_entities, share in shares.items():
        cells = [cell for cell in counts if cell[1] == n_entities]
        sizes = [counts[cell] for cell in cells]
        if share is None:
            for cell, size in zip(cells, sizes, strict=True):
                dealt += [(cell, None)] * size
            continue
        different = largest_remainder(round(share * sum(sizes)), sizes)
        for cell, size, true in zip(cells, sizes, different, strict=True):
            dealt += [(cell, True)] * true + [(cell, False)] * (size - true)
    return dealt
