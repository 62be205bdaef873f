"""What a phrase claims, without its wording: the meeting point of grammar, parser and evaluator."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Facet(StrEnum):
    """The built-in attributes a phrase can claim (Section 3.1); a user's own are ``attr:<name>``."""

    COLOR = "color"
    OPACITY = "opacity"
    SALIENCY = "saliency"
    GENDER = "gender"
    AGE = "age"
    CLOTHES_COLOR = "clothes_color"
    CLOTHES_TYPE = "clothes_type"


USER = "attr:"
"""Prefix of a user's attributes as facets."""

CLOTHES = (Facet.CLOTHES_COLOR, Facet.CLOTHES_TYPE)


@dataclass(frozen=True, slots=True, order=True)
class Attribute:
    """One attribute that is said: a facet and the word (a colour, "transparent", "female", a garment, a value)."""

    facet: str
    value: str


@dataclass(frozen=True, slots=True)
class Thing:
    """A noun phrase: what something is called, and what is said of it.

    Attributes:
        noun: a word of the lexicon, or a category of the user's.
        attributes: sorted.
        plural: verbs follow ("the leaves that are"); wording only, so it does not count in comparisons.
    """

    noun: str
    attributes: tuple[Attribute, ...] = ()
    plural: bool = field(default=False, compare=False)

    @staticmethod
    def of(noun: str, *attributes: Attribute, plural: bool = False) -> Thing:
        """With the attributes sorted."""
        return Thing(noun, tuple(sorted(attributes)), plural)

    def get(self, facet: str) -> str | None:
        """What is said of a facet."""
        return next((a.value for a in self.attributes if a.facet == facet), None)


@dataclass(frozen=True, slots=True)
class Claims:
    """A whole phrase.

    Attributes:
        target: what the phrase means.
        predicate: where it is (a name of ``express.geometry``), None for basic phrases.
        related: the other entity of a relative phrase.
    """

    target: Thing
    predicate: str | None = None
    related: Thing | None = None
