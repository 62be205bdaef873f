"""Trimaps from alphas, on the device: what is surely foreground, surely background, and the band between."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from clipmat.model.collaboration import BACKGROUND, FOREGROUND, UNKNOWN

OPAQUE, CLEAR = 254.0 / 255.0, 1.0 / 255.0
"""Alphas from files are lossy at their ends: at least / at most this counts as 1 / 0."""


def trimap_from_alpha(alpha: Tensor, kernel: int) -> Tensor:
    """Erode what is opaque and what is clear by a square of ``kernel`` pixels; the rest is unknown.

    Args:
        alpha: (Q, 1, H, W) in [0, 1].
        kernel: odd side of the square, 1 or more.

    Returns:
        (Q, H, W) int64 of 0 background, 1 unknown, 2 foreground.
    """
    if kernel < 1 or kernel % 2 == 0:
        raise ValueError(f"the kernel of a trimap is odd, not {kernel}")
    not_opaque = (alpha < OPAQUE).to(torch.float32)
    not_clear = (alpha > CLEAR).to(torch.float32)
    pad = kernel // 2
    near_not_opaque = F.max_pool2d(not_opaque, kernel, stride=1, padding=pad)[:, 0] > 0
    near_not_clear = F.max_pool2d(not_clear, kernel, stride=1, padding=pad)[:, 0] > 0
    trimap = torch.full_like(near_not_clear, UNKNOWN, dtype=torch.int64)
    trimap[~near_not_opaque] = FOREGROUND
    trimap[~near_not_clear] = BACKGROUND
    return trimap


def odd_kernel(pixels_at_512: float, side: int) -> int:
    """The nearest odd kernel, at least 3, for images of ``side`` pixels."""
    scaled = pixels_at_512 * side / 512.0
    return max(3, 2 * round((scaled - 1.0) / 2.0) + 1)
