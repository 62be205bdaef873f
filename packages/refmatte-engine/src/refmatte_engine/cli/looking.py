"""Commands that look at what is there: review, report, verify, sources, schema."""

from __future__ import annotations

import json as jsonlib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refmatte_engine.cli import options as opt
from refmatte_engine.errors import ExitCode

if TYPE_CHECKING:
    from refmatte_engine.sources.check import SourceReport

Dataset = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a finished dataset.")]

sources_app = typer.Typer(help="What the project knows of datasets, and if yours are whole.", no_args_is_help=True)


def verify(
    dataset: Dataset = Path("data"),
    strict: Annotated[bool, typer.Option("--strict", help="Also refuse cards with TODO-human left.")] = False,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
) -> None:
    """Re-derive and re-check everything a dataset claims; exit 3 when something is not so."""
    from refmatte_engine.progress import for_stderr
    from refmatte_engine.verify import verify as verify_dataset

    violations = verify_dataset(dataset, strict=strict, progress=for_stderr(quiet))
    if json:
        opt.print_json({"ok": not violations, "violations": [asdict(violation) for violation in violations]})
    else:
        for violation in violations:
            opt.tell(f"{violation.code}: {violation.where}: {violation.detail}")
        opt.tell(f"{dataset}: {len(violations)} violations" if violations else f"{dataset} is as it says")
    if violations:
        raise typer.Exit(ExitCode.BAD_INPUT)


def report(
    dataset: Dataset = Path("data"),
    images: Annotated[int, typer.Option("--images", min=1, help="At most this many images in the gallery.")] = 300,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
) -> None:
    """Write report/index.html: gallery and statistics, for a browser without a server."""
    from refmatte_engine.progress import for_stderr
    from refmatte_engine.report.page import write_report

    page = write_report(dataset, images=images, progress=for_stderr(quiet))
    if json:
        opt.print_json({"page": str(page)})
    else:
        opt.tell(f"look at it: {page}")


def review(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of refmatte label, or of a finished build (its phrases).")
    ] = Path("data"),
    sources: opt.Sources = "sample",
    sources_root: opt.SourcesRoot = None,
    corrections: opt.Corrections = None,
    labels: Annotated[
        bool, typer.Option("--labels", help="Of a finished build, review the labels and not the phrases.")
    ] = False,
    images: Annotated[int, typer.Option("--images", min=1, help="Phrases of at most this many images.")] = 500,
    workers: opt.Workers = None,
    max_pixels: opt.MaxPixels = 50_000_000,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
) -> None:
    """Write review/index.html: check labels or phrases by keyboard, and save corrections.csv. Needs no server."""
    from refmatte_engine.progress import for_stderr
    from refmatte_engine.review import page

    progress = for_stderr(quiet)
    if page.is_finished_build(folder) and not labels:
        opt.report(page.review_expressions(folder, images=images, progress=progress), json, quiet)
        return
    written = page.review_entities(
        folder,
        sources=sources,
        sources_root=sources_root,
        corrections=tuple(corrections or []),
        workers=workers or opt.default_workers(),
        max_pixels=max_pixels,
        progress=progress,
    )
    opt.report(written, json, quiet)


def schema(
    table: Annotated[str | None, typer.Argument(help="One table. Not given: all, and the preset.")] = None,
) -> None:
    """Print, as JSON, the columns of the tables (a sentence each) and the JSON Schema of a preset."""
    from refmatte_engine.schema_document import schema_document

    print(jsonlib.dumps(schema_document(table), indent=1, ensure_ascii=False))


@sources_app.command("list")
def list_sources(json: opt.Json = False) -> None:
    """What the project knows of each dataset: page, agreement, licence."""
    from refmatte_engine.sources.card import card_names, source_card

    cards = [source_card(name) for name in card_names()]
    if json:
        opt.print_json([asdict(card) for card in cards])
        return
    for card in cards:
        opt.say(f"{card.name:<8} {card.title}: {card.holds}, {card.license} ({card.license_level})")
        opt.say(f"{'':<8} {card.origin}")
        opt.say(f"{'':<8} agreement: {card.agreement}")
    opt.say("further: sample (shipped), drawn:N (drawn on the spot), folder:PATH (your own cut-outs)")


@sources_app.command("check")
def check_sources(
    sources: Annotated[
        str | None, typer.Option("--sources", help="As for build; all known datasets when not given.")
    ] = None,
    sources_root: opt.SourcesRoot = None,
    workers: opt.Workers = None,
    max_pixels: opt.MaxPixels = 50_000_000,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
) -> None:
    """Look at every file: layout, counts, sizes, corrupt files, licence. Exit 3 when a named one is not usable."""
    from refmatte_engine.progress import for_stderr
    from refmatte_engine.sources.check import check_sources as check

    reports = check(
        sources,
        root=sources_root,
        workers=workers or opt.default_workers(),
        max_pixels=max_pixels,
        progress=for_stderr(quiet),
    )
    if json:
        opt.print_json([asdict(found) | {"ok": found.ok} for found in reports])
    else:
        for found in reports:
            opt.say(_described(found))
    if sources is not None and not all(found.ok for found in reports):
        raise typer.Exit(ExitCode.BAD_INPUT)


def _described(found: SourceReport) -> str:
    """A source's report for a person."""
    if found.problem is not None:
        return f"{found.name}: NOT USABLE\n  {found.problem}"
    lines = [f"{found.name}: {'ok' if found.ok else 'NOT USABLE'}, {found.title}"]
    lines.append("  found: " + ", ".join(f"{part} {n:,}" for part, n in found.counts))
    if found.incomplete:
        lines.append("  of the complete dataset: " + "; ".join(found.incomplete))
    if found.left_out:
        lines.append("  left out: " + ", ".join(f"{reason} {n:,}" for reason, n in found.left_out))
    if found.sizes is not None:
        sides = found.sizes
        lines.append(f"  short sides: {sides.smallest} to {sides.largest} pixels, median {sides.median}")
    unwritten = ", terms stated nowhere" if found.unspecified else ""
    lines.append(f"  licence: {found.license} ({found.license_level}{unwritten})")
    if found.identifiable_faces:
        lines.append(f"  recognisable faces: {found.identifiable_faces:,}")
    lines += [f"  {bad.reason}: {bad.item} {bad.detail}" for bad in found.unreadable]
    return "\n".join(lines)


def add_commands(app: typer.Typer) -> None:
    """Register the commands of this module."""
    for command in (review, report, verify, schema):
        app.command()(command)
    app.add_typer(sources_app, name="sources")
