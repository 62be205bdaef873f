"""Compiled sums of differences for 16-bit mattes, whose sum of squares needs all 64 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rim_eval.compiled import compiled


@compiled
def integer_error_sums(p: Any, g: Any, mask: NDArray[np.bool_]) -> tuple[int, int]:
    """(sum |p - g|, sum (p - g)^2) in 64-bit integers; `mask` (H, W), or (0, 0) for the whole image."""
    absolute = 0
    squared = 0
    masked = mask.size > 0
    for y in range(p.shape[0]):
        for x in range(p.shape[1]):
            if masked and not mask[y, x]:
                continue
            difference: Any = np.int64(p[y, x]) - np.int64(g[y, x])
            absolute += abs(difference)
            squared += difference * difference
    return absolute, squared
