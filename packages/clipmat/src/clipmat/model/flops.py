"""Floating-point operations of a model, counted without computing anything."""

from __future__ import annotations

from typing import Final

import torch

from clipmat.config import ModelConfig
from clipmat.model.clipmat import build_model
from clipmat.model.prompts import text_length

PEAK: Final[dict[str, float]] = {"H200": 780e12, "H100": 780e12, "A100": 312e12}
"""Dense bf16 operations per second that a device sustains in large matrix products; MFU is relative to these."""


def forward_flops(config: ModelConfig, queries: int = 1) -> float:
    """Operations (2 per multiply-add) of one image with ``queries`` texts, forward."""
    from torch.utils.flop_counter import FlopCounterMode

    with torch.device("meta"):
        # The fused branch does the same arithmetic by other means.
        model = build_model(config.model_copy(update={"fused_mde": False})).eval()
        images = torch.empty(1, 3, config.image_size, config.image_size)
        ids = torch.zeros(queries, text_length(config, model.text_encoder.context), dtype=torch.int64)
        owner = torch.zeros(queries, dtype=torch.int64)
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            model(images, ids, owner)
    return float(counter.get_total_flops())


def train_flops(config: ModelConfig, queries: int = 1) -> float:
    """Operations of forward and backward: three times the forward."""
    return 3.0 * forward_flops(config, queries)


def peak_flops(device: torch.device) -> float | None:
    """What the device can do a second, or None when it is not known."""
    if device.type != "cuda":
        return None
    name = torch.cuda.get_device_name(device)
    return next((peak for part, peak in PEAK.items() if part in name), None)
