"""Who goes to train and who to test, for the paper's sources and for any other collection (dataset.md 6.1).

A source's own split is kept, long-tailed categories move to train, whatever has no split is dealt by category,
and a test split too small to make images from is filled up. Nothing is in both splits.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from refmatte_engine.config import Preset, Splitting
from refmatte_engine.manifest.vocabulary import Split
from refmatte_engine.plan.subjects import Backdrop, Subject, Tellable
from refmatte_engine.randomness import generator_for

FILL_FROM_ENTITIES = 6
"""With this many entities, and ``FILL_FROM_BACKGROUNDS``, test is filled up ..."""
FILL_FROM_BACKGROUNDS = 2
FILL_TO = 3
"""... until this many of its entities can meet in one image."""


@dataclass(frozen=True, slots=True)
class Splits:
    """The split of everything, and what had to move.

    Attributes:
        entities, backgrounds: split by id.
        long_tail: test entities moved to train because their category is long-tailed, by source.
        same_content: entities moved to train because the same picture was on both sides.
        filled: ids moved so that both splits have entities that can meet.
        unseen_test_categories: in test, but in no train entity.
    """

    entities: Mapping[str, Split]
    backgrounds: Mapping[str, Split]
    long_tail: Mapping[str, int]
    same_content: int
    filled: tuple[str, ...]
    unseen_test_categories: tuple[str, ...]


def assign_splits(
    subjects: Sequence[Subject],
    backdrops: Sequence[Backdrop],
    preset: Preset,
    seed: int,
    *,
    tellable: Tellable | None = None,
) -> Splits:
    """The split of every entity and background.

    Args:
        subjects, backdrops: sorted by id.
        tellable: which entities can meet in one image; None: any two different pictures can.
    """
    rules = preset.split
    split = _own_or_dealt(subjects, rules, seed)
    long_tail = _move_long_tail(subjects, split, rules)
    same_content = _unite_same_content([subject.content_hash for subject in subjects], split)
    filled: list[int] = []
    if len(subjects) >= FILL_FROM_ENTITIES and len(backdrops) >= FILL_FROM_BACKGROUNDS:
        for to in (Split.TRAIN, Split.TEST):
            filled += _fill(subjects, split, to, strict=rules.strict_test_categories, seed=seed, tellable=tellable)
    in_train = {subject.category for subject, part in zip(subjects, split, strict=True) if part is Split.TRAIN}
    in_test = {subject.category for subject, part in zip(subjects, split, strict=True) if part is Split.TEST}
    return Splits(
        entities={subject.entity_id: part for subject, part in zip(subjects, split, strict=True)},
        backgrounds=_split_backgrounds(backdrops, rules, seed),
        long_tail=long_tail,
        same_content=same_content,
        filled=tuple(subjects[i].entity_id for i in filled),
        unseen_test_categories=tuple(sorted(in_test - in_train)),
    )


def can_meet(subjects: Iterable[Subject], tellable: Tellable | None, *, want: int) -> int:
    """How many of the subjects, up to ``want``, are found that can all stand in one image (greedily)."""
    one_per_category: dict[str, Subject] = {}
    others: list[Subject] = []
    for subject in subjects:
        if one_per_category.setdefault(subject.category, subject) is not subject:
            others.append(subject)
    met: list[Subject] = []
    for subject in [*one_per_category.values(), *others]:
        if any(subject.content_hash == other.content_hash for other in met):
            continue
        if not met or tellable is None or tellable([other.labels for other in (*met, subject)]):
            met.append(subject)
            if len(met) == want:
                break
    return len(met)


def _own_or_dealt(subjects: Sequence[Subject], rules: Splitting, seed: int) -> list[Split]:
    """Own splits where a source has both; the rest dealt by category.

    A source that is all test (AIM-500) keeps that for categories which other sources train on.
    """
    stated: dict[str, set[Split]] = defaultdict(set)
    for subject in subjects:
        if subject.split is not None:
            stated[subject.source].add(subject.split)
    total = Counter(subject.category for subject in subjects)
    trained = {
        subject.category
        for subject in subjects
        if subject.split is Split.TRAIN and len(stated[subject.source]) == 2
    }

    def own(subject: Subject) -> Split | None:
        if subject.split is not None and len(stated[subject.source]) == 2:
            return subject.split
        if subject.split is Split.TEST and subject.category in trained:
            return subject.split
        return None

    split = [own(subject) for subject in subjects]
    to_deal: dict[str, list[int]] = defaultdict(list)
    for i, part in enumerate(split):
        if part is None:
            to_deal[subjects[i].source].append(i)
    kept_in_train = Counter(
        subject.category for subject, part in zip(subjects, split, strict=True) if part is Split.TRAIN
    )
    test: set[int] = set()
    for source, members in sorted(to_deal.items()):
        share = rules.aim500_test_share if source == "aim500" else rules.test_entity_share
        generator = generator_for(seed, "split", "entities", source)
        test |= _deal_test(subjects, members, share, generator, total, kept_in_train, rules.min_category_total)
    return [part or (Split.TEST if i in test else Split.TRAIN) for i, part in enumerate(split)]


def _deal_test(
    subjects: Sequence[Subject],
    members: Sequence[int],
    share: float,
    generator: np.random.Generator,
    total: Mapping[str, int],
    kept_in_train: Counter[str],
    min_total: int,
) -> set[int]:
    """Which ``members`` go to test: ``share`` of each category, what a category cannot give in whole entities
    carried over to the next, and the last train entity of a category never taken."""
    by_category: dict[str, list[int]] = defaultdict(list)
    for i in members:
        by_category[subjects[i].category].append(i)
    categories = [name for name in sorted(by_category) if total[name] >= min_total]
    test: set[int] = set()
    owed = 0.0
    for place in generator.permutation(len(categories)):
        name = categories[place]
        own = by_category[name]
        owed += share * len(own)
        spare = len(own) if kept_in_train[name] else len(own) - 1
        given = min(int(owed + 1e-9), spare)
        owed -= given
        order = generator.permutation(len(own))
        test |= {own[i] for i in order[:given]}
        kept_in_train[name] += len(own) - given
    return test


def _move_long_tail(subjects: Sequence[Subject], split: list[Split], rules: Splitting) -> dict[str, int]:
    """Moves test entities of long-tailed categories to train, in place; counts them by source.

    Those of an all-test source that dealing has sent to train for the same reason count as well.
    """
    total = Counter(subject.category for subject in subjects)
    in_train = {subject.category for subject, part in zip(subjects, split, strict=True) if part is Split.TRAIN}
    moved: Counter[str] = Counter()
    for i, subject in enumerate(subjects):
        rare = total[subject.category] < rules.min_category_total
        if split[i] is Split.TEST and (rare or subject.category not in in_train):
            split[i] = Split.TRAIN
            moved[subject.source] += 1
        elif rare and subject.split is Split.TEST:
            moved[subject.source] += 1
    return dict(sorted(moved.items()))


def _unite_same_content(hashes: Sequence[str], split: list[Split]) -> int:
    """Moves to train, in place, what has a twin there; says how many moved."""
    in_train = {content for content, part in zip(hashes, split, strict=True) if part is Split.TRAIN}
    moved = 0
    for i, content in enumerate(hashes):
        if split[i] is Split.TEST and content in in_train:
            split[i] = Split.TRAIN
            moved += 1
    return moved


def _fill(
    subjects: Sequence[Subject],
    split: list[Split],
    to: Split,
    *,
    strict: bool,
    seed: int,
    tellable: Tellable | None,
) -> list[int]:
    """Moves entities into ``to``, in place, until `FILL_TO` of them can meet; train comes first, and test never
    takes it below the same number. Returns who moved."""
    moved: list[int] = []
    order: list[int] = generator_for(seed, "split", "fill", to).permutation(len(subjects)).tolist()

    def here(part: Split) -> list[Subject]:
        return [subject for subject, where in zip(subjects, split, strict=True) if where is part]

    while (meeting := can_meet(here(to), tellable, want=FILL_TO)) < FILL_TO:
        for i in _candidates(subjects, split, to, order, strict=strict):
            twins = [j for j, other in enumerate(subjects) if other.content_hash == subjects[i].content_hash]
            before = [split[j] for j in twins]
            for j in twins:
                split[j] = to
            enough_left = to is Split.TRAIN or can_meet(here(Split.TRAIN), tellable, want=FILL_TO) == FILL_TO
            if enough_left and can_meet(here(to), tellable, want=FILL_TO) > meeting:
                moved += twins
                break
            for j, part in zip(twins, before, strict=True):
                split[j] = part
        else:
            break
    return moved


def _candidates(
    subjects: Sequence[Subject], split: Sequence[Split], to: Split, order: Sequence[int], *, strict: bool
) -> list[int]:
    """Who may move into ``to``, best first: of a kind, then of a category that it lacks, and whose category
    stays behind as well."""
    left = Counter(s.category for s, part in zip(subjects, split, strict=True) if part is not to)
    there = [subject for subject, part in zip(subjects, split, strict=True) if part is to]
    kinds = {subject.kind for subject in there}
    categories = {subject.category for subject in there}
    movable = [
        i
        for i in order
        if split[i] is not to and (to is Split.TRAIN or not strict or left[subjects[i].category] > 1)
    ]
    return sorted(
        movable,
        key=lambda i: (
            subjects[i].kind in kinds,
            left[subjects[i].category] < 2,
            subjects[i].category in categories,
            -left[subjects[i].category],
        ),
    )[:50]


def _split_backgrounds(backdrops: Sequence[Backdrop], rules: Splitting, seed: int) -> dict[str, Split]:
    stated: dict[str, set[Split]] = defaultdict(set)
    for backdrop in backdrops:
        if backdrop.split is not None:
            stated[backdrop.source].add(backdrop.split)
    split: dict[str, Split] = {}
    to_deal: dict[str, list[str]] = defaultdict(list)
    for backdrop in backdrops:
        if backdrop.split is not None and len(stated[backdrop.source]) == 2:
            split[backdrop.background_id] = backdrop.split
        else:
            to_deal[backdrop.source].append(backdrop.background_id)
    for source, ids in sorted(to_deal.items()):
        order = generator_for(seed, "split", "backgrounds", source).permutation(len(ids))
        n_test = round(rules.test_entity_share * len(ids))
        for place, i in enumerate(order):
            split[ids[i]] = Split.TEST if place < n_test else Split.TRAIN
    parts = [split[backdrop.background_id] for backdrop in backdrops]
    hashes = [backdrop.content_hash for backdrop in backdrops]
    _unite_same_content(hashes, parts)
    for part, other in ((Split.TEST, Split.TRAIN), (Split.TRAIN, Split.TEST)):
        _give_one(hashes, parts, part, other, generator_for(seed, "split", "backgrounds", "fill", part))
    return {backdrop.background_id: part for backdrop, part in zip(backdrops, parts, strict=True)}


def _give_one(
    hashes: Sequence[str], parts: list[Split], part: Split, other: Split, generator: np.random.Generator
) -> None:
    """Moves one picture (with its twins) into an empty ``part``, in place, when the other has two or more."""
    if part in parts or len(set(hashes)) < FILL_FROM_BACKGROUNDS:
        return
    pictures = sorted(set(hashes))
    chosen = pictures[int(generator.integers(len(pictures)))]
    for i, content in enumerate(hashes):
        if content == chosen and parts[i] is other:
            parts[i] = part
