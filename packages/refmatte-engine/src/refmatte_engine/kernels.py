"""The compiled inner loops of composition. Whole numbers only, so that every machine gives the same bytes.

Importing this module loads numba: import it inside the function that needs it. Compiled code is kept beside
the module (or in ``NUMBA_CACHE_DIR``). Tests hold each loop equal to a few lines of plain numpy.

Loops are written so that LLVM turns them into vector code: unsigned indices (no wrap-around from the end), 16-bit
blending over contiguous rows of 3 w values, no branch per pixel where it can be helped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WEIGHT_BITS = 11
"""Area weights of one output pixel sum to 2^11 along each axis."""

LEAST_TAPS = 3
"""Weights have at least this many columns (zeros where fewer inputs count): the first three are unrolled."""

_AREA_BITS = np.uint32(2 * WEIGHT_BITS)
_HALF = np.uint32(1 << (2 * WEIGHT_BITS - 1))
_OPAQUE = np.uint64(255 << (2 * WEIGHT_BITS))
_HALF_OPAQUE = np.uint64((255 << (2 * WEIGHT_BITS)) // 2)


@numba.njit(cache=True, nogil=True)
def resize_rgb(
    source: NDArray[np.uint8],
    row_first: NDArray[np.uintp],
    row_weights: NDArray[np.uint32],
    column_first: NDArray[np.uintp],
    column_weights: NDArray[np.uint32],
    out: NDArray[np.uint8],
) -> None:
    """Area mean of ``source`` (H, 3 W) into ``out`` (h, 3 w), rows of interleaved RGB, rounded half up."""
    length = source.shape[1]
    taps = column_weights.shape[1]
    # Past the end lie zeros for taps of weight 0.
    line = np.zeros(length + 3 * taps, np.uint32)
    for i in range(out.shape[0]):
        weight, row = row_weights[i, 0], source[row_first[i]]
        for x in range(length):
            line[x] = weight * np.uint32(row[x])
        for k in range(1, row_weights.shape[1]):
            weight = row_weights[i, k]
            if weight == 0:
                continue
            row = source[row_first[i] + np.uintp(k)]
            for x in range(length):
                line[x] += weight * np.uint32(row[x])
        target = out[i]
        at = np.uintp(0)
        for j in range(column_first.size):
            f = column_first[j] * np.uintp(3)
            w0, w1, w2 = column_weights[j, 0], column_weights[j, 1], column_weights[j, 2]
            red = _HALF + w0 * line[f] + w1 * line[f + np.uintp(3)] + w2 * line[f + np.uintp(6)]
            green = _HALF + w0 * line[f + np.uintp(1)] + w1 * line[f + np.uintp(4)] + w2 * line[f + np.uintp(7)]
            blue = _HALF + w0 * line[f + np.uintp(2)] + w1 * line[f + np.uintp(5)] + w2 * line[f + np.uintp(8)]
            for k in range(3, taps):
                weight = column_weights[j, k]
                f3 = f + np.uintp(3 * k)
                red += weight * line[f3]
                green += weight * line[f3 + np.uintp(1)]
                blue += weight * line[f3 + np.uintp(2)]
            target[at] = red >> _AREA_BITS
            target[at + np.uintp(1)] = green >> _AREA_BITS
            target[at + np.uintp(2)] = blue >> _AREA_BITS
            at += np.uintp(3)


@numba.njit(cache=True, nogil=True)
def resize_cutout(
    planes: NDArray[np.uint8],
    row_first: NDArray[np.uintp],
    row_weights: NDArray[np.uint32],
    column_first: NDArray[np.uintp],
    column_weights: NDArray[np.uint32],
    out_rgb: NDArray[np.uint8],
    out_alpha: NDArray[np.uint8],
) -> None:
    """Area mean of alpha, and of colours weighted by alpha: what lies under alpha 0 never bleeds in.

    ``planes`` is (4, H, W): red, green, blue, alpha. Colours are rounded half up, and 0 where no alpha counts.
    """
    width = planes.shape[2]
    taps = column_weights.shape[1]
    mass = np.zeros(width + taps, np.uint32)
    red, green = np.zeros(width + taps, np.uint32), np.zeros(width + taps, np.uint32)
    blue = np.zeros(width + taps, np.uint32)
    for i in range(out_alpha.shape[0]):
        mass[:width] = np.uint32(0)
        red[:width] = np.uint32(0)
        green[:width] = np.uint32(0)
        blue[:width] = np.uint32(0)
        for k in range(row_weights.shape[1]):
            weight = row_weights[i, k]
            if weight == 0:
                continue
            y = row_first[i] + np.uintp(k)
            reds, greens, blues, alphas = planes[0, y], planes[1, y], planes[2, y], planes[3, y]
            for x in range(width):
                weighted = weight * np.uint32(alphas[x])
                mass[x] += weighted
                red[x] += weighted * np.uint32(reds[x])
                green[x] += weighted * np.uint32(greens[x])
                blue[x] += weighted * np.uint32(blues[x])
        for j in range(column_first.size):
            first = column_first[j]
            second, third = first + np.uintp(1), first + np.uintp(2)
            w0, w1 = np.uint64(column_weights[j, 0]), np.uint64(column_weights[j, 1])
            w2 = np.uint64(column_weights[j, 2])
            a = w0 * mass[first] + w1 * mass[second] + w2 * mass[third]
            for k in range(3, taps):
                a += np.uint64(column_weights[j, k]) * mass[first + np.uintp(k)]
            out_alpha[i, j] = (a + np.uint64(_HALF)) >> np.uint64(_AREA_BITS)
            if a == 0:
                out_rgb[i, j, 0] = out_rgb[i, j, 1] = out_rgb[i, j, 2] = 0
                continue
            r = w0 * red[first] + w1 * red[second] + w2 * red[third]
            g = w0 * green[first] + w1 * green[second] + w2 * green[third]
            b = w0 * blue[first] + w1 * blue[second] + w2 * blue[third]
            for k in range(3, taps):
                weight = np.uint64(column_weights[j, k])
                r += weight * red[first + np.uintp(k)]
                g += weight * green[first + np.uintp(k)]
                b += weight * blue[first + np.uintp(k)]
            if a == _OPAQUE:
                out_rgb[i, j, 0] = (r + _HALF_OPAQUE) // _OPAQUE
                out_rgb[i, j, 1] = (g + _HALF_OPAQUE) // _OPAQUE
                out_rgb[i, j, 2] = (b + _HALF_OPAQUE) // _OPAQUE
            else:
                # r < 2^38 and a < 2^30 are exact in doubles, and r / a is either a tie, exactly, or farther
                # from one (1 / 2a) than a double's rounding: the same as whole-number rounding half up.
                out_rgb[i, j, 0] = np.uint8(np.float64(np.int64(r)) / np.float64(np.int64(a)) + 0.5)
                out_rgb[i, j, 1] = np.uint8(np.float64(np.int64(g)) / np.float64(np.int64(a)) + 0.5)
                out_rgb[i, j, 2] = np.uint8(np.float64(np.int64(b)) / np.float64(np.int64(a)) + 0.5)


@numba.njit(cache=True, nogil=True)
def accumulate(
    rgb: NDArray[np.uint8],
    alpha: NDArray[np.uint8],
    corner: tuple[int, int],
    through: NDArray[np.uint8],
    sums: NDArray[np.uint16],
    matte: NDArray[np.uint8],
) -> tuple[np.uint64, np.uint64]:
    """Lay one cut-out under those already laid.

    ``rgb`` (h, 3 w) and ``alpha`` (h, w) lie with their corner at ``corner`` (x, y) of the canvas, whose arrays
    are ``through`` (H, W), ``sums`` (H, 3 W) and ``matte`` (H, W); what lies beyond it is left out.
    ``through`` is what those in front let through, 0..255: the visible alpha is round(alpha through / 255).
    ``sums`` gathers visible alpha times colour, at most 255 * 255.
    Returns the sums of visible alpha and of alpha, on the canvas.
    """
    x0, y0 = max(0, -corner[0]), max(0, -corner[1])
    x1 = min(alpha.shape[1], through.shape[1] - corner[0])
    y1 = min(alpha.shape[0], through.shape[0] - corner[1])
    visible_sum, alpha_sum = np.uint64(0), np.uint64(0)
    if x1 <= x0:
        return visible_sum, alpha_sum
    left, right = corner[0] + x0, corner[0] + x1
    spread = np.empty(3 * (x1 - x0), np.uint8)
    for y in range(y0, y1):
        alphas, colours = alpha[y, x0:x1], rgb[y, 3 * x0 : 3 * x1]
        row = corner[1] + y
        open_, visible = through[row, left:right], matte[row, left:right]
        gathered = sums[row, 3 * left : 3 * right]
        row_visible, row_alpha = np.uint32(0), np.uint32(0)
        for x in range(alphas.size):
            # round(p / 255) of a 16-bit p is (t + (t >> 8)) >> 8 with t = p + 128.
            t = np.uint16(np.uint16(alphas[x]) * np.uint16(open_[x]) + np.uint16(128))
            v = np.uint16(np.uint16(t + np.uint16(t >> np.uint16(8))) >> np.uint16(8))
            visible[x] = v
            open_[x] = np.uint8(np.uint16(open_[x]) - v)
            row_visible += np.uint32(v)
            row_alpha += np.uint32(alphas[x])
        alpha_sum += np.uint64(row_alpha)
        if row_visible == 0:
            continue
        visible_sum += np.uint64(row_visible)
        for x in range(visible.size):
            spread[3 * x] = spread[3 * x + 1] = spread[3 * x + 2] = visible[x]
        for x in range(spread.size):
            gathered[x] = np.uint16(gathered[x] + np.uint16(np.uint16(spread[x]) * np.uint16(colours[x])))
    return visible_sum, alpha_sum


@numba.njit(cache=True, nogil=True)
def resolve(
    canvas: NDArray[np.uint8],
    through: NDArray[np.uint8],
    sums: NDArray[np.uint16],
    corner: tuple[int, int],
    size: tuple[int, int],
) -> None:
    """canvas = round((sums + through canvas) / 255) in a box; then its pixels count as open and empty again.

    ``canvas`` and ``sums`` are (H, 3 W), ``through`` is (H, W); the box (corner, size) may reach beyond them.
    """
    x0, x1 = max(0, corner[0]), min(through.shape[1], corner[0] + size[0])
    if x1 <= x0:
        return
    spread = np.empty(3 * (x1 - x0), np.uint8)
    for y in range(max(0, corner[1]), min(through.shape[0], corner[1] + size[1])):
        open_, colours, gathered = through[y, x0:x1], canvas[y, 3 * x0 : 3 * x1], sums[y, 3 * x0 : 3 * x1]
        for x in range(open_.size):
            spread[3 * x] = spread[3 * x + 1] = spread[3 * x + 2] = open_[x]
            open_[x] = np.uint8(255)
        for x in range(spread.size):
            below = np.uint16(np.uint16(spread[x]) * np.uint16(colours[x]))
            t = np.uint16(np.uint16(gathered[x] + below) + np.uint16(128))
            colours[x] = np.uint8(np.uint16(t + np.uint16(t >> np.uint16(8))) >> np.uint16(8))
            gathered[x] = np.uint16(0)
