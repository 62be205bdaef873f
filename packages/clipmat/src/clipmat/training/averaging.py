"""EMA: the moving average of the weights, which is what is saved for prediction."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel


def build_average(model: nn.Module, decay: float) -> AveragedModel:
    """A copy whose `update_parameters` moves it by (1 - decay) to the model; early steps move it faster.

    Buffers (the statistics of batch norms) are copied, not averaged: they are averages already.
    """

    @torch.no_grad()
    def move(averages: Sequence[Tensor], current: Sequence[Tensor], n_averaged: Tensor | int) -> None:
        n = int(average.n_averaged)  # kept on the host; reading the argument, its copy, would wait for the device
        # Otherwise the random start would weigh for 1 / (1 - decay) steps.
        now = min(decay, (1 + n) / (10 + n))
        torch._foreach_lerp_(list(averages), list(current), 1.0 - now)

    average = AveragedModel(model, multi_avg_fn=move, use_buffers=False)
    return average
