"""Outlines of everyday shapes, and their exact coverage of pixels.

An outline is a tuple of closed contours, each float64 (n, 2) of (x, y) in a box of side 2 around the origin,
y downwards. Contours inside others are holes (even-odd).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Contour = NDArray[np.float64]
    Outline = tuple[Contour, ...]

ROWS = 16
"""Lines per pixel on which coverage is measured."""


def _points(*pairs: tuple[float, float]) -> Contour:
    return np.array(pairs, dtype=np.float64)


def _angles(n: int) -> NDArray[np.float64]:
    return np.linspace(0.0, 2.0 * np.pi, n, endpoint=False)


def _polar(angle: NDArray[np.float64], radius: NDArray[np.float64] | float) -> Contour:
    return np.stack([radius * np.sin(angle), -radius * np.cos(angle)], axis=1)


def regular(sides: int, turn: float = 0.0) -> Outline:
    """A regular polygon with a corner at the top, turned clockwise by ``turn`` radians."""
    return (_polar(_angles(sides) + turn, 1.0),)


def circle() -> Outline:
    return (_polar(_angles(360), 1.0),)


def square() -> Outline:
    return (_points((-0.86, -0.86), (0.86, -0.86), (0.86, 0.86), (-0.86, 0.86)),)


def triangle() -> Outline:
    return regular(3)


def diamond() -> Outline:
    return (_points((0.0, -1.0), (0.66, 0.0), (0.0, 1.0), (-0.66, 0.0)),)


def hexagon() -> Outline:
    return regular(6, np.pi / 6)


def star() -> Outline:
    radius = np.where(np.arange(10) % 2 == 0, 1.0, 0.42)
    return (_polar(_angles(10), radius),)


def heart() -> Outline:
    t = _angles(360)
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return (np.stack([x / 17, -(y + 2.5) / 17], axis=1),)


def ring() -> Outline:
    t = _angles(360)
    return (_polar(t, 1.0), _polar(t, 0.56))


def cross() -> Outline:
    a, b = 0.3, 0.96
    arm = _points((-a, -b), (a, -b), (a, -a))
    quarter_turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    arms = [arm]
    for _ in range(3):
        arms.append(arms[-1] @ quarter_turn)
    return (np.concatenate(arms),)


def crescent() -> Outline:
    # Two circles through the same two tips: the outer arc and, back along it, the inner one.
    tip, shift, inner_radius = 0.62, 0.5, 0.86
    t = np.linspace(tip, 2 * np.pi - tip, 240)
    outer = np.stack([np.cos(t), np.sin(t)], axis=1)
    end = outer[0]
    u0 = np.arctan2(end[1] / inner_radius, (end[0] - shift) / inner_radius)
    u = np.linspace(2 * np.pi - u0, u0, 240)
    radius = np.hypot(end[0] - shift, end[1])
    inner = np.stack([shift + radius * np.cos(u), radius * np.sin(u)], axis=1)
    return (np.concatenate([outer, inner[1:-1]]),)


def arrow() -> Outline:
    return (
        _points((-1.0, -0.28), (0.1, -0.28), (0.1, -0.74), (1.0, 0.0), (0.1, 0.74), (0.1, 0.28), (-1.0, 0.28)),
    )


def drop() -> Outline:
    t = _angles(360)
    # Piriform curve: a point above, a round belly below.
    x = 0.78 * np.sin(t) * np.sin(t / 2) ** 1.6
    return (np.stack([x, -np.cos(t)], axis=1),)


def leaf() -> Outline:
    t = np.linspace(0.0, 1.0, 120)
    half = 0.56 * np.sin(np.pi * t**0.9) ** 1.25
    right = np.stack([half, -1.0 + 1.7 * t], axis=1)
    left = right[::-1] * np.array([-1.0, 1.0])
    stalk = _points((-0.045, 0.68), (-0.07, 1.0), (0.04, 1.0), (0.045, 0.68))
    return (np.concatenate([right[:-2], stalk[::-1], left[2:]]),)


def flower() -> Outline:
    t = _angles(720)
    return (_polar(t, 0.66 + 0.34 * np.abs(np.cos(3 * t)) ** 0.7),)


def cloud() -> Outline:
    puffs = ((-0.58, 0.22, 0.4), (-0.16, -0.1, 0.52), (0.36, 0.0, 0.42), (0.64, 0.26, 0.34))
    base = 0.6
    t = np.linspace(-1.0, 1.0, 600)
    top = np.full_like(t, base)
    for cx, cy, r in puffs:
        inside = np.abs(t - cx) < r
        top[inside] = np.minimum(top[inside], cy - np.sqrt(r**2 - (t[inside] - cx) ** 2))
    keep = top < base
    upper = np.stack([t[keep], top[keep]], axis=1)
    right, left = upper[-1, 0], upper[0, 0]
    corner = np.linspace(0.0, np.pi / 2, 20)
    lower_right = np.stack([right - 0.16 + 0.16 * np.cos(corner), base - 0.16 + 0.16 * np.sin(corner)], axis=1)
    lower_left = np.stack([left + 0.16 - 0.16 * np.sin(corner), base - 0.16 + 0.16 * np.cos(corner)], axis=1)
    return (np.concatenate([upper, lower_right, lower_left]),)


def lightning_bolt() -> Outline:
    return (
        _points(
            (0.16, -1.0), (-0.58, 0.12), (-0.08, 0.12), (-0.3, 1.0), (0.58, -0.28), (0.06, -0.28), (0.5, -1.0)
        ),
    )


OUTLINES: dict[str, Callable[[], Outline]] = {
    "circle": circle,
    "square": square,
    "triangle": triangle,
    "star": star,
    "heart": heart,
    "ring": ring,
    "cross": cross,
    "crescent": crescent,
    "arrow": arrow,
    "diamond": diamond,
    "hexagon": hexagon,
    "drop": drop,
    "leaf": leaf,
    "flower": flower,
    "cloud": cloud,
    "lightning bolt": lightning_bolt,
}
"""Every drawn category, named as an ordinary person names the shape."""


def coverage(outline: Outline, width: int, height: int) -> NDArray[np.float64]:
    """Share of each pixel that lies inside the outline.

    Exact along x, by `ROWS` lines a pixel along y.

    Args:
        outline: contours in pixels (x, y), pixel (0, 0) spanning [0, 1) x [0, 1); even-odd.

    Returns:
        float64 (height, width) in [0, 1].
    """
    if not outline:
        raise ValueError("an outline needs at least one contour")
    start = np.concatenate(outline)
    end = np.concatenate([np.roll(contour, -1, axis=0) for contour in outline])
    # Every line y = (row + 1/2) / ROWS that an edge crosses, and where.
    upper, lower = np.minimum(start[:, 1], end[:, 1]), np.maximum(start[:, 1], end[:, 1])
    first = np.clip(np.ceil(upper * ROWS - 0.5), 0, height * ROWS).astype(np.int64)
    last = np.clip(np.ceil(lower * ROWS - 0.5), 0, height * ROWS).astype(np.int64)
    count = last - first
    edge = np.repeat(np.arange(len(start)), count)
    row = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    share = ((row + 0.5) / ROWS - start[edge, 1]) / (end[edge, 1] - start[edge, 1])
    x = np.clip(start[edge, 0] + share * (end[edge, 0] - start[edge, 0]), 0.0, width)
    # Along a line crossings enter and leave in turn; after x all pixels are covered, the one at x in part.
    order = np.lexsort((x, row))
    row, x = row[order], x[order]
    sign = 1.0 - 2.0 * (np.arange(len(x)) % 2)
    column = np.minimum(x.astype(np.int64), width - 1)
    part = x - column
    cells = (row // ROWS) * (width + 1) + column
    steps = np.bincount(cells, weights=sign * (1.0 - part), minlength=height * (width + 1))
    steps += np.bincount(cells + 1, weights=sign * part, minlength=height * (width + 1))
    inside = np.cumsum(steps.reshape(height, width + 1), axis=1)[:, :width] / ROWS
    covered: NDArray[np.float64] = np.clip(inside, 0.0, 1.0)
    return covered
