"""The records of the lexicon: categories, nouns, relation phrases, templates, garments."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from refmatte_engine.manifest.vocabulary import EntityKind, ExpressionKind, Position


class Profile(StrEnum):
    """Which words are said."""

    MODERN = "modern"
    PAPER = "paper"


class Number(StrEnum):
    """Grammatical number of a word; mass words (smoke) take singular verbs and no a/an."""

    SINGULAR = "singular"
    PLURAL = "plural"
    MASS = "mass"


@dataclass(frozen=True, slots=True)
class Category:
    """One category: an entry-level name and what is known of it.

    Attributes:
        name: the keyword.
        number: of the name itself.
        plural: the plural of the name (the name itself when it is plural or mass).
        size: longest side of the thing as it is usually photographed, metres; None when unknown.
        is_a: the categories right above it.
        may_be: categories whose words may be understood of it (a wheelchair is a chair to some).
        synset: what it is in WordNet 3.0 ("mouse.n.01"); None: nothing, or nobody looked.
        common: the word people use in place of the name, None when they use the name.
        synonyms: further words per profile, without those that come down from broader categories.
        gender, ages: what the category says of a person ("bride"); None when it says nothing.
        see_through: transparent by nature; `modern` does not mention it.
        known: False for a category that a user described: what it looks like is not known.
    """

    name: str
    kind: EntityKind
    number: Number
    plural: str
    size: float | None = None
    is_a: tuple[str, ...] = ()
    common: str | None = None
    synonyms: dict[Profile, tuple[str, ...]] = field(default_factory=dict)
    gender: str | None = None
    ages: frozenset[str] | None = None
    see_through: bool = False
    known: bool = True
    may_be: tuple[str, ...] = ()
    synset: str | None = None


@dataclass(frozen=True, slots=True)
class Noun:
    """A word for things, and what it denotes.

    Attributes:
        number: as written in ``text``.
        categories: categories that it certainly names.
        may: categories that it possibly names; every other category it does not name.
        gender, ages: for words for people: what else must hold; None asks for nothing.
        may_ages: ages that the word may also be said of.
        generic: a word of a category for what nobody named more closely (animal, plant, toy).
    """

    text: str
    number: Number
    categories: frozenset[str]
    may: frozenset[str] = frozenset()
    gender: str | None = None
    ages: frozenset[str] | None = None
    may_ages: frozenset[str] = frozenset()
    generic: bool = False


@dataclass(frozen=True, slots=True)
class HumanWord:
    """A word for people in one profile: when it is said, and of whom it is understood."""

    text: str
    gender: str | None
    said: frozenset[str]
    true: frozenset[str] | None
    may: frozenset[str]
    weight: float


class Scope(StrEnum):
    """An absolute phrase stands before the image, a relative one before another entity."""

    ABSOLUTE = "absolute"
    RELATIVE = "relative"


@dataclass(frozen=True, slots=True)
class RelationPhrase:
    """One cell of supplement Table 4, or of the natural phrases.

    Attributes:
        text: may hold the slot ``{image}``.
        position: where the target stands when the phrase is used.
        means: name of a predicate of ``express.geometry``.
        weight: how often it is said; 0 = only when no other phrase is true.
    """

    text: str
    position: Position
    scope: Scope
    means: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Form:
    """How one noun phrase is built (supplement Table 3).

    Attributes:
        people: for humans; otherwise for animals and objects.
        text: with slots.
        needs: ``attributes``, ``clothes``, ``garment``, ``garment_color`` or ``""``.
        weights: how often it is used, per kind of expression.
    """

    name: str
    people: bool
    text: str
    needs: str
    weights: dict[ExpressionKind, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """How an expression of one kind is put together from noun phrases."""

    kind: ExpressionKind
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Garment:
    """A type of clothes.

    Attributes:
        like: types it may be taken for.
        modern: people say it.
        small: it covers little of a person; the colour of the clothes is not its colour.
    """

    name: str
    number: Number = Number.SINGULAR
    like: frozenset[str] = frozenset()
    modern: bool = True
    small: bool = False
