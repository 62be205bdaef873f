"""Reading a dataset: samples, settings, refusals, and what reading it imports."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from refmatte_engine.errors import BadInputError, StateConflictError, UsageError
from refmatte_engine.manifest.dataset import open_dataset, samples
from refmatte_engine.manifest.records import ExpressionRow, ImageRow, MatteRow
from refmatte_engine.manifest.tables import Stamp, read_rows, shard_paths, write_table
from refmatte_engine.manifest.vocabulary import Split


def test_samples_yield_image_phrase_alpha(tiny_build: Path) -> None:
    found = list(samples(tiny_build, "train"))
    assert len(found) == 9 * 4
    for sample in found[:5]:
        image, phrase, alpha = sample
        assert image.dtype == np.uint8
        assert image.shape == (120, 160, 3)
        assert alpha.dtype == np.float32
        assert alpha.shape == image.shape[:2]
        assert 0.0 < float(alpha.max()) <= 1.0
        assert phrase.startswith("the ")
        assert sample.sample_id.startswith(sample.matte_id + "_e")


def test_samples_are_a_sequence(tiny_build: Path) -> None:
    found = samples(tiny_build, "test")
    assert found[-1] == list(found)[len(found) - 1]
    assert [sample.sample_id for sample in found[1:3]] == [found[1].sample_id, found[2].sample_id]
    with pytest.raises(IndexError):
        found[len(found)]
    # A loader's worker processes get it as copy does: by its state.
    assert np.array_equal(copy.deepcopy(found)[0].image, found[0].image)


def test_a_caller_may_write_into_what_it_gets(tiny_build: Path) -> None:
    found = samples(tiny_build, "test")
    found[0].image[:] = 0
    assert found[1].image.max() > 0


def test_the_keyword_setting_has_one_sample_per_matte(tiny_build: Path, fresh_build: Path) -> None:
    found = samples(tiny_build, "train", "keyword")
    assert [(sample.sample_id, sample.kind) for sample in found] == [
        (row.matte_id, "keyword") for row in open_dataset(tiny_build).mattes("train")
    ]
    assert {sample.phrase for sample in found} == {"cat", "dog", "horse"}

    (path,) = shard_paths(fresh_build / "train", ImageRow)
    rows = list(read_rows(path, ImageRow))
    rows[0] = replace(rows[0], in_keyword_setting=False)
    write_table(path, ImageRow, rows, Stamp("", ""))
    assert len(samples(fresh_build, "train", "keyword")) == 9 - rows[0].n_entities


def test_phrases_with_several_or_no_targets_are_for_other_readers(fresh_build: Path) -> None:
    (path,) = shard_paths(fresh_build / "test", ExpressionRow)
    rows = list(read_rows(path, ExpressionRow))
    rows[0] = replace(rows[0], target_ids=())
    rows[1] = replace(rows[1], target_ids=(rows[1].matte_id, "other"))
    write_table(path, ExpressionRow, rows, Stamp("", ""))
    assert [sample.sample_id for sample in samples(fresh_build, "test")] == [row.expression_id for row in rows[2:]]


def test_an_unfinished_build_is_refused_unless_asked_for(fresh_build: Path, tmp_path: Path) -> None:
    (fresh_build / "MANIFEST.json").unlink()
    with pytest.raises(StateConflictError, match="not finished"):
        open_dataset(fresh_build)
    partial = open_dataset(fresh_build, allow_partial=True)
    assert partial.manifest is None
    assert len(partial.samples("train")) == 36
    with pytest.raises(BadInputError, match="no dataset folder"):
        open_dataset(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "not a manifest"), ("[]", "not a manifest"), ('{"complete": true}', "not a manifest")],
)
def test_a_foreign_manifest_is_one_clear_error(fresh_build: Path, text: str, message: str) -> None:
    (fresh_build / "MANIFEST.json").write_text(text)
    with pytest.raises(BadInputError, match=message):
        open_dataset(fresh_build)


def test_another_major_version_is_refused(fresh_build: Path) -> None:
    path = fresh_build / "MANIFEST.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema_version": "2.0"}))
    with pytest.raises(BadInputError, match=r"schema 2\.0, this version reads 1\.x"):
        open_dataset(fresh_build)


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "train/../../secret.png", "C:/secret.png"])
@pytest.mark.parametrize("kind", [ImageRow, MatteRow])
def test_paths_that_leave_the_root_are_refused(fresh_build: Path, kind: type, name: str) -> None:
    (fresh_build.parent / "secret.png").write_bytes(b"canary")
    (path,) = shard_paths(fresh_build / "train", kind)
    rows = [replace(row, file_name=name) for row in read_rows(path, kind)]
    write_table(path, kind, rows, Stamp("", ""))
    with pytest.raises(BadInputError, match="leaves its folder"):
        samples(fresh_build, "train")


def test_a_link_out_of_the_root_is_refused(fresh_build: Path) -> None:
    sample = samples(fresh_build, "train")[0]
    outside = fresh_build.parent / "outside.jpg"
    shutil.copy(sample.image_path, outside)
    sample.image_path.unlink()
    sample.image_path.symlink_to(outside)
    with pytest.raises(BadInputError, match="leads outside"):
        samples(fresh_build, "train")[0]


def test_wrong_names_are_usage_errors(tiny_build: Path) -> None:
    with pytest.raises(UsageError, match="unknown split 'validation'"):
        samples(tiny_build, "validation")
    with pytest.raises(UsageError, match="unknown setting"):
        samples(tiny_build, "train", "words")  # type: ignore[arg-type]


def test_an_expression_of_nobody_is_named(fresh_build: Path) -> None:
    (path,) = shard_paths(fresh_build / "test", ExpressionRow)
    rows = [replace(row, matte_id="ghost_1", target_ids=("ghost_1",)) for row in read_rows(path, ExpressionRow)]
    write_table(path, ExpressionRow, rows, Stamp("", ""))
    with pytest.raises(BadInputError, match="ghost_1"):
        samples(fresh_build, "test")


def test_rows_and_tables_agree(tiny_build: Path) -> None:
    dataset = open_dataset(tiny_build)
    assert dataset.splits == (Split.TRAIN, Split.TEST)
    names = [row.image_id for split in dataset.splits for row in dataset.images(split)]
    assert dataset.table("images")["image_id"].to_pylist() == names
    assert dataset.table("entities").num_rows == 6
    assert dataset.arrow(MatteRow, "test", ["matte_id"]).column_names == ["matte_id"]


def test_the_same_build_twice_has_the_same_files(build_again: Callable[[str], Path]) -> None:
    one, two = build_again("one"), build_again("two")
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(two) for path in two.rglob("*") if path.is_file())
    for name in files:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name


def test_reading_needs_pyarrow_numpy_and_pillow_only(tiny_build: Path) -> None:
    """With every other package out of reach; of the engine, only manifest, errors and atomic are loaded."""
    code = f"""
import sys
allowed = set(sys.stdlib_module_names) | {{"numpy", "pyarrow", "PIL", "refmatte_engine"}}

class OutOfReach:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in allowed:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, OutOfReach())
from refmatte_engine.manifest.dataset import samples
image, phrase, alpha = samples({str(tiny_build)!r}, "test")[0]
print(*sorted(name for name in sys.modules if name.startswith("refmatte_engine.")))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "refmatte_engine.manifest.dataset" in loaded
    assert {name for name in loaded if not name.startswith("refmatte_engine.manifest")} == {
        "refmatte_engine.atomic",
        "refmatte_engine.errors",
    }
