"""``clipmat train``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clipmat.cli import options as opt
from clipmat.errors import UsageError

if TYPE_CHECKING:
    from clipmat.config import Setting
    from clipmat.training.loop import Trained


def train(
    data: Annotated[
        list[str] | None, typer.Option(help="Dataset folder, DIR or DIR=WEIGHT. Repeatable. Not given: data/.")
    ] = None,
    setting: Annotated[opt.SettingName, typer.Option(help="Which phrases to learn.")] = opt.SettingName.EXPRESSION,
    preset: Annotated[
        opt.PresetName | None, typer.Option(help="Settings of the run. Not given: modern; paper for CLIPSeg.")
    ] = None,
    model: Annotated[
        str, typer.Option(help="clipmat, or the baseline clipseg[=WHERE], from random or existing weights.")
    ] = "clipmat",
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
    from clipmat.naming import entry_named

    named = [] if backbone is None else [f"model.backbone={backbone}"]
    fields = opt.fields_of([*(changes or []), *named])
    if max_steps is not None:
        fields["max_steps"] = max_steps
    if seed is not None:
        fields["seed"] = seed
    if pretrained is not None:
        fields["pretrained"] = None if pretrained == "none" else pretrained
    if init is not None:
        if fields.get("pretrained") is not None:
            raise UsageError("--init brings all weights, --pretrained those of CLIP: give one of them")
        fields["pretrained"] = None
    if resume and out is None:
        raise UsageError("--resume continues a run: name it with --out")
    run, where = entry_named("model", model, {"clipmat": _train_clipmat, "clipseg": _train_clipseg})
    done = run(
        _Asked(
            sources=[source_of(text) for text in data or ["data"]],
            preset=None if preset is None else preset.value,
            setting=setting.value,
            fields=fields,
            where=where,
            init=init,
            out=out if out is not None else new_run(Path("runs")),
            resume=resume,
            cache=cache,
            device=device,
            quiet=quiet,
        )
    )
    if as_json:
        print_trained(done)


def print_trained(done: Trained) -> None:
    said = {"run": str(done.run), "model": str(done.model), "steps": done.steps, "scores": done.scores}
    print(json.dumps(said))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the command was asked, as far as it does not depend on what is trained."""

    sources: list[Any]
    preset: str | None
    setting: Setting
    fields: dict[str, Any]
    where: str | None
    init: str | None
    out: Path
    resume: bool
    cache: Path | None
    device: str | None
    quiet: bool


def _train_clipmat(asked: _Asked) -> Trained:
    from clipmat.config import preset

    if asked.where is not None:
        raise UsageError(f"--model clipmat={asked.where}: start from a model's weights with --init {asked.where}")
    config = preset(asked.preset or "modern", asked.setting, asked.fields)
    from clipmat.training.train import train

    return train(
        asked.sources,
        config,
        asked.out,
        resume=asked.resume,
        init=asked.init,
        cache=asked.cache,
        device=asked.device,
        quiet=asked.quiet,
    )


def _train_clipseg(asked: _Asked) -> Trained:
    from clipmat.baselines.clipseg_config import clipseg_preset

    if asked.init is not None:
        raise UsageError("CLIPSeg starts from the weights that --model clipseg=WHERE names, not from --init")
    fields = asked.fields if asked.where is None else {**asked.fields, "pretrained": asked.where}
    config = clipseg_preset(asked.preset or "paper", asked.setting, fields)
    from clipmat.baselines.clipseg_train import train_clipseg

    return train_clipseg(
        asked.sources,
        config,
        asked.out,
        resume=asked.resume,
        cache=asked.cache,
        device=asked.device,
        quiet=asked.quiet,
    )


def new_run(runs: Path) -> Path:
    number = 1
    while (runs / str(number)).exists():
        number += 1
    return runs / str(number)


def source_of(text: str) -> Any:
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
