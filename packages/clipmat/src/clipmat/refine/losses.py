"""P3M's loss of the refiner: the trimap with its three early answers, the details, the joined alpha."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch.nn.functional as F
from torch import Tensor

from clipmat.model.collaboration import UNKNOWN
from clipmat.refine.config import RefinerTrainConfig
from clipmat.refine.p3m import Refinement
from clipmat.training.losses import alpha_loss, alpha_loss_unknown, laplacian_loss


@dataclass(frozen=True, slots=True)
class RefinerLosses:
    """Named terms, each a scalar; ``total`` is their weighted sum."""

    total: Tensor
    semantic: Tensor
    details_alpha: Tensor
    details_laplacian: Tensor
    fusion_alpha: Tensor
    fusion_laplacian: Tensor

    def named(self) -> dict[str, Tensor]:
        """Name -> detached scalar."""
        return {part.name: getattr(self, part.name).detach() for part in fields(self)}


def refiner_losses(answer: Refinement, alpha: Tensor, trimap: Tensor, config: RefinerTrainConfig) -> RefinerLosses:
    """All terms.

    Args:
        answer: of the network, for B crops.
        alpha: (B, 1, H, W) in [0, 1], the truth.
        trimap: (B, H, W) int64 of 0 background, 1 unknown, 2 foreground.
        config: weights and the Laplacian's kernel.
    """
    is_unknown = (trimap == UNKNOWN)[:, None].to(alpha.dtype)
    semantic = trimap_loss(answer, trimap)
    details_alpha = alpha_loss_unknown(answer.details, alpha, is_unknown)
    details_laplacian = laplacian_loss(answer.details * is_unknown, alpha * is_unknown, config.lap_kernel)
    fusion_alpha = alpha_loss(answer.alpha, alpha)
    fusion_laplacian = laplacian_loss(answer.alpha, alpha, config.lap_kernel)
    total = (
        config.semantic * semantic
        + config.details * (details_alpha + details_laplacian)
        + config.fusion * (fusion_alpha + fusion_laplacian)
    )
    return RefinerLosses(total, semantic, details_alpha, details_laplacian, fusion_alpha, fusion_laplacian)


def trimap_loss(answer: Refinement, trimap: Tensor) -> Tensor:
    """(side2 + side1 + side0 + 3 last) / 6, each a mean cross-entropy of raw logits."""
    side2, side1, side0 = (F.cross_entropy(side, trimap) for side in answer.sides)
    return (side2 + side1 + side0 + 3.0 * F.cross_entropy(answer.trimap_logits, trimap)) / 6.0
