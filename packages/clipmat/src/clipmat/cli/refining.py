"""``clipmat train-refiner``, and what ``predict`` needs to know of refiners and baselines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clipmat.cli import options as opt
from clipmat.cli.training import new_run, print_trained, source_of
from clipmat.errors import UsageError

if TYPE_CHECKING:
    from clipmat.prediction.matter import Predictor

Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="A baseline instead of CLIPMat: clipseg[=WHERE], gdino-sam[=DINO,SAM], "
        "gdino-sam-vitmatte[=DINO,SAM,VITMATTE]. WHERE is a folder, a run, or owner/name of the hub.",
    ),
]
Refine = Annotated[
    str | None,
    typer.Option("--refine", help="Sharpen every matte: p3m=RUN, or vitmatte[=WHERE], a folder or owner/name."),
]


def train_refiner(
    data: Annotated[
        list[str] | None, typer.Option(help="Dataset folder, DIR or DIR=WEIGHT. Repeatable. Not given: data/.")
    ] = None,
    checkpoint: Annotated[
        str | None,
        typer.Option(help="The CLIPMat whose mattes will be refined: run, folder or hf:owner/name."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder of the run. Not given: a new one under runs/.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the newest checkpoint of --out.")] = False,
    max_steps: Annotated[int | None, typer.Option(min=1, help="Stop after this many steps.")] = None,
    pretrained: Annotated[
        Path | None, typer.Option(help="A file of ImageNet ResNet-34 weights. Not given: random.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Equal seed and data give equal weights.")] = None,
    changes: opt.Set = None,
    device: opt.Device = None,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Train the coarse-map refiner of a trained model."""
    from clipmat.config import merged, validated
    from clipmat.refine.config import RefinerTrainConfig

    if checkpoint is None:
        raise UsageError("name the model whose mattes will be refined: --checkpoint RUN")
    if resume and out is None:
        raise UsageError("--resume continues a run: name it with --out")
    asked: dict[str, Any] = {
        "max_steps": max_steps,
        "seed": seed,
        "pretrained": None if pretrained is None else str(pretrained),
    }
    given = {name: value for name, value in asked.items() if value is not None}
    config = validated(RefinerTrainConfig, merged(opt.fields_of(changes or []), given))
    from clipmat.refine.train import train_refiner as train

    done = train(
        [source_of(text) for text in data or ["data"]],
        config,
        checkpoint,
        out if out is not None else new_run(Path("runs")),
        resume=resume,
        device=device,
        quiet=quiet,
    )
    if as_json:
        print_trained(done)


def predictor_of(
    model: str | None, refine: str | None, checkpoint: str | None, device: str | None, quiet: bool
) -> Predictor:
    """What ``predict`` runs: CLIPMat or a baseline, refined or not."""
    from clipmat.refine.catalog import open_refiner

    # The refiner first: its mistakes are told before a large model is loaded.
    refiner = None if refine is None else open_refiner(refine, device)
    predictor: Predictor
    if model is None:
        predictor = opt.matter_of(checkpoint, device, quiet)
    else:
        from clipmat.baselines.catalog import open_baseline

        predictor = open_baseline(model, device)
    if refiner is None:
        return predictor
    from clipmat.refine.refined import RefinedMatter

    return RefinedMatter(predictor, refiner)


def add_commands(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command("train-refiner")(train_refiner)
