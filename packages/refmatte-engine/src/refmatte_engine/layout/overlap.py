"""Front/behind: one entity hides a bounded part of the other, and leaves its upper part to be recognised."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from refmatte_engine.layout.footprint import (
    Footprint,
    Hidden,
    Interval,
    centre,
    footprint,
    hidden_by,
    hidden_share,
)
from refmatte_engine.layout.records import Canvas, FailureReason, Piece
from refmatte_engine.layout.sizes import largest_scale, least_scale, pixels
from refmatte_engine.manifest.vocabulary import Side
from refmatte_engine.plan.records import Placement

if TYPE_CHECKING:
    from refmatte_engine.config import Layout

_CANDIDATES = 32
"""Horizontal offsets looked at per attempt."""

_FRONT_SCALE = (0.8, 1.15)
_REAR_SCALE = (0.85, 1.0)
"""Drawn: the nearer thing is mostly the larger one."""

_UPPER_PART = 0.4
"""The upper part of the rear entity: this share of its mass, from the top."""

_UPPER_HIDDEN = 0.25
"""At most this share of the upper part is hidden."""

_LIKED_HIDDEN = (0.12, 0.35)
"""Offsets that hide about this much of the rear entity are taken before others."""

_APART = 0.05
"""Visible centres differ by this share of the canvas' short side."""


def overlap(
    pieces: Sequence[Piece],
    scales: Sequence[float],
    canvas: Canvas,
    settings: Layout,
    rng: np.random.Generator,
) -> tuple[Placement, ...] | FailureReason:
    """Place (front, rear) ``pieces``: the front one lower, off to one side, mostly larger."""
    front, rear = (
        _shape(piece, scale * rng.uniform(*factor), canvas, settings)
        for piece, scale, factor in zip(pieces, scales, (_FRONT_SCALE, _REAR_SCALE), strict=True)
    )
    front_y, rear_y = _tops(pieces, front, rear, canvas, rng)
    reasons: Counter[FailureReason] = Counter()
    second_choice: tuple[Placement, ...] | None = None
    for front_x, rear_x in _lefts(pieces, front, rear, canvas, rng):
        dx, dy = front_x - rear_x, front_y - rear_y
        share = hidden_share(rear, front, dx, dy)
        refused = _refused(front, rear, dx, dy, share, canvas, settings)
        if refused is not None:
            reasons[refused] += 1
            continue
        placements = (
            Placement(front_x, front_y, front.width, front.height, 1, pieces[0].mirrored),
            Placement(rear_x, rear_y, rear.width, rear.height, 0, pieces[1].mirrored),
        )
        if _LIKED_HIDDEN[0] <= share.lo and share.hi <= _LIKED_HIDDEN[1]:
            return placements
        second_choice = second_choice or placements
    if second_choice is not None:
        return second_choice
    # Without any candidate the boxes do not fit side by side within the canvas.
    return max(reasons, key=lambda reason: reasons[reason]) if reasons else FailureReason.NO_ROOM


def _shape(piece: Piece, scale: float, canvas: Canvas, settings: Layout) -> Footprint:
    bounded = max(least_scale(piece, canvas, settings), min(scale, largest_scale(piece, canvas, settings)))
    return footprint(piece.entity, *pixels(piece, bounded), mirrored=piece.mirrored)


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
    return list(dict.fromkeys(lefts))


def _refused(
    front: Footprint,
    rear: Footprint,
    dx: int,
    dy: int,
    share: Interval,
    canvas: Canvas,
    settings: Layout,
) -> FailureReason | None:
    if share.lo < settings.min_overlap_share:
        return FailureReason.TOO_LITTLE_OVERLAP
    if share.hi > 1.0 - settings.min_visible_share:
        return FailureReason.TOO_MUCH_HIDDEN
    hidden = hidden_by(rear, front, dx, dy)
    if _upper_hidden(rear, hidden) > _UPPER_HIDDEN:
        return FailureReason.TOO_MUCH_HIDDEN
    front_x, front_y = centre(front)
    rear_x, rear_y = centre(rear, hidden)
    if math.hypot(dx + front_x - rear_x, dy + front_y - rear_y) < _APART * canvas.short_side:
        return FailureReason.NOT_PLAIN
    return None


def _upper_hidden(rear: Footprint, hidden: Hidden) -> float:
    """Share of the upper part of the rear entity's mass that may be hidden."""
    rows = rear.mass.sum(1)
    upper = int(np.searchsorted(np.cumsum(rows), _UPPER_PART * rows.sum())) + 1
    return float(hidden.hi[:upper].sum()) / max(float(rows[:upper].sum()), 1e-9)
