"""The frozen records of a plan. All chance of a build ends here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from refmatte_engine.manifest.vocabulary import Position, Relation, Split


class Stem(StrEnum):
    """Where an image of the plan comes from (supplement 2.2)."""

    GROUP = "group"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class Slot:
    """One image to be filled: everything that is dealt, nothing that is drawn.

    Attributes:
        split, index: address of the image; its id follows from (seed, split, index).
        stem: composite of a group, or one of the random extras.
        group: number of the group within the split, -1 for extras and for entity sampling.
        relation, n_entities: dealt exactly.
        distinct: True = entities of pairwise different categories, False = at least two share one,
            None = free.
    """

    split: Split
    index: int
    stem: Stem
    group: int
    relation: Relation
    n_entities: int
    distinct: bool | None


@dataclass(frozen=True, slots=True)
class PlannedEntity:
    """One entity of a planned image and the position it takes."""

    entity_id: str
    position: Position
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an entity's alpha box lands on the canvas, in whole pixels.

    The box may reach beyond the canvas only on a side where the entity is cut, never otherwise.
    ``z`` counts from the rear (0) to the front.
    """

    x: int
    y: int
    w: int
    h: int
    z: int
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class PlannedImage:
    """One row of the plan.

    ``entities`` is in the order of the relation: left to right, top to bottom, or front then behind.
    ``placements`` has one entry per entity in the same order, and is empty before layout.
    ``redraw`` counts how often the row was drawn anew after its layout failed.
    """

    image_id: str
    slot: Slot
    entities: tuple[PlannedEntity, ...]
    background_id: str
    redraw: int = 0
    width: int = 0
    height: int = 0
    attempt: int = -1
    placements: tuple[Placement, ...] = ()
    floating_cut: bool = False
