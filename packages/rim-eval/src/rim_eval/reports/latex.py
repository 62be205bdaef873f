"""Tables as LaTeX `tabular`s with booktabs rules, ready to be put into a paper."""

from __future__ import annotations

from collections.abc import Iterable

from rim_eval.reports.tables import ABSENT, Table

SPECIAL = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#",
        "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
        ">": r"\textgreater{}", "|": r"\textbar{}",
    }
)  # fmt: skip


def escape(text: str) -> str:
    """Text in which nothing is a LaTeX command."""
    return " ".join(text.split()).translate(SPECIAL)


def latex(tables: Iterable[Table], signature: str = "", notes: Iterable[str] = ()) -> str:
    """The tables one after the other; signature and notes as comments."""
    remarks = [f"% {line}" for line in [signature, *notes] if line]
    head = ["% needs \\usepackage{booktabs}", *(" ".join(line.split()) for line in remarks)]
    return "\n".join([*head, *("\n" + _tabular(table) for table in tables)]) + "\n"


def _tabular(table: Table) -> str:
    alignment = "l" * table.labels + "r" * (len(table.header) - table.labels)
    lines = [
        f"% {escape(table.title)}",
        rf"\begin{{tabular}}{{{alignment}}}",
        r"\toprule",
        _line(table.header),
        r"\midrule",
    ]
    return "\n".join([*lines, *(_line(row) for row in table.rows), r"\bottomrule", r"\end{tabular}"])


def _line(cells: Iterable[str]) -> str:
    return " & ".join("--" if cell == ABSENT else escape(cell) for cell in cells) + r" \\"
