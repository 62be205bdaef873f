"""Coarse maps made from the truth: cut at a threshold, grown or shrunk, with a patch out of place."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from clipmat.refine.config import CoarseConfig


def perturbed(alpha: Tensor, config: CoarseConfig, generator: torch.Generator) -> Tensor:
    """A coarse map of each matte.

    Args:
        alpha: (B, 1, H, W) in [0, 1], the truth.
        config: how much goes wrong.
        generator: on the device of ``alpha``; equal generators give equal maps.

    Returns:
        (B, 1, H, W) of 0 and 1.
    """
    drawn = _uniform(generator, len(alpha), 9)
    low, high = config.threshold
    cut = (alpha > (low + (high - low) * drawn[:, 0]).view(-1, 1, 1, 1).to(alpha)).to(alpha.dtype)
    maps = []
    for mask, numbers in zip(torch.split(cut, 1), drawn.tolist(), strict=True):
        _, side, size, chance, *places = numbers
        moved = _moved(mask, _between(config.kernel, size), alpha.shape[-1], grows=side < 0.5)
        maps.append(_cut_mask(moved, places) if chance < config.cut_mask else moved)
    return torch.cat(maps)


def _moved(mask: Tensor, pixels_at_512: int, side: int, *, grows: bool) -> Tensor:
    """Dilated or eroded by a square of about so many pixels, brought to crops of ``side`` pixels."""
    kernel = 2 * round(pixels_at_512 * side / 1024.0) + 1
    if grows:
        return F.max_pool2d(mask, kernel, stride=1, padding=kernel // 2)
    return -F.max_pool2d(-mask, kernel, stride=1, padding=kernel // 2)


def _cut_mask(mask: Tensor, places: list[float]) -> Tensor:
    """One patch, a quarter to a half of the frame along each side, shows what is at another place."""
    high, wide = mask.shape[2:]
    h, w = (side // 4 + int(places[4] * (side // 4 + 1)) for side in (high, wide))
    to_y, from_y = (int(place * (high - h + 1)) for place in (places[0], places[1]))
    to_x, from_x = (int(place * (wide - w + 1)) for place in (places[2], places[3]))
    patched = mask.clone()
    patched[..., to_y : to_y + h, to_x : to_x + w] = mask[..., from_y : from_y + h, from_x : from_x + w]
    return patched


def _between(bounds: tuple[int, int], share: float) -> int:
    low, high = bounds
    return min(high, low + int(share * (high - low + 1)))


def _uniform(generator: torch.Generator, rows: int, columns: int) -> Tensor:
    return torch.rand((rows, columns), generator=generator, device=generator.device).cpu()
