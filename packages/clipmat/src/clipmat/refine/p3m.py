"""P3M-Net on photo and coarse alpha: read `P3MNet.forward` beside Figure 3 of P3M (Li et al., ACM MM 2021).

A global decoder draws a trimap, a local one the alpha of the transition; collaborative matting joins both, as in
CLIPMat. `build_p3m` puts the parts together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clipmat.model.collaboration import collaborate
from clipmat.refine.config import RefinerConfig
from clipmat.refine.encoder import PoolingResNet
from clipmat.refine.integration import (
    DeepIntegration,
    ShallowIntegration,
    TripartiteIntegration,
    upsampled,
)

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet, which the encoder's published weights were trained on."""


@dataclass(frozen=True, slots=True)
class Refinement:
    """The refiner's answer.

    Attributes:
        trimap_logits: (B, 3, H, W), background, unknown, foreground.
        sides: the same three times, answered early, coarsest first.
        details: (B, 1, H, W) in [0, 1], valid in the transition area.
        alpha: (B, 1, H, W) in [0, 1].
    """

    trimap_logits: Tensor
    sides: tuple[Tensor, Tensor, Tensor]
    details: Tensor
    alpha: Tensor


class P3MNet(nn.Module):
    """The network. Parts are built outside; `build_p3m` says with which sizes."""

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        config: RefinerConfig,
        *,
        encoder: PoolingResNet,
        global_blocks: Sequence[nn.Module],
        local_blocks: Sequence[nn.Module],
        tfi: Sequence[TripartiteIntegration],
        sbfi: Sequence[ShallowIntegration],
        dbfi: Sequence[DeepIntegration],
        local_head: nn.Module,
    ) -> None:
        """Blocks of both decoders, deepest first (five each); TFI of the levels 3..0, sBFI and dBFI of 2..0."""
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.global_blocks = nn.ModuleList(global_blocks)
        self.local_blocks = nn.ModuleList(local_blocks)
        self.tfi, self.sbfi, self.dbfi = nn.ModuleList(tfi), nn.ModuleList(sbfi), nn.ModuleList(dbfi)
        self.local_head = local_head
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: Tensor, coarse: Tensor) -> Refinement:
        """Refine.

        Args:
            images: (B, 3, H, W) RGB in [0, 1], sides multiples of 32.
            coarse: (B, 1, H, W) alpha in [0, 1].
        """
        seen = self.encoder(torch.cat([(images - self.mean) / self.std, coarse], dim=1))
        i0, i1, i2, i3, i4 = seen.indices

        g4 = upsampled(self.global_blocks[0](seen.e4), 2)
        g3 = upsampled(self.global_blocks[1](g4), 2)
        deeper, side2 = self.dbfi[0](g3, seen.e4)
        g2 = upsampled(self.global_blocks[2](deeper), 2)
        deeper, side1 = self.dbfi[1](g2, seen.e4)
        g1 = upsampled(self.global_blocks[3](deeper), 2)
        deeper, side0 = self.dbfi[2](g1, seen.e4)
        trimap_logits = upsampled(self.global_blocks[4](deeper), 2).float()

        # Level 3 has no shallow integration.
        x = self._up(self.local_blocks[0](seen.e4), i4)
        x = self.tfi[0](g4, x, seen.e3)
        x = self._up(self.local_blocks[1](x), i3)
        x = self.sbfi[0](self.tfi[1](g3, x, seen.e2), seen.e0)
        x = self._up(self.local_blocks[2](x), i2)
        x = self.sbfi[1](self.tfi[2](g2, x, seen.e1), seen.e0)
        x = self._up(self.local_blocks[3](x), i1)
        x = self.sbfi[2](self.tfi[3](g1, x, seen.e0p), seen.e0)
        x = self._up(self.local_blocks[4](x), i0)
        details = self.local_head(x).float().sigmoid()

        sides = (side2.float(), side1.float(), side0.float())
        return Refinement(trimap_logits, sides, details, collaborate(trimap_logits, details))

    def _up(self, x: Tensor, indices: Tensor) -> Tensor:
        return UPSAMPLE[self.config.upsample](x, indices)


def unpooled(x: Tensor, indices: Tensor) -> Tensor:
    """(B, C, h, w) -> (B, C, 2h, 2w): every value goes where the encoder's maximum was, zeros elsewhere."""
    return F.max_unpool2d(x, indices, kernel_size=[2, 2], stride=[2, 2])


def interpolated(x: Tensor, indices: Tensor) -> Tensor:
    """(B, C, h, w) -> (B, C, 2h, 2w), bilinear; the indices are not needed."""
    return upsampled(x, 2)


UPSAMPLE: Final[dict[str, Callable[[Tensor, Tensor], Tensor]]] = {"unpool": unpooled, "bilinear": interpolated}
"""How the local decoder doubles its size."""


def build_p3m(config: RefinerConfig) -> P3MNet:
    """The network of a configuration, with random weights and the coarse alpha's weights at zero."""
    w1, w2, w3, w4 = config.widths
    steps = ((w4, w3), (w3, w2), (w2, w1), (w1, w1))
    return P3MNet(
        config,
        encoder=PoolingResNet(config.widths, config.depths),
        global_blocks=[*(_block(before, after) for before, after in steps), _block(w1, 3, ends_plain=True)],
        local_blocks=[*(_block(before, after) for before, after in steps), _block(w1, w1, convolutions=2)],
        tfi=[TripartiteIntegration(width) for width in (w3, w2, w1, w1)],
        sbfi=[ShallowIntegration(width, w1, stride) for width, stride in ((w2, 8), (w1, 4), (w1, 2))],
        dbfi=[DeepIntegration(width, w4, times) for width, times in ((w2, 4), (w1, 8), (w1, 16))],
        local_head=nn.Conv2d(w1, 1, 3, padding=1),
    )


def _block(before: int, after: int, convolutions: Literal[2, 3] = 3, ends_plain: bool = False) -> nn.Sequential:
    """3x3 convolutions with norm and ReLU, the last of which changes the channels; it may end without the two."""
    parts: list[nn.Module] = []
    for i in range(convolutions):
        out = after if i == convolutions - 1 else before
        parts.append(nn.Conv2d(before, out, 3, padding=1))
        if not (ends_plain and i == convolutions - 1):
            parts += [nn.BatchNorm2d(out), nn.ReLU(inplace=True)]
    return nn.Sequential(*parts)
