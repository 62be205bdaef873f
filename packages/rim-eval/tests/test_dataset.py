import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rim_eval import score
from rim_eval.errors import (
    ExtraPredictionsError,
    GroundTruthError,
    MissingPredictionsError,
    MixedSettingsError,
    UsageError,
)
from rim_eval.ground_truth.dataset import DatasetOptions, load_dataset
from rim_eval.ground_truth.scenes import inside


def rewrite(root, table, change):
    path = next((root / "test").glob(f"{table}-*.parquet"))
    rows = pq.read_table(path).to_pylist()
    for row in rows:
        change(row)
    pq.write_table(pa.Table.from_pylist(rows), path)


def test_the_expression_setting_expects_every_expression(dataset, predict, tmp_path):
    predictions = predict(dataset, tmp_path / "p", "expression")
    report = score(predictions, dataset)
    assert report.overall.n == 16 and report.overall.entities == 4 and report.overall.images == 2
    assert report.overall.values["SAD"] == 0.0 and report.targets.accuracy == 1.0
    assert "|expr:all|images:table|" in report.signature
    assert set(report.groups["kind"]) == {"basic", "absolute", "relative", "relative2"}
    assert set(report.groups["category"]) == {"cat", "dog"}
    assert set(report.groups["relation"]) == {"left_right"}
    assert set(report.groups["transparent"]) == {"no", "unknown"}


def test_the_keyword_setting_expects_only_its_images(dataset, predict, tmp_path):
    report = score(predict(dataset, tmp_path / "p", "keyword"), dataset)
    assert [row.id for row in report.rows] == ["rim_test_000000aa_0", "rim_test_000000aa_1"]
    assert report.setting == "keyword" and report.rows[0].text == "cat"
    data = (tmp_path / "p" / "rim_test_000000aa_0.png").read_bytes()
    (tmp_path / "p" / "rim_test_000000bb_0.png").write_bytes(data)
    with pytest.raises(ExtraPredictionsError, match="rim_test_000000bb_0"):
        score(tmp_path / "p", dataset)


def test_a_mixture_needs_a_choice(dataset, predict, tmp_path):
    predict(dataset, tmp_path / "p", "keyword")
    predict(dataset, tmp_path / "p", "expression")
    with pytest.raises(MixedSettingsError, match="separate folders"):
        score(tmp_path / "p", dataset)
    with pytest.raises(ExtraPredictionsError):
        score(tmp_path / "p", dataset, setting="keyword")


def test_names_of_no_setting_show_examples(dataset, save, tmp_path):
    save(tmp_path / "p" / "cat.png", np.zeros((2, 2), np.uint8))
    with pytest.raises(MixedSettingsError, match=r"rim_test_000000aa_0\.png, rim_test_000000aa_0_e0\.png"):
        score(tmp_path / "p", dataset)


def test_missing_predictions_are_named(dataset, predict, tmp_path):
    predictions = predict(dataset, tmp_path / "p", "expression")
    (predictions / "rim_test_000000bb_1_e2.png").unlink()
    with pytest.raises(MissingPredictionsError, match=r"1 prediction missing.*rim_test_000000bb_1_e2\.png"):
        score(predictions, dataset)
    skipped = score(predictions, dataset, missing="skip")
    zero = score(predictions, dataset, missing="zero")
    assert (skipped.overall.n, zero.overall.n) == (15, 16)
    assert skipped.missing == zero.missing == ("rim_test_000000bb_1_e2",)
    assert "missing:skip" in skipped.signature and "missing:zero" in zero.signature
    assert skipped.overall.values["SAD"] == 0 and zero.overall.values["SAD"] > 0


