"""Left/right and top/bottom: entities side by side along one axis, supports disjoint, phrases plainly true."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from refmatte_engine.layout.footprint import Footprint, centre, centre_slack, footprint, least_offset, outline
from refmatte_engine.layout.records import Canvas, FailureReason, Piece
from refmatte_engine.layout.sizes import least_scale, pixels
from refmatte_engine.layout.spans import Span, draw_positions, narrowed
from refmatte_engine.manifest.vocabulary import Relation, Side
from refmatte_engine.plan.records import Placement

if TYPE_CHECKING:
    import numpy as np

    from refmatte_engine.config import Layout

EVALUATOR_MARGIN = 0.05
"""Centres of "left of", "above" differ by this share of the canvas side (dataset.md section 8)."""

_INTERLOCK = 0.2
"""Boxes may overlap by this share of the smaller one, where their supports leave each other room."""

_FILL = (0.86, 1.0)
"""Drawn: the entities together take at most this share of the axis."""

_CLEAR = 0.05
"""The extremes keep this far from the middle, as a share of the axis: "at the top" has to look so."""

_OUTER_CAP, _MIDDLE_CAP = 0.42, 0.40
"""Of three, none may be longer: the middle one's centre lies in the middle third, the outer ones leave it room."""

_EDGES = {0: (Side.LEFT, Side.RIGHT), 1: (Side.TOP, Side.BOTTOM)}


def line_up(
    pieces: Sequence[Piece],
    scales: Sequence[float],
    canvas: Canvas,
    relation: Relation,
    settings: Layout,
    rng: np.random.Generator,
) -> tuple[Placement, ...] | FailureReason:
    """Place ``pieces`` in their order along the relation's axis."""
    axis = 0 if relation is Relation.LEFT_RIGHT else 1
    fitted = _fitted(pieces, scales, canvas, axis, settings, rng.uniform(*_FILL))
    if fitted is None:
        return FailureReason.NO_ROOM
    shapes = [
        footprint(piece.entity, *pixels(piece, scale), mirrored=piece.mirrored)
        for piece, scale in zip(pieces, fitted, strict=True)
    ]
    across = _on_ground(pieces, shapes, canvas, rng) if axis == 0 else _stacked(pieces, shapes, canvas, rng)
    along = _along(pieces, shapes, across, canvas, axis, settings, rng)
    if isinstance(along, FailureReason):
        return along
    corners = list(zip(along, across, strict=True)) if axis == 0 else list(zip(across, along, strict=True))
    if not _plain(shapes, corners, axis, canvas.width):
        return FailureReason.NOT_PLAIN
    return tuple(
        Placement(x, y, shape.width, shape.height, z, piece.mirrored)
        for z, (piece, shape, (x, y)) in enumerate(zip(pieces, shapes, corners, strict=True))
    )


def _fitted(
    pieces: Sequence[Piece],
    scales: Sequence[float],
    canvas: Canvas,
    axis: int,
    settings: Layout,
    fill: float,
) -> list[float] | None:
    """The scales, the longest boxes made smaller until all fit along the axis; None when one gets too small."""
    side = canvas.side(axis)
    lengths = [pixels(piece, scale)[axis] for piece, scale in zip(pieces, scales, strict=True)]
    caps = [_OUTER_CAP * side, _MIDDLE_CAP * side, _OUTER_CAP * side] if len(pieces) == 3 else [side] * 2
    most = _level([min(length, cap) for length, cap in zip(lengths, caps, strict=True)], fill * side)
    fitted = [
        scale * min(1.0, cap / length, most / length)
        for scale, length, cap in zip(scales, lengths, caps, strict=True)
    ]
    smallest = [least_scale(piece, canvas, settings) for piece in pieces]
    if any(scale < least - 1e-9 for scale, least in zip(fitted, smallest, strict=True)):
        return None
    return fitted


def _level(lengths: Sequence[float], total: float) -> float:
    """The length to which the longest have to be cut so that all together take at most ``total``."""
    rest = total
    ascending = sorted(lengths)
    for k, length in enumerate(ascending):
        share = rest / (len(ascending) - k)
        if length > share:
            return share
        rest -= length
    return ascending[-1]


def _on_ground(
    pieces: Sequence[Piece], shapes: Sequence[Footprint], canvas: Canvas, rng: np.random.Generator
) -> list[int]:
    """Tops (y) for left/right: whole things stand on a common ground, cut ones on their edge."""
    # Beside somebody whom the frame cuts off at the bottom, the ground is near the frame too.
    near = any(Side.BOTTOM in piece.edges for piece in pieces)
    ground = rng.uniform(0.93, 0.995) if near else rng.uniform(0.86, 0.97)
    tops = []
    for piece, shape in zip(pieces, shapes, strict=True):
        feet = min(1.0, ground + rng.uniform(-0.015, 0.015)) * canvas.height
        tops.append(_on_edge(piece, shape, canvas, 1, max(0, round(feet) - shape.height)))
    return tops


