from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from made_collections import backdrops, by_id, different_words, mixed_collection, subject, subjects

from refmatte_engine.manifest.vocabulary import EntityKind, Split
from refmatte_engine.plan.splits import Splits, assign_splits, can_meet
from refmatte_engine.plan.subjects import Backdrop, Subject
from refmatte_engine.presets import load_preset

MODERN, PAPER = load_preset("modern"), load_preset("paper")
TRAIN, TEST = Split.TRAIN, Split.TEST

parts = st.tuples(
    st.sampled_from(["aim500", "folder", "am2k", "x"]),
    st.sampled_from(EntityKind),
    st.sampled_from(["human", "cat", "cup", "lamp", "web"]),
    st.sampled_from([TRAIN, TEST, None]),
    st.integers(1, 9),
    st.booleans(),
)
collections = st.lists(parts, min_size=1, max_size=10, unique_by=lambda part: (part[0], part[2], part[3])).map(
    lambda drawn: by_id(
        *(
            subjects(source, kind, category, n, split=split, colored=colored)
            for source, kind, category, split, n, colored in drawn
        )
    )
)
pictures = st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 6)).map(
    lambda n: backdrops(n[0]) + backdrops(n[1], split=TRAIN) + backdrops(n[2], split=TEST)
)


def of(splits: Splits, collection: list[Subject], split: Split) -> list[Subject]:
    return [one for one in collection if splits.entities[one.entity_id] is split]


@given(collections, pictures, st.sampled_from([MODERN, PAPER]), st.integers(0, 99))
@settings(deadline=None)
def test_rules_that_hold_for_any_collection(
    collection: list[Subject], pictures: list[Backdrop], preset: object, seed: int
) -> None:
    assert preset in (MODERN, PAPER)
    rules = PAPER if preset is PAPER else MODERN
    tellable = different_words if rules is MODERN else None
    splits = assign_splits(collection, pictures, rules, seed, tellable=tellable)
    assert set(splits.entities) == {one.entity_id for one in collection}
    assert set(splits.backgrounds) == {picture.background_id for picture in pictures}
    in_train = {one.category for one in of(splits, collection, TRAIN)}
    in_test = {one.category for one in of(splits, collection, TEST)}
    assert splits.unseen_test_categories == tuple(sorted(in_test - in_train))
    if rules is PAPER:
        assert in_test <= in_train
    if len(pictures) >= 2:
        assert set(splits.backgrounds.values()) == {TRAIN, TEST}
    # Three categories of two: each split can have one of each (paper keeps its subset rule instead).
    twice = sum(n >= 2 for n in Counter(one.category for one in collection).values())
    if rules is MODERN and twice >= 3 and len(pictures) >= 2:
        for split in Split:
            assert can_meet(of(splits, collection, split), different_words, want=3) == 3


@given(collections, pictures, st.integers(0, 9))
@settings(deadline=None)
def test_a_source_with_both_splits_keeps_them(
    collection: list[Subject], pictures: list[Backdrop], seed: int
) -> None:
    splits = assign_splits(collection, pictures, MODERN, seed)
    both = {
        source
        for source in {one.source for one in collection}
        if {one.split for one in collection if one.source == source} >= {TRAIN, TEST}
    }
    for one in collection:
        if one.source in both and one.split is TRAIN and one.entity_id not in splits.filled:
            assert splits.entities[one.entity_id] is TRAIN
    moved = sum(
        one.source in both and one.split is TEST and splits.entities[one.entity_id] is TRAIN for one in collection
    )
    assert moved <= sum(splits.long_tail.values()) + splits.same_content + len(splits.filled)


def test_aim500_is_dealt_about_half_and_half_by_category() -> None:
    collection = by_id(
        *(subjects("aim500", EntityKind.OBJECT, f"thing{i:02d}", 5, split=TEST) for i in range(40)),
        subjects("am2k", EntityKind.ANIMAL, "cat", 90, split=TRAIN),
        subjects("am2k", EntityKind.ANIMAL, "cat", 10, split=TEST),
    )
    splits = assign_splits(collection, backdrops(9), MODERN, 3)
    test = Counter(one.category for one in of(splits, collection, TEST))
    assert test["cat"] == 10
    assert sum(n for category, n in test.items() if category != "cat") == 105  # 52.5 % of 200
    assert all(1 <= test[f"thing{i:02d}"] <= 4 for i in range(40))


def test_a_folder_is_dealt_nine_to_one_and_keeps_every_category_in_train() -> None:
    collection = by_id(*(subjects("folder", EntityKind.OBJECT, f"thing{i:02d}", 25) for i in range(40)))
    splits = assign_splits(collection, backdrops(30), MODERN, 3)
    test = Counter(one.category for one in of(splits, collection, TEST))
    assert sum(test.values()) == 100
    assert set(test.values()) == {2, 3}
    assert Counter(splits.backgrounds.values()) == {TRAIN: 27, TEST: 3}
    assert not splits.unseen_test_categories and not splits.filled
    assert assign_splits(collection, backdrops(30), MODERN, 4).entities != splits.entities


