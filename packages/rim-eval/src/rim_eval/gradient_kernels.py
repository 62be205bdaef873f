"""Compiled inner loop of the gradient error: separable float64 filters on 64-pixel tiles.

A tile is skipped when it must contribute exactly 0: both mattes constant around it, or both equal there and
normalised alike.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rim_eval.compiled import compiled

TILE: Final = 64


@compiled
def _border_index(i: int, n: int, reflect: bool) -> int:
    """Where a coordinate outside 0..n-1 looks: the edge pixel, or the mirror image (edge pixel repeated)."""
    if not reflect:
        return min(max(i, 0), n - 1)
    while i < 0 or i >= n:
        i = -i - 1 if i < 0 else 2 * n - 1 - i
    return i


@compiled
def _magnitude(
    alpha: Any,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    offset: float,
    gain: float,
    smooth: NDArray[np.float64],
    slope: NDArray[np.float64],
    window: NDArray[np.float64],
    smoothed: NDArray[np.float64],
    sloped: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Gradient magnitude of one tile into `out`; `rows` and `columns` list the source pixels with the margin."""
    r = smooth.size - 1
    h, w = rows.size - 2 * r, columns.size - 2 * r
    contiguous = columns[-1] - columns[0] == columns.size - 1
    for i in range(rows.size):
        y = rows[i]
        if contiguous:
            x0 = columns[0]
            for x in range(columns.size):
                window[i, x] = (np.float64(alpha[y, x0 + x]) - offset) * gain
        else:
            for x in range(columns.size):
                window[i, x] = (np.float64(alpha[y, columns[x]]) - offset) * gain
        for x in range(w):
            smoothed[i, x] = smooth[0] * window[i, x + r]
            sloped[i, x] = 0.0
        for k in range(1, r + 1):
            a, b = smooth[k], slope[k]
            for x in range(w):
                left, right = window[i, x + r - k], window[i, x + r + k]
                smoothed[i, x] += a * (left + right)
                sloped[i, x] += b * (right - left)
    for y in range(h):
        for x in range(w):
            window[0, x] = smooth[0] * sloped[y + r, x]
            window[1, x] = 0.0
        for k in range(1, r + 1):
            a, b = smooth[k], slope[k]
            for x in range(w):
                window[0, x] += a * (sloped[y + r - k, x] + sloped[y + r + k, x])
                window[1, x] += b * (smoothed[y + r + k, x] - smoothed[y + r - k, x])
        for x in range(w):
            out[y, x] = np.sqrt(window[0, x] * window[0, x] + window[1, x] * window[1, x])


@compiled
def squared_gradient_difference(
    p: Any,
    g: Any,
    p_offset: float,
    p_gain: float,
    g_offset: float,
    g_gain: float,
    smooth: NDArray[np.float64],
    slope: NDArray[np.float64],
    reflect: bool,
    mask: NDArray[np.bool_],
) -> float:
    """Sum of (M_p - M_g)^2 over the image, or over `mask` unless that is (0, 0).

    `smooth`, `slope`: taps 0..r of the even Gaussian and of its odd derivative. A value k counts as
    (k - offset) * gain.
    """
    height, width = p.shape
    r = smooth.size - 1
    alike = p_offset == g_offset and p_gain == g_gain
    side = TILE + 2 * r
    window, smoothed, sloped = np.empty((side, side)), np.empty((side, side)), np.empty((side, side))
    magnitude_p, magnitude_g = np.zeros((TILE, TILE)), np.zeros((TILE, TILE))
    column_sums = np.empty(TILE)
    rows, columns = np.empty(side, np.int64), np.empty(side, np.int64)
    total = 0.0
    for y0 in range(0, height, TILE):
        h = min(TILE, height - y0)
        top, bottom = max(0, y0 - r), min(height, y0 + h + r)
        for i in range(h + 2 * r):
            rows[i] = _border_index(y0 + i - r, height, reflect)
        for x0 in range(0, width, TILE):
            w = min(TILE, width - x0)
            left, right = max(0, x0 - r), min(width, x0 + w + r)
            equal, p_flat, g_flat = True, True, True
            p0, g0 = p[top, left], g[top, left]
            for y in range(top, bottom):
                differs, p_varies, g_varies = False, False, False
                for x in range(left, right):
                    differs |= p[y, x] != g[y, x]
                    p_varies |= p[y, x] != p0
                    g_varies |= g[y, x] != g0
                equal &= not differs
                p_flat &= not p_varies
                g_flat &= not g_varies
                if not (p_flat or g_flat or (equal and alike)):
                    break
            if (equal and alike) or (p_flat and g_flat):
                continue
            for i in range(w + 2 * r):
                columns[i] = _border_index(x0 + i - r, width, reflect)
            magnitude_p[:] = 0.0
            magnitude_g[:] = 0.0
            rows_here, columns_here = rows[: h + 2 * r], columns[: w + 2 * r]
            if not p_flat:
                _magnitude(p, rows_here, columns_here, p_offset, p_gain, smooth, slope,
                           window, smoothed, sloped, magnitude_p)  # fmt: skip
            if not g_flat:
                _magnitude(g, rows_here, columns_here, g_offset, g_gain, smooth, slope,
                           window, smoothed, sloped, magnitude_g)  # fmt: skip
            column_sums[:w] = 0.0
            for y in range(h):
                for x in range(w):
                    difference = magnitude_p[y, x] - magnitude_g[y, x]
                    if mask.size == 0 or mask[y0 + y, x0 + x]:
                        column_sums[x] += difference * difference
            for x in range(w):
                total += column_sums[x]
    return total
