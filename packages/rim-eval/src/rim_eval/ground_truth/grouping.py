"""What the items of a dataset are grouped by: columns of its tables, printed as short texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rim_eval.errors import UsageError
from rim_eval.ground_truth.scenes import UNKNOWN_VALUE

Row = dict[str, Any]

DEFAULT_GROUPS: Final = {"category": "mattes", "relation": "images", "transparent": "mattes", "salient": "mattes"}
"""Besides the kind of the expression: column -> table."""

ABSENT: Final = object()


def groups_of(columns: Sequence[str], kind: str, tables: Mapping[str, Row]) -> dict[str, str]:
    """Column -> value. A column is `name`, looked for in expressions, mattes and images, or `table.name`.

    A field of `attributes` counts as a column of mattes. `relation` is that of the image.
    """
    groups = {"kind": kind}
    for column, source in DEFAULT_GROUPS.items():
        if (value := _lookup(tables[source], column)) is not ABSENT:
            groups[column] = _printed(value)
    for column in columns:
        if column in groups:
            continue
        table, _, name = column.rpartition(".")
        sources = [tables[table]] if table in tables else list(tables.values()) if not table else []
        found = [value for row in sources if (value := _lookup(row, name)) is not ABSENT]
        if found:
            groups[column] = _printed(found[0])
        elif tables["mattes"] or table not in ("", "mattes"):  # phrases of several targets have no matte row
            known = sorted(
                {name for row in tables.values() for name in row} | set(tables["mattes"].get("attributes") or ())
            )
            raise UsageError(f"--group-by {column!r}: no such column. There are {', '.join(known)}.")
    return groups


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
