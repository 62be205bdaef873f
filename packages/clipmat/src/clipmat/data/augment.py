"""Augmentation on the device: what RSSN (GFM) does and can be done to finished composites, and the mirror."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from clipmat.config import AugmentConfig
from clipmat.data.batches import Batch
from clipmat.data.trimap import odd_kernel, trimap_from_alpha

NOISE = 10.0 / 255.0
"""Standard deviation of the noise field (GFM)."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch for the model.

    Attributes:
        images: (B, 3, S, S) in [0, 1].
        alpha: (M, 1, S, S) in [0, 1].
        trimap: (M, S, S) int64.
        ids: (Q, L') token ids.
        owner: (Q,) the image of each text.
        matte: (Q,) the matte of each text; None: text i asks for matte i.
    """

    images: Tensor
    alpha: Tensor
    trimap: Tensor
    ids: Tensor
    owner: Tensor
    matte: Tensor | None = None


def prepare(batch: Batch, config: AugmentConfig, generator: torch.Generator) -> Prepared:
    """Augment a batch and make its trimaps, on the device where it lies.

    Args:
        batch: uint8, on the device of ``generator``.
        config: probabilities.
        generator: of this step; equal generators give equal batches.
    """
    images = batch.images.float() / 255.0
    alpha = batch.alphas[:, None].float() / 255.0
    images = torch.where(batch.flip[:, None, None, None], images.flip(3), images)
    flipped = torch.zeros(len(alpha), dtype=torch.bool, device=alpha.device)
    flipped[batch.matte] = batch.flip[batch.owner]
    alpha = torch.where(flipped[:, None, None, None], alpha.flip(3), alpha)
    if config.gamma:
        images = _gamma(images, config.gamma, generator)
    if config.blur:
        images = _blur(images, config.blur, generator)
    if config.noise:
        images = _noise(images, config.noise, generator)
    kernel = odd_kernel(float(drawn_kernel(config.trimap_kernel, generator)), images.shape[-1])
    return Prepared(images, alpha, trimap_from_alpha(alpha, kernel), batch.ids, batch.owner, batch.matte)


def drawn_kernel(bounds: tuple[int, int], generator: torch.Generator) -> int:
    """A side between the smallest and the largest, both included; reading it waits for no GPU.

    Args:
        bounds: smallest and largest, in pixels.
        generator: of the step; on a CPU the number is its next one, elsewhere one of its seed's.
    """
    low, high = bounds
    on_host = generator
    if generator.device.type != "cpu":
        on_host = torch.Generator().manual_seed(generator.initial_seed())
    return int(torch.randint(low, high + 1, (1,), generator=on_host).item())


def _chosen(images: Tensor, probability: float, generator: torch.Generator) -> Tensor:
    draw = torch.rand(len(images), generator=generator, device=images.device)
    return (draw < probability)[:, None, None, None]


def _noise(images: Tensor, probability: float, generator: torch.Generator) -> Tensor:
    chosen = _chosen(images, probability, generator)
    field = torch.randn(images.shape, generator=generator, device=images.device) * NOISE
    # Clipped: the reference code wraps around at 255.
    return torch.where(chosen, (images + field).clamp(0.0, 1.0), images)


def _blur(images: Tensor, probability: float, generator: torch.Generator) -> Tensor:
    chosen = _chosen(images, probability, generator)
    row = images.new_tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16.0
    weights = torch.outer(row, row).expand(3, 1, 5, 5)
    soft = F.conv2d(F.pad(images, (2, 2, 2, 2), mode="replicate"), weights, groups=3)
    return torch.where(chosen, soft, images)


def _gamma(images: Tensor, probability: float, generator: torch.Generator) -> Tensor:
    chosen = _chosen(images, probability, generator)
    drawn = torch.rand((len(images), 1, 1, 1), generator=generator, device=images.device)
    exponent = 0.8 * (1.25 / 0.8) ** drawn
    return torch.where(chosen, images.clamp(1e-6, 1.0) ** exponent, images)
