"""Reading and writing tables: explicit schema, whole files only, the footer checked before any row.

A row is a record of `records`; its type says which table it belongs to::

    write_table(root / "plan.parquet", PlanRow, rows, stamp)
    for row in read_rows(root / "plan.parquet", PlanRow): ...
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from refmatte_engine.atomic import replacing
from refmatte_engine.errors import BadInputError
from refmatte_engine.manifest.records import from_row, to_row
from refmatte_engine.manifest.schema import RECORDS, SCHEMA_VERSION, SCHEMAS, TableName

FOOTER_KEY = "refmatte"
_TABLES = {record: table for table, record in RECORDS.items()}
_SHARD = re.compile(r"^(?P<table>[a-z]+)-(?P<shard>\d{5,})-of-(?P<shards>\d{5,})\.parquet$")
_ROW_GROUP = {TableName.ENTITIES: 1_000}
_DEFAULT_ROW_GROUP = 20_000

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every table of a build says of its origin."""

    plan_hash: str
    engine_version: str


@dataclass(frozen=True, slots=True)
class Footer:
    """What a table's footer says."""

    table: TableName
    schema_version: str
    plan_hash: str
    engine_version: str


@dataclass(frozen=True, slots=True)
class WrittenTable:
    """A finished table file."""

    path: Path
    rows: int
    size: int
    sha256: str


def write_table(path: Path, kind: type[R], rows: Iterable[R], stamp: Stamp) -> WrittenTable:
    """Write ``rows`` to ``path`` atomically; equal rows and stamp give equal bytes.

    Args:
        path: the Parquet file; its folder is made if it is missing.
        kind: the record type, which sets the schema (a table may have no rows).
        rows: in the order in which they shall stand.
        stamp: plan hash and engine version for the footer.

    Raises:
        DiskError: writing failed; ``path`` is untouched.
    """
    table = _table_of(kind)
    schema = SCHEMAS[table].with_metadata({FOOTER_KEY: _footer_json(table, stamp)})
    count = 0
    with replacing(path) as temporary:
        with pq.ParquetWriter(
            temporary, schema, compression="zstd", compression_level=3, write_page_index=True
        ) as writer:
            for group in _groups(rows, _ROW_GROUP.get(table, _DEFAULT_ROW_GROUP)):
                writer.write_table(pa.Table.from_pylist([to_row(row) for row in group], schema=schema))
                count += len(group)
        data = temporary.read_bytes()
    return WrittenTable(path, count, len(data), hashlib.sha256(data).hexdigest())


def read_footer(path: Path) -> Footer:
    """The footer of a table; no row is read.

    Raises:
        BadInputError: missing or damaged file, no footer of ours, or a schema of another major version.
    """
    with _opened(path) as file:
        return _checked_footer(path, file)


def read_arrow(path: Path, kind: type, columns: Sequence[str] | None = None) -> pa.Table:
    """A whole table (or some columns of it) in Arrow's form, for the record type ``kind``.

    Raises:
        BadInputError: as `read_footer`, another table, or a missing column.
    """
    wanted = list(columns) if columns is not None else SCHEMAS[_table_of(kind)].names
    with _opened(path) as file:
        _check_table(path, kind, file)
        return _guarded(path, partial(file.read, columns=wanted))


def strings(table: pa.Table, column: str) -> list[str]:
    """The values of a string column that is never null."""
    values: list[str] = table[column].to_pylist()  # type: ignore[assignment]  # the schema says string, not null
    return values


def read_rows(path: Path, kind: type[R]) -> Iterator[R]:
    """The rows of a table, group by group, so that a large table never lies in memory at once.

    Raises:
        BadInputError: as `read_arrow`, or a value outside the vocabulary.
    """
    names = SCHEMAS[_table_of(kind)].names
    with _opened(path) as file:
        _check_table(path, kind, file)
        for group in range(file.num_row_groups):
            rows = _guarded(path, partial(file.read_row_group, group, columns=names))
            for row in rows.to_pylist():
                yield from_row(kind, row)


def shard_name(kind: type, shard: int, shards: int) -> str:
    """``images-00000-of-00012.parquet`` and the like."""
    if not 0 <= shard < shards:
        raise ValueError(f"shard {shard} of {shards} does not exist")
    return f"{_table_of(kind).value}-{shard:05d}-of-{shards:05d}.parquet"


def shard_paths(folder: Path, kind: type) -> tuple[Path, ...]:
    """All shards of a table in ``folder``, in order; empty when there is none.

    Raises:
        BadInputError: shards of different counts stand side by side, or one is missing.
    """
    table = _table_of(kind)
    found: dict[int, Path] = {}
    counts: set[int] = set()
    for path in sorted(folder.glob(f"{table.value}-*.parquet")):
        match = _SHARD.match(path.name)
        if match is not None and match["table"] == table.value:
            found[int(match["shard"])] = path
            counts.add(int(match["shards"]))
    if not found:
        return ()
    if len(counts) > 1 or set(found) != set(range(*counts)):
        raise BadInputError(
            f"{folder} does not hold one whole set of {table.value} shards ({len(found)} found, "
            f"names say {sorted(counts)}): build again into an empty folder, or copy the missing files"
        )
    return tuple(found[shard] for shard in sorted(found))


def _table_of(kind: type) -> TableName:
    return _TABLES[kind]


def _footer_json(table: TableName, stamp: Stamp) -> str:
    return json.dumps(
        {
            "table": table.value,
            "schema_version": SCHEMA_VERSION,
            "plan_hash": stamp.plan_hash,
            "engine_version": stamp.engine_version,
        }
    )


def _groups(rows: Iterable[R], size: int) -> Iterator[list[R]]:
    iterator = iter(rows)
    while group := list(islice(iterator, size)):
        yield group


def _opened(path: Path) -> pq.ParquetFile:
    if not path.is_file():
        raise BadInputError(f"the table {path} is missing")
    return _guarded(path, partial(pq.ParquetFile, path))


def _guarded(path: Path, read: Callable[[], R]) -> R:
    """Whatever Arrow makes of a damaged file comes out as one clear error."""
    try:
        return read()
    except (pa.ArrowException, OSError) as error:
        raise BadInputError(f"the table {path} cannot be read ({_first_line(error)}): copy it again") from error


def _checked_footer(path: Path, file: pq.ParquetFile) -> Footer:
    metadata = file.schema_arrow.metadata or {}
    try:
        said = json.loads(metadata[FOOTER_KEY.encode()])
        footer = Footer(
            table=TableName(said["table"]),
            schema_version=str(said["schema_version"]),
            plan_hash=str(said["plan_hash"]),
            engine_version=str(said["engine_version"]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise BadInputError(
            f"{path} is not a table of a RefMatte dataset (its footer lacks {FOOTER_KEY!r}): "
            "use `refmatte import` for data in another layout"
        ) from error
    ours, theirs = SCHEMA_VERSION.split(".")[0], footer.schema_version.split(".")[0]
    if ours != theirs:
        raise BadInputError(
            f"{path} has schema {footer.schema_version}, this version reads {ours}.x: "
            f"use a refmatte-engine like the one that wrote it ({footer.engine_version})"
        )
    return footer


def _check_table(path: Path, kind: type, file: pq.ParquetFile) -> None:
    footer = _checked_footer(path, file)
    table = _table_of(kind)
    if footer.table is not table:
        raise BadInputError(f"{path} holds the table {footer.table.value}, not {table.value}")
    missing = sorted(set(SCHEMAS[table].names) - set(file.schema_arrow.names))
    if missing:
        raise BadInputError(f"{path} lacks the columns {', '.join(missing)} of the table {table.value}")


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