def test_phrases_of_no_and_of_several_targets(make_dataset, predict, tmp_path):
    image = "rim_test_000000aa"
    extra = [
        {
            "expression_id": f"{image}_g0",
            "matte_id": None,
            "image_id": image,
            "target_ids": [],
            "kind": "none",
            "text": "the owl",
        },
        {
            "expression_id": f"{image}_g1",
            "matte_id": None,
            "image_id": image,
            "target_ids": [f"{image}_0", f"{image}_1"],
            "kind": "several",
            "text": "both animals",
        },
    ]
    root = make_dataset(tmp_path / "data", extra_expressions=extra)
    report = score(predict(root, tmp_path / "p", "expression"), root)
    rows = {row.id: row for row in report.rows}
    assert report.overall.n == 18 and report.overall.values["SAD"] == 0.0
    assert rows[f"{image}_g0"].target == "quiet" and rows[f"{image}_g0"].entity_id == f"{image}_g0"
    assert rows[f"{image}_g1"].target == "right"
    assert report.targets.n == 17 and report.targets.accuracy == 1.0
    # Answering the phrase without a target with the cat is an error and a false alarm.
    data = (tmp_path / "p" / f"{image}_0_e0.png").read_bytes()
    (tmp_path / "p" / f"{image}_g0.png").write_bytes(data)
    alarmed = {row.id: row for row in score(tmp_path / "p", root).rows}
    assert alarmed[f"{image}_g0"].target == "false alarm" and alarmed[f"{image}_g0"].measures.sad > 0


def test_one_selected_expression(dataset, predict, tmp_path):
    predictions = predict(dataset, tmp_path / "p", "expression")
    index = tmp_path / "index.json"
    index.write_text(json.dumps({"rim_test_000000aa": 2, "rim_test_000000bb": 0}))
    report = score(predictions, dataset, protocol="rim", index=index)
    assert [row.id for row in report.rows] == [
        "rim_test_000000aa_0_e2", "rim_test_000000aa_1_e2", "rim_test_000000bb_0_e0", "rim_test_000000bb_1_e0",
    ]  # fmt: skip
    assert "expr:index" in report.signature
    with pytest.raises(GroundTruthError, match="--protocol all-expressions"):
        score(predictions, dataset, protocol="rim")
    index.write_text(json.dumps({"rim_test_000000aa": 2}))
    with pytest.raises(GroundTruthError, match="no entry for the image rim_test_000000bb"):
        score(predictions, dataset, index=index)
    index.write_text(json.dumps({"rim_test_000000aa": -1}))
    with pytest.raises(GroundTruthError, match="0 or more"):
        score(predictions, dataset, index=index)


def test_group_by_any_column(dataset, predict, tmp_path):
    predictions = predict(dataset, tmp_path / "p", "expression")
    report = score(predictions, dataset, group_by=["colour", "z_order", "expressions.relation"])
    assert set(report.groups["z_order"]) == {"0", "1"} and set(report.groups["colour"]) == {"red"}
    assert set(report.groups["expressions.relation"]) == {"left", "unknown"}
    with pytest.raises(UsageError, match=r"no such column.*category"):
        score(predictions, dataset, group_by=["nonsense"])


def test_the_table_may_select_the_expression(dataset, predict, tmp_path):
    predictions = predict(dataset, tmp_path / "p", "expression")
    rewrite(dataset, "images", lambda row: row.update(selected_expression=1))
    report = score(predictions, dataset)
    assert {row.id[-3:] for row in report.rows} == {"_e1"} and "expr:index" in report.signature
    assert score(predictions, dataset, protocol="all-expressions").overall.n == 16


def test_group_by_what_the_engine_says_of_an_entity(dataset, predict, tmp_path):
    def describe(row):
        row["attributes"] = {
            "transparent": False,
            "color": [{"css3": "navy", "basic": "blue"}],
            "synonyms": ["a", "b"],
            "custom": [{"name": "brand", "value": "acme"}] if row["matte_id"].endswith("_0") else [],
        }

    rewrite(dataset, "mattes", describe)
    groups = score(
        predict(dataset, tmp_path / "p", "expression"),
        dataset,
        group_by=["color", "synonyms", "mattes.kind", "brand"],
    ).groups
    assert set(groups["color"]) == {"blue"} and set(groups["synonyms"]) == {"a, b"}
    assert set(groups["mattes.kind"]) == {"animal"} and set(groups["brand"]) == {"acme", "unknown"}


