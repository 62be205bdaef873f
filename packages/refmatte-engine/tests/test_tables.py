"""Tables: explicit schema, whole files, footers checked before rows."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refmatte_engine.errors import BadInputError
from refmatte_engine.manifest.records import ExpressionRow, KindSource, PlanRow, QuarantineRow, from_row, to_row
from refmatte_engine.manifest.schema import RECORDS, SCHEMA_VERSION, SCHEMAS, TableName, describe
from refmatte_engine.manifest.tables import (
    Stamp,
    read_arrow,
    read_footer,
    read_rows,
    shard_name,
    shard_paths,
    write_table,
)
from refmatte_engine.manifest.vocabulary import Position, Split

STAMP = Stamp("plan", "0.1.0")


@pytest.mark.parametrize("table", TableName)
def test_a_records_fields_are_the_columns_of_its_table(table: TableName) -> None:
    assert [field.name for field in dataclasses.fields(RECORDS[table])] == SCHEMAS[table].names


@pytest.mark.parametrize("table", TableName)
def test_every_column_has_one_sentence(table: TableName) -> None:
    for column, said in describe()[table.value].items():
        assert str(said["description"]).endswith("."), column


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
expression_rows = st.builds(
    ExpressionRow,
    expression_id=texts,
    matte_id=texts,
    image_id=texts,
    split=st.sampled_from(Split),
    target_ids=st.lists(texts, max_size=3).map(tuple),
    kind=texts,
    text=texts,
    relation=st.none() | st.sampled_from(Position),
    related_matte_id=st.none() | texts,
    unambiguous=st.none() | st.booleans(),
    template=st.none() | texts,
    kind_source=st.sampled_from(KindSource),
)


@settings(max_examples=30)
@given(st.lists(expression_rows, max_size=5))
def test_rows_come_back_as_written(tmp_path_factory: pytest.TempPathFactory, rows: list[ExpressionRow]) -> None:
    path = tmp_path_factory.mktemp("t") / "expressions.parquet"
    write_table(path, ExpressionRow, rows, STAMP)
    assert list(read_rows(path, ExpressionRow)) == rows
    assert read_arrow(path, ExpressionRow).num_rows == len(rows)


def test_equal_rows_give_equal_bytes(tmp_path: Path) -> None:
    rows = [QuarantineRow("am2k", f"m_{k}", "corrupt", "") for k in range(50)]
    first = write_table(tmp_path / "a.parquet", QuarantineRow, rows, STAMP)
    second = write_table(tmp_path / "b.parquet", QuarantineRow, rows, STAMP)
    assert first.sha256 == second.sha256
    assert write_table(tmp_path / "c.parquet", QuarantineRow, rows[:-1], STAMP).sha256 != first.sha256


def test_a_failed_write_leaves_the_old_table(tmp_path: Path) -> None:
    path = tmp_path / "quarantine.parquet"
    write_table(path, QuarantineRow, [QuarantineRow("a", "b", "c", "d")], STAMP)
    before = path.read_bytes()

    def rows():
        yield QuarantineRow("a", "b", "c", "d")
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        write_table(path, QuarantineRow, rows(), STAMP)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["quarantine.parquet"]


def test_null_in_a_column_that_is_always_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises((pa.ArrowInvalid, ValueError)):
        write_table(tmp_path / "q.parquet", QuarantineRow, [QuarantineRow("a", "b", None, "d")], STAMP)  # type: ignore[arg-type]


def _rewritten(path: Path, footer: object, *, schema: pa.Schema = SCHEMAS[TableName.QUARANTINE]) -> None:
    metadata = {} if footer is None else {"refmatte": json.dumps(footer)}
    rows = [{"source": "a", "item": "b", "reason": "c", "detail": "d"}]
    pq.write_table(pa.Table.from_pylist(rows, schema=schema).replace_schema_metadata(metadata), path)


def _footer(**changes: str) -> dict[str, str]:
    return {
        "table": "quarantine",
        "schema_version": SCHEMA_VERSION,
        "plan_hash": "",
        "engine_version": "",
        **changes,
    }


def test_the_footer_says_where_a_table_comes_from(tmp_path: Path) -> None:
    write_table(tmp_path / "q.parquet", QuarantineRow, [], STAMP)
    footer = read_footer(tmp_path / "q.parquet")
    assert (footer.schema_version, footer.plan_hash, footer.engine_version) == (SCHEMA_VERSION, "plan", "0.1.0")


@pytest.mark.parametrize(
    ("footer", "message"),
    [
        (None, "not a table of a RefMatte dataset"),
        ({"table": "quarantine"}, "not a table of a RefMatte dataset"),
        (_footer(schema_version="2.0"), "schema 2.0, this version reads 1.x"),
        (_footer(table="images"), "holds the table images, not quarantine"),
    ],
)
def test_a_foreign_footer_is_refused_before_rows(tmp_path: Path, footer: object, message: str) -> None:
    _rewritten(tmp_path / "q.parquet", footer)
    with pytest.raises(BadInputError, match=message):
        list(read_rows(tmp_path / "q.parquet", QuarantineRow))


def test_columns_of_a_newer_minor_version_are_ignored(tmp_path: Path) -> None:
    newer = SCHEMAS[TableName.QUARANTINE].append(pa.field("mood", pa.string()))
    _rewritten(tmp_path / "q.parquet", _footer(schema_version="1.9"), schema=newer)
    assert list(read_rows(tmp_path / "q.parquet", QuarantineRow)) == [QuarantineRow("a", "b", "c", "d")]


def test_a_table_of_an_older_minor_version_is_read(tmp_path: Path) -> None:
    _rewritten(tmp_path / "q.parquet", _footer(schema_version="1.0"))
    assert list(read_rows(tmp_path / "q.parquet", QuarantineRow)) == [QuarantineRow("a", "b", "c", "d")]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    schema = SCHEMAS[TableName.QUARANTINE]
    _rewritten(tmp_path / "q.parquet", _footer(), schema=schema.remove(schema.get_field_index("reason")))
    with pytest.raises(BadInputError, match="lacks the columns reason"):
        list(read_rows(tmp_path / "q.parquet", QuarantineRow))


@pytest.mark.parametrize("cut", [0, 3, 100, -1])
def test_a_damaged_table_is_one_clear_error(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "q.parquet"
    write_table(path, QuarantineRow, [QuarantineRow("a", "b", "c", "d")] * 10, STAMP)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(BadInputError, match=r"q\.parquet"):
        list(read_rows(path, QuarantineRow))
    with pytest.raises(BadInputError, match="missing"):
        read_footer(tmp_path / "absent.parquet")


def test_shards_are_found_in_order_and_only_whole_sets(tmp_path: Path) -> None:
    assert shard_paths(tmp_path, PlanRow) == ()
    for shard in (1, 0, 2):
        write_table(tmp_path / shard_name(PlanRow, shard, 3), PlanRow, [], STAMP)
    assert [path.name for path in shard_paths(tmp_path, PlanRow)] == [shard_name(PlanRow, k, 3) for k in range(3)]
    (tmp_path / shard_name(PlanRow, 1, 3)).unlink()
    with pytest.raises(BadInputError, match="one whole set of plan shards"):
        shard_paths(tmp_path, PlanRow)
    write_table(tmp_path / shard_name(PlanRow, 0, 1), PlanRow, [], STAMP)
    with pytest.raises(BadInputError, match="one whole set of plan shards"):
        shard_paths(tmp_path, PlanRow)


@given(expression_rows)
def test_a_record_survives_its_row(row: ExpressionRow) -> None:
    assert from_row(ExpressionRow, to_row(row)) == row


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"split": "validation"}, "validation"),
        ({"text": 3}, "not of the type str"),
        ({"target_ids": None}, "not legal"),
        ({"unambiguous": "yes"}, "not of the type bool"),
    ],
)
def test_a_row_with_a_wrong_value_is_refused(change: dict[str, object], message: str) -> None:
    row = ExpressionRow("e", "m", "i", Split.TEST, ("m",), "free", "t", None, None, None, None, KindSource.STATED)
    with pytest.raises(BadInputError, match=message):
        from_row(ExpressionRow, {**to_row(row), **change})
    with pytest.raises(BadInputError, match="kind_source"):
        from_row(ExpressionRow, {name: value for name, value in to_row(row).items() if name != "kind_source"})
