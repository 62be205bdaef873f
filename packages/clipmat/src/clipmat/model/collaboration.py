"""Collaborative matting: trimap and details become one alpha (GFM's "TT" rule, Li et al., IJCV 2022)."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

BACKGROUND, UNKNOWN, FOREGROUND = 0, 1, 2
"""Classes of the semantic decoder, in the order of its channels."""


def collaborate(trimap_logits: Tensor, details: Tensor, mode: Literal["hard", "soft"] = "hard") -> Tensor:
    """alpha = details [c = unknown] + [c = foreground].

    With ``hard`` c is the most likely class, and no gradient reaches the semantic decoder; with ``soft`` the two
    brackets are the probabilities.

    Args:
        trimap_logits: (Q, 3, H, W).
        details: (Q, 1, H, W) in [0, 1].

    Returns:
        (Q, 1, H, W) in [0, 1].
    """
    if mode == "soft":
        share = trimap_logits.softmax(1).to(details.dtype)
        return share[:, UNKNOWN, None] * details + share[:, FOREGROUND, None]
    classes = trimap_logits.argmax(1, keepdim=True)
    # torch.where keeps gradients of the unknown pixels only.
    inside = torch.where(classes == UNKNOWN, details, torch.zeros_like(details))
    return inside + (classes == FOREGROUND).to(details.dtype)
