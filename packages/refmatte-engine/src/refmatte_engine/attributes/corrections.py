"""Hand corrections: CSV files beside the automatic labels, one row per entity.

Columns: ``entity_id`` and any of ``drop``, the built-in attributes, and ``attr:<name>``. An empty cell says
nothing, ``unknown`` takes a value back. The project's own files (``data_manifests/corrections``) speak of entities
that most users do not have, which is normal; a user's file that speaks of an unknown entity is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from refmatte_engine.attributes.values import READERS, yes_or_no
from refmatte_engine.errors import BadInputError
from refmatte_engine.known_data import known_data_root
from refmatte_engine.sources.base import StatedLabel, attribute_name
from refmatte_engine.sources.csv_table import Columns, CsvRow, read_csv

PREFIX = "attr:"

COLUMNS = Columns(required=("entity_id",), optional=("drop", *READERS), prefixes=(PREFIX,))


@dataclass(frozen=True, slots=True)
class Correction:
    """What one or several rows say of one entity.

    Attributes:
        entity_id: ``source/stem``.
        drop: leave the entity out.
        labels: what is stated, in the order of ``READERS``, then the user's own by name.
        place: file and line, for messages.
        built_in: from the project's own files.
    """

    entity_id: str
    drop: bool
    labels: tuple[StatedLabel, ...]
    place: str
    built_in: bool = False


def built_in_corrections() -> tuple[Correction, ...]:
    """Those that come with the project."""
    files = sorted((known_data_root() / "corrections").glob("*.csv"))
    return tuple(row for path in files for row in read_corrections(path, built_in=True))


def read_corrections(path: Path, *, built_in: bool = False) -> tuple[Correction, ...]:
    """The rows of one file.

    Raises:
        BadInputError: not such a file; the message names file, line and the nearest legal column.
    """
    rows = [_correction(row, built_in=built_in) for row in read_csv(path, COLUMNS)]
    first: dict[str, Correction] = {}
    for row in rows:
        if row.entity_id in first:
            raise BadInputError(
                f"{row.place}: {row.entity_id} was already corrected in {first[row.entity_id].place}: keep one row"
            )
        first[row.entity_id] = row
    return tuple(rows)


def _correction(row: CsvRow, *, built_in: bool) -> Correction:
    if not row["entity_id"]:
        raise BadInputError(f"{row.place}: entity_id is empty: write source/stem, such as am2k/m_0a1b2c3d")
    stated: dict[str, str] = {}
    for column, value in row.cells.items():
        name = attribute_name(column) if column.startswith(PREFIX) else column
        if not value or column in {"entity_id", "drop"}:
            continue
        if name in stated:
            raise BadInputError(f"{row.place}: {name} is given in two columns: keep one")
        stated[name] = value
    order = {name: position for position, name in enumerate(READERS)}
    names = sorted(stated, key=lambda name: (order.get(name, len(order)), name))
    return Correction(
        entity_id=row["entity_id"],
        drop=bool(row["drop"]) and _drop(row),
        labels=tuple(StatedLabel(name, stated[name]) for name in names),
        place=row.place,
        built_in=built_in,
    )


def _drop(row: CsvRow) -> bool:
    try:
        return yes_or_no("drop", row["drop"])
    except BadInputError as error:
        raise BadInputError(f"{row.place}: {error}") from error


def corrections_by_entity(
    built_in: Iterable[Correction], user: Iterable[Correction]
) -> Mapping[str, tuple[Correction, ...]]:
    """All corrections of each entity, the project's before the user's, so that the user's win.

    Raises:
        BadInputError: two files of one side say different things of one entity; both places are named.
    """
    merged: dict[str, tuple[Correction, ...]] = {}
    for side in (built_in, user):
        rows: dict[str, list[Correction]] = {}
        for row in side:
            _check_agree(rows.setdefault(row.entity_id, []), row)
            rows[row.entity_id].append(row)
        for entity_id, several in rows.items():
            merged[entity_id] = (*merged.get(entity_id, ()), *several)
    return merged


def _check_agree(others: Sequence[Correction], row: Correction) -> None:
    said = {label.name: label.value for label in row.labels}
    for other in others:
        if other.drop != row.drop:
            raise BadInputError(f"{row.place} and {other.place} disagree on dropping {row.entity_id}")
        for label in other.labels:
            if said.get(label.name, label.value) != label.value:
                raise BadInputError(
                    f"{row.place} and {other.place} disagree on {row.entity_id}: "
                    f"{label.name} is {said[label.name]!r} and {label.value!r}"
                )
