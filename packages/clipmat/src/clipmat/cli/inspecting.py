"""``clipmat bench`` and ``clipmat info``."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from clipmat.cli import options as opt


def bench(
    preset: Annotated[opt.PresetName, typer.Option(help="Whose model to measure.")] = opt.PresetName.PAPER,
    setting: Annotated[opt.SettingName, typer.Option(help="Length of the texts.")] = opt.SettingName.EXPRESSION,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Images per step.")] = None,
    queries: Annotated[int, typer.Option(min=1, help="Phrases per image in the last configuration.")] = 3,
    steps: Annotated[int, typer.Option(min=1, help="Timed steps of each.")] = 5,
    compile_too: Annotated[bool, typer.Option("--compile", help="Also a compiled model.")] = False,
    changes: opt.Set = None,
    device: opt.Device = None,
    as_json: opt.Json = False,
) -> None:
    """Measure training and prediction: images/s, memory, FLOPs, MFU, and the ratio to a plain eager run."""
    from clipmat.config import preset as preset_named

    fields = {**opt.fields_of(changes or []), "queries": queries}
    if batch_size is not None:
        fields["batch_size"] = batch_size
    config = preset_named(preset.value, setting.value, fields)
    from clipmat.bench import as_json as to_json
    from clipmat.bench import bench as run_bench

    measured = run_bench(config, device=device, steps=steps, compile=compile_too)
    if as_json:
        print(json.dumps(to_json(measured)))
        return
    for one in measured:
        mfu = "" if one.mfu is None else f", MFU {100 * one.mfu:.1f} %"
        print(
            f"{one.mode:8}{one.name:28}{one.images_per_s:9.2f} images/s {one.pairs_per_s:9.2f} pairs/s "
            f"{one.gflops_per_image:8.1f} GF/image {one.peak_memory_mb:8.0f} MB  x{one.ratio_to_eager:.2f}{mfu}"
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
