"""Tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from rim_eval.reports.tables import Table

MAX_ROWS = 20


def print_tables(tables: Iterable[Table], stream: TextIO) -> None:
    """Print to `stream`; colours only where it is a terminal. Long tables are cut, and say so."""
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    console = Console(file=stream, width=None if stream.isatty() else 160, highlight=False)
    for table in tables:
        shown = RichTable(title=Text(table.title), title_justify="left", title_style="bold", header_style="bold")
        for i, heading in enumerate(table.header):
            shown.add_column(Text(heading), justify="left" if i < table.labels else "right", overflow="fold")
        for row in table.rows[:MAX_ROWS]:
            shown.add_row(*(Text(cell) for cell in row))
        console.print(shown)
        if len(table.rows) > MAX_ROWS:
            console.print(f"  ... and {len(table.rows) - MAX_ROWS:,} more rows: see --json or --html", style="dim")
