"""Collections made up for tests of planning: subjects with labels and cut sides, no files."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence

from refmatte_engine.attributes.labels import ColorShare, Labels
from refmatte_engine.manifest.vocabulary import EntityKind, Side, Split
from refmatte_engine.plan.subjects import Backdrop, Subject

COLORS = ("red", "blue", "green", "white", "black")
WHOLE: frozenset[Side] = frozenset()


def subject(
    name: str,
    kind: EntityKind,
    category: str,
    *,
    split: Split | None = None,
    color: str | None = None,
    cut: Iterable[Side] = (),
    content: str | None = None,
) -> Subject:
    """One subject named ``source/stem``; its content is its name unless it is somebody's twin."""
    colors = (ColorShare(color, color, "", 0.7, (50.0, 0.0, 0.0)),) if color else ()
    labels = Labels(kind, category, colors=colors)
    source = name.partition("/")[0]
    return Subject(name, source, split, kind, category, frozenset(cut), content or name, labels)


def subjects(
    source: str,
    kind: EntityKind,
    category: str,
    n: int,
    *,
    split: Split | None = None,
    colored: bool = False,
    cut: Callable[[random.Random], Iterable[Side]] = lambda _: WHOLE,
) -> list[Subject]:
    """``n`` subjects of one category, coloured in turn."""
    dice = random.Random(f"{source}{split}{category}")
    return [
        subject(
            f"{source}/{split or 'all'}-{category}-{i:04d}",
            kind,
            category,
            split=split,
            color=COLORS[i % len(COLORS)] if colored else None,
            cut=cut(dice),
        )
        for i in range(n)
    ]


def by_id(*parts: Sequence[Subject]) -> list[Subject]:
    return sorted((one for part in parts for one in part), key=lambda one: one.entity_id)


def backdrops(n: int, *, split: Split | None = None, contains: frozenset[str] | None = None) -> list[Backdrop]:
    names = [f"bg/{split or 'all'}-{i:04d}" for i in range(n)]
    return [Backdrop(name, "bg", split, name, contains) for name in names]


def mixed_collection(scale: int = 1) -> list[Subject]:
    """Humans of whom nothing is known, most of them cut at the bottom, coloured animals and objects."""

    def mostly_cut(dice: random.Random) -> frozenset[Side]:
        return frozenset({Side.BOTTOM}) if dice.random() < 0.7 else WHOLE

    def sometimes_cut(dice: random.Random) -> frozenset[Side]:
        sides = [Side.BOTTOM] * (dice.random() < 0.3) + [Side.LEFT] * (dice.random() < 0.2)
        return frozenset(sides)

    parts: list[list[Subject]] = []
    for split, n in ((Split.TRAIN, 5 * scale), (Split.TEST, scale)):
        parts.append(subjects("p", EntityKind.HUMAN, "human", 4 * n, split=split, cut=mostly_cut))
        for category in ("cat", "dog", "lion"):
            parts.append(
                subjects("a", EntityKind.ANIMAL, category, n, split=split, colored=True, cut=sometimes_cut)
            )
        for category in ("cup", "lamp", "chair", "kite"):
            parts.append(subjects("o", EntityKind.OBJECT, category, n, split=split, colored=True))
    return by_id(*parts)


def different_words(labels: Sequence[Labels]) -> bool:
    """A small `tellable`: a category alone, or each of its entities with a colour of its own."""
    for known in labels:
        alike = [other for other in labels if other is not known and other.category == known.category]
        if alike and not known.colors:
            return False
        if any(not other.colors or other.colors[0].basic == known.colors[0].basic for other in alike):
            return False
    return True
