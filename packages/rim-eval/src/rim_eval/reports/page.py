"""The HTML report: one file that needs no server, no network and no other file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rim_eval.definition import Metric
from rim_eval.report import Report
from rim_eval.reports.charts import COLOURS, histogram
from rim_eval.reports.pictures import Pictures, pictures_of
from rim_eval.reports.tables import Table, group_tables, number, overall_table, share, target_table
from rim_eval.rows import Row
from rim_eval.targets import TargetClass

WORST, BEST, PER_CLASS = 24, 8, 6
MAX_LISTED: Final = 5000
"""Rows of the list on the page; the JSON and CSV hold all."""


@dataclass(frozen=True, slots=True)
class Case:
    """One result shown with its pictures."""

    row: Row
    why: str
    pictures: Pictures
    numbers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Share:
    """One segment of the bar of outcomes."""

    name: str
    n: int
    percent: float
    label: str
    colour: str


def html_page(report: Report) -> str:
    """The page as text: means, outcomes, distributions, groups, the worst and best cases, and a list to search."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("rim_eval", "reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    leading = leading_metric(report)
    ranked = sorted(report.rows, key=lambda row: (-(row.value(leading) or 0.0), row.id))
    metrics = [metric for metric in Metric if report.overall.values[metric.value] is not None]
    charts = [chart for metric in metrics if (chart := histogram(report.rows, metric)) is not None]
    return environment.get_template("page.html.jinja").render(
        report=report,
        overall=overall_table(report),
        outcomes=target_table(report),
        shares=_shares(report),
        groups=group_tables(report),
        charts=charts,
        colours={kind.value: colour for kind, colour in COLOURS.items()},
        cases=_cases(report, ranked, leading, metrics),
        leading=leading.value,
        metrics=[metric.value for metric in metrics],
        listed=_listed(ranked[:MAX_LISTED], metrics),
        unlisted=max(0, len(ranked) - MAX_LISTED),
        bars=_bars,
    )


def leading_metric(report: Report) -> Metric:
    """What cases are ranked by: SAD, or the first metric the run has."""
    return next((metric for metric in Metric if report.overall.values[metric.value] is not None), Metric.SAD)


def _shares(report: Report) -> list[Share]:
    return [
        Share(
            kind.value, means.n, 100 * means.n / report.overall.n, share(means.n, report.overall.n), COLOURS[kind]
        )
        for kind, means in report.targets.classes.items()
        if means.n
    ]


def _cases(report: Report, ranked: Sequence[Row], leading: Metric, metrics: Sequence[Metric]) -> list[Case]:
    """The worst, some of every outcome, and the best; each item once."""
    chosen: dict[str, tuple[Row, str]] = {}
    for row in ranked[:WORST]:
        chosen[row.id] = (row, "worst")
    for kind in TargetClass:
        for row in [row for row in ranked if row.target is kind][:PER_CLASS]:
            chosen.setdefault(row.id, (row, "outcome"))
    for row in list(reversed(ranked))[:BEST]:
        chosen.setdefault(row.id, (row, "best"))
    order = {"worst": 0, "outcome": 1, "best": 2}
    rows = sorted(chosen.values(), key=lambda pair: (order[pair[1]], -(pair[0].value(leading) or 0.0), pair[0].id))
    return [
        Case(
            row,
            why,
            pictures_of(row.id, report.tasks[row.id]),
            tuple((metric.value, number(row.value(metric), metric.value)) for metric in metrics),
        )
        for row, why in rows
    ]


def _listed(rows: Sequence[Row], metrics: Sequence[Metric]) -> list[list[object]]:
    """The list as compact JSON: id, outcome, groups, text, then the numbers."""
    return [
        [row.id, row.target.value, ", ".join(f"{k}: {v}" for k, v in sorted(row.groups.items())), row.text or "",
         *(row.value(metric) for metric in metrics)]
        for row in rows
    ]  # fmt: skip


def _bars(table: Table, column: str) -> list[float]:
    """Length in percent of a small bar beside each row of `column`, relative to the largest."""
    at = next(i for i, heading in enumerate(table.header) if heading.startswith(column))
    values = [float(row[at].replace(",", "")) if row[at] != "-" else 0.0 for row in table.rows]
    top = max(values, default=0.0)
    return [100 * value / top if top else 0.0 for value in values]
