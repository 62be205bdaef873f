"""``clipmat bench`` and ``clipmat info``."""

from __future__ import annotations

import json
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clipmat.cli import options as opt

if TYPE_CHECKING:
    from clipmat.bench import Measurement, Mode
    from clipmat.config import TrainConfig


class Modes(StrEnum):
    """What `bench` measures."""

    TRAIN = "train"
    PREDICT = "predict"
    BOTH = "both"


_MODES: dict[Modes, tuple[Mode, ...]] = {
    Modes.TRAIN: ("train",),
    Modes.PREDICT: ("predict",),
    Modes.BOTH: ("train", "predict"),
}


def bench(
    preset: Annotated[opt.PresetName, typer.Option(help="Whose model to measure.")] = opt.PresetName.PAPER,
    setting: Annotated[opt.SettingName, typer.Option(help="Length of the texts.")] = opt.SettingName.EXPRESSION,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Images per step.")] = None,
    queries: Annotated[
        int | None, typer.Option(min=1, help="Phrases per image in the last configuration. Not given: 3.")
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Timed steps of each.")] = 5,
    warmup: Annotated[int, typer.Option(min=0, help="Steps before those, not timed.")] = 2,
    cpu_clock: Annotated[
        bool, typer.Option("--cpu-clock", help="Count processor seconds: for one thread on a shared CPU.")
    ] = False,
    mode: Annotated[Modes, typer.Option(help="What to measure.")] = Modes.BOTH,
    compile_too: Annotated[bool, typer.Option("--compile", help="Also a compiled model.")] = False,
    loader: Annotated[
        Path | None, typer.Option(help="Measure the loading of this dataset instead: 0, 1 and 2 workers.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="How long each way of --loader is timed.")] = 5.0,
    changes: opt.Set = None,
    device: opt.Device = None,
    as_json: opt.Json = False,
) -> None:
    """Measure training and prediction: images/s, memory, FLOPs, MFU, and the ratio to a plain eager run."""
    from clipmat.config import preset as preset_named

    fields = {"queries": 3, **opt.fields_of(changes or [])}
    if queries is not None:
        fields["queries"] = queries
    if batch_size is not None:
        fields["batch_size"] = batch_size
    config = preset_named(preset.value, setting.value, fields)
    if loader is not None:
        _bench_loader(loader, config, seconds, as_json)
        return
    from clipmat.bench import as_json as to_json
    from clipmat.bench import bench as run_bench

    measured = run_bench(
        config,
        device=device,
        steps=steps,
        warmup=warmup,
        compile=compile_too,
        modes=_MODES[mode],
        clock=time.process_time if cpu_clock else time.perf_counter,
        progress=(lambda one: None) if as_json else _print_measurement,
    )
    if as_json:
        print(json.dumps(to_json(measured)))


def _print_measurement(one: Measurement) -> None:
    mfu = "" if one.mfu is None else f", MFU {100 * one.mfu:.1f} %"
    memory = "?" if one.peak_memory_mb is None else f"{one.peak_memory_mb:.0f}"
    print(
        f"{one.mode:8}{one.name:36}{one.images_per_s:9.2f} images/s {one.pairs_per_s:9.2f} pairs/s "
        f"{one.gflops_per_image:8.1f} GF/image {memory:>6} MB  x{one.ratio_to_eager:.2f}{mfu}",
        flush=True,
    )


def _bench_loader(data: Path, config: TrainConfig, seconds: float, as_json: bool) -> None:
    from dataclasses import asdict

    from clipmat.loader_bench import bench_loader

    found = bench_loader(data, config, seconds=seconds)
    if as_json:
        print(json.dumps([asdict(one) for one in found]))
        return
    for one in found:
        print(
            f"{one.name:16}{one.workers:2} workers {one.images_per_s:9.1f} images/s {one.pairs_per_s:9.1f} pairs/s"
            f"  x{one.ratio_to_native:.2f}"
        )


def info(
    checkpoint: Annotated[str, typer.Argument(help="Run, model folder or hf:owner/name.")],
    as_json: opt.Json = False,
) -> None:
    """What a model is: architecture and parameters."""
    from clipmat.model.folder import load_model, resolve

    model = load_model(checkpoint)
    counts = {name: sum(p.numel() for p in part.parameters()) for name, part in model.named_children()}
    said = {
        "folder": str(resolve(checkpoint)),
        "model": model.config.model_dump(mode="json"),
        "parameters": counts,
    }
    if as_json:
        print(json.dumps(said))
        return
    print(f"{said['folder']}: {sum(counts.values()):,} parameters")
    for name, n in counts.items():
        print(f"  {name:18}{n:14,}")
    for name, value in model.config.model_dump().items():
        print(f"  {name} = {value}")


def add_commands(app: typer.Typer) -> None:
    """Register the commands of this module."""
    for command in (bench, info):
        app.command()(command)
