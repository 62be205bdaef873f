"""``clipmat export``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from clipmat.cli import options as opt


def export(
    checkpoint: Annotated[str, typer.Argument(help="Run, model folder or hf:owner/name.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the graphs: new, or an earlier export.")],
    tolerance: Annotated[
        float, typer.Option(min=0.0, help="Largest difference from torch, of numbers in [0, 1].")
    ] = 1e-3,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Write a model as two ONNX graphs, checked against torch with onnxruntime."""
    from clipmat.export.write import export_model

    made = export_model(checkpoint, out, tolerance=tolerance)
    parity = made.parity
    if as_json:
        print(json.dumps({**asdict(made), "folder": str(made.folder)}))
        return
    opt.tell(
        f"{made.folder}: opset {made.opset}, {made.size / 2**20:.1f} MB, {made.seconds:.0f} s; largest difference "
        f"from torch {parity.worst:.2g} (details {parity.details:.2g}, trimap {parity.trimap:.2g}, "
        f"alpha {parity.alpha:.2g}; {100 * parity.ties:.2g} % of the pixels are ties)",
        quiet,
    )


def add_commands(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command()(export)
