"""The category names that models may propose, and which of them fit what is known of an entity already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from refmatte_engine.attributes.human import PERSON_WORDS
from refmatte_engine.labellers.base import Look
from refmatte_engine.lexicon.taxonomy import subtrees
from refmatte_engine.manifest.vocabulary import EntityKind

if TYPE_CHECKING:
    from refmatte_engine.lexicon import Lexicon


@dataclass(frozen=True, slots=True)
class Name:
    """One category.

    Attributes:
        category: entry-level name.
        word: what people say of it, for a prompt ("person" of a human).
        kind: None for a user's own category of which nobody states a kind.
    """

    category: str
    word: str
    kind: EntityKind | None


@dataclass(frozen=True)
class Vocabulary:
    """The names, sorted.

    Attributes:
        names: none of them says a gender or an age: those are not guessed with the category.
        classes: a dataset's class that is no name ("plant") -> the names below it, itself included.
    """

    names: tuple[Name, ...]
    classes: Mapping[str, frozenset[str]]

    @cached_property
    def _kinds(self) -> dict[str, EntityKind | None]:
        return {name.category: name.kind for name in self.names}

    def fits(self, category: str, look: Look) -> bool:
        """False when ``category`` contradicts what is known: another kind, or nothing of the dataset's class.

        An entity that is just an ``object`` is one of which nobody said anything, so everything fits it.
        """
        # Names that only a detector has (traffic light, suitcase) are things.
        kind = self._kinds.get(category, EntityKind.OBJECT)
        if look.kind is not EntityKind.OBJECT and kind not in {None, look.kind}:
            return False
        group = self.classes.get(look.category or "")
        return group is None or category in group


def make_vocabulary(lexicon: Lexicon, own: Mapping[str, EntityKind | None], unsaid: Iterable[str]) -> Vocabulary:
    """The lexicon's categories and a user's.

    Args:
        own: names that occur in the collection; those that the lexicon has change nothing. Words for people
            are left out: "human" stands for all of them.
        unsaid: categories that are never proposed, though they may be stated.
    """
    left_out = set(unsaid)
    names = {
        name: Name(name, category.common or name, category.kind)
        for name, category in lexicon.categories.items()
        if name not in left_out and category.gender is None and category.ages is None
    }
    for name, kind in own.items():
        if name not in lexicon.categories and name not in left_out and name not in PERSON_WORDS:
            names[name] = Name(name, name, kind)
    return Vocabulary(tuple(names[name] for name in sorted(names)), class_groups(lexicon))


def class_groups(lexicon: Lexicon) -> dict[str, frozenset[str]]:
    """Classes of datasets that stand for more than one category -> what they stand for, themselves included.

    "piece of furniture" is what people say of furniture, so it stands for the same.
    """
    below = subtrees(lexicon.categories)
    groups: dict[str, frozenset[str]] = {}
    for classes in lexicon.source_classes.values():
        for name in classes.values():
            heads = [each for each, known in lexicon.categories.items() if name in {each, known.common}]
            group = frozenset({name}).union(*(below[head] for head in heads))
            if len(group) > 1:
                groups[name] = group
    return groups
