"""Convolution, normalisation, ReLU: the brick of extractor and decoders."""

from __future__ import annotations

from typing import Literal

from torch import nn

Norm = Literal["batch", "group"]


def normalization(kind: Norm, channels: int) -> nn.Module:
    """BatchNorm as in [T11], or GroupNorm with groups of at least 4 channels for small batches."""
    if kind == "batch":
        return nn.BatchNorm2d(channels)
    groups = next(n for n in (8, 4, 2, 1) if channels % n == 0 and channels // n >= min(channels, 4))
    return nn.GroupNorm(groups, channels)


def conv_block(before: int, after: int, norm: Norm) -> nn.Sequential:
    """3x3 convolution of stride 1 (the table's "stride 3" is the kernel), norm, ReLU."""
    return nn.Sequential(
        nn.Conv2d(before, after, 3, padding=1, bias=False), normalization(norm, after), nn.ReLU(inplace=True)
    )
