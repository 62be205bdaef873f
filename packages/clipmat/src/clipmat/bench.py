"""`bench`: how fast it trains and predicts, how much memory and arithmetic it takes, against a plain eager run.

The plain run is the same model written straightforwardly: fp32, eager, the extractor with its full-size maps, one
phrase per pass of an image.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch

from clipmat.config import ModelConfig, TrainConfig
from clipmat.data.augment import Prepared
from clipmat.data.trimap import odd_kernel, trimap_from_alpha
from clipmat.devices import choose_device
from clipmat.model.clipmat import build_model
from clipmat.model.flops import forward_flops, peak_flops, train_flops
from clipmat.model.prompts import text_length
from clipmat.training.optim import build_optimizer
from clipmat.training.train import train_step


@dataclass(frozen=True, slots=True)
class Measurement:
    """One configuration's numbers; rates are medians over the steps after warm-up.

    Attributes:
        name: what is measured; mode: train or predict.
        batch_size, queries: images per step, phrases per image.
        images_per_s, pairs_per_s: throughput.
        gflops_per_image: 2 per multiply-add, with the backward pass when training.
        mfu: share of what the device sustains, None where that is not known.
        peak_memory_mb: of the device; of the process so far on a CPU.
        ratio_to_eager: pairs per second relative to the plain run of the same mode in this call.
    """

    name: str
    mode: str
    device: str
    batch_size: int
    queries: int
    images_per_s: float
    pairs_per_s: float
    gflops_per_image: float
    mfu: float | None
    peak_memory_mb: float
    ratio_to_eager: float


@dataclass(frozen=True, slots=True)
class _Variant:
    name: str
    queries: int
    fused: bool
    channels_last: bool
    bf16: bool
    compile: bool


def bench(
    config: TrainConfig, *, device: str | None = None, steps: int = 5, compile: bool = False
) -> list[Measurement]:
    """Measure training and prediction of a configuration on random input.

    Args:
        config: model and batch size.
        device: as `clipmat.devices.choose_device`.
        steps: timed steps of each, after two that are not.
        compile: also measure a compiled model.
    """
    where = choose_device(device)
    gpu = where.type == "cuda"
    variants = [
        _Variant("eager fp32", 1, False, False, False, False),
        _Variant("fused", 1, True, False, False, False),
    ]
    if gpu:
        variants.append(_Variant("fused bf16 channels-last", 1, True, True, True, False))
    if config.queries > 1:
        variants.append(_Variant(f"fused, {config.queries} phrases", config.queries, True, gpu, gpu, False))
    if compile:
        variants.append(_Variant("fused compiled", config.queries, True, gpu, gpu, True))
    measured: list[Measurement] = []
    for mode in ("train", "predict"):
        plain: float | None = None
        for variant in variants:
            one = _measure(config, variant, mode, where, steps, plain)
            plain = plain or one.pairs_per_s
            measured.append(one)
    return measured


def as_json(measured: list[Measurement]) -> list[dict[str, Any]]:
    """For ``--json``."""
    return [asdict(one) for one in measured]


def _measure(
    config: TrainConfig, variant: _Variant, mode: str, device: torch.device, steps: int, plain: float | None
) -> Measurement:
    model_config = config.model.model_copy(update={"fused_mde": variant.fused})
    torch.manual_seed(0)
    run = _runner(config, model_config, variant, mode, device)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    times = []
    for step in range(steps + 2):
        began = time.perf_counter()
        run()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        if step >= 2:
            times.append(time.perf_counter() - began)
    images = config.batch_size / sorted(times)[len(times) // 2]
    count = train_flops if mode == "train" else forward_flops
    flops, peak = count(model_config, variant.queries), peak_flops(device)
    pairs = images * variant.queries
    return Measurement(
        name=variant.name,
        mode=mode,
        device=torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        batch_size=config.batch_size,
        queries=variant.queries,
        images_per_s=images,
        pairs_per_s=pairs,
        gflops_per_image=flops / 1e9,
        mfu=images * flops / peak if peak else None,
        peak_memory_mb=_peak_mb(device),
        ratio_to_eager=pairs / plain if plain else 1.0,
    )


def _runner(
    config: TrainConfig, model_config: ModelConfig, variant: _Variant, mode: str, device: torch.device
) -> Callable[[], None]:
    model = build_model(model_config).to(device)
    images = torch.rand(config.batch_size, 3, config.model.image_size, config.model.image_size, device=device)
    if variant.channels_last:
        model.to(memory_format=torch.channels_last)
        images = images.contiguous(memory_format=torch.channels_last)
    n = config.batch_size * variant.queries
    length = text_length(model_config, model.text_encoder.context)
    ids = torch.randint(1, 400, (n, length), device=device)
    owner = torch.arange(config.batch_size, device=device).repeat_interleave(variant.queries)
    side = model_config.image_size
    alpha = torch.zeros(n, 1, side, side, device=device)
    alpha[..., side // 4 : side // 2, side // 4 : side // 2] = 1.0
    batch = Prepared(images, alpha, trimap_from_alpha(alpha, odd_kernel(10, side)), ids, owner)
    called: Any = torch.compile(model) if variant.compile else model
    optimizer = build_optimizer(model, config)

    def autocast() -> torch.autocast:
        return torch.autocast(device.type, dtype=torch.bfloat16, enabled=variant.bf16)

    def train_once() -> None:
        model.train()
        with autocast():
            total = train_step(called, batch, config.loss).total
        optimizer.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    def predict_once() -> None:
        model.eval()
        with torch.inference_mode(), autocast():
            called(images, ids, owner)

    return train_once if mode == "train" else predict_once


def _peak_mb(device: torch.device) -> float:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
