"""The two decoders [P 4.1, T11]: the semantic one draws a trimap, the details one the alpha of the transition."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from clipmat.model.blocks import Norm, conv_block


class SemanticDecoder(nn.Module):
    """Two blocks of two convolutions and a four-fold upsampling, then three classes.

    Args:
        channels: into the first block, into the second, out of the second; 64, 32, 32 in the paper.
    """

    def __init__(self, channels: Sequence[int], norm: Norm) -> None:
        super().__init__()
        c2, c1, c0 = channels
        self.d2 = nn.Sequential(conv_block(c2, c1, norm), conv_block(c1, c1, norm))
        self.d1 = nn.Sequential(conv_block(c1, c0, norm), conv_block(c0, c0, norm))
        self.d0 = nn.Conv2d(c0, 3, 3, padding=1)

    def forward(self, popped: Tensor) -> Tensor:
        """(Q, D', h, w) -> (Q, 3, 16 h, 16 w) logits of background, unknown, foreground."""
        x = _upsample(self.d2(popped), 4)
        x = _upsample(self.d1(x), 4)
        logits: Tensor = self.d0(x)
        return logits


class DetailsDecoder(nn.Module):
    """Four blocks of two convolutions and a two-fold upsampling, fed by the extractor's levels.

    Args:
        channels: into D4, D3, D2, D1 and out of D1; 768, 384, 192, 96, 32 in the paper.
    """

    def __init__(self, channels: Sequence[int], norm: Norm) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            nn.Sequential(conv_block(before, after, norm), conv_block(after, after, norm))
            for before, after in pairwise(channels)
        )
        self.d0 = nn.Conv2d(channels[-1], 1, 3, padding=1)

    def forward(self, entry: Tensor, levels: Sequence[Tensor]) -> Tensor:
        """Decode.

        Args:
            entry: (B, C4, h, w), the input of D4.
            levels: F3, F2, F1, added to what D4, D3, D2 give (sizes 2h, 4h, 8h); empty without MDE.

        Returns:
            (B, 1, 16 h, 16 w) logits of the alpha inside the transition area.
        """
        x = entry
        for i, block in enumerate(self.blocks):
            if i and levels:
                x = x + levels[i - 1]
            x = _upsample(block(x), 2)
        logits: Tensor = self.d0(x)
        return logits


def _upsample(x: Tensor, times: int) -> Tensor:
    return F.interpolate(x, scale_factor=times, mode="bilinear", align_corners=False)
