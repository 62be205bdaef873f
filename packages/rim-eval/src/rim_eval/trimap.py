"""Trimaps and the regions they cut: 0 background, 128 unknown, 255 foreground.

The derived trimap of a ground truth a: unknown = dilate(a > 0) minus erode(a == 1), with a filled ellipse of
(2 r + 1)^2 pixels. Beyond the frame nothing is known, so the frame itself neither dilates nor erodes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rim_eval.alpha import SCALE, Matte, as_matte
from rim_eval.alpha_files import read_matte
from rim_eval.errors import NotAMatteError, UsageError

BACKGROUND, UNKNOWN, FOREGROUND = 0, 128, 255
DEFAULT_RADIUS: Final = 10

Trimap = NDArray[np.uint8]
Mask = NDArray[np.bool_]

REGIONS: Final[dict[str, Callable[[Trimap], Mask] | None]] = {
    "whole": None,
    "unknown": lambda trimap: trimap == UNKNOWN,
    "unknown-masked": lambda trimap: trimap == UNKNOWN,
    "fg": lambda trimap: trimap == FOREGROUND,
    "bg": lambda trimap: trimap == BACKGROUND,
}


def derive_trimap(target: Any, *, radius: int = DEFAULT_RADIUS) -> Trimap:
    """The trimap of a ground truth (H, W): uint8 of 0, 128 and 255. `radius` in pixels, >= 1.

    >>> import numpy as np
    >>> derive_trimap(np.array([[0, 0, 0, 255, 255, 255]], np.uint8), radius=1).tolist()
    [[0, 0, 128, 128, 255, 255]]
    """
    import cv2

    if radius < 1:
        raise UsageError(f"a trimap radius of {radius} pixels is too small: use 1 or more.")
    matte = as_matte(target, "ground truth")
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    maybe = np.asarray(cv2.dilate((matte > 0).view(np.uint8), kernel)) > 0
    surely = np.asarray(cv2.erode((matte == SCALE.get(matte.dtype, 1)).view(np.uint8), kernel)) > 0
    trimap = np.full(matte.shape, BACKGROUND, np.uint8)
    trimap[maybe] = UNKNOWN
    trimap[surely] = FOREGROUND
    return trimap


def read_trimap(path: Path) -> tuple[Trimap, bool]:
    """A trimap file and whether it wrote 127 for unknown; see `check_trimap`."""
    return check_trimap(read_matte(path), str(path))


def check_trimap(values: Any, where: str = "trimap") -> tuple[Trimap, bool]:
    """A trimap (H, W) of uint8 and whether it wrote 127 for unknown. Any other value is refused by name."""
    trimap = as_matte(values, where)
    if trimap.dtype != np.uint8:
        raise NotAMatteError(where, f"is a trimap of type {trimap.dtype}.", "Use 0, 128 and 255 in 8 bits.")
    has_127 = bool((trimap == 127).any())
    if has_127:
        trimap = np.where(trimap == 127, np.uint8(UNKNOWN), trimap)
    strange = np.setdiff1d(np.unique(trimap), [BACKGROUND, UNKNOWN, FOREGROUND])
    if strange.size:
        raise NotAMatteError(where, f"holds the value {int(strange[0])}.", "A trimap has only 0, 128 and 255.")
    return trimap, has_127


def masked_by(prediction: Matte, trimap: Trimap, scale: int) -> Matte:
    """A copy of the prediction with 0 in the known background and 1 in the known foreground."""
    known = prediction.copy()
    known[trimap == BACKGROUND] = 0
    known[trimap == FOREGROUND] = scale
    return known
