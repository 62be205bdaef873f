"""What several commands share: option types, ``--set`` and how they speak."""

from __future__ import annotations

import sys
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from clipmat.errors import UsageError


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


Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", help="Change one field of the preset: name=value, as model.cross_residual=true. Repeatable."
    ),
]
Device = Annotated[str | None, typer.Option(help="cpu, cuda or mps. Not given: the best there is.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


def fields_of(changes: list[str]) -> dict[str, Any]:
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
            if not isinstance(at, dict):
                raise UsageError(f"--set {text}: {part} has the value {at!r} already, it cannot have fields too")
        at[last] = None if parsed == "none" else parsed
    return fields


def matter_of(checkpoint: str | None, device: str | None, quiet: bool) -> Any:
    where = checkpoint if checkpoint is not None else str(newest_run(Path("runs"), quiet))
    from clipmat.prediction.matter import Matter

    return Matter.from_pretrained(where, device)


def newest_run(runs: Path, quiet: bool) -> Path:
    from clipmat.model.folder import holds_model

    found = [path for path in runs.iterdir() if path.is_dir() and holds_model(path)] if runs.is_dir() else []
    if not found:
        raise UsageError(
            "name a model with --checkpoint (a run, a model folder or hf:owner/name); there is none in runs/"
        )
    newest = max(found, key=lambda path: path.stat().st_mtime)
    tell(f"using {newest}", quiet)
    return newest


def tell(text: str, quiet: bool) -> None:
    if not quiet:
        print(text, file=sys.stderr, flush=True)
