"""The words that tables and code share, as enumerations."""

from __future__ import annotations

from enum import StrEnum


class EntityKind(StrEnum):
    """The three groups of Section 3.1; they set the 5:1:1 balance and the grammar."""

    HUMAN = "human"
    ANIMAL = "animal"
    OBJECT = "object"


class Split(StrEnum):
    """Part of the dataset."""

    TRAIN = "train"
    TEST = "test"


class Relation(StrEnum):
    """How the entities of one image stand to each other (Section 3.2)."""

    LEFT_RIGHT = "left_right"
    TOP_BOTTOM = "top_bottom"
    FRONT_BEHIND = "front_behind"


class Position(StrEnum):
    """Where one entity stands in its image's relation (supplement Table 4)."""

    LEFT = "left"
    RIGHT = "right"
    MIDDLE = "middle"
    TOP = "top"
    BOTTOM = "bottom"
    IN_FRONT_OF = "in_front_of"
    BEHIND = "behind"


class ExpressionKind(StrEnum):
    """The four expressions of a matte (Table 9): BE, APE, RPE-1, RPE-2."""

    BASIC = "basic"
    ABSOLUTE = "absolute"
    RELATIVE = "relative"
    RELATIVE2 = "relative2"


class Side(StrEnum):
    """A side of an image."""

    LEFT = "left"
    TOP = "top"
    RIGHT = "right"
    BOTTOM = "bottom"


ORDER: dict[Relation, tuple[Position, ...]] = {
    Relation.LEFT_RIGHT: (Position.LEFT, Position.MIDDLE, Position.RIGHT),
    Relation.TOP_BOTTOM: (Position.TOP, Position.MIDDLE, Position.BOTTOM),
    Relation.FRONT_BEHIND: (Position.IN_FRONT_OF, Position.BEHIND),
}
"""Positions of a relation in order; two entities leave out the middle."""


def positions(relation: Relation, n_entities: int) -> tuple[Position, ...]:
    """The positions that ``n_entities`` (2 or 3) take in ``relation``, in order."""
    order = ORDER[relation]
    if n_entities == 3 and relation is not Relation.FRONT_BEHIND:
        return order
    if n_entities == 2:
        return (order[0], order[-1])
    raise ValueError(f"{n_entities} entities cannot stand in relation {relation}")
