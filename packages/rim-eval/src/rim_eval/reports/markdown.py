"""Tables and notes as GitHub-flavoured Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from rim_eval.reports.tables import Table


def escape(text: str) -> str:
    """Text that cannot leave its cell or become markup."""
    for mark in "\\`*_[]<>|":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())


def markdown(tables: Iterable[Table], signature: str = "", notes: Iterable[str] = ()) -> str:
    """One document: the tables, then the notes and the signature."""
    blocks = [_table(table) for table in tables]
    remarks = [f"- {escape(note)}" for note in notes]
    if remarks:
        blocks.append("\n".join(remarks))
    if signature:
        blocks.append(f"`{signature.replace('`', '')}`")
    return "\n\n".join(blocks) + "\n"


def _table(table: Table) -> str:
    rule = ["---" if i < table.labels else "---:" for i in range(len(table.header))]
    lines = [table.header, rule, *table.rows]
    body = [f"| {' | '.join(cell if line is rule else escape(cell) for cell in line)} |" for line in lines]
    return "\n".join([f"### {escape(table.title)}", "", *body])
