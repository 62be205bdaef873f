"""What layout works with: pieces on a canvas, and why a row could not be laid out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from refmatte_engine.manifest.vocabulary import Position, Relation, Side

if TYPE_CHECKING:
    from refmatte_engine.entities import Entity


class FailureReason(StrEnum):
    """Why a row was given up; counted in ``rejected`` and redrawn whole."""

    CUT_SIDE_CANNOT_STAND = "cut_side_cannot_stand"
    """A side cut by the source's frame cannot lie on that side of the canvas in this position."""
    ENTITY_TOO_SMALL = "entity_too_small"
    """Even at its full resolution the entity would be lost on this canvas."""
    NO_ROOM = "no_room"
    """The entities do not fit beside or above each other without becoming too small."""
    CENTRES_UNCLEAR = "centres_unclear"
    """The order of the centres, a half or the middle third could not be guaranteed."""
    NOT_PLAIN = "not_plain"
    """The entities lie rather across the relation's axis than along it."""
    TOO_LITTLE_OVERLAP = "too_little_overlap"
    """The front entity would hide too little of the rear one to be in front of it."""
    TOO_MUCH_HIDDEN = "too_much_hidden"
    """Too little of the rear entity, or of its upper part, would stay visible."""


@dataclass(frozen=True, slots=True)
class LayoutFailure:
    """No attempt succeeded; ``reason`` is the most frequent one."""

    image_id: str
    reason: FailureReason


@dataclass(frozen=True, slots=True)
class Canvas:
    """Size of the composed image in pixels."""

    width: int
    height: int

    @property
    def short_side(self) -> int:
        return min(self.width, self.height)

    def side(self, axis: int) -> int:
        """Length along ``axis``: 0 is x, 1 is y."""
        return self.width if axis == 0 else self.height


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One entity of a row, as layout sees it.

    Attributes:
        entity: with its small shape.
        position: what it takes in the relation.
        mirrored: flip left and right.
        edges: sides of the canvas that its box must lie on (its cut sides, after mirroring).
        floating: it has a cut side that ``edges`` does not honour.
        real_size: typical size in metres, None when unknown.
    """

    entity: Entity
    position: Position
    mirrored: bool
    edges: frozenset[Side]
    floating: bool
    real_size: float | None


_MIRROR = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}

_FACING: dict[tuple[Relation, Position], frozenset[Side]] = {
    (Relation.LEFT_RIGHT, Position.LEFT): frozenset({Side.RIGHT}),
    (Relation.LEFT_RIGHT, Position.MIDDLE): frozenset({Side.LEFT, Side.RIGHT}),
    (Relation.LEFT_RIGHT, Position.RIGHT): frozenset({Side.LEFT}),
    (Relation.TOP_BOTTOM, Position.TOP): frozenset({Side.BOTTOM}),
    (Relation.TOP_BOTTOM, Position.MIDDLE): frozenset({Side.TOP, Side.BOTTOM}),
    (Relation.TOP_BOTTOM, Position.BOTTOM): frozenset({Side.TOP}),
}
"""Sides that face a neighbour: they cannot lie on the canvas edge."""

_OPPOSITE = (frozenset({Side.LEFT, Side.RIGHT}), frozenset({Side.TOP, Side.BOTTOM}))


def cut_edges(cut_sides: frozenset[Side], *, mirrored: bool) -> frozenset[Side]:
    """The cut sides as they lie after mirroring."""
    return frozenset(_MIRROR.get(side, side) for side in cut_sides) if mirrored else cut_sides


def standing_edges(cut: frozenset[Side], relation: Relation, position: Position) -> frozenset[Side]:
    """Those of the ``cut`` sides (after mirroring) that can lie on the canvas edge in this position.

    Of two opposite sides one stands: the bottom, or the left.
    """
    free = cut - _FACING.get((relation, position), frozenset())
    for pair in _OPPOSITE:
        if pair <= free:
            free -= {Side.TOP, Side.RIGHT} & pair
    return free
