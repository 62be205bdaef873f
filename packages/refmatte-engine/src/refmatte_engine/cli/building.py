"""``refmatte build`` and its stages one by one. All take the same options."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from refmatte_engine.cli import options as opt
from refmatte_engine.pipeline.request import DEFAULT_MAX_PIXELS, BuildRequest


def request_from_options(
    sources: opt.Sources = "sample",
    out: opt.Out = None,
    sources_root: opt.SourcesRoot = None,
    backgrounds: opt.Backgrounds = None,
    preset: opt.PresetName = "modern",
    overrides: opt.Overrides = None,
    seed: opt.Seed = 0,
    images: opt.Images = None,
    workers: opt.Workers = None,
    allow_license: opt.AllowLicense = None,
    allow_identifiable_faces: opt.AllowFaces = False,
    max_pixels: opt.MaxPixels = DEFAULT_MAX_PIXELS,
    corrections: opt.Corrections = None,
    cache: opt.Cache = None,
    models: opt.Models = None,
    detector: opt.Detector = "torchvision",
    device: opt.Device = "cpu",
    models_dir: opt.ModelsDir = None,
) -> BuildRequest:
    """What the options ask for."""
    from refmatte_engine.presets import load_preset

    return BuildRequest(
        out=out,
        sources=sources,
        sources_root=sources_root,
        backgrounds=backgrounds,
        preset=load_preset(preset, overrides or []),
        seed=seed,
        images=images,
        workers=workers or opt.default_workers(),
        allow_license=tuple(sorted(allow_license or [])),
        allow_identifiable_faces=allow_identifiable_faces,
        max_pixels=max_pixels,
        corrections=tuple(corrections or []),
        cache=cache,
        models=tuple(name.strip() for name in (models or "").split(",") if name.strip()),
        detector=detector,
        device=device,
        models_dir=models_dir,
    )


def with_build_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command that takes a ``request`` the options that make one, in front of its own."""
    shared = inspect.signature(request_from_options).parameters
    own = {name: p for name, p in inspect.signature(command).parameters.items() if name != "request"}
    hints = get_type_hints(request_from_options, include_extras=True) | get_type_hints(
        command, include_extras=True
    )

    @wraps(command)
    def run(**values: Any) -> None:
        from refmatte_engine.compose.allocation import keep_large_blocks

        keep_large_blocks()
        request = request_from_options(**{name: values.pop(name) for name in shared})
        command(request, **values)

    parameters = [p.replace(annotation=hints[p.name]) for p in [*shared.values(), *own.values()]]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    return run


def build(
    request: BuildRequest,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be built: counts, bytes, licence. Writes nothing.")
    ] = False,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
) -> None:
    """Build a dataset: all stages in order. The same command again continues an unfinished build."""
    from refmatte_engine.pipeline import stages as pipeline
    from refmatte_engine.progress import for_stderr

    if dry_run:
        outlook = pipeline.forecast(request, progress=for_stderr(quiet))
        opt.report(outlook, json)
        return
    summary = pipeline.build(request, progress=for_stderr(quiet))
    opt.report(summary, json, quiet)
    if not quiet:
        opt.tell(f"look at it: {summary.out / 'report' / 'index.html'}")


def ingest(request: BuildRequest, json: opt.Json = False, quiet: opt.Quiet = False) -> None:
    """Stage 1 alone: find, check and filter the cut-outs (entities, backgrounds, quarantine)."""
    from refmatte_engine.pipeline import stages as pipeline
    from refmatte_engine.progress import for_stderr

    opt.report(pipeline.ingest(request, progress=for_stderr(quiet)), json, quiet)


def label(
    request: BuildRequest,
    evaluate: Annotated[
        Path | None,
        typer.Option(
            "--evaluate",
            metavar="TRUTH.csv",
            help="Compare the labels with this table (columns of --corrections): accuracy, coverage, confusions.",
        ),
    ] = None,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
) -> None:
    """Stages 1-2: also say what can be said of every entity (attributes)."""
    from refmatte_engine.attributes.corrections import read_corrections
    from refmatte_engine.pipeline import stages as pipeline
    from refmatte_engine.progress import for_stderr

    if evaluate is not None:
        read_corrections(evaluate)  # a table that cannot be read is told before the work, not after it
    summary = pipeline.label(request, progress=for_stderr(quiet))
    if evaluate is None:
        opt.report(summary, json, quiet)
        return
    from refmatte_engine.agreement import agreement_text, evaluate_labels

    found = evaluate_labels(summary.out, evaluate)
    if json:
        opt.print_json({**summary.as_json(), "agreement": found.as_json()})
    else:
        opt.say(agreement_text(found))


def compose(request: BuildRequest, json: opt.Json = False, quiet: opt.Quiet = False) -> None:
    """Draw the plan that lies in the output folder (edited by hand, perhaps): images, tables, cards, report."""
    from refmatte_engine.pipeline import stages as pipeline
    from refmatte_engine.progress import for_stderr

    opt.report(pipeline.compose(request, progress=for_stderr(quiet)), json, quiet)


def plan(
    request: BuildRequest,
    inventory: Annotated[
        Path | None,
        typer.Option(
            "--inventory", help="Plan from a table of entities alone; stops before layout, draws nothing."
        ),
    ] = None,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
) -> None:
    """Stages 1-3: decide what meets where, and where it stands. Without --out nothing is written."""
    from refmatte_engine.pipeline import stages as pipeline
    from refmatte_engine.progress import for_stderr

    summary = (
        pipeline.plan_inventory(request, inventory)
        if inventory is not None
        else pipeline.plan(request, progress=for_stderr(quiet))
    )
    opt.report(summary, json, quiet)


def add_commands(app: typer.Typer) -> None:
    """Register the commands of this module, in the order of the stages."""
    for command in (build, ingest, label, plan, compose):
        app.command()(with_build_options(command))
