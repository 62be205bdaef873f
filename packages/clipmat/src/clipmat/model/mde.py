"""MDE, the multi-level details extractor [P 4.4, S eq. 6-9]: local detail from one visual map and the image.

The image branch is a 1x1 convolution at full size and a max-pool. Written plainly it stores the full-size map
(201 MB an image at 512, 384 channels, bf16); `pooled_projection` keeps only where each maximum stood.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clipmat.model.blocks import Norm, normalization

CHANNELS_AT_ONCE = 32
"""Channels of the image branch that exist at full size at any one time."""


class DetailsExtractor(nn.Module):
    """One level i.

    Args:
        visual_width: D_v.
        out: D_i.
        upsample: how many times larger this level is than the visual map, 2^(4 - i).
        pool: how many times smaller it is than the image, 2^i.
        fused: same numbers with less memory.
    """

    def __init__(self, visual_width: int, out: int, *, upsample: int, pool: int, norm: Norm, fused: bool) -> None:
        super().__init__()
        half = visual_width // 2
        self.upsample, self.pool, self.fused = upsample, pool, fused
        self.visual_norm = nn.Conv2d(visual_width, half, 1)
        self.image_norm = nn.Conv2d(3, half, 1)
        self.conv = nn.Conv2d(2 * half, out, 3, padding=1, bias=False)
        self.bn = normalization(norm, out)

    def forward(self, visual: Tensor, image: Tensor) -> Tensor:
        """`visual` (B, D_v, h, w), `image` (B, 3, H, W) -> (B, D_i, H / 2^i, W / 2^i)."""
        x_v = self.visual_norm(
            visual
        )  # eq. 6; a 1x1 convolution commutes with the upsampling, and is cheaper before
        if self.upsample > 1:
            x_v = F.interpolate(x_v, scale_factor=self.upsample, mode="bilinear", align_corners=False)
        x_f = self._fused(x_v, image) if self.fused else self._plain(x_v, image)
        return F.relu(self.bn(x_f))  # eq. 9

    def _plain(self, x_v: Tensor, image: Tensor) -> Tensor:
        x_m = F.max_pool2d(self.image_norm(image), self.pool)  # eq. 7
        joined: Tensor = self.conv(torch.cat([x_v, x_m], dim=1))  # eq. 8
        return joined

    def _fused(self, x_v: Tensor, image: Tensor) -> Tensor:
        bias = self.image_norm.bias
        assert bias is not None
        x_m = pooled_projection(image, self.image_norm.weight.flatten(1), bias, self.pool)
        # A convolution of a concatenation is the sum of two convolutions: no copy of both parts.
        half = x_v.shape[1]
        of_visual, of_image = self.conv.weight[:, :half], self.conv.weight[:, half:]
        return F.conv2d(x_v, of_visual, padding=1) + F.conv2d(x_m.to(x_v.dtype), of_image, padding=1)


def pooled_projection(image: Tensor, weight: Tensor, bias: Tensor, pool: int) -> Tensor:
    """``max_pool2d(conv2d(image, weight, bias), pool)`` of a 1x1 convolution without storing its full-size output.

    Args:
        image: (B, 3, H, W); no gradient flows into it.
        weight: (C, 3); bias: (C,).
        pool: side of the pooling window, a divisor of H and W.

    Returns:
        (B, C, H / pool, W / pool).
    """
    out: Tensor = _PooledProjection.apply(image, weight, bias, pool)
    return out


class _PooledProjection(torch.autograd.Function):
    """Keeps the place of each maximum; its colour there is the whole gradient of the weight."""

    @staticmethod
    def forward(ctx: Any, image: Tensor, weight: Tensor, bias: Tensor, pool: int) -> Tensor:
        values, places = [], []
        for start in range(0, weight.shape[0], CHANNELS_AT_ONCE):
            rows = slice(start, start + CHANNELS_AT_ONCE)
            full = F.conv2d(image, weight[rows, :, None, None].to(image.dtype), bias[rows].to(image.dtype))
            value, place = F.max_pool2d(full, pool, return_indices=True)
            values.append(value)
            places.append(place.to(torch.int32))
        ctx.save_for_backward(image, torch.cat(places, dim=1))
        ctx.dtypes = (weight.dtype, bias.dtype)
        return torch.cat(values, dim=1)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        image, places = ctx.saved_tensors
        (grad,) = grads
        b, c = places.shape[:2]
        at = places.reshape(b, -1).long()
        wide = torch.float64 if grad.dtype == torch.float64 else torch.float32
        slope = grad.reshape(b, c, -1).to(wide)
        colours = (image[:, i].reshape(b, -1).gather(1, at).reshape(b, c, -1) for i in range(3))
        of_weight = torch.stack([(slope * colour).sum((0, 2)) for colour in colours], dim=1)
        of_bias = slope.sum((0, 2))
        return None, of_weight.to(ctx.dtypes[0]), of_bias.to(ctx.dtypes[1]), None
