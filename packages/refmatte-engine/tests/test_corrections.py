from __future__ import annotations

from pathlib import Path

import pytest

from refmatte_engine.attributes.corrections import (
    Correction,
    built_in_corrections,
    corrections_by_entity,
    read_corrections,
)
from refmatte_engine.attributes.labels import Labels, Origin
from refmatte_engine.attributes.values import state
from refmatte_engine.errors import BadInputError, ExitCode
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.pipeline.request import BuildRequest
from refmatte_engine.pipeline.worksite import Worksite
from refmatte_engine.progress import Silent
from refmatte_engine.runner import StopFlag
from refmatte_engine.sources.base import StatedLabel


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_empty_cells_say_nothing(tmp_path: Path) -> None:
    path = write(
        tmp_path / "mine.csv",
        "entity_id,drop,color,category,attr:pattern\nam2k/m_1,,,cat,\nam2k/m_2,yes,,,\nam2k/m_3,no,red,,striped\n",
    )
    first, second, third = read_corrections(path)
    assert first == Correction("am2k/m_1", False, (StatedLabel("category", "cat"),), "mine.csv line 2")
    assert second.drop and not second.labels
    assert third.labels == (StatedLabel("color", "red"), StatedLabel("pattern", "striped"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("entity_id,colour\na/b,red\n", "unknown column 'colour': did you mean 'color'"),
        ("id,color\na/b,red\n", "unknown column 'id'"),
        ("color\nred\n", "column 'entity_id' is missing"),
        ("entity_id,color\na/b,red\na/c,blue\na/b,red\n", "line 4: a/b was already corrected in x.csv line 2"),
        ("entity_id,color\n,red\n", "line 2: entity_id is empty"),
        ("entity_id,drop\na/b,perhaps\n", "line 2: drop = 'perhaps'"),
        ("entity_id,color,attr:color\na/b,red,blue\n", "line 2: color is given in two columns"),
        ("entity_id,color\na/b,red,blue\n", "line 2: 3 cells for 2 columns"),
    ],
)
def test_wrong_files_are_refused_with_their_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadInputError, match=message) as raised:
        read_corrections(write(tmp_path / "x.csv", text))
    assert raised.value.exit_code is ExitCode.BAD_INPUT


def test_a_missing_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot be read"):
        read_corrections(tmp_path / "none.csv")


def test_a_file_that_may_not_be_read_is_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    path = write(tmp_path / "mine.csv", "entity_id\n")
    site = Worksite(BuildRequest(sources="drawn:1", corrections=(path,)), Silent(), StopFlag())
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(BadInputError, match=r"mine\.csv: Permission denied"):
        _ = site.config


def test_an_attribute_has_one_name_however_its_column_is_written(tmp_path: Path) -> None:
    (row,) = read_corrections(write(tmp_path / "x.csv", "entity_id,attr:Main Material\na/b,tin\n"))
    assert row.labels == (StatedLabel("main_material", "tin"),)
    with pytest.raises(BadInputError, match="main_material is given in two columns"):
        twice = "entity_id,attr:main-material,attr:main_material\na/b,tin,tin\n"
        read_corrections(write(tmp_path / "y.csv", twice))


def test_files_of_one_side_may_not_disagree(tmp_path: Path) -> None:
    one = read_corrections(write(tmp_path / "one.csv", "entity_id,color,gender\na/b,red,\n"))
    two = read_corrections(write(tmp_path / "two.csv", "entity_id,color,gender\na/b,blue,\n"))
    other = read_corrections(write(tmp_path / "other.csv", "entity_id,color,gender\na/b,red,female\n"))
    gone = read_corrections(write(tmp_path / "gone.csv", "entity_id,drop\na/b,yes\n"))
    with pytest.raises(BadInputError, match=r"two.csv line 2 and one.csv line 2 disagree on a/b: color"):
        corrections_by_entity((), (*one, *two))
    with pytest.raises(BadInputError, match="disagree on dropping a/b"):
        corrections_by_entity((), (*one, *gone))
    assert len(corrections_by_entity((), (*one, *other))["a/b"]) == 2


def test_a_users_file_may_overrule_the_projects(tmp_path: Path) -> None:
    theirs = read_corrections(write(tmp_path / "theirs.csv", "entity_id,color\na/b,red\n"), built_in=True)
    mine = read_corrections(write(tmp_path / "mine.csv", "entity_id,color\na/b,blue\n"))
    assert [row.built_in for row in corrections_by_entity(theirs, mine)["a/b"]] == [True, False]


def test_every_value_that_comes_with_the_project_is_legal() -> None:
    rows = built_in_corrections()
    assert {row.entity_id.partition("/")[0] for row in rows} == {"aim500", "am2k", "p3m10k"}
    for row in rows:
        human = row.entity_id.startswith("p3m10k")
        labels = Labels(EntityKind.HUMAN if human else EntityKind.OBJECT, None)
        for one in row.labels:
            labels = state(labels, one.name, one.value, Origin.CORRECTION)
        assert labels.origins, row.place
