"""An entity's small shape laid on the canvas: what is certain before any pixel is drawn.

A cell of a ``Shape`` holds exact area means, so every statement about pixels can be bounded from cells:
alphas lie in 0..1, means add up, and where a mean is 1 every pixel is opaque. Layout decides on bounds, not
on estimates; what it promises therefore holds on the composed pixels (tests compare the two).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from refmatte_engine.entities import Entity
    from refmatte_engine.plan.records import Placement

    Grid = NDArray[np.float64]

PIXEL = 1.0
"""Rounding of placements and of 8-bit alpha can move an edge, and therefore a centre, by this many pixels."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds of one number."""

    lo: float
    hi: float

    def shifted(self, by: float) -> Interval:
        return Interval(self.lo + by, self.hi + by)


@dataclass(frozen=True, slots=True, eq=False)
class Footprint:
    """A shape, mirrored or not, on a box of ``width`` x ``height`` canvas pixels; positions are relative to it.

    Attributes:
        support: bool (h, w), True where any alpha > 0 may lie in the cell.
        mass: float64 (h, w), mean alpha per cell, 0..1.
        solid: float64 (h, w), share of the cell's pixels with alpha >= 0.5, 0..1.
        mass_centre: measured centre of the alpha mass, as fractions (x, y) of the box.
    """

    width: int
    height: int
    support: NDArray[np.bool_]
    mass: Grid
    solid: Grid
    mass_centre: tuple[float, float]

    @property
    def cell_w(self) -> float:
        return self.width / float(self.mass.shape[1])

    @property
    def cell_h(self) -> float:
        return self.height / float(self.mass.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class Hidden:
    """Bounds of the rear entity's alpha that the front one takes away, per cell of the rear shape, 0..1."""

    lo: Grid
    hi: Grid


def footprint(entity: Entity, width: int, height: int, *, mirrored: bool) -> Footprint:
    """The shape of ``entity`` on a box of ``width`` x ``height`` pixels."""
    x, y = entity.mass_centre
    return Footprint(
        width=width,
        height=height,
        support=_oriented(entity.shape.support, mirrored),
        mass=_oriented(entity.shape.mass, mirrored) / 255.0,
        solid=_oriented(entity.shape.solid, mirrored) / 255.0,
        mass_centre=(1.0 - x if mirrored else x, y),
    )


def centre(shape: Footprint, hidden: Hidden | None = None) -> tuple[float, float]:
    """Expected centre (x, y) of the visible alpha, in pixels from the corner of the box."""
    if hidden is None:
        return shape.mass_centre[0] * shape.width, shape.mass_centre[1] * shape.height
    kept = 1.0 - (hidden.lo + hidden.hi) / 2 / np.maximum(shape.mass, 1e-9)
    weights = shape.mass * np.clip(kept, 0.0, 1.0)
    columns, rows = weights.sum(0), weights.sum(1)
    total = max(float(columns.sum()), 1e-9)
    x = float(columns @ (np.arange(columns.size) + 0.5)) / total * shape.cell_w
    y = float(rows @ (np.arange(rows.size) + 0.5)) / total * shape.cell_h
    return x, y


def centre_bounds(shape: Footprint, hidden: Hidden | None = None) -> tuple[Interval, Interval]:
    """Where the centre (x, y) of the visible alpha certainly lies, in pixels from the corner of the box.

    The alpha of a cell is known within its rounding and what may be hidden of it. The centre of weights known
    within such bounds is extreme when the weights on one side of it are all least, on the other all greatest.
    """
    most = shape.mass if hidden is None else np.maximum(shape.mass - hidden.lo, 0.0)
    surely = shape.mass if hidden is None else np.maximum(shape.mass - hidden.hi, 0.0)
    # Means were rounded to 8 bits; 0 and 1 are exact enough for what is said of them.
    most = np.where(most > 0.0, np.minimum(most + 0.5 / 255, 1.0), 0.0)
    least = np.where(surely < 1.0, np.maximum(surely - 0.5 / 255, 0.0), 1.0)
    # Within a cell the weight w may sit at one edge: its centre is then (1 - w) / 2 of a cell off.
    total = float(least.sum())
    off = min(0.5, float((most * (1.0 - least)).sum()) / 2 / total) if total > 0.0 else 0.5
    x = _weighted_mean_bounds(least.sum(0), most.sum(0))
    y = _weighted_mean_bounds(least.sum(1), most.sum(1))
    return _padded(x, off, shape.cell_w, shape.width), _padded(y, off, shape.cell_h, shape.height)


def centre_slack(shape: Footprint, width: int, height: int, hidden: Hidden | None = None) -> float:
    """How far ``centre`` may be off, as a share of the sides of a ``width`` x ``height`` canvas."""
    slack = 0.0
    for bound, at, side in zip(centre_bounds(shape, hidden), centre(shape, hidden), (width, height), strict=True):
        slack = max(slack, (bound.hi - at) / side, (at - bound.lo) / side)
    return slack


def hidden_by(rear: Footprint, front: Footprint, dx: float, dy: float) -> Hidden:
    """What ``front`` hides of ``rear`` when its box lies ``(dx, dy)`` pixels from the corner of the rear one.

    For alphas r and f with means R and F over a cell, the mean of r f lies in
    [max(0, R + F - 1), min(R, F)] (the bounds of Frechet); F in turn is bounded by the front cells that
    touch the rear cell, which may hold their alpha in any of their parts.
    """
    rows, columns = front.mass.shape
    area = rear.cell_w * rear.cell_h / (front.cell_w * front.cell_h)
    top, bottom = _touched(rear.mass.shape[0], rear.cell_h, dy, front.cell_h)
    left, right = _touched(rear.mass.shape[1], rear.cell_w, dx, front.cell_w)
    cells = ((bottom - top)[:, None] * (right - left)[None, :]).astype(np.float64)
    sums = _mass_before(front)
    low, high = sums[_limited(top, rows)], sums[_limited(bottom, rows)]
    left, right = _limited(left, columns), _limited(right, columns)
    touched = high[:, right] - high[:, left] - low[:, right] + low[:, left]
    surely = np.maximum(0.0, 1.0 - (cells - touched) / area)
    maybe = np.minimum(1.0, touched / area)
    return Hidden(
        lo=np.maximum(0.0, rear.mass + surely - 1.0),
        hi=np.minimum(rear.mass, maybe),
    )


def hidden_share(rear: Footprint, front: Footprint, dx: float, dy: float) -> Interval:
    """Bounds of the share of the rear entity's alpha mass that ``front``, ``(dx, dy)`` pixels off, hides.

    What one hides of the other is the sum of r f, which is the same counted over either one's cells: the
    better of the two bounds holds (a thin front thing before an opaque one is bounded by its own cells).
    """
    on_rear, on_front = hidden_by(rear, front, dx, dy), hidden_by(front, rear, -dx, -dy)
    rear_cell, front_cell = rear.cell_w * rear.cell_h, front.cell_w * front.cell_h
    total = max(float(rear.mass.sum()) * rear_cell, 1e-9)
    lo = max(float(on_rear.lo.sum()) * rear_cell, float(on_front.lo.sum()) * front_cell)
    hi = min(float(on_rear.hi.sum()) * rear_cell, float(on_front.hi.sum()) * front_cell)
    return Interval(lo / total, min(1.0, hi / total))


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """How far a support may reach along an axis, for every pixel line across it.

    ``first`` and ``last`` are float64 (length of the cross axis): the support of line i lies within
    [first[i], last[i]] pixels from the corner of the box; first > last where the line is empty.
    """

    first: Grid
    last: Grid


def outline(shape: Footprint, axis: int) -> Outline:
    """The outline of ``shape`` along ``axis`` (0: x, lines are rows; 1: y, lines are columns).

    Resizing spreads a pixel's alpha over at most the cell, a pixel of the cached level and a pixel of the
    canvas; the outline is wider by a cell and two pixels on every side, but never wider than the box, outside
    which composition draws nothing.
    """
    support = shape.support if axis == 0 else shape.support.T
    length, across = (shape.width, shape.height) if axis == 0 else (shape.height, shape.width)
    lines, cells = support.shape
    cell, cross_cell = length / cells, across / lines
    filled = support.any(1)
    first = np.where(filled, support.argmax(1) * cell, np.inf)
    last = np.where(filled, (cells - support[:, ::-1].argmax(1)) * cell, -np.inf)
    spread = cell + 2 * PIXEL
    first, last = np.maximum(first - spread, 0.0), np.minimum(last + spread, length)
    first, last = np.where(filled, first, np.inf), np.where(filled, last, -np.inf)
    # Lines of pixels against lines of cells: a line looks at every cell within its own spread.
    pixel = np.arange(across)
    reach = cross_cell + 2 * PIXEL
    low = np.maximum(np.floor((pixel - reach) / cross_cell), 0).astype(np.intp)
    high = np.minimum(np.ceil((pixel + 1 + reach) / cross_cell), lines).astype(np.intp)
    offsets = range(int((high - low).max()))
    at = [np.minimum(low + k, high - 1) for k in offsets]
    return Outline(
        first=np.minimum.reduce([first[k] for k in at]),
        last=np.maximum.reduce([last[k] for k in at]),
    )


def least_offset(before: Outline, after: Outline, shift: int) -> float:
    """How far along the axis ``after``'s box must lie behind ``before``'s so that supports are disjoint.

    ``shift`` is the distance of the boxes across the axis. -inf when no line meets both.
    """
    start, stop = max(0, shift), min(before.last.size, after.first.size + shift)
    if stop <= start:
        return -np.inf
    return float(np.max(before.last[start:stop] - after.first[start - shift : stop - shift]))


def placed_footprint(entity: Entity, placement: Placement) -> Footprint:
    """The footprint of a placement, whose corner is ``(placement.x, placement.y)``."""
    return footprint(entity, placement.w, placement.h, mirrored=placement.mirrored)


@lru_cache(maxsize=8)
def _mass_before(shape: Footprint) -> Grid:
    """(h + 1, w + 1): entry (i, j) is the mass of the i x j cells above and to the left."""
    sums = np.zeros((shape.mass.shape[0] + 1, shape.mass.shape[1] + 1))
    sums[1:, 1:] = shape.mass.cumsum(0).cumsum(1)
    return sums


def _oriented(cells: NDArray[Any], mirrored: bool) -> NDArray[Any]:
    return cells[:, ::-1] if mirrored else cells


def _limited(index: NDArray[np.intp], last: int) -> NDArray[np.intp]:
    return np.minimum(np.maximum(index, 0), last)


def _weighted_mean_bounds(least: Grid, most: Grid) -> Interval:
    """Extremes of sum(w i) / sum(w) for weights w between ``least`` and ``most``, in cells."""
    position = np.arange(least.size) + 0.5
    if most.sum() <= 0.0:
        return Interval(0.0, float(least.size))
    # Exchange argument: at the extreme every weight is greatest on the far side of one split.
    low_before = np.concatenate([[0.0], np.cumsum(least)])
    high_before = np.concatenate([[0.0], np.cumsum(most)])
    low_moment = np.concatenate([[0.0], np.cumsum(least * position)])
    high_moment = np.concatenate([[0.0], np.cumsum(most * position)])
    upper_mass = low_before + high_before[-1] - high_before
    upper_moment = low_moment + high_moment[-1] - high_moment
    lower_mass = high_before + low_before[-1] - low_before
    lower_moment = high_moment + low_moment[-1] - low_moment
    held = upper_mass > 1e-9
    hi = float((upper_moment[held] / upper_mass[held]).max())
    held = lower_mass > 1e-9
    lo = float((lower_moment[held] / lower_mass[held]).min())
    return Interval(lo, hi)


def _padded(bounds: Interval, off: float, cell: float, length: int) -> Interval:
    return Interval(
        max(0.0, (bounds.lo - off) * cell - PIXEL), min(float(length), (bounds.hi + off) * cell + PIXEL)
    )


def _touched(n: int, cell: float, offset: float, other_cell: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """[first, last) cells of the other grid, continued beyond its ends, that each of ``n`` cells touches."""
    edges = np.arange(n + 1) * cell - offset
    first = np.floor((edges[:-1] - PIXEL) / other_cell).astype(np.intp)
    last = np.ceil((edges[1:] + PIXEL) / other_cell).astype(np.intp)
    return first, last
