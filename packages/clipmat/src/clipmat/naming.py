"""``NAME`` or ``NAME=WHERE``: how refiners and baselines are asked for."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import TypeVar

from clipmat.errors import UsageError

Entry = TypeVar("Entry")


def entry_named(what: str, text: str, table: Mapping[str, Entry]) -> tuple[Entry, str | None]:
    """The entry of a table, and what stands after the sign (None without one).

    >>> entry_named("number", "two=x", {"one": 1, "two": 2})
    (2, 'x')

    Raises:
        UsageError: no such name, with the nearest ones; or nothing after the sign.
    """
    name, sign, where = text.partition("=")
    if name not in table:
        near = difflib.get_close_matches(name, list(table), n=2, cutoff=0.4) or list(table)
        raise UsageError(f"unknown {what} {name!r}: did you mean {' or '.join(near)}?")
    if sign and not where:
        raise UsageError(f"{text} names nothing after the sign: write {name}=FOLDER, or {name} alone")
    return table[name], where or None