def test_a_manifest_describes_a_folder_of_mattes(dataset, predict, tmp_path, save):
    import shutil

    predictions = predict(dataset, tmp_path / "p", "expression")
    for path in predictions.glob("*bb*"):
        path.unlink()
    (tmp_path / "gt").mkdir()
    for path in (dataset / "test/mattes").glob("*aa*"):
        shutil.copy(path, tmp_path / "gt")
    report = score(predictions, tmp_path / "gt", manifest=dataset)
    assert report.overall.n == 8 and "kind" in report.groups
    save(tmp_path / "gt" / "stray.png", np.zeros((2, 2), np.uint8))
    with pytest.raises(GroundTruthError, match="without a row in the manifest: stray"):
        score(predictions, tmp_path / "gt", manifest=dataset)


def test_a_matte_without_a_row_is_named(dataset, predict, tmp_path, save):
    predictions = predict(dataset, tmp_path / "p", "expression")
    save(dataset / "test/mattes/stray.png", np.zeros((2, 2), np.uint8))
    with pytest.raises(GroundTruthError, match="without a row in the table: stray"):
        score(predictions, dataset)


def test_an_unfinished_dataset_is_refused(dataset, predict, tmp_path):
    predictions = predict(dataset, tmp_path / "p", "expression")
    (dataset / "MANIFEST.json").unlink()
    with pytest.raises(GroundTruthError, match="--allow-partial"):
        score(predictions, dataset)
    assert score(predictions, dataset, allow_partial=True).overall.n == 16
    with pytest.raises(GroundTruthError, match="no split 'val', only test"):
        score(predictions, dataset, split="val", allow_partial=True)


def test_broken_tables(dataset, predict, tmp_path):
    predictions = predict(dataset, tmp_path / "p", "expression")
    path = next((dataset / "test").glob("images-*.parquet"))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(GroundTruthError, match="not a readable Parquet"):
        score(predictions, dataset)
    pq.write_table(pa.table({"image_id": ["x"]}), path)
    with pytest.raises(GroundTruthError, match="no column file_name, width, height"):
        score(predictions, dataset)
    path.unlink()
    with pytest.raises(GroundTruthError, match=r"no images-\*\.parquet"):
        score(predictions, dataset)


def test_a_table_that_lies_about_the_size(dataset, predict, tmp_path):
    predictions = predict(dataset, tmp_path / "p", "expression")
    rewrite(dataset, "images", lambda row: row.update(width=999))
    with pytest.raises(GroundTruthError, match=r"36 x 24 pixels, its table says 999 x 24"):
        score(predictions, dataset)


@pytest.mark.parametrize(
    "path", ["../x.png", "/etc/passwd", "a/../../x.png", "C:/x.png", "a\\b.png", "~/x.png", "", "a\0b.png"]
)
def test_paths_that_leave_the_dataset(dataset, path):
    with pytest.raises(GroundTruthError, match="not inside"):
        inside(dataset, path, "matte m")


def test_links_that_leave_the_dataset(dataset, predict, tmp_path):
    predictions = predict(dataset, tmp_path / "p", "expression")
    matte = dataset / "test/mattes/rim_test_000000aa_0.png"
    matte.rename(tmp_path / "outside.png")
    matte.symlink_to(tmp_path / "outside.png")
    with pytest.raises(GroundTruthError, match="leaves the dataset"):
        score(predictions, dataset)


def test_targets_of_another_image_are_refused(dataset):
    rewrite(dataset, "expressions", lambda row: row.update(target_ids=["rim_test_000000bb_0"]))
    with pytest.raises(GroundTruthError, match="its image or target is not in the tables"):
        load_dataset(dataset, {"rim_test_000000aa_0_e0"}, DatasetOptions())