def _stacked(
    pieces: Sequence[Piece], shapes: Sequence[Footprint], canvas: Canvas, rng: np.random.Generator
) -> list[int]:
    """Lefts (x) for top/bottom: centres loosely above each other, cut ones on their edge."""
    pinned = [
        (0.0 if Side.LEFT in piece.edges else canvas.width - shape.width) + centre(shape)[0]
        for piece, shape in zip(pieces, shapes, strict=True)
        if piece.edges & {Side.LEFT, Side.RIGHT}
    ]
    middle = rng.uniform(0.36, 0.64) * canvas.width
    if pinned:
        # Towards the middle of the canvas, as far as "above" stays plain.
        beside, towards = sum(pinned) / len(pinned), rng.uniform(0.3, 0.8)
        reach = 0.3 * canvas.height
        middle = beside + towards * min(reach, max(-reach, canvas.width / 2 - beside))
    lefts = []
    for k, (piece, shape) in enumerate(zip(pieces, shapes, strict=True)):
        wanted = middle + rng.uniform(-0.1, 0.1) * canvas.width
        if k == 1 and len(pieces) == 3:  # "in the middle" means both ways
            wanted = min(max(wanted, 0.36 * canvas.width), 0.64 * canvas.width)
        at = wanted - centre(shape)[0]
        lefts.append(_on_edge(piece, shape, canvas, 0, round(min(max(at, 0.0), canvas.width - shape.width))))
    return lefts


def _on_edge(piece: Piece, shape: Footprint, canvas: Canvas, axis: int, otherwise: int) -> int:
    start, end = _EDGES[axis]
    if start in piece.edges:
        return 0
    if end in piece.edges:
        return canvas.side(axis) - (shape.width if axis == 0 else shape.height)
    return otherwise


def _along(
    pieces: Sequence[Piece],
    shapes: Sequence[Footprint],
    across: Sequence[int],
    canvas: Canvas,
    axis: int,
    settings: Layout,
    rng: np.random.Generator,
) -> list[int] | FailureReason:
    """Positions along the axis that satisfy every rule, or the rule that cannot be satisfied."""
    side, last = canvas.side(axis), len(pieces) - 1
    lengths = [shape.width if axis == 0 else shape.height for shape in shapes]
    room, distances = [], {}
    for piece, length in zip(pieces, lengths, strict=True):
        start, end = _EDGES[axis]
        room.append(Span(side - length if end in piece.edges else 0, 0 if start in piece.edges else side - length))
    outlines = [outline(shape, axis) for shape in shapes]
    gap = rng.uniform(0.0, 0.03) * side
    for a, b in combinations(range(len(pieces)), 2):
        apart = least_offset(outlines[a], outlines[b], across[b] - across[a])
        locked = lengths[a] - _INTERLOCK * min(lengths[a], lengths[b])
        distances[a, b] = math.ceil(max(apart + gap, locked))
    if narrowed(room, distances) is None:
        return FailureReason.NO_ROOM
    # The slack of the scene that words are chosen on (geometry.scene_from_layout).
    slack = max(centre_slack(shape, canvas.width, canvas.height) for shape in shapes) * side
    expected = [centre(shape)[axis] for shape in shapes]
    spans = []
    for k, (span, at) in enumerate(zip(room, expected, strict=True)):
        low, high = (0.0, 0.5 - _CLEAR) if k == 0 else (0.5 + _CLEAR, 1.0) if k == last else (1 / 3, 2 / 3)
        clear = Span(math.ceil(low * side + slack - at), math.floor(high * side - slack - at))
        spans.append(span.within(clear))
    margin = max(settings.centre_margin * side, EVALUATOR_MARGIN * side + 2 * slack)
    for a, b in distances:
        distances[a, b] = max(distances[a, b], math.ceil(margin - (expected[b] - expected[a])))
    order = (1, 0, 2) if last == 2 else (0, 1)
    wanted = _settled(pieces, lengths, spans, side) if axis == 1 else spans
    positions = draw_positions(wanted, distances, order, rng) or draw_positions(spans, distances, order, rng)
    return FailureReason.CENTRES_UNCLEAR if positions is None else positions


def _settled(pieces: Sequence[Piece], lengths: Sequence[int], spans: Sequence[Span], side: int) -> list[Span]:
    """Where there is room, the lowest thing of top/bottom stands near the ground and the top one has some air."""
    settled = list(spans)
    settled[-1] = spans[-1].within(Span(math.ceil(0.88 * side) - lengths[-1], side))
    if not pieces[0].edges & {Side.TOP, Side.BOTTOM}:
        settled[0] = spans[0].within(Span(round(0.02 * side), side))
    return settled


def _plain(shapes: Sequence[Footprint], corners: Sequence[tuple[int, int]], axis: int, width: int) -> bool:
    """Neighbours' centres lie within 45 degrees of the axis; the middle one of a stack is in the middle."""
    centres = [(x + centre(shape)[0], y + centre(shape)[1]) for shape, (x, y) in zip(shapes, corners, strict=True)]
    if axis == 1 and len(centres) == 3 and not width / 3 <= centres[1][0] <= 2 * width / 3:
        return False
    return all(abs(b[axis] - a[axis]) >= abs(b[1 - axis] - a[1 - axis]) for a, b in pairwise(centres))
