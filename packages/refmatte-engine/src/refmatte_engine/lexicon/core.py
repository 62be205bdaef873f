"""The lexicon: everything the engine knows about words, as read-only data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from refmatte_engine.attributes.labels import Labels
from refmatte_engine.lexicon.dialect import Dialect
from refmatte_engine.lexicon.inflection import article
from refmatte_engine.lexicon.model import Category, Garment, Noun, Number, Profile
from refmatte_engine.lexicon.user import UserAttribute, UserCategory
from refmatte_engine.manifest.vocabulary import EntityKind

KIND_WORDS = {EntityKind.HUMAN: "human", EntityKind.ANIMAL: "animal", EntityKind.OBJECT: "object"}
"""The category of an entity that nobody named."""

_ROOTS = frozenset(KIND_WORDS.values())


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """Answers what words mean and which are said. Made by :func:`load_lexicon`; compare by identity.

    Attributes:
        categories: by name, those of the project and those that a user described.
        generic: categories for what nobody named more closely.
        user_categories: by name, those of which a user's labels give the name only.
        dialects: the words of each profile.
        basic_colors: CSS3 name -> basic term; holds the 11 terms themselves.
        shades: basic term -> modifiers people use with it.
        garments: types of clothes by name.
        attributes: forms of users' attributes by name (the user's own over the built-in ones).
        facet_words: facet -> value -> word, for opacity, saliency, gender, age.
        source_classes: (dataset, class folder or type) -> category.
        cache: filled on use by ``express``; holds nothing that cannot be computed again.
    """

    categories: Mapping[str, Category]
    generic: frozenset[str]
    user_categories: Mapping[str, UserCategory]
    dialects: Mapping[Profile, Dialect]
    basic_colors: Mapping[str, str]
    shades: Mapping[str, tuple[str, ...]]
    garments: Mapping[str, Garment]
    attributes: Mapping[str, UserAttribute]
    facet_words: Mapping[str, Mapping[str, str]]
    transparent_words: frozenset[str]
    non_salient_words: frozenset[str]
    source_classes: Mapping[str, Mapping[str, str]]
    cache: dict[object, Any] = field(default_factory=dict, repr=False)

    # What a category is -------------------------------------------------------------------------

    def category(self, name: str) -> Category | None:
        """The entry for a category; None when nobody described it."""
        return self.categories.get(name)

    def kind_of(self, category: str) -> EntityKind | None:
        """human, animal or object; None when the category is not known."""
        if category in self.categories:
            return self.categories[category].kind
        if category in self.user_categories:
            return self.user_categories[category].kind
        return None

    def size_of(self, category: str | None) -> float | None:
        """Longest side of such a thing as it is usually photographed, in metres; None when unknown.

        A name the lexicon does not hold has the size of what its last words name ("office chair": chair), and one
        without a size that of what it is a kind of, unless that is just an animal or an object.
        """
        if category is None:
            return None
        tokens = category.lower().split()
        for start in range(len(tokens)):
            known = self.categories.get(" ".join(tokens[start:]))
            if known is not None and known.size is not None:
                return known.size
            if known is not None:
                sizes = [self.size_of(above) for above in known.is_a if above not in _ROOTS]
                return next((size for size in sizes if size is not None), None)
        return None

    def is_plural(self, category: str | None) -> bool:
        """The name itself names several things ("leaves", "walruses")."""
        if category is None:
            return False
        if category in self.categories:
            return self.categories[category].number is Number.PLURAL
        return category in self.user_categories and self.user_categories[category].plural

    def words_of(self, category: str) -> tuple[str, ...]:
        """The name of a category and all its own synonyms, without words of broader categories."""
        known = self.categories.get(category)
        if known is None:
            user = self.user_categories.get(category)
            return (category, *user.synonyms) if user else (category,)
        words = [known.name, known.common, *(w for profile in Profile for w in known.synonyms.get(profile, ()))]
        return tuple(dict.fromkeys(word for word in words if word))

    def source_class(self, source: str, name: str) -> str | None:
        """The category of a dataset's own class ("sim", "plant_leaf"); None when that names no thing."""
        return self.source_classes.get(source, {}).get(name)

    # Opacity and saliency (supplement 2.2) ------------------------------------------------------

    def is_transparent(self, words: Iterable[str]) -> bool:
        """One of a category's words is in the paper's list of transparent entities."""
        return not self.transparent_words.isdisjoint(_spelled(word) for word in words)

    def is_non_salient(self, words: Iterable[str]) -> bool:
        """One of a category's words is in the paper's list of non-salient entities."""
        return not self.non_salient_words.isdisjoint(_spelled(word) for word in words)

    # Colours ------------------------------------------------------------------------------------

    def basic_color(self, name: str) -> str | None:
        """The basic term of a CSS3 name or of "light gray"; None when it is no colour word."""
        if name in self.basic_colors:
            return self.basic_colors[name]
        modifier, _, term = name.partition(" ")
        return term if modifier in self.shades.get(term, ()) else None

    # Words --------------------------------------------------------------------------------------

    def dialect(self, profile: str) -> Dialect:
        """The words of ``modern`` or ``paper``."""
        return self.dialects[Profile(profile)]

    def noun(self, text: str, profile: str) -> Noun:
        """What a word denotes in a profile; a word that is not in the lexicon names its own category only."""
        known = self.dialects[Profile(profile)].nouns.get(text)
        if known is not None:
            return known
        number = Number.PLURAL if self.is_plural(text) else Number.SINGULAR
        return Noun(text, number, frozenset({text}))

    def attribute(self, name: str) -> UserAttribute:
        """How a user's attribute is said; before the noun as it is when nobody says otherwise."""
        return self.attributes.get(name) or UserAttribute(name)

    def garment(self, name: str) -> Garment:
        """A type of clothes; an unknown one has the grammar of its last word."""
        known = self.garments.get(name)
        if known is not None:
            return known
        head = self.garments.get(name.rpartition(" ")[2])
        if head is not None:
            return replace(head, name=name, like=head.like | {head.name})
        many = name.endswith("s") and not name.endswith("ss")
        return Garment(name, Number.PLURAL if many else Number.SINGULAR)

    def article(self, word: str) -> str:
        """``a`` or ``an``."""
        return article(word)


def _spelled(word: str) -> str:
    return word.replace("_", " ").strip().lower()


def keyword(labels: Labels, lexicon: Lexicon) -> str:
    """The keyword of a matte (Section 3.3): its category's entry-level name, or its kind when nobody named it."""
    return labels.category or KIND_WORDS[labels.kind]
