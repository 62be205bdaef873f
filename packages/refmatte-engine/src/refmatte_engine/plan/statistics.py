"""Counts of a plan: the ``splits`` object that commands print, and how far a plan fell short of its deal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from refmatte_engine.manifest.build_manifest import SplitCounts
from refmatte_engine.manifest.vocabulary import EntityKind, Relation, Split
from refmatte_engine.plan.records import PlannedImage, Slot

EXPRESSIONS_PER_MATTE = 4
"""Basic, absolute, relative, relative2 (Table 9)."""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Where the plan differs from what was dealt.

    Attributes:
        what: ``relation``, ``entities``, ``categories`` (same or different), ``group`` (the composite was
            drawn outside its group), ``kind_share``, ``groups`` (a split drawn without groups),
            ``same_category_share`` or ``test_split``.
        detail: what was wanted and what became of it.
        images: how many images it concerns.
    """

    split: Split
    what: str
    detail: str
    images: int


def in_keyword_setting(row: PlannedImage, categories: Mapping[str, str]) -> bool:
    """No two entities of the image share a category (supp. 2.3); ``categories`` by entity id."""
    own = [categories[planned.entity_id] for planned in row.entities]
    return len(set(own)) == len(own)


def count_splits(
    rows: Iterable[PlannedImage],
    categories: Mapping[str, str],
    ambiguous: Mapping[Split, int] | None = None,
) -> dict[Split, SplitCounts]:
    """Counts of both splits. ``categories`` by entity id; ``ambiguous`` expressions by split, when known."""
    images: Counter[Split] = Counter()
    mattes: Counter[Split] = Counter()
    keyword_images: Counter[Split] = Counter()
    keyword_mattes: Counter[Split] = Counter()
    relations: Counter[tuple[Split, Relation]] = Counter()
    for row in rows:
        split, n = row.slot.split, len(row.entities)
        images[split] += 1
        mattes[split] += n
        relations[split, row.slot.relation] += 1
        if in_keyword_setting(row, categories):
            keyword_images[split] += 1
            keyword_mattes[split] += n
    return {
        split: SplitCounts(
            images=images[split],
            mattes=mattes[split],
            expressions=EXPRESSIONS_PER_MATTE * mattes[split],
            keyword_images=keyword_images[split],
            keyword_mattes=keyword_mattes[split],
            left_right=relations[split, Relation.LEFT_RIGHT],
            top_bottom=relations[split, Relation.TOP_BOTTOM],
            front_behind=relations[split, Relation.FRONT_BEHIND],
            ambiguous=None if ambiguous is None else ambiguous.get(split, 0),
        )
        for split in Split
    }


def splits_json(counts: Mapping[Split, SplitCounts]) -> dict[str, Any]:
    """The ``splits`` object of ``--json``."""
    return {split.value: counts[split].to_json() for split in Split}


def shortfalls_of(
    dealt: Sequence[Slot],
    rows: Sequence[PlannedImage],
    kinds: Mapping[str, EntityKind],
    *,
    max_kind_share: float,
) -> tuple[Shortfall, ...]:
    """Where rows differ from the slots dealt for them, and positions that one kind holds too much of.

    Args:
        dealt, rows: in the same order.
        kinds: by entity id. A collection of one kind has no limit on kinds.
    """
    counts: Counter[tuple[Split, str, str]] = Counter()
    at: dict[tuple[Split, str, str], Counter[EntityKind]] = {}
    for slot, row in zip(dealt, rows, strict=True):
        got = row.slot
        if got.relation is not slot.relation:
            counts[slot.split, "relation", f"{slot.relation} became {got.relation}"] += 1
        if got.n_entities != slot.n_entities:
            counts[slot.split, "entities", f"{slot.n_entities} became {got.n_entities}"] += 1
        if got.distinct is not slot.distinct:
            wanted = "different categories" if slot.distinct else "the same category"
            counts[slot.split, "categories", f"{wanted} left to chance"] += 1
        if got.group != slot.group:
            counts[slot.split, "group", "drawn outside its group"] += 1
        for planned in row.entities:
            place = at.setdefault((slot.split, got.relation.value, planned.position.value), Counter())
            place[kinds[planned.entity_id]] += 1
    found = [Shortfall(split, what, detail, n) for (split, what, detail), n in counts.items()]
    if len(set(kinds.values())) > 1:
        for (split, relation, position), held in at.items():
            kind, n = held.most_common(1)[0]
            if n > max(1.0, max_kind_share * held.total()):
                detail = f"{kind} holds {n} of {held.total()} at {position} of {relation}"
                found.append(Shortfall(split, "kind_share", detail, n))
    return tuple(sorted(found, key=lambda s: (list(Split).index(s.split), s.what, s.detail)))
