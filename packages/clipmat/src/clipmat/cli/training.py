"""``clipmat train``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from clipmat.cli import options as opt
from clipmat.errors import UsageError


def train(
    data: Annotated[
        list[str] | None, typer.Option(help="Dataset folder, DIR or DIR=WEIGHT. Repeatable. Not given: data/.")
    ] = None,
    setting: Annotated[opt.SettingName, typer.Option(help="Which phrases to learn.")] = opt.SettingName.EXPRESSION,
    preset: Annotated[opt.PresetName, typer.Option(help="Settings of the run.")] = opt.PresetName.MODERN,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder of the run. Not given: a new one under runs/.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the newest checkpoint of --out.")] = False,
    max_steps: Annotated[int | None, typer.Option(min=1, help="Stop after this many steps.")] = None,
    init: Annotated[
        str | None, typer.Option(help="Start from a model's weights: folder, run, or hf:owner/name.")
    ] = None,
    backbone: Annotated[str | None, typer.Option(help="Another open_clip ViT.")] = None,
    pretrained: Annotated[
        str | None, typer.Option(help="CLIP weights: an open_clip tag, a file, or none.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Equal seed and data give equal weights.")] = None,
    changes: opt.Set = None,
    cache: Annotated[
        Path | None, typer.Option(help="Where resized pictures go. Not given: _cache in the dataset.")
    ] = None,
    device: opt.Device = None,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Train a model on datasets of `refmatte build` (or imported ones)."""
    from clipmat.config import preset as preset_named

    fields = opt.fields_of(changes or [])
    if max_steps is not None:
        fields["max_steps"] = max_steps
    if seed is not None:
        fields["seed"] = seed
    if pretrained is not None:
        fields["pretrained"] = None if pretrained == "none" else pretrained
    if backbone is not None:
        fields.setdefault("model", {})["backbone"] = backbone
    if init is not None:
        fields["pretrained"] = None
    config = preset_named(preset.value, setting.value, fields)
    if resume and out is None:
        raise UsageError("--resume continues a run: name it with --out")
    from clipmat.training.train import train as train_model

    done = train_model(
        [_source(text) for text in data or ["data"]],
        config,
        out if out is not None else _new_run(Path("runs")),
        resume=resume,
        init=init,
        cache=cache,
        device=device,
        quiet=quiet,
    )
    if as_json:
        print(
            json.dumps(
                {"run": str(done.run), "model": str(done.model), "steps": done.steps, "scores": done.scores}
            )
        )


def _new_run(runs: Path) -> Path:
    number = 1
    while (runs / str(number)).exists():
        number += 1
    return runs / str(number)


def _source(text: str) -> Any:
    from clipmat.data.scenes import Source

    folder, sign, weight = text.rpartition("=")
    if not sign:
        return Source(Path(text))
    try:
        value = float(weight)
    except ValueError:
        return Source(Path(text))  # a folder with = in its name
    if not 0.0 < value < float("inf"):
        raise UsageError(f"--data {text}: a weight is above 0")
    return Source(Path(folder), value)


def add_commands(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command()(train)
