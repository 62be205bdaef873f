"""The losses [P 4.3, 4.4; GFM]: cross-entropy of the trimap, alpha and Laplacian losses of details and fusion."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from clipmat.config import LossConfig
from clipmat.model.clipmat import Matting
from clipmat.model.collaboration import UNKNOWN

LEVELS = 5
LapKernel = Literal["gfm", "gaussian"]


@dataclass(frozen=True, slots=True)
class Losses:
    """Named terms, each a scalar; ``total`` is their weighted sum. One of weight 0 is not computed, and is 0."""

    total: Tensor
    semantic: Tensor
    alignment: Tensor
    details_alpha: Tensor
    details_laplacian: Tensor
    fusion_alpha: Tensor
    fusion_laplacian: Tensor

    def named(self) -> dict[str, Tensor]:
        """Name -> detached scalar."""
        return {part.name: getattr(self, part.name).detach() for part in fields(self)}


def matting_losses(
    answer: Matting,
    alpha: Tensor,
    trimap: Tensor,
    config: LossConfig,
    matte: Tensor | None = None,
    owner: Tensor | None = None,
) -> Losses:
    """All terms.

    The details do not depend on the text: their terms count each matte once, the others each text.

    Args:
        answer: of the model, for Q texts.
        alpha: (M, 1, H, W) in [0, 1], the truth.
        trimap: (M, H, W) int64 of 0 background, 1 unknown, 2 foreground.
        config: weights.
        matte: (Q,) which matte each text asks for, every one at least once; None: text i asks for matte i.
        owner: (Q,) which image each text belongs to; None: text i belongs to image i.
    """
    of_text: Tensor | slice = slice(None) if matte is None else matte
    semantic = alignment = details_alpha = details_laplacian = fusion_alpha = fusion_laplacian = alpha.new_zeros(
        ()
    )
    if config.semantic:
        semantic = F.cross_entropy(answer.trimap_logits, trimap[of_text])
    if config.alignment and answer.fits is not None:
        alignment = alignment_loss(answer.fits, alpha[of_text], owner, config.strangers)
    if config.details:
        details = answer.details if matte is None else answer.details[_first_text(matte, len(alpha))]
        is_unknown = (trimap == UNKNOWN)[:, None].to(alpha.dtype)
        details_alpha = alpha_loss_unknown(details, alpha, is_unknown)
        details_laplacian = laplacian_loss(details * is_unknown, alpha * is_unknown, config.lap_kernel)
    if config.fusion:
        fusion_alpha = alpha_loss(answer.alpha, alpha[of_text])
        fusion_laplacian = laplacian_loss(answer.alpha, alpha[of_text], config.lap_kernel)
    total = (
        config.semantic * semantic
        + config.alignment * alignment
        + config.details * (details_alpha + details_laplacian)
        + config.fusion * (fusion_alpha + fusion_laplacian)
    )
    return Losses(
        total=total,
        semantic=semantic,
        alignment=alignment,
        details_alpha=details_alpha,
        details_laplacian=details_laplacian,
        fusion_alpha=fusion_alpha,
        fusion_laplacian=fusion_laplacian,
    )


def aligning_losses(
    fits: Tensor,
    alpha: Tensor,
    config: LossConfig,
    matte: Tensor | None = None,
    owner: Tensor | None = None,
) -> Losses:
    """The alignment term alone; arguments as of `matting_losses`, ``fits`` of `CLIPMat.align`."""
    alignment = alignment_loss(fits, alpha if matte is None else alpha[matte], owner, config.strangers)
    none = alpha.new_zeros(())
    return Losses(
        total=config.alignment * alignment,
        semantic=none,
        alignment=alignment,
        details_alpha=none,
        details_laplacian=none,
        fusion_alpha=none,
        fusion_laplacian=none,
    )


def alignment_loss(fits: Tensor, alpha: Tensor, owner: Tensor | None = None, strangers: float = 0.0) -> Tensor:
    """Does a token belong to what the phrase means? Binary cross-entropy against the alpha mass under each token.

    The text-to-pixel loss of DenseCLIP, the TSP's origin, on the TSP's inputs: words meet colours and shapes here
    directly, before any attention has learnt to look.

    In the other images of the batch the phrase means nothing, as in CLIP's training. Now and then it could, but
    mostly every word counts there, where at home one word may do.

    Args:
        fits: (Q, B, h, w) logits.
        alpha: (Q, 1, H, W) in [0, 1].
        owner: (Q,) which image each text belongs to; None: text i belongs to image i.
        strangers: weight of the other images.
    """
    n_texts, n_images, height, width = fits.shape
    if owner is None:
        owner = torch.arange(n_texts, device=fits.device)
    share = F.adaptive_avg_pool2d(alpha, (height, width))[:, 0]
    at_home = F.one_hot(owner, n_images).bool()
    loss = F.binary_cross_entropy_with_logits(fits[at_home], share)
    if strangers and n_images > 1:
        loss = loss + strangers * F.softplus(fits[~at_home]).mean()
    return loss


def _first_text(matte: Tensor, n: int) -> Tensor:
    """(n,) a text that asks for each matte."""
    text = torch.arange(len(matte), device=matte.device)
    return torch.zeros(n, dtype=torch.int64, device=matte.device).scatter_(0, matte, text)


def alpha_loss(predicted: Tensor, alpha: Tensor) -> Tensor:
    """Mean of sqrt((p - a)^2 + 1e-12)."""
    return ((predicted - alpha).square() + 1e-12).sqrt().mean()


def alpha_loss_unknown(predicted: Tensor, alpha: Tensor, is_unknown: Tensor) -> Tensor:
    """sum sqrt((p - a)^2 + 1e-12) U / (sum U + 1), U = `is_unknown`; all (Q, 1, H, W)."""
    error = ((predicted - alpha).square() + 1e-12).sqrt()
    return (error * is_unknown).sum() / (is_unknown.sum() + 1.0)


def laplacian_loss(predicted: Tensor, alpha: Tensor, kernel: LapKernel = "gfm") -> Tensor:
    """Sum over five bands and the rest of mean |band(p) - band(a)|, all levels weighing the same; (Q, 1, H, W)."""
    # The pyramid is linear: one pyramid of the difference.
    rest = predicted - alpha
    loss = rest.new_zeros(())
    for _ in range(LEVELS):
        smooth = blur(rest, kernel)
        loss = loss + (rest - smooth).abs().mean()
        rest = F.avg_pool2d(smooth, 2)
    return loss + rest.abs().mean()


GAUSSIAN = (6.0 / 16.0, 4.0 / 16.0, 1.0 / 16.0)
"""[1 4 6 4 1] / 16, from the centre outwards."""
GFM = (1.0, math.exp(-1.0), math.exp(-4.0))
"""g(x)^2 of the paper's reference code, from the centre outwards."""
BOX = (1.0, 1.0, 1.0)


def blur(x: Tensor, kernel: LapKernel) -> Tensor:
    """5 x 5 blur of (Q, 1, H, W), edges repeated.

    ``gaussian`` is separable; ``gfm`` is the normalised *sum* g(x)^2 + g(y)^2, a plus: two separable blurs.
    """
    padded = F.pad(x, (2, 2, 2, 2), mode="replicate")
    if kernel == "gaussian":
        return _taps(_taps(padded, GAUSSIAN, 2), GAUSSIAN, 3)
    weight = 1.0 / (2 * 5 * (GFM[0] + 2 * GFM[1] + 2 * GFM[2]))
    upright = _taps(_taps(padded, GFM, 2), BOX, 3)
    lying = _taps(_taps(padded, BOX, 2), GFM, 3)
    return (upright + lying) * weight


def _taps(x: Tensor, half: tuple[float, float, float], axis: int) -> Tensor:
    """Five symmetric taps along an axis, no padding; shifted sums are faster than a one-channel convolution."""
    n = x.shape[axis] - 4
    at = [x.narrow(axis, i, n) for i in range(5)]
    return half[0] * at[2] + half[1] * (at[1] + at[3]) + half[2] * (at[0] + at[4])
