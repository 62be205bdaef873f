"""Reading the JSON of earlier runs back, for `compare` and `table`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rim_eval.averaging import COLUMNS
from rim_eval.definition import Metric
from rim_eval.errors import ReportFileError


@dataclass(frozen=True, slots=True)
class SavedItem:
    """One row of a saved run."""

    id: str
    entity_id: str
    image_id: str
    values: Mapping[str, float | None]
    target: str


@dataclass(frozen=True, slots=True)
class SavedRun:
    """A saved run: what was scored, how, and the numbers."""

    name: str
    signature: str
    setting: str
    protocol: str
    overall: Mapping[str, float | None]
    accuracy: float | None
    n: int
    items: tuple[SavedItem, ...]

    @property
    def definition(self) -> str:
        """The signature without what was scored: runs compare only if this is equal."""
        return "|".join(part for part in self.signature.split("|") if not part.startswith(("ids:", "n=")))


def load_run(path: Path | str) -> SavedRun:
    """A run saved by `rim-eval score --json > FILE`; `NAME=FILE` names it. Else ReportFileError."""
    name, source = "", Path(path)
    if not source.is_file() and "=" in str(path):  # a file whose own path has "=" wins
        name, _, file = str(path).partition("=")
        source = Path(file)
    try:
        document: Any = json.loads(source.read_text(encoding="utf-8"))
    except OSError as problem:
        raise ReportFileError(
            f"{source}: cannot be opened. Save runs with `rim-eval score ... --json > run.json`."
        ) from problem
    except (ValueError, RecursionError) as problem:
        raise ReportFileError(
            f"{source}: is not JSON; save runs with `rim-eval score ... --json > run.json`."
        ) from problem
    try:
        return SavedRun(
            name=name or source.stem,
            signature=_text(document["signature"]),
            setting=_text(document["setting"]),
            protocol=_text(document["protocol"]),
            overall={column: _number(document["overall"][column]) for column in COLUMNS},
            accuracy=_number(document["targets"]["accuracy"]),
            n=int(document["n"]),
            items=tuple(_item(item) for item in document["items"]),
        )
    except (KeyError, TypeError, ValueError) as problem:
        raise ReportFileError(f"{source}: is not a report of `rim-eval score --json` ({problem!r}).") from problem


def _item(item: Any) -> SavedItem:
    return SavedItem(
        _text(item["id"]),
        _text(item["entity_id"]),
        _text(item["image_id"]),
        {metric.value: _number(item[metric.value]) for metric in Metric},
        _text(item["target"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    return float(value)
