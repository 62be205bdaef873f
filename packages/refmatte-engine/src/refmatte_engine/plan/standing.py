"""Where an entity that its source's frame has cut may stand: a cut side belongs on that side of the canvas."""

from __future__ import annotations

from functools import cache

from refmatte_engine.manifest.vocabulary import Position, Relation, Side, positions

MIRROR: dict[Side, Side] = {
    Side.LEFT: Side.RIGHT,
    Side.RIGHT: Side.LEFT,
    Side.TOP: Side.TOP,
    Side.BOTTOM: Side.BOTTOM,
}
_OPPOSITE = (frozenset({Side.LEFT, Side.RIGHT}), frozenset({Side.TOP, Side.BOTTOM}))


@cache
def standing(
    cut_sides: frozenset[Side],
    relation: Relation,
    position: Position,
    n_entities: int,
    *,
    allow_floating: bool,
) -> frozenset[bool]:
    """The values of ``mirrored`` with which an entity can stand at ``position`` (dataset.md section 7).

    Empty: it cannot stand there. Mirroring exchanges left and right cuts. An entity cut on opposite sides
    stands nowhere, unless ``allow_floating`` (the original's freedom), with which everything stands anywhere.
    """
    if allow_floating:
        return frozenset({False, True})
    closed = _sides_without_canvas_edge(relation, position, n_entities)
    return frozenset(mirrored for mirrored in (False, True) if _stands(cut_sides, closed, mirrored=mirrored))


def _stands(cut_sides: frozenset[Side], closed: frozenset[Side], *, mirrored: bool) -> bool:
    sides = frozenset(MIRROR[side] for side in cut_sides) if mirrored else cut_sides
    return not sides & closed and not any(pair <= sides for pair in _OPPOSITE)


def _sides_without_canvas_edge(relation: Relation, position: Position, n_entities: int) -> frozenset[Side]:
    """Sides of the position where another entity stands, so that no canvas edge can be there."""
    if relation is Relation.FRONT_BEHIND:
        return frozenset()
    order = positions(relation, n_entities)
    place = order.index(position)
    before, after = (Side.LEFT, Side.RIGHT) if relation is Relation.LEFT_RIGHT else (Side.TOP, Side.BOTTOM)
    closed = set()
    if place > 0:
        closed.add(before)
    if place < len(order) - 1:
        closed.add(after)
    return frozenset(closed)
