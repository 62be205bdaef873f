"""Foreground colours under an alpha, so that a cut-out carries no rim of its old background.

Fast Multi-Level Foreground Estimation's simpler sibling: Forte, Approximate Fast Foreground Colour Estimation
(ICIP 2021), equations 4 to 7: two blurs, a wide and a narrow one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDE, NARROW = 90, 6
"""Sides of the two blur windows, in pixels."""


def estimate_foreground(image: NDArray[np.uint8], alpha: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Colours F with image = alpha F + (1 - alpha) B.

    Args:
        image: uint8 (H, W, 3).
        alpha: float32 (H, W) in [0, 1].

    Returns:
        uint8 (H, W, 3); black where no alpha is near (beyond about half of the narrow window).
    """
    pixels = image.astype(np.float32) / 255.0
    a = alpha[..., None]
    foreground = background = pixels
    for side in (WIDE, NARROW):
        foreground, background = _blur_fusion(pixels, foreground, background, a, side)
    colours: NDArray[np.uint8] = np.rint(np.clip(foreground, 0.0, 1.0) * 255.0).astype(np.uint8)
    return colours


def _blur_fusion(
    image: NDArray[np.float32],
    foreground: NDArray[np.float32],
    background: NDArray[np.float32],
    alpha: NDArray[np.float32],
    side: int,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    import cv2

    def blurred(x: NDArray[np.float32]) -> NDArray[np.float32]:
        out = np.asarray(cv2.blur(x, (side, side)), np.float32)
        return out[..., None] if out.ndim == 2 else out

    of_alpha = blurred(alpha)
    mean_f = blurred(foreground * alpha) / (of_alpha + 1e-5)
    mean_b = blurred(background * (1.0 - alpha)) / ((1.0 - of_alpha) + 1e-5)
    estimated = mean_f + alpha * (image - alpha * mean_f - (1.0 - alpha) * mean_b)
    return np.clip(estimated, 0.0, 1.0), mean_b