def test_long_tailed_categories_move_to_train_and_are_counted() -> None:
    collection = by_id(
        subjects("dim", EntityKind.OBJECT, "cup", 6, split=TRAIN),
        subjects("dim", EntityKind.OBJECT, "cup", 4, split=TEST),
        subjects("dim", EntityKind.OBJECT, "web", 3, split=TEST),
        subjects("dim", EntityKind.OBJECT, "net", 1, split=TRAIN),
        subjects("hatt", EntityKind.OBJECT, "net", 1, split=TEST),
        subjects("hatt", EntityKind.OBJECT, "cup", 2, split=TRAIN),
    )
    # net: one in train and one in test, two in all: long-tailed where a category needs three.
    paper = assign_splits(collection, backdrops(4), PAPER, 0)
    assert paper.long_tail == {"dim": 3, "hatt": 1}
    assert {one.category for one in of(paper, collection, TEST)} == {"cup"}
    modern = assign_splits(collection, backdrops(4), MODERN, 0)
    assert modern.long_tail == {"dim": 3}


def test_the_same_picture_is_never_on_both_sides() -> None:
    collection = by_id(
        [subject(f"a/{i}", EntityKind.ANIMAL, "cat", split=TRAIN, color="red", content=f"c{i}") for i in range(5)],
        [subject(f"b/{i}", EntityKind.ANIMAL, "cat", split=TEST, color="blue", content=f"c{i}") for i in range(3)],
        [subject(f"b/t{i}", EntityKind.ANIMAL, "cat", split=TRAIN) for i in range(3)],
        [subject(f"a/t{i}", EntityKind.ANIMAL, "cat", split=TEST) for i in range(3)],
    )
    twins = [Backdrop(f"bg/{i}", "bg", TRAIN if i < 3 else TEST, f"h{i % 3}", None) for i in range(4)]
    splits = assign_splits(collection, twins, MODERN, 1)
    assert splits.same_content == 3
    for content in {one.content_hash for one in collection}:
        assert len({splits.entities[one.entity_id] for one in collection if one.content_hash == content}) == 1
    assert splits.backgrounds["bg/0"] == splits.backgrounds["bg/3"]
    assert set(splits.backgrounds.values()) == {TRAIN, TEST}


def test_test_is_filled_with_a_missing_kind_and_unseen_categories_are_said() -> None:
    """The photographs of one small collection: nothing repeats, two unknown people in test."""
    collection = by_id(
        [subject(f"p/{i}", EntityKind.HUMAN, "human", split=TRAIN if i < 4 else TEST) for i in range(6)],
        [subject(f"a/{name}", EntityKind.ANIMAL, name, split=TRAIN) for name in ("cat", "dog", "lion")],
        [subject("a/cat2", EntityKind.ANIMAL, "cat", split=TEST)],
        [subject(f"o/{name}", EntityKind.OBJECT, name) for name in ("cup", "web", "kite")],
    )
    splits = assign_splits(collection, backdrops(6), MODERN, 7, tellable=different_words)
    test = of(splits, collection, TEST)
    assert {one.kind for one in test} == set(EntityKind)
    assert can_meet(test, different_words, want=3) == 3
    (filled,) = splits.filled
    assert filled.startswith("o/") and splits.unseen_test_categories == (filled[2:],)
    assert can_meet(of(splits, collection, TRAIN), different_words, want=3) == 3


def test_a_tiny_collection_is_left_alone() -> None:
    collection = by_id(subjects("folder", EntityKind.OBJECT, "cup", 5))
    splits = assign_splits(collection, backdrops(1), MODERN, 0)
    assert set(splits.entities.values()) == {TRAIN}
    assert set(splits.backgrounds.values()) == {TRAIN}


def test_two_people_of_whom_nothing_is_known_do_not_meet() -> None:
    people = [subject(f"p/{i}", EntityKind.HUMAN, "human") for i in range(5)]
    assert can_meet(people, different_words, want=3) == 1
    dressed = [subject(f"p/{c}", EntityKind.HUMAN, "human", color=c) for c in ("red", "blue")]
    assert can_meet(dressed, different_words, want=3) == 2
    assert can_meet([*dressed, dressed[0]], None, want=3) == 2


def test_mixed_collection_keeps_its_splits() -> None:
    collection = mixed_collection()
    splits = assign_splits(collection, backdrops(8), MODERN, 0, tellable=different_words)
    assert all(splits.entities[one.entity_id] is one.split for one in collection)
