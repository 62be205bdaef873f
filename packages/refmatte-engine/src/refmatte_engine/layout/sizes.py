"""How large each entity is drawn: comfortably large, never enlarged, real sizes honoured in part."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from refmatte_engine.layout.records import Canvas, Piece
from refmatte_engine.manifest.vocabulary import Relation

if TYPE_CHECKING:
    import numpy as np

    from refmatte_engine.config import Layout

_BASE: dict[tuple[Relation, int], tuple[float, float]] = {
    (Relation.LEFT_RIGHT, 2): (0.50, 0.66),
    (Relation.LEFT_RIGHT, 3): (0.42, 0.54),
    (Relation.TOP_BOTTOM, 2): (0.42, 0.52),
    (Relation.TOP_BOTTOM, 3): (0.30, 0.36),
    (Relation.FRONT_BEHIND, 2): (0.50, 0.68),
}
"""Drawn side of an entity, sqrt(w h), as a share of sqrt(W H), before real sizes count."""

_FACTOR = (0.75, 1.35)
"""Real sizes make an entity smaller or larger by this much at most: a rocket leaves the dog beside it visible."""

_LAST_SHRINK = 0.55
"""The last attempt draws at this part of the first attempt's size."""

TINY_SHARE = 0.5
"""A source smaller than ``min_side_share`` may stand at full resolution down to this part of it."""


def too_small(piece: Piece, canvas: Canvas, settings: Layout) -> bool:
    """Even at its source's resolution the entity would be lost."""
    longest = max(piece.entity.box.w, piece.entity.box.h)
    return longest < TINY_SHARE * settings.min_side_share * canvas.short_side


def draw_sizes(
    pieces: Sequence[Piece],
    canvas: Canvas,
    relation: Relation,
    settings: Layout,
    rng: np.random.Generator,
    progress: float,
) -> list[float]:
    """Scales of the pieces' source boxes, each at most 1. ``progress`` 0..1 over the attempts shrinks them."""
    low, high = _BASE[relation, len(pieces)]
    base = rng.uniform(low, high) * math.sqrt(canvas.width * canvas.height)
    base *= 1.0 - (1.0 - _LAST_SHRINK) * progress
    return [
        _bounded(piece, base * factor / math.sqrt(piece.entity.box.w * piece.entity.box.h), canvas, settings)
        for piece, factor in zip(pieces, _real_factors(pieces, settings), strict=True)
    ]


def least_scale(piece: Piece, canvas: Canvas, settings: Layout) -> float:
    """The smallest scale at which the longer side keeps ``min_side_share`` (1 when the source is smaller)."""
    longest = max(piece.entity.box.w, piece.entity.box.h)
    return min(1.0, settings.min_side_share * canvas.short_side / longest)


def largest_scale(piece: Piece, canvas: Canvas, settings: Layout) -> float:
    """The largest scale: never above the source's own, sides within ``max_height_share`` of the canvas."""
    box = piece.entity.box
    return min(1.0, settings.max_height_share * min(canvas.height / box.h, canvas.width / box.w))


def pixels(piece: Piece, scale: float) -> tuple[int, int]:
    """(w, h) of the piece's box at ``scale``, whole pixels, at least 1.

    The shorter side follows from the longer one, as it does for the levels of prepared cut-outs: a box of
    placement is then never larger than a level that is not below its longer side.
    """
    box = piece.entity.box
    longest = max(box.w, box.h)
    placed = max(1, round(longest * scale))
    return max(1, round(box.w * placed / longest)), max(1, round(box.h * placed / longest))


def _bounded(piece: Piece, scale: float, canvas: Canvas, settings: Layout) -> float:
    return min(largest_scale(piece, canvas, settings), max(scale, least_scale(piece, canvas, settings)))


def _real_factors(pieces: Sequence[Piece], settings: Layout) -> list[float]:
    """(real size / geometric mean of the known ones) ^ size_exponent, within bounds; 1 where unknown."""
    known = [math.log(piece.real_size) for piece in pieces if piece.real_size]
    if not known:
        return [1.0] * len(pieces)
    mean = sum(known) / len(known)
    low, high = _FACTOR
    return [
        min(high, max(low, math.exp(settings.size_exponent * (math.log(piece.real_size) - mean))))
        if piece.real_size
        else 1.0
        for piece in pieces
    ]
