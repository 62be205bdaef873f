"""P3M's three integration modules: how the two decoders and the encoder tell each other what they see.

TFI joins both decoders and the encoder of one level; sBFI gives the local decoder the finest features; dBFI gives
the global decoder the deepest ones, and lets it answer early.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clipmat.model.blocks import conv_block


class TripartiteIntegration(nn.Module):
    """TFI: one 1x1 convolution, shared, halves the channels of all three; a 3x3 joins them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        half = channels // 2
        self.halve = nn.Conv2d(channels, half, 1, bias=False)
        self.fuse = conv_block(3 * half, channels, "batch")

    def forward(self, in_global: Tensor, in_local: Tensor, encoded: Tensor) -> Tensor:
        """All (B, C, h, w), and so the result."""
        joined: Tensor = self.fuse(torch.cat([self.halve(x) for x in (in_global, in_local, encoded)], dim=1))
        return joined


class ShallowIntegration(nn.Module):
    """sBFI: the encoder's first map, pooled to the local decoder's size, as a residual.

    Args:
        channels: of the decoder.
        shallow: of the encoder's first map.
        stride: pixels per cell of the decoder.
    """

    def __init__(self, channels: int, shallow: int, stride: int) -> None:
        super().__init__()
        half = channels // 2
        self.halve = nn.Conv2d(channels, half, 1, bias=False)
        self.pool = nn.MaxPool2d(2, stride=stride)
        self.narrow = nn.Conv2d(shallow, half, 1, bias=False)
        self.fuse = conv_block(2 * half, channels, "batch")

    def forward(self, in_local: Tensor, e0: Tensor) -> Tensor:
        """(B, C, H / s, W / s) and (B, C0, H, W) -> (B, C, H / s, W / s)."""
        joined = torch.cat([self.halve(in_local), self.narrow(self.pool(e0))], dim=1)
        result: Tensor = self.fuse(joined) + in_local
        return result


class DeepIntegration(nn.Module):
    """dBFI: the encoder's last map, upsampled to the global decoder's size, as a residual; and a side answer.

    Args:
        channels: of the decoder.
        deep: of the encoder's last map.
        times: cells of the decoder per cell of that map, along a side.
    """

    def __init__(self, channels: int, deep: int, times: int) -> None:
        super().__init__()
        half = channels // 2
        self.halve = nn.Conv2d(channels, half, 1, bias=False)
        self.narrow = nn.Conv2d(deep, half, 1, bias=False)
        self.fuse = conv_block(2 * half, channels, "batch")
        self.side = nn.Conv2d(channels, 3, 3, padding=1, bias=False)
        self._times = times

    def forward(self, in_global: Tensor, e4: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, h, w) and (B, C4, H / 32, W / 32) -> (B, C, h, w), and the trimap logits (B, 3, H, W)."""
        deep = upsampled(self.narrow(e4), self._times)
        result = self.fuse(torch.cat([self.halve(in_global), deep], dim=1)) + in_global
        return result, upsampled(self.side(result), 32 // self._times)


def upsampled(x: Tensor, times: int) -> Tensor:
    """(B, C, h, w) -> (B, C, times h, times w), bilinear."""
    return F.interpolate(x, scale_factor=times, mode="bilinear", align_corners=False)
