"""A dataset's split predicted and scored, as a user would do it."""

import shutil

import pytest
import torch
from PIL import Image

from clipmat import Matter
from clipmat.data.scenes import open_split
from clipmat.engine_errors import engine_errors
from clipmat.errors import BadInputError, DiskError, StateConflictError, UsageError
from clipmat.model.clipmat import build_model
from clipmat.prediction.predict import Outputs, predict_dataset, predict_photos
from clipmat.prediction.stamp import STAMP
from clipmat.training.validation import validate


@pytest.fixture(scope="module")
def matter(tiny_model):
    return Matter.from_pretrained(tiny_model, "cpu")


@pytest.mark.parametrize("setting", ["expression", "keyword"])
def test_predictions_are_what_the_scorer_takes(matter, drawn, tmp_path, setting):
    import rim_eval

    n = predict_dataset(matter, drawn, tmp_path / "preds", setting=setting)
    files = sorted((tmp_path / "preds").glob("*.png"))
    assert n == len(files) > 0
    picture = Image.open(files[0])
    assert picture.mode == "L" and picture.size == (120, 96)
    assert ("_e" in files[0].name) == (setting == "expression")
    scored = rim_eval.score(tmp_path / "preds", drawn)
    assert scored.overall.n == n and scored.setting == setting


def test_a_stopped_prediction_goes_on_and_foreign_files_are_refused(matter, drawn, tmp_path):
    out = tmp_path / "preds"
    predict_dataset(matter, drawn, out)
    files = sorted(out.glob("*.png"))
    bytes_before = files[0].read_bytes()
    files[0].unlink()
    files[1].write_bytes(b"finished before")
    for name in (f".{files[0].name}.123", ".DS_Store"):  # what a killed call and a system leave
        (out / name).write_bytes(b"")
    predict_dataset(matter, drawn, out)
    assert files[0].read_bytes() == bytes_before and files[1].read_bytes() == b"finished before"
    (out / "other.png").write_bytes(b"")
    with pytest.raises(StateConflictError, match=r"other\.png"):
        predict_dataset(matter, drawn, out)


def test_predictions_of_other_weights_are_not_mixed(matter, drawn, tmp_path):
    out = tmp_path / "preds"
    predict_dataset(matter, drawn, out, setting="keyword")
    torch.manual_seed(1)
    other = Matter(build_model(matter.model.config), "cpu")
    with pytest.raises(StateConflictError, match="other weights or data"):
        predict_dataset(other, drawn, out, setting="keyword")
    (out / STAMP).unlink()
    with pytest.raises(StateConflictError, match="do not say of which weights"):
        predict_dataset(matter, drawn, out, setting="keyword")
    for path in out.iterdir():
        path.unlink()
    assert predict_dataset(other, drawn, out, setting="keyword") > 0
    with pytest.raises(UsageError, match="is a file"):
        predict_dataset(matter, drawn, next(out.glob("*.png")))


def test_a_damaged_picture_is_named(matter, drawn, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(drawn, data)
    for path in (data / "test" / "images").iterdir():
        path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(BadInputError, match=r"rim_test_.*\.jpg"):
        predict_dataset(matter, data, tmp_path / "preds")
    with pytest.raises(BadInputError, match=r"rim_test_.*\.jpg"):
        validate(matter, [[open_split(data, "test", "expression").samples[0]]])


def test_errors_of_the_scorer_keep_their_code():
    from rim_eval import errors

    with pytest.raises(DiskError, match="full"), engine_errors():
        raise errors.DiskError("full")
    with pytest.raises(BadInputError, match="twice"), engine_errors():
        raise errors.DuplicateError("twice")


def test_photos_of_one_stem_do_not_overwrite_each_other(matter, tmp_path):
    (tmp_path / "photos").mkdir()
    for name in ("cup.png", "CUP.jpg", "dog.png"):
        Image.new("RGB", (20, 16)).save(tmp_path / "photos" / name)
    outputs = Outputs(tmp_path / "out", None, None)
    found = list(predict_photos(matter, tmp_path / "photos", ["a cup"], outputs))
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["CUP.jpg_1_a-cup.png", "cup.png_1_a-cup.png", "dog_1_a-cup.png"] and len(found) == 3
