"""The attempts at one row, each from its own generator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from refmatte_engine.layout.in_line import line_up
from refmatte_engine.layout.overlap import overlap
from refmatte_engine.layout.records import (
    Canvas,
    FailureReason,
    LayoutFailure,
    Piece,
    cut_edges,
    standing_edges,
)
from refmatte_engine.layout.sizes import draw_sizes, too_small
from refmatte_engine.manifest.vocabulary import Position, Relation
from refmatte_engine.randomness import generator_for

if TYPE_CHECKING:
    from refmatte_engine.config import Layout
    from refmatte_engine.entities import Background, Entity
    from refmatte_engine.plan.records import PlannedImage


def place(
    row: PlannedImage,
    entities: Mapping[str, Entity],
    background: Background,
    settings: Layout,
    *,
    seed: int,
    sizes: Mapping[str, float | None],
) -> PlannedImage | LayoutFailure:
    """The row with its canvas and placements, or why it cannot be laid out.

    Attempt k draws from ``generator_for(seed, "layout", image_id, redraw, k)``; nothing else is random.

    Args:
        row: with entities and background drawn.
        entities: by id, at least those of the row.
        background: of the row; gives the canvas its aspect.
        settings: the preset's layout section.
        seed: of the build.
        sizes: typical size of each entity in metres; None, or absent, when unknown.
    """
    canvas = canvas_size(background, settings)
    relation = row.slot.relation
    pieces = [
        _piece(entities[planned.entity_id], planned.position, relation, planned.mirrored, sizes)
        for planned in row.entities
    ]
    if not settings.allow_floating_cut and any(piece.floating for piece in pieces):
        return LayoutFailure(row.image_id, FailureReason.CUT_SIDE_CANNOT_STAND)
    if any(too_small(piece, canvas, settings) for piece in pieces):
        return LayoutFailure(row.image_id, FailureReason.ENTITY_TOO_SMALL)
    reasons: Counter[FailureReason] = Counter()
    for attempt in range(settings.attempts):
        rng = generator_for(seed, "layout", row.image_id, row.redraw, attempt)
        scales = draw_sizes(pieces, canvas, relation, settings, rng, attempt / settings.attempts)
        if relation is Relation.FRONT_BEHIND:
            result = overlap(pieces, scales, canvas, settings, rng)
        else:
            result = line_up(pieces, scales, canvas, relation, settings, rng)
        if not isinstance(result, FailureReason):
            return replace(
                row,
                width=canvas.width,
                height=canvas.height,
                attempt=attempt,
                placements=result,
                floating_cut=any(piece.floating for piece in pieces),
            )
        reasons[result] += 1
    # The order of the enumeration breaks ties.
    return LayoutFailure(row.image_id, max(FailureReason, key=lambda reason: reasons[reason]))


def canvas_size(background: Background, settings: Layout) -> Canvas:
    """The background's aspect; short side = min(the preset's, the background's own): never enlarged."""
    short = min(background.width, background.height)
    scale = min(1.0, settings.short_side / short)
    return Canvas(max(1, round(background.width * scale)), max(1, round(background.height * scale)))


def _piece(
    entity: Entity,
    position: Position,
    relation: Relation,
    mirrored: bool,
    sizes: Mapping[str, float | None],
) -> Piece:
    cut = cut_edges(entity.cut_sides, mirrored=mirrored)
    edges = standing_edges(cut, relation, position)
    return Piece(entity, position, mirrored, edges, edges != cut, sizes.get(entity.entity_id))
