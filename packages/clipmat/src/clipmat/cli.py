"""The command ``clipmat``: thin skins over public functions, and the one place where errors become exit codes."""

from __future__ import annotations

import json
import os
import sys
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from clipmat import __version__
from clipmat.errors import BadInputError, ClipmatError, ExitCode, UsageError

EXIT_CODES = """
Exit codes: 0 ok, 2 usage, 3 bad input, 4 the output folder is in another state, 6 disk, 70 a bug,
75 stopped and resumable, 130 interrupted.
"""

app = typer.Typer(
    name="clipmat",
    help="CLIPMat: the soft alpha matte of the one thing a phrase means.",
    epilog=EXIT_CODES,
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class SettingName(StrEnum):
    """Kinds of phrases."""

    KEYWORD = "keyword"
    EXPRESSION = "expression"


class PresetName(StrEnum):
    """Presets of `clipmat.config`."""

    TINY = "tiny"
    SCRATCH = "scratch"
    PAPER = "paper"
    MODERN = "modern"


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"clipmat {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """CLIPMat: the soft alpha matte of the one thing a phrase means."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", help="Change one field of the preset: name=value, as model.cross_residual=true. Repeatable."
    ),
]
Device = Annotated[str | None, typer.Option(help="cpu, cuda or mps. Not given: the best there is.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


@app.command()
def train(
    data: Annotated[
        list[str] | None, typer.Option(help="Dataset folder, DIR or DIR=WEIGHT. Repeatable. Not given: data/.")
    ] = None,
    setting: Annotated[SettingName, typer.Option(help="Which phrases to learn.")] = SettingName.EXPRESSION,
    preset: Annotated[PresetName, typer.Option(help="Settings of the run.")] = PresetName.MODERN,
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
    changes: Set = None,
    cache: Annotated[
        Path | None, typer.Option(help="Where resized pictures go. Not given: _cache in the dataset.")
    ] = None,
    device: Device = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Train a model on datasets of `refmatte build` (or imported ones)."""
    from clipmat.config import preset as preset_named

    fields = _fields(changes or [])
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
    from clipmat.train import train as train_model

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


@app.command()
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
    data: Annotated[Path | None, typer.Option(help="Predict a split of a dataset for rim-eval instead.")] = None,
    split: Annotated[str, typer.Option(help="Split of --data.")] = "test",
    setting: Annotated[SettingName, typer.Option(help="Phrases of --data.")] = SettingName.EXPRESSION,
    min_score: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Write an empty matte when the score is lower.")
    ] = 0.0,
    device: Device = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Matte what a phrase means in a photo, or a whole split of a dataset."""
    if data is not None:
        if photo is not None or out is None or cutout or background or composite:
            raise UsageError("--data takes --out DIR and no photo: clipmat predict --data data/ --out preds/")
        _predict_dataset(data, out, split, setting, checkpoint, device, quiet, as_json)
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
        raise BadInputError("a phrase is empty: say what to cut out, as in 'the woman in the red coat'")

    matter = _matter(checkpoint, device, quiet)
    from clipmat.predict import Outputs, predict_photos

    for phrase in phrases:
        if matter.prompter.is_cut(phrase):
            _say(
                f"the phrase has over {matter.prompter.length} tokens, the rest is not read: {phrase[:60]}...",
                False,
            )
    results = []
    outputs = Outputs(matte=out, cutout=cutout, composite=composite)
    for found in predict_photos(matter, photo, phrases, outputs, background=background, min_score=min_score):
        results.append(found)
        what = "found" if found.found else "not found, the matte is empty"
        _say(f"{found.photo.name}: {found.phrase!r}: {what} (score {found.score:.2f})", quiet)
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


@app.command()
def bench(
    preset: Annotated[PresetName, typer.Option(help="Whose model to measure.")] = PresetName.PAPER,
    setting: Annotated[SettingName, typer.Option(help="Length of the texts.")] = SettingName.EXPRESSION,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Images per step.")] = None,
    queries: Annotated[int, typer.Option(min=1, help="Phrases per image in the last configuration.")] = 3,
    steps: Annotated[int, typer.Option(min=1, help="Timed steps of each.")] = 5,
    compile_too: Annotated[bool, typer.Option("--compile", help="Also a compiled model.")] = False,
    changes: Set = None,
    device: Device = None,
    as_json: Json = False,
) -> None:
    """Measure training and prediction: images/s, memory, FLOPs, MFU, and the ratio to a plain eager run."""
    from clipmat.config import preset as preset_named

    fields = {**_fields(changes or []), "queries": queries}
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


@app.command()
def info(
    checkpoint: Annotated[str, typer.Argument(help="Run, model folder or hf:owner/name.")],
    as_json: Json = False,
) -> None:
    """What a model is: architecture and parameters."""
    from clipmat.model_folder import load_model, resolve

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


def main() -> NoReturn:
    """Entry point of the command: runs it and exits with the code of its error."""
    debug = "--debug" in sys.argv
    try:
        # Taken out here, so that it may stand anywhere on the line.
        app([word for word in sys.argv[1:] if word != "--debug"])
    except ClipmatError as error:
        _tell(str(error), error.exit_code, debug)
    except KeyboardInterrupt:
        _tell("interrupted", ExitCode.INTERRUPTED, debug)
    except BrokenPipeError:
        os._exit(ExitCode.OK)
    except Exception as error:
        text = f"this is a bug in clipmat, please report it with --debug output: {type(error).__name__}: {error}"
        _tell(text, ExitCode.BUG, debug)
    sys.exit(ExitCode.OK)


def _predict_dataset(
    data: Path,
    out: Path,
    split: str,
    setting: SettingName,
    checkpoint: str | None,
    device: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    from clipmat.predict import predict_dataset
    from clipmat.progress import ProgressLine

    matter = _matter(checkpoint, device, quiet)
    with ProgressLine("predicted", quiet) as line:
        n = predict_dataset(matter, data, out, split=split, setting=setting.value, progress=line.update)
    if as_json:
        print(json.dumps({"predictions": n, "out": str(out)}))


def _matter(checkpoint: str | None, device: str | None, quiet: bool) -> Any:
    where = checkpoint if checkpoint is not None else str(_newest_run(Path("runs"), quiet))
    from clipmat.matter import Matter

    return Matter.from_pretrained(where, device)


def _newest_run(runs: Path, quiet: bool) -> Path:
    found = [path for path in runs.iterdir() if path.is_dir()] if runs.is_dir() else []
    if not found:
        raise UsageError(
            "name a model with --checkpoint (a run, a model folder or hf:owner/name); there is none in runs/"
        )
    newest = max(found, key=lambda path: path.stat().st_mtime)
    _say(f"using {newest}", quiet)
    return newest


def _new_run(runs: Path) -> Path:
    number = 1
    while (runs / str(number)).exists():
        number += 1
    return runs / str(number)


def _source(text: str) -> Any:
    from clipmat.data import Source

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


def _fields(changes: list[str]) -> dict[str, Any]:
    """``model.tsp_mlp=0`` -> {"model": {"tsp_mlp": 0}}; values are TOML, or words."""
    fields: dict[str, Any] = {}
    for text in changes:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise UsageError(f"--set {text}: write name=value")
        try:
            parsed = tomllib.loads(f"x = {value}")["x"]
        except tomllib.TOMLDecodeError:
            parsed = value
        *path, last = name.split(".")
        at = fields
        for part in path:
            at = at.setdefault(part, {})
        at[last] = None if parsed == "none" else parsed
    return fields


def _say(text: str, quiet: bool) -> None:
    if not quiet:
        print(text, file=sys.stderr, flush=True)


def _tell(text: str, code: ExitCode, debug: bool) -> NoReturn:
    """One message on stderr; with --json also one JSON document on stdout."""
    if debug:
        import traceback

        traceback.print_exc()
    print(f"clipmat: {text}", file=sys.stderr)
    if "--json" in sys.argv:
        print(json.dumps({"error": {"exit_code": int(code), "message": text}}))
    sys.exit(code)
