"""``clipmat predict``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clipmat.cli import options as opt
from clipmat.cli.refining import Model, Refine, predictor_of
from clipmat.errors import BadInputError, EmptyPhraseError, UsageError

if TYPE_CHECKING:
    from clipmat.prediction.matter import Predictor


def predict(
    photo: Annotated[Path | None, typer.Argument(help="A photo, or a folder of photos.")] = None,
    phrases: Annotated[list[str] | None, typer.Argument(help="What to matte, one phrase or several.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The matte; a folder for several, or with --data.")
    ] = None,
    cutout: Annotated[Path | None, typer.Option(help="Also the thing itself, on nothing (RGBA).")] = None,
    background: Annotated[Path | None, typer.Option(help="Picture to put the thing on, see --composite.")] = None,
    composite: Annotated[
        Path | None, typer.Option(help="The thing on the background. Not given: beside the matte.")
    ] = None,
    checkpoint: Annotated[
        str | None,
        typer.Option(
            envvar="CLIPMAT_CHECKPOINT", help="Run, model folder or hf:owner/name. Not given: newest of runs/."
        ),
    ] = None,
    model: Model = None,
    refine: Refine = None,
    data: Annotated[Path | None, typer.Option(help="Predict a split of a dataset for rim-eval instead.")] = None,
    split: Annotated[str, typer.Option(help="Split of --data.")] = "test",
    setting: Annotated[opt.SettingName, typer.Option(help="Phrases of --data.")] = opt.SettingName.EXPRESSION,
    min_score: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Write an empty matte when the score is lower.")
    ] = 0.0,
    device: opt.Device = None,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Matte what a phrase means in a photo, or a whole split of a dataset."""
    if data is not None:
        if photo is not None or out is None or cutout or background or composite:
            raise UsageError("--data takes --out DIR and no photo: clipmat predict --data data/ --out preds/")
        if min_score:
            raise UsageError("--min-score is for photos: leave it out, a scorer wants every matte as it is")
        predictor = predictor_of(model, refine, checkpoint, device, quiet)
        _predict_dataset(predictor, data, out, split, setting, quiet, as_json)
        return
    if photo is None or not phrases:
        raise UsageError("give a photo and a phrase: clipmat predict photo.jpg 'the red cup' -o matte.png")
    if background is not None and composite is None:
        if out is None:
            raise UsageError("--background needs --composite FILE (or -o, to put it beside)")
        composite = out.with_name(f"{out.stem}_composite{out.suffix}")
    if composite is not None and background is None:
        raise UsageError("--composite needs --background PICTURE")
    if out is None and cutout is None and composite is None:
        raise UsageError("say where the matte goes: -o matte.png (or --cutout cutout.png)")
    if not photo.exists():
        raise BadInputError(f"there is no photo {photo}")
    if any(not phrase.strip() for phrase in phrases):
        raise EmptyPhraseError

    predictor = predictor_of(model, refine, checkpoint, device, quiet)
    from clipmat.prediction.predict import Outputs, predict_photos

    for phrase in phrases:
        read = predictor.tokens_read(phrase)
        if read is not None:
            opt.tell(f"the phrase has over {read} tokens, the rest is not read: {phrase[:60]}...", False)
    results = []
    outputs = Outputs(matte=out, cutout=cutout, composite=composite)
    for found in predict_photos(predictor, photo, phrases, outputs, background=background, min_score=min_score):
        results.append(found)
        what = "found" if found.found else "not found, the matte is empty"
        opt.tell(f"{found.photo.name}: {found.phrase!r}: {what} (score {found.score:.2f})", quiet)
    if as_json:
        print(
            json.dumps(
                [
                    {
                        "photo": str(one.photo),
                        "phrase": one.phrase,
                        "score": one.score,
                        "found": one.found,
                        "matte": None if one.matte is None else str(one.matte),
                        "cutout": None if one.cutout is None else str(one.cutout),
                        "composite": None if one.composite is None else str(one.composite),
                    }
                    for one in results
                ]
            )
        )


def _predict_dataset(
    predictor: Predictor,
    data: Path,
    out: Path,
    split: str,
    setting: opt.SettingName,
    quiet: bool,
    as_json: bool,
) -> None:
    from clipmat.prediction.predict import predict_dataset
    from clipmat.progress import ProgressLine

    with ProgressLine("predicted", quiet) as line:
        n = predict_dataset(predictor, data, out, split=split, setting=setting.value, progress=line.update)
    if as_json:
        print(json.dumps({"predictions": n, "out": str(out)}))


def add_commands(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command()(predict)
