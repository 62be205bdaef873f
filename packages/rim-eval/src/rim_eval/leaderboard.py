"""`table`: saved runs beside the paper's rows, with the protocol of each."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from rim_eval.averaging import COLUMNS
from rim_eval.errors import UsageError
from rim_eval.reports.tables import ABSENT, HEADINGS, Table, number
from rim_eval.saved_runs import SavedRun, load_run

PAPER_COLUMNS: Final = COLUMNS[:6]
PROTOCOL_COLUMNS: Final = ("region", "size", "expressions", "CONN rule", "GRAD rule")
PAPER_PROTOCOL: Final = {"region": "whole", "size": "gt-size"}
PAPER_CHOICES: Final = ("auto", "all", "none", "keyword", "expression", "rw100")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the leaderboard."""

    name: str
    setting: str
    protocol: dict[str, str]
    """`PROTOCOL_COLUMNS` -> what the run did; what is unknown or without effect is left out."""
    signature: str
    n: int
    values: dict[str, float | None]
    accuracy: float | None
    doubtful: dict[str, str]
    """Column -> why its printed value cannot be right."""

    def to_json(self) -> dict[str, Any]:
        """One JSON object."""
        return {
            "name": self.name, "setting": self.setting, "protocol": self.protocol,
            "signature": self.signature, "n": self.n,
            **self.values, "accuracy": self.accuracy, "doubtful": self.doubtful,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """Entries per setting, best SAD first."""

    entries: tuple[Entry, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """One JSON document."""
        return {"entries": [entry.to_json() for entry in self.entries], "notes": list(self.notes)}

    def tables(self) -> list[Table]:
        """One table a setting."""
        settings = dict.fromkeys(entry.setting for entry in self.entries)
        return [
            _table(setting, [entry for entry in self.entries if entry.setting == setting]) for setting in settings
        ]


def leaderboard(runs: Sequence[Path | str] = (), *, paper: str = "auto") -> Leaderboard:
    """Saved runs (`FILE` or `NAME=FILE`) and the paper's rows.

    `paper`: `none`, one of its settings, `all`, or `auto`: the settings of the runs, all without runs.
    """
    if paper not in PAPER_CHOICES:
        raise UsageError(f"unknown choice --paper {paper!r}. Choose one of {', '.join(PAPER_CHOICES)}.")
    saved = [load_run(run) for run in runs]
    entries = [_entry(run) for run in saved] + list(_paper_entries(_paper_settings(paper, saved)))
    if not entries:
        raise UsageError("nothing to show: name a run, or choose --paper all.")
    settings = list(dict.fromkeys(entry.setting for entry in entries))
    entries.sort(key=lambda entry: (settings.index(entry.setting), _order(entry), entry.name))
    notes = [
        f"{entry.name}, {entry.setting}, {column} {number(entry.values[column], column)}: "
        f"printed so in the paper, but {why}."
        for entry in entries
        for column, why in entry.doubtful.items()
    ]
    if saved and len(entries) > len(saved):
        notes.append("The paper's rows are on its own test sets: a run compares with them only on the same items.")
    if len({run.signature for run in saved}) > 1:
        notes.append("Runs with different signatures were scored on different items or by different rules.")
    return Leaderboard(tuple(entries), tuple(notes))


def _order(entry: Entry) -> float:
    sad = entry.values["SAD"]
    return float("inf") if sad is None else sad


def _paper_settings(paper: str, saved: Iterable[SavedRun]) -> list[str]:
    every = [choice for choice in PAPER_CHOICES if choice in paper_rows()["settings"]]
    if paper == "auto":
        present = {run.setting for run in saved}
        return [setting for setting in every if setting in present] if present else every
    return {"all": every, "none": []}.get(paper, [paper])


def _entry(run: SavedRun) -> Entry:
    protocol = _protocol(run.signature)
    return Entry(run.name, run.setting, protocol, run.signature, run.n, dict(run.overall), run.accuracy, {})


def _protocol(signature: str) -> dict[str, str]:
    """The protocol columns of a run, from the parts of its signature."""
    parts = signature.split("|")
    named = dict(part.split(":", 1) for part in parts if ":" in part and "(" not in part.split(":", 1)[0])
    protocol = {
        "region": parts[parts.index("sad/1000") + 1] if "sad/1000" in parts else "",
        "size": f"resized {named['resize'].split(':')[-1]}" if "resize" in named else "gt-size",
        "expressions": named.get("expr", ""),
        "CONN rule": named.get("conn", ""),
        "GRAD rule": named.get("grad", ""),
    }
    return {column: value for column, value in protocol.items() if value and value != "off"}


def _paper_entries(settings: Iterable[str]) -> Iterable[Entry]:
    rows = paper_rows()
    for setting in settings:
        for row in rows["rows"]:
            printed: dict[str, float | None] = dict.fromkeys(COLUMNS)
            printed.update(zip(PAPER_COLUMNS, row[setting], strict=True))
            doubt = row.get("doubtful", {})
            doubtful = {doubt["column"]: doubt["about"]} if doubt.get("setting") == setting else {}
            yield Entry(
                f"{row['name']} [paper]",
                setting,
                PAPER_PROTOCOL,
                "",
                rows["settings"][setting]["n"],
                printed,
                None,
                doubtful,
            )


@cache
def paper_rows() -> dict[str, Any]:
    """The paper's tables as data."""
    return tomllib.loads(files("rim_eval").joinpath("paper_rows.toml").read_text(encoding="utf-8"))


def _table(setting: str, entries: Sequence[Entry]) -> Table:
    columns = [column for column in COLUMNS if any(entry.values[column] is not None for entry in entries)]
    settings = paper_rows()["settings"]
    known = [column for column in PROTOCOL_COLUMNS if any(column in entry.protocol for entry in entries)]
    header = ("method", *known, "n", *(HEADINGS.get(column, column) for column in columns), "accuracy")
    rows = tuple(
        (
            entry.name,
            *(entry.protocol.get(column, ABSENT) for column in known),
            f"{entry.n:,}",
            *(_cell(entry, column) for column in columns),
            ABSENT if entry.accuracy is None else f"{100 * entry.accuracy:.1f} %",
        )
        for entry in entries
    )
    return Table(
        settings[setting]["title"] if setting in settings else f"Setting: {setting}", header, rows, 1 + len(known)
    )


def _cell(entry: Entry, column: str) -> str:
    return number(entry.values[column], column) + (" (?)" if column in entry.doubtful else "")
