"""The compiled inner loops of composition: whole numbers and single IEEE operations, the same on every machine.

Importing this module loads numba: import it inside the function that needs it. Compiled code is kept beside
the module (or in ``NUMBA_CACHE_DIR``). Tests hold each loop equal to a few lines of plain numpy.

Every inner loop runs over neighbouring values of one or a few rows without branches, which LLVM turns into vector
code; indices are unsigned (no wrap-around from the end), blending is in 16 bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WEIGHT_BITS = 11
"""Area weights of one output pixel sum to 2^11 along each axis."""

ROWS_SHIFT = WEIGHT_BITS - 8
"""After the first axis a value of 8 bits keeps 8 more: 255 becomes 255 * 256."""

_LANES_SHIFT = np.uint32(WEIGHT_BITS + 8)
_LANES_HALF = np.uint32(1 << (WEIGHT_BITS + 8 - 1))
_ALPHA_SCALE = np.float64(1.0 / (255 << WEIGHT_BITS))


@numba.njit(cache=True, nogil=True)
def mean_rows(
    source: NDArray[np.uint8],
    first: NDArray[np.uintp],
    weights: NDArray[np.uint32],
    out: NDArray[np.uint16],
) -> None:
    """Weighted sums of the rows of ``source`` (H, n) into ``out`` (h, n), times 2^8, rounded half up."""
    length = source.shape[1]
    line = np.empty(length, np.uint32)
    for i in range(out.shape[0]):
        row, weight = source[first[i]], weights[i, 0]
        for x in range(length):
            line[x] = np.uint32(1 << (ROWS_SHIFT - 1)) + weight * np.uint32(row[x])
        for k in range(1, weights.shape[1]):
            weight = weights[i, k]
            if weight == 0:
                continue
            row = source[first[i] + np.uintp(k)]
            for x in range(length):
                line[x] += weight * np.uint32(row[x])
        target = out[i]
        for x in range(length):
            target[x] = line[x] >> np.uint32(ROWS_SHIFT)


@numba.njit(cache=True, nogil=True)
def mean_lanes(
    source: NDArray[np.uint16],
    first: NDArray[np.uintp],
    weights: NDArray[np.uint32],
    out: NDArray[np.uint8],
) -> None:
    """The second axis, on a transposed block: ``source`` (3 W, lanes) as from ``mean_rows``, ``out`` (3 w, lanes).

    Row 3 x + c is channel c of column x; the lanes are rows of the picture, side by side in vector registers.
    """
    lanes = source.shape[1]
    line = np.empty(lanes, np.uint32)
    for j in range(first.size):
        for c in range(3):
            at = np.uintp(3) * first[j] + np.uintp(c)
            row, weight = source[at], weights[j, 0]
            for x in range(lanes):
                line[x] = _LANES_HALF + weight * np.uint32(row[x])
            for k in range(1, weights.shape[1]):
                weight = weights[j, k]
                if weight == 0:
                    continue
                row = source[at + np.uintp(3 * k)]
                for x in range(lanes):
                    line[x] += weight * np.uint32(row[x])
            target = out[3 * j + c]
            for x in range(lanes):
                target[x] = line[x] >> _LANES_SHIFT


@numba.njit(cache=True, nogil=True)
def premultiplied_rows(
    planes: NDArray[np.uint8],
    first: NDArray[np.uintp],
    weights: NDArray[np.uint32],
    out: NDArray[np.uint16],
) -> None:
    """The first axis for a cut-out: area means of alpha times colour, at most 255 * 255, rounded half up.

    ``planes`` is (4, H, W): red, green, blue, alpha; ``out`` is (h, 4 W): the rows of red, green and blue times
    alpha, and of 255 times alpha, one after the other.
    """
    width = planes.shape[2]
    half, shift = np.uint32(1 << (WEIGHT_BITS - 1)), np.uint32(WEIGHT_BITS)
    red, green = np.empty(width, np.uint32), np.empty(width, np.uint32)
    blue, mass = np.empty(width, np.uint32), np.empty(width, np.uint32)
    for i in range(out.shape[0]):
        red[:] = half
        green[:] = half
        blue[:] = half
        mass[:] = half
        for k in range(weights.shape[1]):
            weight = weights[i, k]
            if weight == 0:
                continue
            y = first[i] + np.uintp(k)
            reds, greens, blues, alphas = planes[0, y], planes[1, y], planes[2, y], planes[3, y]
            for x in range(width):
                weighted = weight * np.uint32(alphas[x])
                red[x] += weighted * np.uint32(reds[x])
                green[x] += weighted * np.uint32(greens[x])
                blue[x] += weighted * np.uint32(blues[x])
                mass[x] += weighted * np.uint32(255)
        row = out[i]
        reds16, greens16 = row[:width], row[width : 2 * width]
        blues16, masses16 = row[2 * width : 3 * width], row[3 * width :]
        for x in range(width):
            reds16[x] = red[x] >> shift
            greens16[x] = green[x] >> shift
            blues16[x] = blue[x] >> shift
            masses16[x] = mass[x] >> shift


@numba.njit(cache=True, nogil=True)
def premultiplied_lanes(
    source: NDArray[np.uint16],
    first: NDArray[np.uintp],
    weights: NDArray[np.uint32],
    out_rgb: NDArray[np.uint8],
    out_alpha: NDArray[np.uint8],
) -> None:
    """The second axis on a transposed block, then colours without their alpha.

    ``source`` is (4 W, lanes) as from ``premultiplied_rows``, ``out_rgb`` (3 w, lanes), ``out_alpha`` (w, lanes).
    Colours are floor(255 p (1 / a) + 0.5) in doubles, in this order, and 0 where no alpha counts.
    """
    lanes = source.shape[1]
    width = np.uintp(source.shape[0] // 4)
    lines = np.empty((4, lanes), np.uint32)
    scale = np.empty(lanes, np.float64)
    for j in range(first.size):
        for c in range(4):
            at = np.uintp(c) * width + first[j]
            line, row, weight = lines[c], source[at], weights[j, 0]
            for x in range(lanes):
                line[x] = weight * np.uint32(row[x])
            for k in range(1, weights.shape[1]):
                weight = weights[j, k]
                if weight == 0:
                    continue
                row = source[at + np.uintp(k)]
                for x in range(lanes):
                    line[x] += weight * np.uint32(row[x])
        mass, alpha = lines[3], out_alpha[j]
        for x in range(lanes):
            alpha[x] = np.uint8(np.float64(mass[x]) * _ALPHA_SCALE + 0.5)
            scale[x] = 255.0 / np.float64(max(mass[x], np.uint32(1)))
        for c in range(3):
            line, target = lines[c], out_rgb[3 * j + c]
            for x in range(lanes):
                # Rounding of the first axis can leave a colour a fraction above its alpha.
                target[x] = np.uint8(min(np.float64(line[x]) * scale[x] + 0.5, 255.0))


@numba.njit(cache=True, nogil=True)
def blend(
    canvas: NDArray[np.uint8],
    rgbs: tuple[NDArray[np.uint8], ...],
    alphas: tuple[NDArray[np.uint8], ...],
    corners: NDArray[np.intp],
    mattes: tuple[NDArray[np.uint8], ...],
    masses: NDArray[np.uint64],
) -> None:
    """Lay cut-outs, from front to back, on ``canvas`` (H, 3 W), in place, row by row.

    ``rgbs`` (h, 3 w) and ``alphas`` (h, w) lie with their corners at ``corners`` (n, 2: x, y); what lies beyond
    the canvas is left out. ``mattes`` (H, W), zero before, get the visible alphas, ``masses`` (n, 2) the sums of
    visible alpha and of alpha on the canvas.
    """
    height, width = mattes[0].shape
    through = np.empty(width, np.uint8)
    sums, spread = np.empty(3 * width, np.uint16), np.empty(3 * width, np.uint8)
    for y in range(height):
        start, stop = width, 0
        for k in range(corners.shape[0]):
            if corners[k, 1] <= y < corners[k, 1] + alphas[k].shape[0]:
                start = min(start, max(0, corners[k, 0]))
                stop = max(stop, min(width, corners[k, 0] + alphas[k].shape[1]))
        if start >= stop:
            continue
        through[start:stop] = np.uint8(255)
        sums[3 * start : 3 * stop] = np.uint16(0)
        for k in range(corners.shape[0]):
            row = y - corners[k, 1]
            left, right = max(0, corners[k, 0]), min(width, corners[k, 0] + alphas[k].shape[1])
            if row < 0 or row >= alphas[k].shape[0] or left >= right:
                continue
            first, last = left - corners[k, 0], right - corners[k, 0]
            _lay_row(
                rgbs[k][row, 3 * first : 3 * last],
                alphas[k][row, first:last],
                through[left:right],
                sums[3 * left : 3 * right],
                mattes[k][y, left:right],
                spread,
                masses[k],
            )
        _spread_out(through[start:stop], spread)
        _resolve_row(canvas[y, 3 * start : 3 * stop], spread, sums[3 * start : 3 * stop])


@numba.njit(cache=True, nogil=True)
def _lay_row(
    rgb: NDArray[np.uint8],
    alpha: NDArray[np.uint8],
    through: NDArray[np.uint8],
    sums: NDArray[np.uint16],
    matte: NDArray[np.uint8],
    spread: NDArray[np.uint8],
    mass: NDArray[np.uint64],
) -> None:
    """One row of one cut-out.

    ``through`` is what those in front let through, 0..255: the visible alpha is round(alpha through / 255).
    ``sums`` gathers visible alpha times colour, at most 255 * 255.
    """
    visible_sum, alpha_sum = np.uint32(0), np.uint32(0)
    for x in range(alpha.size):
        # round(p / 255) of a 16-bit p is (t + (t >> 8)) >> 8 with t = p + 128.
        t = np.uint16(np.uint16(alpha[x]) * np.uint16(through[x]) + np.uint16(128))
        v = np.uint16(np.uint16(t + np.uint16(t >> np.uint16(8))) >> np.uint16(8))
        matte[x] = v
        through[x] = np.uint8(np.uint16(through[x]) - v)
        visible_sum += np.uint32(v)
        alpha_sum += np.uint32(alpha[x])
    mass[0] += np.uint64(visible_sum)
    mass[1] += np.uint64(alpha_sum)
    if visible_sum == 0:
        return
    _spread_out(matte, spread)
    for x in range(rgb.size):
        sums[x] = np.uint16(sums[x] + np.uint16(np.uint16(spread[x]) * np.uint16(rgb[x])))


@numba.njit(cache=True, nogil=True)
def _spread_out(values: NDArray[np.uint8], spread: NDArray[np.uint8]) -> None:
    """Every value three times, once for each channel."""
    for x in range(values.size):
        spread[3 * x] = spread[3 * x + 1] = spread[3 * x + 2] = values[x]


@numba.njit(cache=True, nogil=True)
def _resolve_row(canvas: NDArray[np.uint8], through: NDArray[np.uint8], sums: NDArray[np.uint16]) -> None:
    """canvas = round((sums + through canvas) / 255), ``through`` spread over the channels."""
    for x in range(canvas.size):
        below = np.uint16(np.uint16(through[x]) * np.uint16(canvas[x]))
        t = np.uint16(np.uint16(sums[x] + below) + np.uint16(128))
        canvas[x] = np.uint8(np.uint16(t + np.uint16(t >> np.uint16(8))) >> np.uint16(8))
