"""What words are about: the labelled, placed entities of one image. No pixels."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from refmatte_engine.attributes.labels import Labels
from refmatte_engine.manifest.vocabulary import ExpressionKind, Position, Relation


class Truth(StrEnum):
    """Three values: an unknown attribute *may* hold (dataset.md section 8)."""

    YES = "yes"
    MAYBE = "maybe"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Actor:
    """One entity in a scene.

    Attributes:
        matte_id: names it.
        labels: what is known of it.
        box: (x0, y0, x1, y1) of the visible matte at alpha >= 0.5, in pixels.
        centre: centre (x, y) of the visible alpha, in pixels.
    """

    matte_id: str
    labels: Labels
    box: tuple[float, float, float, float]
    centre: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Scene:
    """All entities of one image.

    ``actors`` is in the order of the relation: left to right, top to bottom, or front then behind.
    ``slack`` is how far a centre may be off, as a fraction of the canvas side: 0 for geometry measured on
    pixels, above 0 for geometry from layout's small shapes. Within the slack, geometry answers MAYBE.
    """

    width: int
    height: int
    relation: Relation
    actors: tuple[Actor, ...]
    slack: float = 0.0


@dataclass(frozen=True, slots=True)
class Expression:
    """One phrase for one target.

    ``relation`` is None for basic phrases; ``related_matte_id`` is set for relative ones.
    ``template`` names the grammar rule that made it.
    ``unambiguous``: the target certainly satisfies it and no other entity may.
    """

    matte_id: str
    kind: ExpressionKind
    text: str
    relation: Position | None
    related_matte_id: str | None
    template: str
    unambiguous: bool
