"""`bench`: how fast it trains and predicts, how much memory and arithmetic it takes, against a plain eager run.

The plain run is the same model written straightforwardly: fp32, eager, torch's own layers, the extractor with its
full-size maps, one phrase per pass of an image. Every next configuration pulls one more lever.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import torch

from clipmat.config import ModelConfig, TrainConfig
from clipmat.data.augment import Prepared
from clipmat.data.trimap import odd_kernel, trimap_from_alpha
from clipmat.devices import choose_device, is_out_of_memory
from clipmat.errors import OutOfMemoryError
from clipmat.model.clipmat import build_model
from clipmat.model.flops import forward_flops, peak_flops, train_flops
from clipmat.model.prompts import text_length
from clipmat.peak_memory import PeakMemory
from clipmat.training.optim import build_optimizer
from clipmat.training.train import train_step

Mode = Literal["train", "predict"]


@dataclass(frozen=True, slots=True)
class Measurement:
    """One configuration's numbers; rates are medians over the steps after warm-up.

    Attributes:
        name: which levers are pulled; mode: train or predict.
        batch_size, queries: images per step, phrases per image.
        images_per_s, pairs_per_s: throughput.
        gflops_per_image: 2 per multiply-add, with the backward pass when training.
        mfu: share of what the device sustains, None where that is not known.
        peak_memory_mb: of the device; on a CPU of the whole process during this configuration, None where the
            system cannot say that.
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
    peak_memory_mb: float | None
    ratio_to_eager: float


@dataclass(frozen=True, slots=True)
class _Variant:
    name: str
    queries: int = 1
    fast_attention: bool = True
    fused: bool = False
    channels_last: bool = False
    bf16: bool = False
    compile: bool = False


def bench(
    config: TrainConfig,
    *,
    device: str | None = None,
    steps: int = 5,
    warmup: int = 2,
    compile: bool = False,
    modes: tuple[Mode, ...] = ("train", "predict"),
    clock: Callable[[], float] = time.perf_counter,
    progress: Callable[[Measurement], None] = lambda one: None,
) -> list[Measurement]:
    """Measure training and prediction of a configuration on random input.

    Args:
        config: model, batch size, phrases per image.
        device: as `clipmat.devices.choose_device`.
        steps: timed steps of each, after ``warmup`` that are not.
        compile: also measure a compiled model.
        modes: what to measure.
        clock: seconds; `time.process_time` for one thread on a CPU that others use too.
        progress: told each measurement when it is there.

    Raises:
        OutOfMemoryError: a configuration does not fit the device.
    """
    where = choose_device(device)
    measured: list[Measurement] = []
    for mode in modes:
        plain: float | None = None
        for variant in _variants(config.queries, where.type == "cuda", compile):
            one = _measure(config, variant, mode, where, steps, warmup, clock, plain)
            plain = plain or one.pairs_per_s
            measured.append(one)
            progress(one)
    return measured


def _variants(queries: int, gpu: bool, compile: bool) -> list[_Variant]:
    plain = _Variant("eager fp32")
    ladder = [plain, replace(plain, name="eager fp32, attention written out", fast_attention=False)]
    top = replace(plain, name="fused extractor", fused=True)
    ladder.append(top)
    nhwc = replace(top, name="+ channels-last", channels_last=True)
    ladder.append(nhwc)
    if gpu:  # on a CPU channels-last slows this model down: what follows goes without it
        top = replace(nhwc, name="+ bf16", bf16=True)
        ladder.append(top)
    if compile:
        top = replace(top, name="+ compiled", compile=True)
        ladder.append(top)
    if queries > 1:
        ladder.append(replace(top, name=f"+ {queries} phrases an image", queries=queries))
    return ladder


def as_json(measured: list[Measurement]) -> list[dict[str, Any]]:
    """For ``--json``."""
    return [asdict(one) for one in measured]


def _measure(
    config: TrainConfig,
    variant: _Variant,
    mode: Mode,
    device: torch.device,
    steps: int,
    warmup: int,
    clock: Callable[[], float],
    plain: float | None,
) -> Measurement:
    model_config = config.model.model_copy(update={"fused_mde": variant.fused})
    torch.manual_seed(0)
    memory = PeakMemory(device)
    times = []
    try:
        with _attention(variant.fast_attention):
            run = _runner(config, model_config, variant, mode, device)
            for step in range(warmup + steps):
                began = clock()
                run()
                if device.type == "cuda":
                    torch.cuda.synchronize(device)
                if step >= warmup:
                    times.append(clock() - began)
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        raise OutOfMemoryError(
            f"{device} does not hold {config.batch_size} images in the configuration {variant.name!r} ({mode}): "
            "lower --batch-size"
        ) from error
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
        peak_memory_mb=memory.megabytes(),
        ratio_to_eager=pairs / plain if plain else 1.0,
    )


def _runner(
    config: TrainConfig, model_config: ModelConfig, variant: _Variant, mode: Mode, device: torch.device
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


@contextlib.contextmanager
def _attention(fast: bool) -> Iterator[None]:
    """The fused attention kernels that torch picks by itself, or the two matrix products and the softmax."""
    from torch.nn.attention import SDPBackend, sdpa_kernel

    if fast:
        yield
        return
    with sdpa_kernel(SDPBackend.MATH):
        yield
