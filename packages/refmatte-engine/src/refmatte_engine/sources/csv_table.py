"""A user's CSV with a declared set of columns: an unknown column is an error that names the nearest legal one."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from refmatte_engine.errors import BadInputError

_MAX_BYTES = 256 * 2**20
_YES = frozenset({"true", "yes", "1", "y"})
_NO = frozenset({"false", "no", "0", "n"})


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns a table may have; ``prefixes`` open a family of names, e.g. ``attr:``."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()

    def check(self, header: list[str], where: str) -> None:
        """Raises BadInputError unless ``header`` is legal."""
        if twice := sorted({name for name in header if header.count(name) > 1}):
            raise BadInputError(f"{where}: column {twice[0]!r} occurs twice")
        legal = [*self.required, *self.optional]
        for name in header:
            if name in legal or any(name.startswith(prefix) and name != prefix for prefix in self.prefixes):
                continue
            near = get_close_matches(name.lower(), [*legal, *self.prefixes], n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}? " if near else ""
            families = [f"{prefix}<name>" for prefix in self.prefixes]
            raise BadInputError(
                f"{where}: unknown column {name!r}: {hint}Columns are {', '.join([*legal, *families])}"
            )
        for name in self.required:
            if name not in header:
                raise BadInputError(f"{where}: column {name!r} is missing")


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One row: ``place`` for messages (file name and line), ``cells`` by column, stripped."""

    place: str
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def several(self, column: str) -> tuple[str, ...]:
        """The values of a cell that ``;`` separates, without empty ones."""
        return tuple(value.strip() for value in self[column].split(";") if value.strip())

    def yes_or_no(self, column: str) -> bool | None:
        """The cell as yes or no, None when empty.

        Raises:
            BadInputError: it is neither.
        """
        word = self[column].lower()
        if not word:
            return None
        if word in _YES or word in _NO:
            return word in _YES
        raise BadInputError(f"{self.place}: column {column!r} says {self[column]!r}: write yes or no")


def read_csv(path: Path, columns: Columns) -> tuple[CsvRow, ...]:
    """All rows of a comma-separated UTF-8 file with a header; empty lines are skipped.

    Raises:
        BadInputError: not readable, not UTF-8, a wrong column, or a row with more cells than columns.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise BadInputError(f"{path.name}: larger than {_MAX_BYTES >> 20} MiB")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInputError(f"{path.name}: not UTF-8 (byte {error.start}): save it as UTF-8") from error
    except OSError as error:
        raise BadInputError(f"{path.name}: cannot be read: {error.strerror}") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        columns.check(header, path.name)
        rows = []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            place = f"{path.name} line {reader.line_num}"
            if len(cells) > len(header):
                raise BadInputError(f"{place}: {len(cells)} cells for {len(header)} columns (a comma in a value?)")
            rows.append(CsvRow(place, dict(zip(header, map(str.strip, cells), strict=False))))
    except csv.Error as error:
        raise BadInputError(f"{path.name} line {reader.line_num}: {error}") from error
    return tuple(rows)
