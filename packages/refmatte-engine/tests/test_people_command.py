"""`refmatte label --models gender,age,clothes`, and clothes from a table of another model."""

import numpy as np
import pyarrow.parquet as pq
import pytest
from command import refmatte
from onnx_files import mean_color_classifier, red_face_detector
from PIL import Image

RED_IS_FEMALE = np.array([[0.2, 0.0, 0.0], [0.0, 0.0, 0.2]])


@pytest.fixture
def cutouts(tmp_path):
    """Two people: a sharp red face over blue clothes, and a blurred one."""
    folder = tmp_path / "cutouts"
    folder.mkdir()
    for name in ("sharp", "blurred"):
        image = np.full((320, 320, 4), 128, np.uint8)
        image[..., 3] = 0
        image[16:80, 112:176, 3] = 255
        image[80:, 60:228] = (20, 40, 200, 255)
        image[0, 0, 3] = image[-1, -1, 3] = 255  # the whole picture is shown to the detector
        speckles = np.random.default_rng(1).integers(0, 2, (32, 32)) * 127 + 128
        image[32:64, 128:160, :3] = 0
        image[32:64, 128:160, 0] = speckles if name == "sharp" else 190
        Image.fromarray(image).save(folder / f"{name}.png")
    (folder / "labels.csv").write_text("file,category,kind\nsharp.png,human,human\nblurred.png,human,human\n")
    return folder


@pytest.fixture
def weights(tmp_path):
    pytest.importorskip("onnx")
    folder = tmp_path / "weights"
    folder.mkdir()
    red_face_detector(folder / "yunet.onnx")
    mean_color_classifier(folder / "gender-googlenet.onnx", "gender-googlenet", RED_IS_FEMALE)
    return folder


def label(cutouts, tmp_path, models, *options):
    done = refmatte(
        "label", "--sources", f"folder:{cutouts}", "--backgrounds", "drawn:2", "--models", models,
        "--out", tmp_path / "labels", "--cache", tmp_path / "cache", "--workers", 1, "--allow-identifiable-faces",
        *options,
    )  # fmt: skip
    assert done.code == 0, done.err
    rows = pq.read_table(tmp_path / "labels" / "entities.parquet").to_pylist()
    said = pq.read_table(tmp_path / "labels" / "proposals.parquet").to_pylist()
    labels = {row["entity_id"].rpartition("/")[2]: row["labels"]["attributes"] for row in rows}
    return labels, {(row["item_id"].rpartition("/")[2], row["attribute"]): row for row in said}


def test_a_sharp_face_is_judged_and_a_blurred_one_is_not(cutouts, weights, tmp_path):
    labels, said = label(cutouts, tmp_path, "gender", "--models-dir", weights)
    assert labels["sharp"]["gender"] == "female"
    assert labels["blurred"]["gender"] is None
    assert said["blurred", "gender"]["reason"].startswith("the face is blurred")


def test_below_its_score_a_guess_is_unknown_and_stays_a_candidate(cutouts, weights, tmp_path):
    weak = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    mean_color_classifier(weights / "gender-googlenet.onnx", "gender-googlenet", weak)
    labels, said = label(cutouts, tmp_path, "gender", "--models-dir", weights)
    assert labels["sharp"]["gender"] is None
    assert {each["value"] for each in said["sharp", "gender"]["candidates"]} == {"female", "male"}


def test_clothes_come_from_a_table_without_any_weights(cutouts, tmp_path):
    table = tmp_path / "fashion.csv"
    table.write_text("entity_id,clothes_type,clothes_type_score\nfolder/sharp,Tee,0.9\nfolder/blurred,Tee,0.1\n")
    labels, _ = label(cutouts, tmp_path, f"clothes={table}")
    assert labels["sharp"]["clothes_type"] == "t-shirt"
    assert labels["blurred"]["clothes_type"] is None


@pytest.mark.parametrize(
    ("models", "message"),
    [
        ("clothes=", "name the table, clothes=FILE.csv"),
        ("clothes={table},clothes={table}", "names clothes twice"),
        ("clothes,clothes={table}", "names clothes twice"),
    ],
)
def test_no_table_is_passed_over(cutouts, tmp_path, models, message):
    table = tmp_path / "fashion.csv"
    table.write_text("entity_id,clothes_type\nfolder/sharp,Tee\n")
    done = refmatte(
        "label", "--sources", f"folder:{cutouts}", "--backgrounds", "drawn:2", "--out", tmp_path / "labels",
        "--models", models.format(table=table),
    )  # fmt: skip
    assert (done.code, message in done.err) == (2, True), done.err


def test_a_model_that_cannot_run_is_told_before_anything_is_read(cutouts, tmp_path, monkeypatch):
    monkeypatch.setattr("refmatte_engine.labellers.state_dicts.find_spec", lambda name: None)
    arguments = (
        "label",
        "--sources",
        f"folder:{cutouts}",
        "--backgrounds",
        "drawn:2",
        "--out",
        tmp_path / "labels",
    )
    for model in ("category", "clothes"):
        done = refmatte(*arguments, "--models", model, "--models-dir", tmp_path)
        assert (done.code, "needs torch, which is missing" in done.err) == (2, True), done.err
    table = tmp_path / "fashion.csv"
    table.write_text("entity_id,clothes_type\nfolder/sharp,Tee\n")
    faces = "--allow-identifiable-faces"
    assert refmatte(*arguments, "--models", f"clothes={table}", faces).code == 0  # a table needs none


def test_missing_weights_are_all_named_at_once(cutouts, tmp_path):
    done = refmatte(
        "label", "--sources", f"folder:{cutouts}", "--backgrounds", "drawn:2", "--models", "gender,age",
        "--models-dir", tmp_path, "--out", tmp_path / "labels",
    )  # fmt: skip
    assert done.code == 3
    for name in ("yunet", "gender-googlenet", "age-googlenet"):
        assert f"refmatte models fetch {name}" in done.err


def test_a_table_of_something_else_is_refused(cutouts, tmp_path):
    table = tmp_path / "fashion.csv"
    table.write_text("entity_id,gender\nfolder/sharp,male\n")
    done = refmatte(
        "label", "--sources", f"folder:{cutouts}", "--models", f"clothes={table}", "--out", tmp_path / "o"
    )
    assert done.code == 3
    assert "no column clothes_type or clothes_color" in done.err
