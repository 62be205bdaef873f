"""The unknown band at the photo's size, as NumPy: from a model's trimap, or from any alpha or mask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clipmat.data.trimap import CLEAR, OPAQUE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipmat.prediction.matter import Matte

BACKGROUND, UNKNOWN, FOREGROUND = 0, 128, 255
"""Grey levels of a trimap."""
BAND_AT_512 = 10
"""Reach in pixels, at 512, of the band around a matte that comes without a trimap."""


def trimap_of(matte: Matte) -> NDArray[np.uint8]:
    """The model's own trimap, or for a matte without one the band around what is neither clear nor opaque."""
    if matte.trimap is not None:
        return matte.trimap
    return trimap_around(matte.alpha, max(1, round(BAND_AT_512 * (matte.alpha.size**0.5) / 512.0)))


def trimap_around(alpha: NDArray[np.float32], reach: int) -> NDArray[np.uint8]:
    """Background, unknown, foreground of an alpha.

    Args:
        alpha: (H, W) in [0, 1]; of a soft map without certain parts, the halves count as certain.
        reach: pixels from the edge to the end of the band.

    Returns:
        uint8 (H, W) of 0, 128, 255.
    """
    opaque, clear = alpha >= OPAQUE, alpha <= CLEAR
    if not (opaque.any() and clear.any()):
        opaque, clear = alpha >= 0.5, alpha < 0.5
    trimap = np.full(alpha.shape, UNKNOWN, np.uint8)
    trimap[_eroded(opaque, reach)] = FOREGROUND
    trimap[_eroded(clear, reach)] = BACKGROUND
    return trimap


def widened(trimap: NDArray[np.uint8], pixels: int) -> NDArray[np.uint8]:
    """The unknown band grown by some pixels on both sides."""
    import cv2

    if pixels == 0:
        return trimap
    unknown = (trimap == UNKNOWN).astype(np.uint8)
    grown = cv2.dilate(unknown, np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8))
    return np.where(grown > 0, np.uint8(UNKNOWN), trimap)


def _eroded(mask: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    import cv2

    kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    eroded = cv2.erode(mask.astype(np.uint8), kernel, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(eroded) > 0
