"""Alpha mattes as arrays: what is accepted, and what a value means.

A matte is a two-dimensional array (H, W). uint8 k stands for k / 255, uint16 k for k / 65535, floats stand
for themselves and lie in [0, 1]. Nothing is clipped, squeezed or broadcast.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rim_eval.errors import NotAMatteError, ShapeMismatchError

Matte: TypeAlias = NDArray[Any]
"""(H, W) of uint8, uint16 or float64, C-contiguous, values checked."""

SCALE: Final = {np.dtype(np.uint8): 255, np.dtype(np.uint16): 65535}
"""The integer that stands for alpha 1."""


def as_matte(values: Any, where: str = "matte") -> Matte:
    """Check one array (or a tensor that gives an array) and return it as a matte.

    `values`: (H, W); bool, uint8, uint16 or floating. Tensors are taken by duck typing: `.detach()`, `.cpu()`
    and `.numpy()` are called where they exist. Bool becomes 0 and 255, float16/32 become float64 (exact).
    Raises NotAMatteError for any other shape or type, for NaN, and for values outside [0, 1].
    """
    for method in ("detach", "cpu", "numpy"):
        if not isinstance(values, np.ndarray) and hasattr(values, method):
            values = getattr(values, method)()
    array = np.asarray(values)
    if array.ndim != 2:
        raise NotAMatteError(
            where, f"shape {array.shape} is not (height, width).", "Select the one channel that is the alpha."
        )
    if array.size == 0:
        raise NotAMatteError(where, f"shape {array.shape} holds no pixel.")
    if array.dtype == np.bool_:
        return np.ascontiguousarray(array).view(np.uint8) * np.uint8(255)
    native = array.dtype.newbyteorder("=")
    if native in SCALE:
        return np.ascontiguousarray(array, dtype=native)
    if array.dtype.kind != "f":
        raise NotAMatteError(
            where, f"values of type {array.dtype}.", "Use uint8 (0..255), uint16 (0..65535) or floats in [0, 1]."
        )
    alpha = np.ascontiguousarray(array, dtype=np.float64)
    low, high = float(alpha.min()), float(alpha.max())
    if not (low >= 0.0 and high <= 1.0):  # also catches NaN
        raise NotAMatteError(
            where, _first_bad_value(alpha), "Floats must lie in [0, 1]: clip or rescale before saving."
        )
    return alpha


def _first_bad_value(alpha: NDArray[np.float64]) -> str:
    bad = ~((alpha >= 0.0) & (alpha <= 1.0))
    row, column = (int(i) for i in np.argwhere(bad)[0])
    return f"{int(bad.sum()):,} values outside [0, 1], first {alpha[row, column]} at row {row}, column {column}."


def as_pair(prediction: Any, target: Any) -> tuple[Matte, Matte, int]:
    """Check a pair of mattes and bring both to one type.

    Returns (prediction, target, scale): both (H, W) of one dtype, and the number that stands for alpha 1 (255,
    65535, or 1 for float64). 8 beside 16 bits: 8 is promoted by 257, exactly. An integer beside a float
    becomes k / scale in float64. Raises ShapeMismatchError when the shapes differ.
    """
    p, g = as_matte(prediction, "prediction"), as_matte(target, "ground truth")
    check_same_shape(p, g, "prediction")
    return same_type(p, g)


def check_same_shape(prediction: Matte, target: Matte, where: str) -> None:
    """Raise ShapeMismatchError naming both sizes unless the shapes are equal."""
    if prediction.shape != target.shape:
        (h, w), (gt_h, gt_w) = prediction.shape, target.shape
        raise ShapeMismatchError(
            where,
            f"is {w} x {h} pixels, its ground truth {gt_w} x {gt_h}.",
            "Save it at the size of the ground truth, or choose --resize pred-to-gt:bilinear.",
        )


def same_type(p: Matte, g: Matte) -> tuple[Matte, Matte, int]:
    """Two checked mattes in one dtype, and the scale of that dtype."""
    if p.dtype == g.dtype:
        return p, g, SCALE.get(p.dtype, 1)
    if p.dtype in SCALE and g.dtype in SCALE:
        return promoted(p), promoted(g), 65535
    return as_float(p), as_float(g), 1


def promoted(alpha: Matte) -> Matte:
    """uint8 to uint16 by 257, so that 255 becomes 65535: exact. Other types unchanged."""
    return alpha.astype(np.uint16) * np.uint16(257) if alpha.dtype == np.uint8 else alpha


def as_float(alpha: Matte) -> NDArray[np.float64]:
    """The alpha itself in [0, 1], float64: the only division by 255 or 65535 in the package."""
    if alpha.dtype in SCALE:
        return alpha / np.float64(SCALE[alpha.dtype])
    return alpha


def depth_of(alpha: Matte) -> str:
    """ "8", "16" or "float": how a file's values were stored."""
    return {255: "8", 65535: "16"}.get(SCALE.get(alpha.dtype, 1), "float")
