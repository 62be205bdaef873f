"""``clipmat demo``."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from clipmat.cli import options as opt


def demo(
    checkpoint: Annotated[
        str | None,
        typer.Option(
            envvar="CLIPMAT_CHECKPOINT",
            help="Run, model folder, folder of `clipmat export`, or hf:owner/name. Not given: newest of runs/.",
        ),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="On 127.0.0.1; 0 takes any free one.")] = 7860,
    device: opt.Device = None,
    quiet: opt.Quiet = False,
) -> None:
    """Open a page to try a model: photo, phrases, matte, cut-out on a colour or on another photo."""
    from clipmat.demo.page import build_page, gradio, start

    gradio()  # what is missing is said before a model is loaded
    where = checkpoint if checkpoint is not None else str(opt.newest_run(Path("runs"), quiet))
    if (Path(where) / "export.json").is_file():
        from clipmat.export import OnnxMatter

        matter: Any = OnnxMatter(where)
    else:
        matter = opt.matter_of(where, device, quiet)
    with TemporaryDirectory(prefix="clipmat-demo-") as folder:
        page = build_page(matter, where, Path(folder))
        start(page, port, lambda address: opt.tell(f"open {address} (Ctrl-C ends it)", False))


def add_commands(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command()(demo)
