"""Options that several subcommands share, written once."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

Out = Annotated[
    Path | None, typer.Option("--out", "-o", help="Folder of the dataset. Not given: data/.", show_default=False)
]
Sources = Annotated[
    str,
    typer.Option(
        "--sources",
        help="Comma-separated: am2k, p3m10k, aim500, sim, dim, hatt, folder:PATH, sample, drawn:N. "
        "NAME=PATH says that one lies elsewhere.",
    ),
]
SourcesRoot = Annotated[
    Path | None,
    typer.Option(
        "--sources-root", envvar="REFMATTE_SOURCES", help="Where the datasets lie; ./sources when not given."
    ),
]
Backgrounds = Annotated[
    str | None,
    typer.Option("--backgrounds", help="bg20k, folder:PATH, sample or drawn:N. Not given: what fits the sources."),
]
PresetName = Annotated[str, typer.Option("--preset", help="modern, paper, or a TOML file.")]
Overrides = Annotated[
    list[str] | None, typer.Option("--set", help="Change one preset field: section.key=value. Repeatable.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Equal seed and inputs give equal bytes.")]
Images = Annotated[int | None, typer.Option("--images", min=1, help="Images in all; the preset's when not given.")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="Processes; all cores when not given.")]
AllowLicense = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-license",
        help="Allow a licence level by name: share-alike, non-commercial, no-redistribution. Repeatable.",
    ),
]
AllowFaces = Annotated[
    bool, typer.Option("--allow-identifiable-faces", help="Keep entities whose face can be recognised.")
]
MaxPixels = Annotated[int, typer.Option("--max-pixels", min=1, help="Refuse pictures with more pixels than this.")]
Corrections = Annotated[
    list[Path] | None, typer.Option("--corrections", help="CSV of hand-checked labels, by entity_id. Repeatable.")
]
Cache = Annotated[
    Path | None,
    typer.Option(
        "--cache",
        envvar="REFMATTE_CACHE",
        help="Keeps estimated foregrounds and what models said. Not given: user cache.",
    ),
]
Models = Annotated[
    str | None,
    typer.Option(
        "--models",
        help="Let models propose labels: category, gender, age, clothes. NAME=FILE.csv: a table of another model. "
        "Not given: nothing is guessed.",
    ),
]
Detector = Annotated[
    str, typer.Option("--detector", help="Mask R-CNN for --models category: torchvision, detectron2.")
]
Device = Annotated[
    str,
    typer.Option(
        "--device",
        help="Where detector and CLIP run: cpu, cuda, cuda:1. Faces, gender and age are always read on the CPU.",
    ),
]
ModelsDir = Annotated[
    Path | None,
    typer.Option("--models-dir", envvar="REFMATTE_MODELS", help="Folder of weights. Not given: user cache."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]


def default_workers() -> int:
    """As many processes as this process may use cores."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Summary(Protocol):
    """What a command ends with: text for people (``str``), and a document for scripts."""

    def as_json(self) -> dict[str, Any]: ...


def report(summary: Summary, as_json: bool, quiet: bool = False) -> None:
    """Tell the result: the document on stdout, or the text on stderr."""
    if as_json:
        print_json(summary.as_json())
    elif not quiet:
        tell(str(summary))


def print_json(document: Any) -> None:
    """The one JSON document of a command, on stdout."""
    print(json.dumps(document, indent=1, ensure_ascii=False))


def tell(text: str) -> None:
    """A line for the person, on stderr."""
    print(text, file=sys.stderr)


def say(text: str) -> None:
    """A line of what was asked for, on stdout."""
    print(text)
