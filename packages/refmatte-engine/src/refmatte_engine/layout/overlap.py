"""Front/behind: one entity hides a bounded part of the other, and leaves its upper part to be recognised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from refmatte_engine.footprint import Footprint, Hidden, centre, footprint, hidden_by, hidden_share
from refmatte_engine.layout.records import Canvas, FailureReason, Piece
from refmatte_engine.layout.sizes import largest_scale, least_scale, pixels
from refmatte_engine.manifest.vocabulary import Side
from refmatte_engine.plan.records import Placement

if TYPE_CHECKING:
    from refmatte_engine.config import Layout

_CANDIDATES = 16
"""Horizontal offsets looked at per attempt."""

_FRONT_LARGER = 1.1
_REAR_SMALLER = 0.92

_UPPER_PART = 0.4
"""The upper part of the rear entity: this share of its mass, from the top."""

_UPPER_HIDDEN = 0.35
"""At most this share of the upper part is hidden."""

_LOWER = 0.02
"""The front centre is at least this share of the canvas height below the rear one's visible centre."""


def overlap(
    pieces: Sequence[Piece],
    scales: Sequence[float],
    canvas: Canvas,
    settings: Layout,
    rng: np.random.Generator,
) -> tuple[Placement, ...] | FailureReason:
    """Place (front, rear) ``pieces``: the front one larger and lower, off to one side."""
    front_piece, rear_piece = pieces
    larger = min(_FRONT_LARGER * scales[0], largest_scale(front_piece, canvas, settings))
    front = footprint(front_piece.entity, *pixels(front_piece, larger), mirrored=front_piece.mirrored)
    smaller = max(_REAR_SMALLER * scales[1], least_scale(rear_piece, canvas, settings))
    rear = footprint(rear_piece.entity, *pixels(rear_piece, smaller), mirrored=rear_piece.mirrored)
    front_y, rear_y = _tops(pieces, front, rear, canvas, rng)
    reason = FailureReason.TOO_LITTLE_OVERLAP
    for front_x, rear_x in _lefts(pieces, front, rear, canvas, rng):
        dx, dy = front_x - rear_x, front_y - rear_y
        refused = _refused(front, rear, dx, dy, canvas, settings)
        if refused is None:
            return (
                Placement(front_x, front_y, front.width, front.height, 1, front_piece.mirrored),
                Placement(rear_x, rear_y, rear.width, rear.height, 0, rear_piece.mirrored),
            )
        reason = refused
    return reason


def _tops(
    pieces: Sequence[Piece], front: Footprint, rear: Footprint, canvas: Canvas, rng: np.random.Generator
) -> tuple[int, int]:
    """The nearer thing stands lower. Behind a bottom-cut rear entity the front one has its feet at the frame."""
    rear_cut = Side.BOTTOM in pieces[1].edges
    front_feet = rng.uniform(0.98, 1.0) if rear_cut else rng.uniform(0.92, 1.0)
    rear_feet = front_feet - rng.uniform(0.04, 0.14)
    tops = []
    for piece, shape, feet in zip(pieces, (front, rear), (front_feet, rear_feet), strict=True):
        if Side.TOP in piece.edges:
            tops.append(0)
        elif Side.BOTTOM in piece.edges:
            tops.append(canvas.height - shape.height)
        else:
            tops.append(max(0, round(feet * canvas.height) - shape.height))
    return tops[0], tops[1]


def _lefts(
    pieces: Sequence[Piece], front: Footprint, rear: Footprint, canvas: Canvas, rng: np.random.Generator
) -> list[tuple[int, int]]:
    """Candidate (front x, rear x), in random order: every offset from just touching to concentric."""
    pinned = [
        0 if Side.LEFT in piece.edges else canvas.width - shape.width if Side.RIGHT in piece.edges else None
        for piece, shape in zip(pieces, (front, rear), strict=True)
    ]
    reach = (front.width + rear.width) / 2
    apart = (rng.permutation(_CANDIDATES) + rng.uniform(0.0, 1.0, _CANDIDATES)) / _CANDIDATES * 2 - 1
    drawn = rng.beta(2.0, 2.0, _CANDIDATES)
    lefts = []
    for offset, share in zip(apart * reach, drawn, strict=True):
        # Corner to corner, from centre to centre.
        dx = round(float(offset) + (rear.width - front.width) / 2)
        low, high = max(0, -dx), min(canvas.width - rear.width, canvas.width - front.width - dx)
        if pinned[1] is not None:
            low = high = pinned[1]
        elif pinned[0] is not None:
            low = high = pinned[0] - dx
        rear_x = low + round(float(share) * (high - low))
        front_x = pinned[0] if pinned[0] is not None else rear_x + dx
        if low <= high and 0 <= front_x <= canvas.width - front.width and 0 <= rear_x <= canvas.width - rear.width:
            lefts.append((front_x, rear_x))
    return lefts


def _refused(
    front: Footprint, rear: Footprint, dx: int, dy: int, canvas: Canvas, settings: Layout
) -> FailureReason | None:
    share = hidden_share(rear, front, dx, dy)
    if share.lo < settings.min_overlap_share:
        return FailureReason.TOO_LITTLE_OVERLAP
    hidden = hidden_by(rear, front, dx, dy)
    if share.hi > 1.0 - settings.min_visible_share or _upper_hidden(rear, hidden) > _UPPER_HIDDEN:
        return FailureReason.TOO_MUCH_HIDDEN
    if dy + centre(front)[1] - centre(rear, hidden)[1] < _LOWER * canvas.height:
        return FailureReason.NOT_PLAIN
    return None


def _upper_hidden(rear: Footprint, hidden: Hidden) -> float:
    """Share of the upper part of the rear entity's mass that may be hidden."""
    rows = rear.mass.sum(1)
    upper = int(np.searchsorted(np.cumsum(rows), _UPPER_PART * rows.sum())) + 1
    return float(hidden.hi[:upper].sum()) / max(float(rows[:upper].sum()), 1e-9)
