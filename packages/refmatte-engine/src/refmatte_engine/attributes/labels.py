"""The labels of one entity. None, or an empty tuple, is *unknown*: it may hold, and is never said."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from refmatte_engine.manifest.vocabulary import EntityKind


class Origin(StrEnum):
    """Who says so; a correction wins over the dataset, the dataset over a computation or a model."""

    CORRECTION = "correction"
    DATASET = "dataset"
    COMPUTED = "computed"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class ColorShare:
    """One colour cluster of an entity.

    Attributes:
        css3: nearest CSS3 name, e.g. ``"dimgray"``.
        basic: one of the 11 basic terms, e.g. ``"gray"``.
        modifier: ``"light"``, ``"dark"`` or ``""``.
        share: of the pixels the word is about, 0..1.
        lab: CIELAB of the cluster centre (D65).
    """

    css3: str
    basic: str
    modifier: str
    share: float
    lab: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class CustomAttribute:
    """A user's own attribute, e.g. ``pattern = striped``."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Labels:
    """All that is known of one entity.

    Attributes:
        kind: human, animal or object.
        category: entry-level name (a key of the lexicon or a user's own), None when unknown.
        synonyms: further words of the user for this category (built-in synonyms are in the lexicon).
        plural: the category word names several things ("leaves", "walruses"): verbs and articles follow.
        colors: ranked clusters, largest first; for humans of the *clothes*. Empty when unknown.
        transparent, salient: None when unknown.
        gender: ``"female"`` | ``"male"`` | None.
        age_group: ``"baby"`` | ``"little_child"`` | ``"child"`` | ``"youth"`` | ``"adult"`` | ``"senior"`` | None.
        clothes_type: e.g. ``"t-shirt"``, None when unknown.
        custom: the user's own attributes, sorted by name.
        origins: (attribute name, origin) of every known value, sorted by name.
    """

    kind: EntityKind
    category: str | None
    synonyms: tuple[str, ...] = ()
    plural: bool = False
    colors: tuple[ColorShare, ...] = ()
    transparent: bool | None = None
    salient: bool | None = None
    gender: str | None = None
    age_group: str | None = None
    clothes_type: str | None = None
    custom: tuple[CustomAttribute, ...] = ()
    origins: tuple[tuple[str, Origin], ...] = ()
