"""The compiled inner loops of composition. Whole numbers only, so that every machine gives the same bytes.

Importing this module loads numba: import it inside the function that needs it. Compiled code is kept beside
the module (or in ``NUMBA_CACHE_DIR``). Tests hold each loop equal to a few lines of plain numpy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WEIGHT_BITS = 11
"""Area weights of one output pixel sum to 2^11 along each axis."""

_FULL = 1 << WEIGHT_BITS
_AREA_BITS = 2 * WEIGHT_BITS
_OPAQUE = 255 << _AREA_BITS


@numba.njit(cache=True, nogil=True)
def resize_rgb(
    source: NDArray[np.uint8],
    row_first: NDArray[np.int32],
    row_weights: NDArray[np.int32],
    column_first: NDArray[np.int32],
    column_weights: NDArray[np.int32],
    out: NDArray[np.uint8],
) -> None:
    """Area mean of ``source`` (H, W, 3) into ``out`` (h, w, 3)."""
    width = source.shape[1]
    flat = source.reshape(source.shape[0], width * 3)
    line = np.empty(width * 3, np.int32)
    half = np.int64(1) << np.int64(_AREA_BITS - 1)
    for i in range(out.shape[0]):
        line[:] = 0
        for k in range(row_weights.shape[1]):
            weight = row_weights[i, k]
            if weight == 0:
                continue
            row = flat[row_first[i] + k]
            for x in range(width * 3):
                line[x] += weight * np.int32(row[x])
        for j in range(out.shape[1]):
            first = column_first[j] * 3
            red = green = blue = half
            for k in range(column_weights.shape[1]):
                weight = np.int64(column_weights[j, k])
                red += weight * line[first]
                green += weight * line[first + 1]
                blue += weight * line[first + 2]
                first += 3
            out[i, j, 0] = red >> _AREA_BITS
            out[i, j, 1] = green >> _AREA_BITS
            out[i, j, 2] = blue >> _AREA_BITS


@numba.njit(cache=True, nogil=True)
def resize_cutout(
    rgb: NDArray[np.uint8],
    alpha: NDArray[np.uint8],
    row_first: NDArray[np.int32],
    row_weights: NDArray[np.int32],
    column_first: NDArray[np.int32],
    column_weights: NDArray[np.int32],
    out_rgb: NDArray[np.uint8],
    out_alpha: NDArray[np.uint8],
) -> None:
    """Area mean of alpha, and of colours weighted by alpha: what lies under alpha 0 never bleeds in."""
    width = rgb.shape[1]
    mass = np.empty(width, np.int32)
    red, green, blue = np.empty(width, np.int32), np.empty(width, np.int32), np.empty(width, np.int32)
    half = np.int64(1) << np.int64(_AREA_BITS - 1)
    for i in range(out_alpha.shape[0]):
        mass[:] = 0
        red[:] = 0
        green[:] = 0
        blue[:] = 0
        for k in range(row_weights.shape[1]):
            weight = row_weights[i, k]
            if weight == 0:
                continue
            y = row_first[i] + k
            for x in range(width):
                weighted = weight * np.int32(alpha[y, x])
                mass[x] += weighted
                red[x] += weighted * np.int32(rgb[y, x, 0])
                green[x] += weighted * np.int32(rgb[y, x, 1])
                blue[x] += weighted * np.int32(rgb[y, x, 2])
        for j in range(out_alpha.shape[1]):
            first = column_first[j]
            a = r = g = b = np.int64(0)
            for k in range(column_weights.shape[1]):
                weight = np.int64(column_weights[j, k])
                a += weight * mass[first + k]
                r += weight * red[first + k]
                g += weight * green[first + k]
                b += weight * blue[first + k]
            out_alpha[i, j] = (a + half) >> _AREA_BITS
            if a == _OPAQUE:
                out_rgb[i, j, 0] = (r + _OPAQUE // 2) // _OPAQUE
                out_rgb[i, j, 1] = (g + _OPAQUE // 2) // _OPAQUE
                out_rgb[i, j, 2] = (b + _OPAQUE // 2) // _OPAQUE
            elif a > 0:
                # Both are exact in doubles and differ from a tie by more than their rounding: exact.
                out_rgb[i, j, 0] = np.int64(np.float64(r) / np.float64(a) + 0.5)
                out_rgb[i, j, 1] = np.int64(np.float64(g) / np.float64(a) + 0.5)
                out_rgb[i, j, 2] = np.int64(np.float64(b) / np.float64(a) + 0.5)
            else:
                out_rgb[i, j, 0] = out_rgb[i, j, 1] = out_rgb[i, j, 2] = 0


@numba.njit(cache=True, nogil=True)
def accumulate(
    rgb: NDArray[np.uint8],
    alpha: NDArray[np.uint8],
    open_: NDArray[np.uint8],
    sums: NDArray[np.uint16],
    matte: NDArray[np.uint8],
) -> tuple[np.uint64, np.uint64]:
    """Lay one cut-out under those already laid; all arrays are views of the same (h, w) pixels.

    ``open_`` is what those in front let through, 0..255: the visible alpha is round(alpha open / 255).
    ``sums`` gathers visible alpha times colour, at most 255 * 255; it is undefined where ``open_`` is 255.
    Returns the sums of visible alpha and of alpha.
    """
    visible = total = np.uint64(0)
    for y in range(alpha.shape[0]):
        for x in range(alpha.shape[1]):
            a = np.uint32(alpha[y, x])
            if a == 0:
                continue
            through = np.uint32(open_[y, x])
            v = (a * through + np.uint32(127)) // np.uint32(255)
            total += np.uint64(a)
            if v == 0:
                continue
            visible += np.uint64(v)
            matte[y, x] = v
            open_[y, x] = through - v
            if through == 255:
                sums[y, x, 0] = v * np.uint32(rgb[y, x, 0])
                sums[y, x, 1] = v * np.uint32(rgb[y, x, 1])
                sums[y, x, 2] = v * np.uint32(rgb[y, x, 2])
            else:
                sums[y, x, 0] += v * np.uint32(rgb[y, x, 0])
                sums[y, x, 1] += v * np.uint32(rgb[y, x, 1])
                sums[y, x, 2] += v * np.uint32(rgb[y, x, 2])
    return visible, total


@numba.njit(cache=True, nogil=True)
def resolve(canvas: NDArray[np.uint8], open_: NDArray[np.uint8], sums: NDArray[np.uint16]) -> None:
    """canvas = (sums + open canvas + 127) // 255 where anything lies; then the pixels count as open again."""
    for y in range(open_.shape[0]):
        for x in range(open_.shape[1]):
            through = np.uint32(open_[y, x])
            if through == 255:
                continue
            open_[y, x] = 255
            for c in range(3):
                value = np.uint32(sums[y, x, c]) + through * np.uint32(canvas[y, x, c])
                canvas[y, x, c] = (value + np.uint32(127)) // np.uint32(255)
