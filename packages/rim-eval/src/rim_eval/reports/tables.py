"""Tables of text, built once and rendered by every output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from rim_eval.averaging import COLUMNS
from rim_eval.report import Report
from rim_eval.rows import Means

ABSENT: Final = "-"
HEADINGS: Final = {"SAD": "SAD (/1000)"}
"""The scale that is most often left unsaid."""

TARGET_MEANING: Final = {
    "right": "the thing asked for",
    "wrong": "another thing of the image",
    "both": "the thing and another",
    "empty": "next to nothing",
    "partial": "none of these",
    "quiet": "no target, and none shown",
    "false alarm": "no target, yet something shown",
}


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table; the first `labels` columns are text, the others numbers."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    labels: int = 1


def number(value: float | None, column: str) -> str:
    """A number as the papers print it: SAD, GRAD and CONN with 2 decimals, MSE and MAD with 4.

    Smaller non-zero values keep two digits instead of vanishing.

    >>> number(47.97, "SAD"), number(0.0245, "MSE"), number(0.00001234, "MSE"), number(None, "SAD")
    ('47.97', '0.0245', '1.2e-05', '-')
    """
    if value is None:
        return ABSENT
    decimals = 4 if column.startswith(("MSE", "MAD")) else 2
    if value and abs(value) < 0.5 * 10**-decimals:
        return f"{value:.1e}"
    return f"{value:,.{decimals}f}"


def share(part: int, whole: int) -> str:
    """`share(1, 4)` -> "25.0 %"."""
    return f"{100 * part / whole:.1f} %" if whole else ABSENT


def shown_columns(values: Mapping[str, float | None]) -> tuple[str, ...]:
    """The metric columns that hold anything, in the usual order."""
    return tuple(column for column in COLUMNS if values[column] is not None) or COLUMNS[:1]


def overall_table(report: Report) -> Table:
    """One line with all means."""
    columns = shown_columns(report.overall.values)
    return Table(
        "Overall",
        ("predictions", "missing", "entities", "images", *(HEADINGS.get(column, column) for column in columns)),
        ((*_counts(report), *_numbers(report.overall, columns)),),
        labels=0,
    )


def target_table(report: Report) -> Table:
    """How often the right thing was found, and what each outcome costs."""
    split = report.targets
    rows = [
        (
            kind.value,
            TARGET_MEANING[kind.value],
            f"{means.n:,}",
            share(means.n, report.overall.n),
            *_numbers(means, ("SAD",)),
        )
        for kind, means in split.classes.items()
    ]
    return Table(
        "What the predictions show", ("outcome", "meaning", "n", "share", HEADINGS["SAD"]), tuple(rows), 2
    )


def group_tables(report: Report) -> list[Table]:
    """One table per column that groups the items, unless it has a single value."""
    columns = shown_columns(report.overall.values)
    header = (*(HEADINGS.get(column, column) for column in columns),)
    return [
        Table(
            f"By {name}",
            (name, "n", *header),
            tuple((value, f"{means.n:,}", *_numbers(means, columns)) for value, means in groups.items()),
        )
        for name, groups in report.groups.items()
        if len(groups) > 1
    ]


def all_tables(report: Report) -> list[Table]:
    """Everything a reader sees, in order."""
    return [overall_table(report), target_table(report), *group_tables(report)]


def _counts(report: Report) -> tuple[str, ...]:
    means = report.overall
    return f"{means.n:,}", f"{len(report.missing):,}", f"{means.entities:,}", f"{means.images:,}"


def _numbers(means: Means, columns: Iterable[str]) -> tuple[str, ...]:
    return tuple(number(means.values[column], column) for column in columns)
