"""What the items of a dataset are grouped by: columns of its tables, printed as short texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rim_eval.errors import UsageError
from rim_eval.ground_truth.scenes import UNKNOWN_VALUE

Row = dict[str, Any]

DEFAULT_GROUPS: Final = {"category": "mattes", "relation": "images", "transparent": "mattes", "salient": "mattes"}
"""Besides the kind of the expression: column -> table."""

ABSENT: Final = object()


def check_columns(columns: Sequence[str], tables: Mapping[str, Iterable[Row]]) -> None:
    """UsageError for a column that no row of any table has; it lists those there are."""
    every = {table: sorted({name for row in rows for name in _names(row)}) for table, rows in tables.items()}
    for column in columns:
        table, _, name = column.rpartition(".")
        if not any(name in names for of, names in every.items() if table in ("", of)):
            known = sorted(
                {name for names in every.values() for name in names} - {"attributes", "custom", "origins"}
            )
            raise UsageError(f"--group-by {column!r}: no such column. There are {', '.join(known)}.")


def groups_of(columns: Sequence[str], kind: str, tables: Mapping[str, Row]) -> dict[str, str]:
    """Column -> value of one item. A column is `name`, looked for in the tables in their order, or `table.name`.

    A field of `attributes` counts as a column of its table. What the item's rows do not say is `unknown`.
    """
    groups = {"kind": kind}
    for column, source in DEFAULT_GROUPS.items():
        if (value := _lookup(tables[source], column)) is not ABSENT:
            groups[column] = _printed(value)
    for column in columns:
        if column not in groups:
            table, _, name = column.rpartition(".")
            values = [_lookup(row, name) for of, row in tables.items() if table in ("", of)]
            groups[column] = _printed(next((value for value in values if value is not ABSENT), None))
    return groups


def _names(row: Row) -> Iterable[str]:
    attributes = row.get("attributes") or {}
    return (*row, *attributes, *(entry["name"] for entry in attributes.get("custom") or ()))


def _lookup(row: Row, name: str) -> object:
    if name in row:
        return row[name]
    attributes = row.get("attributes") or {}
    if name in attributes:
        return attributes[name]
    own = {entry["name"]: entry["value"] for entry in attributes.get("custom") or ()}
    return own.get(name, ABSENT)


def _printed(value: object) -> str:
    """A value as the name of a group; of a list of colours the basic term of the first."""
    if value is None or value == []:
        return UNKNOWN_VALUE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        first = value[0]
        return _printed(first) if isinstance(first, Mapping) else ", ".join(_printed(part) for part in value)
    if isinstance(value, Mapping):
        return _printed(value.get("basic", ", ".join(f"{key}={part}" for key, part in value.items())))
    return str(value)
