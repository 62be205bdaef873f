"""Charts as plain SVG, drawn from the rows; no script, no library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Final

from rim_eval.definition import Metric
from rim_eval.rows import Row
from rim_eval.targets import TargetClass

COLOURS: Final = {
    TargetClass.RIGHT: "#2f7d4f",
    TargetClass.PARTIAL: "#c9a227",
    TargetClass.EMPTY: "#8a8f98",
    TargetClass.BOTH: "#7a5bb5",
    TargetClass.WRONG: "#c0392b",
    TargetClass.QUIET: "#5b9bb5",
    TargetClass.FALSE_ALARM: "#d9772b",
}
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 560, 190, 44, 34, 14


@dataclass(frozen=True, slots=True)
class Bar:
    """One rectangle of a stacked histogram, in pixels of the chart."""

    x: float
    y: float
    width: float
    height: float
    colour: str
    title: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis."""

    position: float
    label: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """How one metric is distributed over the items, stacked by outcome."""

    title: str
    bars: tuple[Bar, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    bottom: int = BOTTOM


def histogram(rows: Sequence[Row], metric: Metric) -> Histogram | None:
    """Logarithmic bins, four a decade: errors of right and wrong targets differ by factors. None for no value."""
    values = [(value, row.target) for row in rows if (value := row.value(metric)) is not None]
    if not values:
        return None
    top = max(value for value, _ in values)
    last = floor(4 * log10(top)) + 1 if top > 0 else 1
    first = max(min((floor(4 * log10(value)) for value, _ in values if value > 0), default=last - 1), last - 20)
    has_tiny = any(value < 10 ** (first / 4) for value, _ in values)
    counts: list[dict[TargetClass, int]] = [{} for _ in range(last - first + 1)]  # bin 0: below the first edge
    for value, kind in values:
        at = min(max(floor(4 * log10(value)) - first + 1, 0), len(counts) - 1) if value > 0 else 0
        counts[at][kind] = counts[at].get(kind, 0) + 1
    if not has_tiny:
        counts, first = counts[1:], first + 1  # nothing in the open bin
    tallest = max(sum(column.values()) for column in counts)
    room, step = HEIGHT - BOTTOM - TOP, (WIDTH - LEFT - 8) / len(counts)
    bars = []
    for i, column in enumerate(counts):
        y = float(HEIGHT - BOTTOM)
        label = _bin_label(i, first)
        for kind in COLOURS:
            if n := column.get(kind, 0):
                height = room * n / tallest
                y -= height
                bars.append(
                    Bar(LEFT + i * step + 1, y, step - 2, height, COLOURS[kind], f"{label}: {n:,} {kind.value}")
                )
    ticks = [Tick(LEFT + step / 2, "~0")] if has_tiny else []
    ticks += [
        Tick(LEFT + (i + 1) * step, f"{10 ** ((first + i) / 4):g}")
        for i in range(-1, len(counts))
        if (first + i) % 4 == 0 and (i > 0 or not has_tiny)
    ]
    y_ticks = (Tick(TOP, f"{tallest:,}"), Tick(HEIGHT - BOTTOM, "0"))
    unit = {Metric.SAD: " (/1000)", Metric.GRAD: " (/1000)", Metric.CONN: " (/1000)"}.get(metric, "")
    return Histogram(f"{metric.value}{unit} of each prediction", tuple(bars), tuple(ticks), y_ticks)


def _bin_label(i: int, first: int) -> str:
    low, high = 10 ** ((first + i - 1) / 4), 10 ** ((first + i) / 4)
    return f"below {high:.3g}" if i == 0 else f"{low:.3g} to {high:.3g}"
