"""What the sample's drawings are made with: strokes, smooth lines and layers.

A layer is (paint, alpha): float64 (H, W, 3) RGB and float64 (H, W), both in [0, 1]. Lengths are in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Field = NDArray[np.float64]
    Line = NDArray[np.float64]
    Layer = tuple[Field, Field]

FINE = 4
"""Strokes are drawn on this many samples per pixel side."""


def grid(height: int, width: int) -> tuple[Field, Field]:
    y, x = np.mgrid[0:height, 0:width] + 0.5
    return x, y


def strokes(lines: Sequence[tuple[Line, float]], height: int, width: int) -> Field:
    """Coverage of open lines (points, width), all in pixels."""
    from PIL import Image, ImageDraw

    canvas = Image.new("L", (width * FINE, height * FINE))
    pen = ImageDraw.Draw(canvas)
    for points, thickness in lines:
        corners = [(float(x), float(y)) for x, y in points * FINE]
        pen.line(corners, fill=255, width=max(1, round(thickness * FINE)), joint="curve")
    return np.asarray(canvas.reduce(FINE), dtype=np.float64) / 255.0


def rgb(*values: int) -> Field:
    return np.array(values, dtype=np.float64) / 255.0


def blurred(field: Field, sigma: float) -> Field:
    import cv2

    return np.asarray(cv2.GaussianBlur(field, (0, 0), sigma), dtype=np.float64)


def depth_inside(covered: Field) -> Field:
    """Distance to the outside in pixels."""
    import cv2

    inside = (covered > 0.5).astype(np.uint8)
    return np.asarray(cv2.distanceTransform(inside, cv2.DIST_L2, 5), dtype=np.float64)


def over(below: Layer, paint: Field, alpha: Field) -> Layer:
    """``paint`` under ``alpha`` laid over a layer: the colours and alpha of both together."""
    color, share = below
    total = alpha + share * (1.0 - alpha)
    weight = np.where(total > 0, alpha / np.maximum(total, 1e-9), 1.0)[..., None]
    return color + weight * (paint - color), total


def curve(*points: tuple[float, float], n: int = 40) -> Line:
    """A smooth line through the points (Catmull-Rom)."""
    p = np.array([points[0], *points, points[-1]], dtype=np.float64)
    t = np.linspace(0.0, 1.0, n, endpoint=False)[:, None]
    parts = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False)
    ]
    return np.concatenate([*parts, p[-1:]])


def mirrored(line: Line, axis: float) -> Line:
    return np.stack([2 * axis - line[:, 0], line[:, 1]], axis=1)
