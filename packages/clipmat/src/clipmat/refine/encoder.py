"""ResNet-34-MP: ResNet-34 at full resolution, whose five max-pools say where their maxima were (P3M).

    conv1 7x7, stride 1            e0   64 channels, stride 1
    pool                           e0p  64,          stride 2
    pool, stage of 3 blocks        e1   64,          stride 4
    pool, stage of 4               e2   128,         stride 8
    pool, stage of 6               e3   256,         stride 16
    pool, stage of 3               e4   512,         stride 32

Names and shapes of the weights are ImageNet ResNet-34's, so published weights load.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn

from clipmat.errors import WeightsError
from clipmat.model.folder import check_keys
from clipmat.model.pretrained import read_state_dict

CHANNELS = 4
"""Red, green, blue, and the coarse alpha."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """What the encoder sees.

    Attributes:
        e0, e0p, e1, e2, e3, e4: (B, C, H / s, W / s) of strides 1, 2, 4, 8, 16, 32.
        indices: places of the maxima of the five pools, finest first.
    """

    e0: Tensor
    e0p: Tensor
    e1: Tensor
    e2: Tensor
    e3: Tensor
    e4: Tensor
    indices: tuple[Tensor, Tensor, Tensor, Tensor, Tensor]


class BasicBlock(nn.Module):
    """Two 3x3 convolutions with a residual; a 1x1 convolution where the channels change."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(after)
        self.downsample: nn.Module = nn.Identity()
        if before != after:
            self.downsample = nn.Sequential(nn.Conv2d(before, after, 1, bias=False), nn.BatchNorm2d(after))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) -> (B, C', h, w)."""
        inner = self.bn1(self.conv1(x)).relu()
        result: Tensor = (self.bn2(self.conv2(inner)) + self.downsample(x)).relu()
        return result


class PoolingResNet(nn.Module):
    """The encoder.

    Args:
        widths, depths: channels and blocks of the four stages.
    """

    def __init__(self, widths: Sequence[int], depths: Sequence[int]) -> None:
        super().__init__()
        first = widths[0]
        self.conv1 = nn.Conv2d(CHANNELS, first, 7, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(first)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1, return_indices=True)
        stages = [
            _stage(before, after, n) for (before, after), n in zip(pairwise((first, *widths)), depths, strict=True)
        ]
        self.layer1, self.layer2, self.layer3, self.layer4 = stages
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        forget_coarse(self.conv1)

    def forward(self, x: Tensor) -> Encoded:
        """`x`: (B, 4, H, W), sides multiples of 32."""
        e0 = self.bn1(self.conv1(x)).relu()
        e0p, i0 = self.pool(e0)
        pooled, i1 = self.pool(e0p)
        e1 = self.layer1(pooled)
        pooled, i2 = self.pool(e1)
        e2 = self.layer2(pooled)
        pooled, i3 = self.pool(e2)
        e3 = self.layer3(pooled)
        pooled, i4 = self.pool(e3)
        e4 = self.layer4(pooled)
        return Encoded(e0, e0p, e1, e2, e3, e4, (i0, i1, i2, i3, i4))


@torch.no_grad()
def forget_coarse(conv1: nn.Conv2d) -> None:
    """Zero the weights of the coarse alpha: at step 0 the network acts as if it saw the photo alone."""
    conv1.weight[:, CHANNELS - 1 :] = 0.0


def load_resnet_weights(encoder: PoolingResNet, path: Path) -> None:
    """ImageNet weights of a ResNet-34 from a local file; the coarse alpha starts at zero.

    Raises:
        WeightsError: missing, unsafe or damaged file, or weights of another network.
    """
    found = read_state_dict(path)
    state = {name: value for name, value in found.items() if not name.startswith("fc.")}
    first = state.get("conv1.weight")
    if first is None or first.ndim != 4 or first.shape[1] != CHANNELS - 1:
        raise WeightsError(f"{path} holds no weights of a ResNet with three input channels")
    state["conv1.weight"] = torch.cat([first, torch.zeros_like(first[:, :1])], dim=1)
    counts = {name for name in encoder.state_dict() if name.endswith("num_batches_tracked")}
    expected = {name: tuple(value.shape) for name, value in encoder.state_dict().items() if name not in counts}
    check_keys(path, expected, {name: value for name, value in state.items() if name not in counts})
    encoder.load_state_dict(state, strict=False)


def _stage(before: int, after: int, blocks: int) -> nn.Sequential:
    first = BasicBlock(before, after)
    return nn.Sequential(first, *(BasicBlock(after, after) for _ in range(blocks - 1)))
