"""What looks wrong about a prediction although it can be scored: the usual accidents of saving a matte."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import numpy as np

from rim_eval.alpha import SCALE, Matte, same_type
from rim_eval.alpha_errors import error_sums


class Finding(StrEnum):
    """One peculiarity of a file."""

    ZERO_ONE = "0/1 instead of 0/255"
    EIGHT_IN_SIXTEEN = "8-bit values in a 16-bit file"
    INVERTED = "inverted"
    TRUNCATED = "values cut down instead of rounded"
    BINARY = "only 0 and 1: a mask, not a matte"
    LOSSY = "saved as JPEG"
    TRIMAP_127 = "trimap writes 127 for unknown"
    RESIZED = "resized to the ground truth"


ADVICE: Final = {
    Finding.ZERO_ONE: "multiply by 255 before saving as 8-bit.",
    Finding.EIGHT_IN_SIXTEEN: "save as uint8, or multiply by 257 before saving as 16-bit.",
    Finding.INVERTED: "alpha 1 is the object: save 255 - alpha.",
    Finding.TRUNCATED: "(alpha * 255).astype(uint8) cuts; use (alpha * 255).round().astype(uint8).",
    Finding.BINARY: "save the soft alpha, unless the model has none.",
    Finding.LOSSY: "JPEG changes alpha values: save PNG.",
    Finding.TRIMAP_127: "127 was read as unknown (128).",
    Finding.RESIZED: "the numbers depend on the resampling; they are marked in the signature.",
}

CERTAIN: Final = (Finding.ZERO_ONE, Finding.EIGHT_IN_SIXTEEN)
"""Findings that make every number meaningless: errors, not remarks."""


def misscaled(p: Matte, g: Matte) -> Finding | None:
    """A prediction whose values are 255 times too small for its type, beside a ground truth that is not."""
    if p.dtype not in SCALE:
        return None
    bright = 2 * float(g.max()) >= SCALE.get(g.dtype, 1)
    top = int(p.max())
    if p.dtype == np.uint8 and top == 1 and bright:
        return Finding.ZERO_ONE
    # A 16-bit matte with more than noise, all of it in the lowest 255 of 65535 steps.
    if p.dtype == np.uint16 and 128 <= top <= 255 and bright:
        return Finding.EIGHT_IN_SIXTEEN
    return None


def inspect(p: Matte, g: Matte) -> tuple[Finding, ...]:
    """What else is odd about a prediction (H, W) beside its ground truth of the same shape."""
    found = []
    a, b, scale = same_type(p, g)
    if scale != 1:
        straight = error_sums(a, b, scale).absolute
        opposite = error_sums(np.asarray(scale - a, a.dtype), b, scale).absolute
    else:
        straight, opposite = error_sums(a, b, 1).absolute, error_sums(1.0 - a, b, 1).absolute
    if 4 * opposite < straight:
        found.append(Finding.INVERTED)
    if p.dtype == np.uint8 and _cut_down(p, g):
        found.append(Finding.TRUNCATED)
    if p.any() and _is_binary(p) and not _is_binary(g):
        found.append(Finding.BINARY)
    return tuple(found)


def _cut_down(p: Matte, g: Matte) -> bool:
    """Inside the solid foreground a cut-down sigmoid gives 254 almost everywhere and 255 almost nowhere."""
    solid = p[g == SCALE.get(g.dtype, 1)]
    if solid.size < 100:
        return False
    at_254, at_255 = int(np.count_nonzero(solid == 254)), int(np.count_nonzero(solid == 255))
    return 5 * at_254 > solid.size and 10 * at_255 < at_254


def _is_binary(alpha: Matte) -> bool:
    top = SCALE.get(alpha.dtype, 1)
    return bool(((alpha == 0) | (alpha == top)).all())
