"""Compiled inner loops of the connectivity error: run-length union-find over nested level sets.

The sets I_j = {level >= j} are nested, so the 4-connected components of all ten are states of one union-find that
grows from level 10 down to level 1. Rows are cut into runs of constant level, which keeps the forest small.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rim_eval.compiled import compiled

LEVELS: Final = 10


@compiled
def extract_runs(
    levels: NDArray[np.uint8],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    value: NDArray[np.uint8],
    row_first: NDArray[np.int32],
) -> int:
    """Cut every row into runs of one level >= 1; -1 when there are more runs than the arrays hold.

    `levels` (H, W); `start`, `end` (exclusive), `value`: one entry a run; `row_first` (H + 1).
    """
    height, width = levels.shape
    n = 0
    for y in range(height):
        row_first[y] = n
        x = 0
        while x < width:
            v = levels[y, x]
            first = x
            x += 1
            while x < width and levels[y, x] == v:
                x += 1
            if v == 0:
                continue
            if n == start.size:
                return -1
            start[n] = first
            end[n] = x
            value[n] = v
            n += 1
    row_first[height] = n
    return n


@compiled
def link_runs(
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    value: NDArray[np.uint8],
    row_first: NDArray[np.int32],
) -> tuple[Any, Any, Any]:
    """All touching pairs of runs, sorted by the level at which they join (the lower of their two).

    Returns (a, b, first): links of level v are entries first[v] to first[v + 1].
    """
    n = row_first[-1]
    a = np.empty(3 * n, np.int32)
    b = np.empty(3 * n, np.int32)
    v = np.empty(3 * n, np.uint8)
    m = 0
    for y in range(row_first.size - 1):
        for i in range(row_first[y], row_first[y + 1] - 1):
            if end[i] == start[i + 1]:
                a[m] = i
                b[m] = i + 1
                v[m] = min(value[i], value[i + 1])
                m += 1
        if y == 0:
            continue
        i, j = row_first[y - 1], row_first[y]
        while i < row_first[y] and j < row_first[y + 1]:
            if start[i] < end[j] and start[j] < end[i]:
                a[m] = i
                b[m] = j
                v[m] = min(value[i], value[j])
                m += 1
            if end[i] < end[j]:
                i += 1
            else:
                j += 1
    first = np.zeros(LEVELS + 2, np.int64)
    for k in range(m):
        first[v[k] + 1] += 1
    for level in range(1, LEVELS + 2):
        first[level] += first[level - 1]
    place = first.copy()
    sorted_a = np.empty(m, np.int32)
    sorted_b = np.empty(m, np.int32)
    for k in range(m):
        at = place[v[k]]
        sorted_a[at] = a[k]
        sorted_b[at] = b[k]
        place[v[k]] = at + 1
    return sorted_a, sorted_b, first


@compiled
def _root(parent: NDArray[np.int32], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@compiled
def run_memberships(
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    value: NDArray[np.uint8],
    row_first: NDArray[np.int32],
    pixels: int,
    column_tie: bool,
    skip_empty: bool,
    count_background: bool,
) -> tuple[Any, int]:
    """Which runs lie in the largest component of each level.

    Returns (member, outside): bit j of member[i] says that run i is in Omega_j; bit j of outside says that the
    pixels below level j are (only under the rules of other implementations). Ties go to the component whose
    first pixel comes first, row by row, or column by column with `column_tie`.
    """
    n = row_first[-1]
    height = row_first.size - 1
    link_a, link_b, link_first = link_runs(start, end, value, row_first)

    run_first = np.zeros(LEVELS + 2, np.int64)
    for i in range(n):
        run_first[value[i] + 1] += 1
    for level in range(1, LEVELS + 2):
        run_first[level] += run_first[level - 1]
    by_level = np.empty(n, np.int32)
    place = run_first.copy()
    for i in range(n):
        by_level[place[value[i]]] = i
        place[value[i]] += 1

    key = np.empty(n, np.int64)  # where a component's first pixel stands in the order that settles ties
    for y in range(height):
        for i in range(row_first[y], row_first[y + 1]):
            key[i] = np.int64(start[i]) * height + y if column_tie else i
    parent = np.empty(n, np.int32)
    area = np.empty(n, np.int64)
    member = np.zeros(n, np.uint16)
    outside = 0
    active_pixels = 0
    best = -1
    for level in range(LEVELS, 0, -1):
        for k in range(run_first[level], run_first[level + 1]):
            i = by_level[k]
            parent[i] = i
            area[i] = end[i] - start[i]
            active_pixels += area[i]
            if best < 0 or area[i] > area[best] or (area[i] == area[best] and key[i] < key[best]):
                best = i
        for k in range(link_first[level], link_first[level + 1]):
            one, two = _root(parent, link_a[k]), _root(parent, link_b[k])
            if one == two:
                continue
            if two < one:
                one, two = two, one
            parent[two] = one
            area[one] += area[two]
            key[one] = min(key[one], key[two])
            if best == two:
                best = one
            if area[one] > area[best] or (area[one] == area[best] and key[one] < key[best]):
                best = one
        if best < 0:
            if skip_empty or count_background:
                outside |= 1 << level
            continue
        if count_background and pixels - active_pixels >= area[best]:
            outside |= 1 << level
            continue
        for k in range(run_first[level], n):
            i = by_level[k]
            if _root(parent, i) == best:
                member[i] |= np.uint16(1 << level)
    return member, outside


@compiled
def _last_level(member: int, outside: int, value: int) -> int:
    """How many levels from 1 upwards hold a pixel of level `value` without a gap."""
    for level in range(1, LEVELS + 1):
        bits = member if level <= value else outside
        if not (bits >> level) & 1:
            return level - 1
    return LEVELS


@compiled
def paint_last_levels(
    shape: tuple[int, int],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    value: NDArray[np.uint8],
    row_first: NDArray[np.int32],
    member: NDArray[np.uint16],
    outside: int,
) -> Any:
    """The map l (H, W), uint8, 0..10, from the memberships of the runs."""
    out = np.full(shape, np.uint8(_last_level(0, outside, 0)))
    for y in range(shape[0]):
        for i in range(row_first[y], row_first[y + 1]):
            out[y, start[i] : end[i]] = np.uint8(_last_level(member[i], outside, value[i]))
    return out


@compiled
def integer_distance_sum(p: Any, g: Any, last: NDArray[np.uint8], mask: NDArray[np.bool_], scale: int) -> int:
    """Sum of |d(p, l) - d(g, l)| in units of 1 / (10 scale); `mask` (H, W), or (0, 0) for the whole image."""
    total = 0
    masked = mask.size > 0
    for y in range(p.shape[0]):
        row = 0
        for x in range(p.shape[1]):
            kp, kg, base = np.int32(p[y, x]), np.int32(g[y, x]), np.int32(last[y, x]) * np.int32(scale)
            dp: Any = 10 * kp - base if 20 * kp - 2 * base >= 3 * scale else 0
            dg: Any = 10 * kg - base if 20 * kg - 2 * base >= 3 * scale else 0
            if not masked or mask[y, x]:
                row += abs(dp - dg)
        total += row
    return total


@compiled
def float_distance_sum(p: Any, g: Any, last: NDArray[np.uint8], mask: NDArray[np.bool_]) -> float:
    """Sum of |d(p, l) - d(g, l)| for float64 mattes, row by row."""
    total = 0.0
    masked = mask.size > 0
    for y in range(p.shape[0]):
        row = 0.0
        for x in range(p.shape[1]):
            if masked and not mask[y, x]:
                continue
            ap, ag, level = p[y, x], g[y, x], np.float64(last[y, x])
            dp = ap - level / 10.0 if 20.0 * ap - 2.0 * level >= 3.0 else 0.0
            dg = ag - level / 10.0 if 20.0 * ag - 2.0 * level >= 3.0 else 0.0
            row += abs(dp - dg)
        total += row
    return total
