"""CONN, the connectivity error of Rhemann et al. (CVPR 2009), made exact.

With m = min(p, g), let I_j = {m >= j/10} for j = 1..10 and Omega_j its largest 4-connected component (background
excluded, the first in raster order on ties, empty when I_j is empty). l(pixel) = j - 1 for the first j whose
Omega_j misses the pixel, 10 if none does. d(a, l) = a - l/10 where that is at least 0.15, else 0.

    CONN = sum |d(p, l) - d(g, l)| / 1000

On integers the levels are reached iff 10 k >= scale j, so nothing is rounded: see docs/scoring.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rim_eval.alpha import Matte, as_pair
from rim_eval.errors import UsageError

LEVELS: Final = 10
MAX_RUN_SHARE: Final = 0.25  # of the pixels: beyond, as in white noise, ten labellings are faster than the runs


@dataclass(frozen=True, slots=True)
class ConnRule:
    """What an implementation decides about connectivity; the defaults are the standard."""

    name: str
    float64_levels: bool = False
    """Compare k/255 with numpy.arange(0, 1.1, 0.1) in float64: pixels of value 153 miss level 0.6."""
    column_tie: bool = False
    """Among equally large components take the first column by column, as MATLAB does."""
    skip_empty: bool = False
    """Skip a level whose intersection is empty: a matte of the wrong object then costs 0."""
    count_background: bool = False
    """Let the background compete for the largest component."""


CONN_RULES: Final = {
    rule.name: rule
    for rule in (
        ConnRule("dim-exact"),
        ConnRule("matlab-tie", column_tie=True),
        ConnRule("float64", float64_levels=True),
        ConnRule("gfm", float64_levels=True, skip_empty=True),
        ConnRule("gca", count_background=True),
    )
}


def conn_rule(name: str) -> ConnRule:
    """The rule of that name; UsageError lists the names."""
    if name not in CONN_RULES:
        raise UsageError(f"unknown connectivity rule {name!r}. Choose one of {', '.join(CONN_RULES)}.")
    return CONN_RULES[name]


def conn(prediction: Any, target: Any, *, rule: str = "dim-exact") -> float:
    """Connectivity error of a prediction, /1000.

    `prediction`, `target`: (H, W), uint8, uint16 or floats in [0, 1]. Returns a float >= 0.
    Source: Rhemann et al. 2009, section 4; Xu et al. (DIM) 2017.

    >>> import numpy as np
    >>> truth = np.array([[255, 255, 0, 255]], np.uint8)
    >>> conn(truth, truth)
    0.0
    >>> conn(np.array([[0, 0, 0, 255]], np.uint8), truth)  # two opaque pixels lost
    0.002
    """
    p, g, scale = as_pair(prediction, target)
    total = connectivity_sum(p, g, scale, conn_rule(rule))
    return total / 1000 if scale == 1 else total / (10_000 * scale)


def connectivity_sum(
    p: Matte, g: Matte, scale: int, rule: ConnRule, mask: NDArray[np.bool_] | None = None
) -> int | float:
    """sum |d(p, l) - d(g, l)|: an exact integer in units of 1 / (10 scale), or a float for float64 mattes.

    `p`, `g` (H, W) of one dtype as from `as_pair`; `mask` (H, W) restricts the sum, never the components.
    """
    from rim_eval.connectivity_kernels import float_distance_sum, integer_distance_sum

    last = last_level_map(level_map(p, g, scale, rule), rule)
    where = np.empty((0, 0), np.bool_) if mask is None else mask
    if scale == 1:
        return float(float_distance_sum(p, g, last, where))
    return int(integer_distance_sum(p, g, last, where, scale))


def level_map(p: Matte, g: Matte, scale: int, rule: ConnRule) -> NDArray[np.uint8]:
    """L(min(p, g)): (H, W) uint8, the highest of the ten levels each pixel reaches in both mattes."""
    if scale == 1:
        return _levels_of_floats(np.minimum(p, g), rule)
    table = _level_table(scale, rule)
    if scale == 255:
        import cv2

        return np.asarray(cv2.LUT(cv2.min(p.reshape(1, -1), g.reshape(1, -1)), table), np.uint8).reshape(p.shape)
    return np.asarray(table[np.minimum(p, g)])


def _level_table(scale: int, rule: ConnRule) -> NDArray[np.uint8]:
    values = np.arange(scale + 1)
    if rule.float64_levels:
        return _levels_of_floats(values / np.float64(scale), rule)
    return (10 * values // scale).astype(np.uint8)


def _levels_of_floats(alpha: NDArray[np.float64], rule: ConnRule) -> NDArray[np.uint8]:
    if rule.float64_levels:
        thresholds = np.arange(0, 1.1, 0.1)[1 : LEVELS + 1]
        return np.searchsorted(thresholds, alpha, side="right").astype(np.uint8)
    return np.minimum(np.floor(10.0 * alpha), LEVELS).astype(np.uint8)


def last_level_map(levels: NDArray[np.uint8], rule: ConnRule) -> NDArray[np.uint8]:
    """The map l: (H, W) uint8, 0..10, up to which level each pixel stays connected to the largest component."""
    from rim_eval.connectivity_kernels import extract_runs, paint_last_levels, run_memberships

    capacity = max(1024, int(levels.size * MAX_RUN_SHARE))
    start, end = np.empty(capacity, np.int32), np.empty(capacity, np.int32)
    value, row_first = np.empty(capacity, np.uint8), np.empty(levels.shape[0] + 1, np.int32)
    if extract_runs(levels, start, end, value, row_first) < 0:
        return last_level_map_by_labels(levels, rule)
    member, outside = run_memberships(
        start, end, value, row_first, levels.size, rule.column_tie, rule.skip_empty, rule.count_background
    )
    return np.asarray(paint_last_levels(levels.shape, start, end, value, row_first, member, outside))


def last_level_map_by_labels(levels: NDArray[np.uint8], rule: ConnRule) -> NDArray[np.uint8]:
    """The same map by labelling each level set: slower on mattes, faster on noise."""
    last = np.zeros(levels.shape, np.uint8)
    alive = np.ones(levels.shape, np.bool_)
    for level in range(1, LEVELS + 1):
        alive &= _omega(levels >= level, rule)
        if not alive.any():
            break
        last += alive
    return last


def _omega(inside: NDArray[np.bool_], rule: ConnRule) -> NDArray[np.bool_]:
    import cv2

    if not inside.any():
        return np.full(inside.shape, rule.skip_empty or rule.count_background)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(inside.view(np.uint8), connectivity=4)
    areas = np.asarray(stats[1:count, cv2.CC_STAT_AREA])
    if rule.count_background and inside.size - int(inside.sum()) >= areas.max():
        return ~inside
    # A library's label order is no promise: the tie goes to the label met first on the way through the pixels.
    is_largest = np.concatenate(([False], areas == areas.max()))
    labels = np.asarray(labels)
    walk = labels.T if rule.column_tie else labels
    winner = walk.ravel()[int(np.argmax(is_largest[walk].ravel()))]
    return np.asarray(labels == winner)
