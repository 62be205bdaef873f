"""From a stated category to the lexicon's: "mugs" in a folder of mugs, "man portrait" of a human."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from refmatte_engine.attributes.human import PERSON_WORDS, Person, person_in
from refmatte_engine.attributes.labels import Labels, Origin
from refmatte_engine.attributes.values import is_stated, without_number
from refmatte_engine.manifest.vocabulary import EntityKind

if TYPE_CHECKING:
    from refmatte_engine.lexicon import Lexicon

HUMAN = "human"
"""The one category of P3M-10k, and the keyword of every person (supp. Table 1)."""

KIND_NAMES = {EntityKind.HUMAN: HUMAN, EntityKind.ANIMAL: "animal"}
"""What something is called of which only the kind is known. Of an object that says nothing."""


def with_category(labels: Labels, lexicon: Lexicon) -> Labels:
    """``labels`` with the category as the lexicon knows it, and with what the word says besides.

    A word for a person becomes ``human``, and its gender and age group labels of their own, unless they were
    stated. A category of which the lexicon knows the kind has that kind, unless a kind was stated.
    """
    if labels.category is None:
        return replace(labels, category=KIND_NAMES.get(labels.kind))
    person = _person(labels)
    if person is not None:
        return _with_person(labels, person)
    name, plural = known_name(labels.category, lexicon)
    kind = lexicon.kind_of(name)
    if kind is not None and not _kind_is_settled(labels):
        labels = replace(labels, kind=kind)
    if not is_stated(labels, "plural"):
        labels = replace(labels, plural=plural)
    known = lexicon.category(name)
    if known is not None and known.gender is not None and not is_stated(labels, "gender"):
        labels = _from_category(replace(labels, gender=known.gender), "gender")
    return replace(labels, category=name)


def known_name(category: str, lexicon: Lexicon) -> tuple[str, bool]:
    """The lexicon's name for a stated category, and whether it names several things.

    Files in a folder "mugs" show a mug each, so a regular plural becomes its singular; a plural that is a category
    itself ("leaves", "walruses") stays. A name of the user's own stays as it is.
    """
    name = without_number(category)
    name = name if lexicon.kind_of(name) is not None else _other_names(lexicon).get(name, name)
    return name, lexicon.is_plural(name)


def kind_said(category: str, lexicon: Lexicon) -> EntityKind | None:
    """The kind that a category says by itself; None when nobody knows ("portrait" may be of anything)."""
    named = with_category(Labels(EntityKind.OBJECT, category), lexicon)
    return lexicon.kind_of(named.category or "")


def names_person(category: str, lexicon: Lexicon) -> bool:
    """Whether a category may be said of a person: a word for people, or one for some of them ("bride")."""
    return category in PERSON_WORDS or kind_said(category, lexicon) is EntityKind.HUMAN


@lru_cache(maxsize=4)
def _other_names(lexicon: Lexicon) -> Mapping[str, str]:
    """Plurals and synonyms that belong to one category only -> that category."""
    owners: dict[str, set[str]] = defaultdict(set)
    for category in lexicon.categories.values():
        for word in (category.plural, *lexicon.words_of(category.name)):
            owners[word].add(category.name)
    return {word: min(names) for word, names in owners.items() if len(names) == 1}


def _kind_is_settled(labels: Labels) -> bool:
    """Said by somebody. ``object`` alone is what sources give when nobody said anything."""
    return labels.kind is not EntityKind.OBJECT or is_stated(labels, "kind")


def _person(labels: Labels) -> Person | None:
    assert labels.category is not None
    exact = PERSON_WORDS.get(labels.category)
    if labels.kind is EntityKind.HUMAN:
        return exact or person_in(labels.category)
    # "portrait" and "adult" alone may be of anything.
    return None if _kind_is_settled(labels) or labels.category in UNSURE else exact


UNSURE = frozenset({"portrait", "adult", "senior", "male", "female"})


def _with_person(labels: Labels, person: Person) -> Labels:
    labels = replace(labels, kind=EntityKind.HUMAN, category=HUMAN)
    if person.plural and not is_stated(labels, "plural"):
        labels = replace(labels, plural=True)
    if person.gender is not None and not is_stated(labels, "gender"):
        labels = _from_category(replace(labels, gender=person.gender), "gender")
    if person.age_group is not None and not is_stated(labels, "age_group"):
        labels = _from_category(replace(labels, age_group=person.age_group), "age_group")
    return labels


def _from_category(labels: Labels, name: str) -> Labels:
    """The word that says it has the origin of the category."""
    origin = dict(labels.origins).get("category", Origin.DATASET)
    return replace(labels, origins=tuple(sorted([*labels.origins, (name, origin)])))
