from __future__ import annotations

from refmatte_engine.manifest.vocabulary import EntityKind, Relation, Split, positions
from refmatte_engine.plan.records import PlannedEntity, PlannedImage, Slot, Stem
from refmatte_engine.plan.statistics import Shortfall, count_splits, in_keyword_setting, shortfalls_of, splits_json

CATEGORIES = {"s/a": "cat", "s/b": "cat", "s/c": "dog", "s/d": "cup"}
KINDS = {"s/a": EntityKind.ANIMAL, "s/b": EntityKind.ANIMAL, "s/c": EntityKind.ANIMAL, "s/d": EntityKind.OBJECT}
LR, TB, FB = Relation.LEFT_RIGHT, Relation.TOP_BOTTOM, Relation.FRONT_BEHIND


def slot(
    index: int, relation: Relation, n: int, *, split: Split = Split.TRAIN, distinct: bool | None = None
) -> Slot:
    return Slot(split, index, Stem.GROUP, 0, relation, n, distinct)


def row(dealt: Slot, *names: str) -> PlannedImage:
    entities = tuple(
        PlannedEntity(f"s/{name}", position)
        for name, position in zip(names, positions(dealt.relation, dealt.n_entities), strict=True)
    )
    return PlannedImage(f"i{dealt.index}", dealt, entities, "bg/1")


def test_the_counts_that_commands_print() -> None:
    rows = [
        row(slot(0, LR, 3), "a", "c", "d"),
        row(slot(1, LR, 2), "a", "b"),
        row(slot(2, FB, 2), "c", "d"),
        row(slot(0, TB, 2, split=Split.TEST), "b", "c"),
    ]
    assert [in_keyword_setting(one, CATEGORIES) for one in rows] == [True, False, True, True]
    assert splits_json(count_splits(rows, CATEGORIES, {Split.TRAIN: 3})) == {
        "train": {
            "images": 3,
            "mattes": 7,
            "expressions": 28,
            "keyword": {"images": 2, "mattes": 5},
            "relations": {"left_right": 2, "top_bottom": 0, "front_behind": 1},
            "ambiguous": 3,
        },
        "test": {
            "images": 1,
            "mattes": 2,
            "expressions": 8,
            "keyword": {"images": 1, "mattes": 2},
            "relations": {"left_right": 0, "top_bottom": 1, "front_behind": 0},
            "ambiguous": 0,
        },
    }
    assert splits_json(count_splits(rows, CATEGORIES))["train"]["ambiguous"] is None


def test_every_difference_from_the_deal_is_said() -> None:
    dealt = [slot(0, TB, 3, distinct=False), slot(1, LR, 2), slot(2, LR, 2), slot(3, LR, 2)]
    filled = [Slot(Split.TRAIN, 0, Stem.EXTRA, -1, LR, 2, None), *dealt[1:]]
    rows = [row(filled[0], "a", "d"), row(filled[1], "c", "d"), row(filled[2], "a", "c"), row(filled[3], "b", "d")]
    found = shortfalls_of(dealt, rows, KINDS, max_kind_share=0.8)
    assert found == (
        Shortfall(Split.TRAIN, "categories", "the same category left to chance", 1),
        Shortfall(Split.TRAIN, "entities", "3 became 2", 1),
        Shortfall(Split.TRAIN, "group", "drawn outside its group", 1),
        Shortfall(Split.TRAIN, "kind_share", "animal holds 4 of 4 at left of left_right", 4),
        Shortfall(Split.TRAIN, "relation", "top_bottom became left_right", 1),
    )
    assert shortfalls_of(dealt[1:], rows[1:], KINDS, max_kind_share=1.0) == ()
