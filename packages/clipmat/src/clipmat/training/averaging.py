"""EMA: the moving average of the weights, which is what is saved for prediction."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel


def build_average(model: nn.Module, decay: float) -> AveragedModel:
    """A copy whose `update_parameters` moves it by (1 - decay) to the model; early steps move it faster.

    Buffers (the statistics of batch norms) are copied, not averaged: they are averages already.
    """
    return AveragedModel(model, multi_avg_fn=_average(decay), use_buffers=False)


def _average(decay: float) -> Callable[[Sequence[Tensor], Sequence[Tensor], Tensor | int], None]:
    @torch.no_grad()
    def move(averages: Sequence[Tensor], current: Sequence[Tensor], n_averaged: Tensor | int) -> None:
        n = int(n_averaged)
        # Otherwise the random start would weigh for 1 / (1 - decay) steps.
        now = min(decay, (1 + n) / (10 + n))
        torch._foreach_lerp_(list(averages), list(current), 1.0 - now)

    return move
