"""What planning needs to know of an entity and of a background: names, no pixels and no shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from refmatte_engine.attributes.labels import Labels
from refmatte_engine.entities import Background, Entity
from refmatte_engine.lexicon.taxonomy import ancestors
from refmatte_engine.manifest.vocabulary import EntityKind, Side, Split

if TYPE_CHECKING:
    from refmatte_engine.lexicon import Lexicon

Tellable = Callable[[Sequence[Labels]], bool]
"""Says whether each of these entities, alone in one image, has a true and unique text."""

Broader = Callable[[str], frozenset[str]]
"""All names of a category's instances: itself and the broader categories ("palm tree": tree, plant)."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An entity as the plan sees it; kind and category are the labelled (corrected) ones.

    ``names``: everything it is an instance of, its category and kind included, in lower case.
    """

    entity_id: str
    source: str
    split: Split | None
    kind: EntityKind
    category: str
    cut_sides: frozenset[Side]
    content_hash: str
    labels: Labels
    names: frozenset[str] = frozenset()

    @property
    def has_attributes(self) -> bool:
        """Something is known by which it may be told from another of its category."""
        known = self.labels
        return bool(
            known.colors
            or known.gender
            or known.age_group
            or known.clothes_type
            or known.custom
            or known.transparent
        )


@dataclass(frozen=True, slots=True)
class Backdrop:
    """A background as the plan sees it.

    Attributes:
        contains: categories known to be in it; None means that nobody looked.
        broader: what those are instances of: an entity called "plant" does not stand before a tree.
    """

    background_id: str
    source: str
    split: Split | None
    content_hash: str
    contains: frozenset[str] | None
    broader: frozenset[str] = frozenset()


def itself(category: str) -> frozenset[str]:
    """The names of a category when nothing is known of broader ones."""
    return frozenset({category})


def names_in(lexicon: Lexicon) -> Broader:
    """A category's own words and those of everything it is an instance of, as the lexicon knows them."""

    def names(category: str) -> frozenset[str]:
        above = ancestors(category, lexicon.categories) if lexicon.category(category) else ()
        return frozenset(word for name in (category, *above) for word in (name, *lexicon.words_of(name)))

    return names


def subjects_of(
    entities: Iterable[Entity], labels: Mapping[str, Labels], broader: Broader = itself
) -> tuple[tuple[Subject, ...], tuple[str, ...]]:
    """Subjects sorted by id, and the ids of objects without a name, which cannot be spoken of.

    A human or an animal that nobody named is called just that.
    """
    subjects: list[Subject] = []
    unnamed: list[str] = []
    for entity in sorted(entities, key=lambda entity: entity.entity_id):
        known = labels.get(entity.entity_id) or Labels(kind=entity.kind, category=entity.category)
        category = known.category or known.kind.value
        if category == EntityKind.OBJECT.value:
            unnamed.append(entity.entity_id)
            continue
        subjects.append(
            Subject(
                entity.entity_id,
                entity.source,
                entity.split,
                known.kind,
                category,
                entity.cut_sides,
                entity.content_hash,
                known,
                _spelled(broader(category) | ({known.kind.value} - {EntityKind.OBJECT.value})),
            )
        )
    return tuple(subjects), tuple(unnamed)


def backdrops_of(backgrounds: Iterable[Background], broader: Broader = itself) -> tuple[Backdrop, ...]:
    """Backdrops sorted by id."""
    return tuple(
        Backdrop(
            background.background_id,
            background.source,
            background.split,
            background.content_hash,
            None if background.contains is None else _spelled(background.contains),
            _spelled(name for shown in background.contains or () for name in broader(shown)),
        )
        for background in sorted(backgrounds, key=lambda background: background.background_id)
    )


def _spelled(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)
