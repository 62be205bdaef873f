"""A comparison as tables."""

from __future__ import annotations

from rim_eval.comparison import Comparison
from rim_eval.reports.tables import HEADINGS, Table, number


def comparison_tables(result: Comparison) -> list[Table]:
    """Differences per metric, and which predictions changed their target class."""
    percent = f"{100 * result.confidence:g} %"
    rows = tuple(
        (
            HEADINGS.get(d.metric, d.metric),
            number(d.a, d.metric),
            number(d.b, d.metric),
            _signed(d.difference, d.metric),
            f"{_signed(d.low, d.metric)} .. {_signed(d.high, d.metric)}",
            f"{d.p_value:.4f}" if d.p_value >= 0.0001 else "<0.0001",
            f"{d.wins:,} / {d.losses:,} / {d.ties:,}",
        )
        for d in result.differences
    )
    header = ("metric", result.a, result.b, "B - A", f"{percent} interval", "p", "B wins / loses / ties")
    title = (
        f"{result.b} (B) against {result.a} (A): {result.n:,} items of {result.images:,} images, lower is better"
    )
    tables = [Table(title, header, rows)]
    if result.moves:
        moves = sorted(result.moves.items(), key=lambda move: (-move[1], move[0]))
        tables.append(
            Table("Outcomes that changed", ("A -> B", "n"), tuple((name, f"{n:,}") for name, n in moves))
        )
    return tables


def _signed(value: float, metric: str) -> str:
    return f"+{number(value, metric)}" if value > 0 else number(value, metric)
