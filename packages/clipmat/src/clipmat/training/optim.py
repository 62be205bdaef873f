"""The optimizer: one learning rate for each encoder, one for all the rest [S 4.1], and how they change."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
from torch import nn

from clipmat.config import RunConfig, TrainConfig
from clipmat.model.clipmat import CLIPMat


def parameter_groups(model: CLIPMat, config: TrainConfig) -> list[dict[str, object]]:
    """CLIPMat's groups, named image, text and rest."""
    rates = {"image": config.lr_image, "text": config.lr_text, "rest": config.lr_rest}
    parts = {"image_encoder": "image", "text_encoder": "text"}
    return grouped(model, lambda name: parts.get(name.partition(".")[0], "rest"), rates, config.weight_decay)


def grouped(
    model: nn.Module, part_of: Callable[[str], str], rates: Mapping[str, float], weight_decay: float
) -> list[dict[str, object]]:
    """Parameters in groups of one learning rate, each split by whether weight decay applies; rate 0 freezes.

    Biases, norms, positions, class token and learnable context do not decay.

    Args:
        model: its parameters.
        part_of: the group of a parameter's name.
        rates: of each group.
        weight_decay: of what decays.
    """
    groups: dict[tuple[str, bool], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        part = part_of(name)
        if rates[part] == 0.0:
            parameter.requires_grad_(False)
            continue
        decays = parameter.ndim > 1 and not any(word in name for word in ("position", "pos_embed", "post_context"))
        groups.setdefault((part, decays), []).append(parameter)
    return [
        {
            "name": part,
            "params": parameters,
            "lr": rates[part],
            "peak_lr": rates[part],
            "weight_decay": weight_decay if decays else 0.0,
        }
        for (part, decays), parameters in sorted(groups.items(), key=lambda item: item[0])
    ]


def build_optimizer(model: CLIPMat, config: TrainConfig) -> torch.optim.Adam:
    """Adam or AdamW over `parameter_groups`."""
    return optimizer_over(parameter_groups(model, config), config)


def optimizer_over(groups: list[dict[str, object]], config: RunConfig) -> torch.optim.Adam:
    """Adam or AdamW over groups of parameters."""
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[config.optimizer]
    optimizer: torch.optim.Adam = kind(groups, betas=(0.9, config.beta2), fused=True)
    return optimizer


def set_rates(optimizer: torch.optim.Optimizer, config: RunConfig, step: int, total: int) -> float:
    """Give every group its rate at a step; returns the factor applied to all.

    Linear warm-up over ``warmup_steps``, or a tenth of the run when that is shorter; then constant, or a cosine
    that ends at a hundredth.
    """
    factor = rate_factor(config, step, total)
    for group in optimizer.param_groups:
        group["lr"] = group["peak_lr"] * factor
    return factor


def rate_factor(config: RunConfig, step: int, total: int) -> float:
    """The factor of step 0, 1, ..., total - 1."""
    warm = min(config.warmup_steps, total // 10)
    if step < warm:
        return (step + 1) / warm
    if config.schedule == "constant":
        return 1.0
    done = (step - warm) / max(1, total - warm)
    return 0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * min(1.0, done)))
