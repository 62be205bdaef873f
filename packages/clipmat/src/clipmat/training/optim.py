"""The optimizer: one learning rate for each encoder, one for all the rest [S 4.1], and how they change."""

from __future__ import annotations

import math

import torch
from torch import nn

from clipmat.config import TrainConfig
from clipmat.model.clipmat import CLIPMat


def parameter_groups(model: CLIPMat, config: TrainConfig) -> list[dict[str, object]]:
    """Groups named image, text and rest, each split by whether weight decay applies; rate 0 freezes a group.

    Biases, norms, positions, class token and learnable context do not decay.
    """
    rates = {"image": config.lr_image, "text": config.lr_text, "rest": config.lr_rest}
    groups: dict[tuple[str, bool], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        part = {"image_encoder": "image", "text_encoder": "text"}.get(name.partition(".")[0], "rest")
        if rates[part] == 0.0:
            parameter.requires_grad_(False)
            continue
        decays = parameter.ndim > 1 and "positional_embedding" not in name and not name.startswith("post_context")
        groups.setdefault((part, decays), []).append(parameter)
    return [
        {
            "name": part,
            "params": parameters,
            "lr": rates[part],
            "peak_lr": rates[part],
            "weight_decay": config.weight_decay if decays else 0.0,
        }
        for (part, decays), parameters in sorted(groups.items(), key=lambda item: item[0])
    ]


def build_optimizer(model: CLIPMat, config: TrainConfig) -> torch.optim.Adam:
    """Adam or AdamW over `parameter_groups`."""
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[config.optimizer]
    optimizer: torch.optim.Adam = kind(parameter_groups(model, config), betas=(0.9, config.beta2), fused=True)
    return optimizer


def set_rates(optimizer: torch.optim.Optimizer, config: TrainConfig, step: int, total: int) -> float:
    """Give every group its rate at a step; returns the factor applied to all.

    Linear warm-up over ``warmup_steps``, then constant, or a cosine that ends at a hundredth.
    """
    factor = rate_factor(config, step, total)
    for group in optimizer.param_groups:
        group["lr"] = group["peak_lr"] * factor
    return factor


def rate_factor(config: TrainConfig, step: int, total: int) -> float:
    """The factor of step 0, 1, ..., total - 1."""
    warm = min(config.warmup_steps, total // 10)
    if step < warm:
        return (step + 1) / warm
    if config.schedule == "constant":
        return 1.0
    done = (step - warm) / max(1, total - warm)
    return 0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * min(1.0, done)))
