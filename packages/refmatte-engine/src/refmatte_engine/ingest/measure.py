"""What an alpha channel shows: the box, the cut sides, the soft share, the centre, and the small shape.

Everything is counted on 8-bit alpha; "alpha >= 0.5" is ``alpha >= 128``. Sums over cells come from integral
images, which makes area means exact at fractional cell borders and costs a few passes over the pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from refmatte_engine.entities import SHAPE_SIDE, Box, Shape
from refmatte_engine.manifest.vocabulary import Side

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    Integral: TypeAlias = NDArray[np.int32] | NDArray[np.float64]
    """(H + 1, W + 1): entry (i, j) is the sum of the i x j pixels above and to the left, a whole number."""

HALF = 128
"""The smallest 8-bit alpha of at least 0.5."""

STRONG_SHARE = 0.1
"""A matte is as strong as the weakest of this share of its strongest pixels: 255 for anything opaque."""


@dataclass(frozen=True, slots=True, eq=False)
class AlphaMeasures:
    """All that the filters and the planner need to know of one alpha channel.

    Attributes:
        width, height: of the source image in pixels.
        box: of alpha > 0; None when the alpha is empty.
        area: alpha mass as a share of the image, 0..1.
        opaque_share: share of the image's pixels with alpha 255.
        soft_share: share of the pixels with alpha > 0 that have alpha < 255.
        border_shares: for each side, the share of that border line with alpha >= 0.5; of a faint matte (a web,
            smoke) with half the alpha that its strong pixels have.
        trimmed: the file's frame was cut to the alpha, so its borders are no frame of a photograph.
        mass_centre: centre (x, y) of the alpha mass as fractions of the box.
        shape: None when the alpha is empty.
    """

    width: int
    height: int
    box: Box | None
    area: float
    opaque_share: float
    soft_share: float
    border_shares: tuple[tuple[Side, float], ...]
    trimmed: bool
    mass_centre: tuple[float, float]
    shape: Shape | None


def measure_alpha(alpha: NDArray[np.uint8], *, own_channel: bool = False) -> AlphaMeasures:
    """Measure ``alpha``, uint8 (H, W), 0..255.

    ``own_channel``: it is the fourth channel of its image. Such cut-outs are often trimmed: their alpha then
    reaches all four borders.
    """
    import cv2

    height, width = alpha.shape
    x, y, w, h = cv2.boundingRect(alpha)
    borders = border_shares(alpha, half_strength(alpha[y : y + h, x : x + w]))
    if w == 0 or h == 0:
        return AlphaMeasures(width, height, None, 0.0, 0.0, 0.0, borders, False, (0.5, 0.5), None)
    inside = np.ascontiguousarray(alpha[y : y + h, x : x + w])
    support = (inside > 0).view(np.uint8)
    solid = (inside >= HALF).view(np.uint8)
    mass_sums, solid_sums, support_sums = _integral(inside), _integral(solid), _integral(support)
    mass, supported = float(mass_sums[-1, -1]), int(support_sums[-1, -1])
    opaque = int(np.count_nonzero(inside == 255))
    return AlphaMeasures(
        width=width,
        height=height,
        box=Box(x, y, w, h),
        area=mass / 255.0 / (height * width),
        opaque_share=opaque / (height * width),
        soft_share=(supported - opaque) / supported,
        border_shares=borders,
        trimmed=own_channel and (w, h) == (width, height),
        mass_centre=_centre(mass_sums),
        shape=_shape(mass_sums, solid_sums, support_sums, SHAPE_SIDE),
    )


def half_strength(alpha: NDArray[np.uint8]) -> int:
    """Half of the alpha that the strongest tenth of the pixels with alpha > 0 reaches, at most 128."""
    import cv2

    if not alpha.size:
        return HALF
    counts = cv2.calcHist([np.ascontiguousarray(alpha)], [0], None, [256], [0, 256]).ravel().astype(np.int64)
    counts[0] = 0
    from_above = np.cumsum(counts[::-1])[::-1]
    strong = int(np.flatnonzero(from_above >= STRONG_SHARE * from_above[0])[-1])
    return min(HALF, max(1, -(-strong // 2)))


def border_shares(alpha: NDArray[np.uint8], threshold: int = HALF) -> tuple[tuple[Side, float], ...]:
    """For each side of ``alpha`` (H, W): the share of its border line with at least ``threshold``."""
    lines = (
        (Side.LEFT, alpha[:, 0]),
        (Side.TOP, alpha[0]),
        (Side.RIGHT, alpha[:, -1]),
        (Side.BOTTOM, alpha[-1]),
    )
    return tuple((side, float(np.count_nonzero(line >= threshold)) / line.size) for side, line in lines)


def _integral(values: NDArray[np.uint8]) -> Integral:
    import cv2

    # 32 bits hold the sum of 8.4 million opaque pixels; doubles hold any image whole, at twice the memory.
    fits = values.size * 255 < 2**31
    if fits:
        return np.asarray(cv2.integral(values, sdepth=cv2.CV_32S), dtype=np.int32)
    return np.asarray(cv2.integral(values, sdepth=cv2.CV_64F), dtype=np.float64)


def _centre(sums: Integral) -> tuple[float, float]:
    """Weighted mean (x, y) of the pixel centres 0.5, 1.5, ... as fractions of the sides."""
    columns, rows = np.diff(sums[-1].astype(np.float64)), np.diff(sums[:, -1].astype(np.float64))
    x = np.dot(columns, np.arange(columns.size) + 0.5) / columns.sum() / columns.size
    y = np.dot(rows, np.arange(rows.size) + 0.5) / rows.sum() / rows.size
    return round(float(x), 6), round(float(y), 6)


def _shape(
    mass: Integral,
    solid: Integral,
    support: Integral,
    side: int,
) -> Shape:
    """The box on a grid whose longer side has at most ``side`` cells; a smaller box keeps its pixels as cells.

    ``mass`` and ``solid`` are exact area means, rounded half up. ``support`` is conservative: a cell that a
    pixel with alpha > 0 touches, be it by a fraction, is True.
    """
    height, width = mass.shape[0] - 1, mass.shape[1] - 1
    scale = min(1.0, side / max(height, width))
    h, w = max(1, round(height * scale)), max(1, round(width * scale))
    area = height * width / (h * w)
    return Shape(
        support=_touched(support, h, w),
        mass=np.floor(_cell_sums(mass, h, w) / area + 0.5).astype(np.uint8),
        solid=np.floor(_cell_sums(solid, h, w) * 255.0 / area + 0.5).astype(np.uint8),
    )


def _cell_sums(sums: Integral, h: int, w: int) -> NDArray[np.float64]:
    """Sums over (h, w) equal cells. Between its entries an integral image is linear, so interpolating is exact."""
    at_rows = _interpolated(sums, np.arange(h + 1) * ((sums.shape[0] - 1) / h))
    corners = _interpolated(at_rows.T, np.arange(w + 1) * ((sums.shape[1] - 1) / w)).T
    return np.diff(np.diff(corners, axis=0), axis=1)


def _interpolated(sums: Integral, position: NDArray[np.float64]) -> NDArray[np.float64]:
    below = np.minimum(position.astype(np.intp), sums.shape[0] - 2)
    part = (position - below)[:, None]
    return np.asarray(sums[below] * (1.0 - part) + sums[below + 1] * part, dtype=np.float64)


def _touched(counts: Integral, h: int, w: int) -> NDArray[np.bool_]:
    """True where any counted pixel meets the cell; bands are rounded outwards and may share a row or column."""
    height, width = counts.shape[0] - 1, counts.shape[1] - 1
    rows, columns = np.arange(h), np.arange(w)
    top, bottom = rows * height // h, -(-(rows + 1) * height // h)
    left, right = columns * width // w, -(-(columns + 1) * width // w)
    below, above = counts[bottom], counts[top]
    inside = below[:, right] - below[:, left] - above[:, right] + above[:, left]
    return np.asarray(inside > 0)
