"""Commands that bring datasets in and out: import, export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refmatte_engine.cli import options as opt

if TYPE_CHECKING:
    from refmatte_engine.manifest.build_manifest import SplitCounts
    from refmatte_engine.manifest.vocabulary import Split

NewFolder = Annotated[Path, typer.Option("--out", "-o", help="A new or empty folder.")]
Link = Annotated[bool, typer.Option("--link", help="Hard-link files instead of copying them.")]

import_app = typer.Typer(help="Make a dataset from data in another layout.", no_args_is_help=True)
export_app = typer.Typer(help="Write a dataset in another layout.", no_args_is_help=True)


@import_app.command("refmatte")
def import_refmatte(
    path: Annotated[Path, typer.Argument(help="The unpacked RefMatte archive.")],
    out: NewFolder,
    link: Link = False,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
) -> None:
    """From the released RefMatte layout."""
    from refmatte_engine.exchange.refmatte_import import import_refmatte as bring
    from refmatte_engine.progress import for_stderr

    _report(out, bring(path, out, link=link, progress=for_stderr(quiet)).splits, json)


@import_app.command("rw100")
def import_rw100(
    path: Annotated[Path, typer.Argument(help="The unpacked RefMatte-RW100 archive.")],
    out: NewFolder,
    link: Link = False,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
) -> None:
    """From the released RefMatte-RW100 layout."""
    from refmatte_engine.exchange.rw100 import import_rw100 as bring
    from refmatte_engine.progress import for_stderr

    _report(out, bring(path, out, link=link, progress=for_stderr(quiet)).splits, json)


@import_app.command("csv")
def import_csv(
    path: Annotated[Path, typer.Argument(help="A CSV: image,matte,phrase and optional kind,split,license.")],
    out: NewFolder,
    split: Annotated[str, typer.Option("--split", help="Of rows that name none: train or test.")] = "test",
    license: Annotated[
        str, typer.Option("--license", help="Of rows that name none: SPDX or LicenseRef-...")
    ] = "LicenseRef-user-provided",
    link: Link = False,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
) -> None:
    """From rows of image, matte and phrase."""
    from refmatte_engine.exchange.csv_import import import_csv as bring
    from refmatte_engine.progress import for_stderr

    done = bring(path, out, split=split, license=license, link=link, progress=for_stderr(quiet))
    _report(out, done.splits, json)


@export_app.command("refmatte")
def export_refmatte(
    dataset: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a finished dataset.")],
    out: NewFolder,
    link: Link = False,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
) -> None:
    """To the released RefMatte layout, with our further keys beside its own."""
    from refmatte_engine.exchange.refmatte_export import export_refmatte as send
    from refmatte_engine.progress import for_stderr

    done = send(dataset, out, link=link, progress=for_stderr(quiet))
    if json:
        opt.print_json(asdict(done) | {"out": str(out)})
    else:
        opt.tell(f"{out}: {done.images:,} images, {done.mattes:,} mattes, {done.expressions:,} expressions")


def _report(out: Path, splits: Mapping[Split, SplitCounts], json: bool) -> None:
    if json:
        opt.print_json({"out": str(out), "splits": {split.value: n.to_json() for split, n in splits.items()}})
        return
    for split, n in splits.items():
        opt.tell(f"{split}: {n.images:,} images, {n.mattes:,} mattes, {n.expressions:,} expressions")


def add_commands(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.add_typer(import_app, name="import")
    app.add_typer(export_app, name="export")
