"""A dataset's split predicted and scored, as a user would do it."""

import pytest
from PIL import Image

from clipmat import Matter
from clipmat.errors import StateConflictError
from clipmat.prediction.predict import predict_dataset


@pytest.fixture(scope="module")
def matter(tiny_model):
    return Matter.from_pretrained(tiny_model, "cpu")


@pytest.mark.parametrize("setting", ["expression", "keyword"])
def test_predictions_are_what_the_scorer_takes(matter, drawn, tmp_path, setting):
    import rim_eval

    n = predict_dataset(matter, drawn, tmp_path / "preds", setting=setting)
    files = sorted((tmp_path / "preds").iterdir())
    assert n == len(files) > 0
    picture = Image.open(files[0])
    assert picture.mode == "L" and picture.size == (120, 96)
    assert ("_e" in files[0].name) == (setting == "expression")
    scored = rim_eval.score(tmp_path / "preds", drawn)
    assert scored.overall.n == n and scored.setting == setting


def test_a_stopped_prediction_goes_on_and_foreign_files_are_refused(matter, drawn, tmp_path):
    out = tmp_path / "preds"
    predict_dataset(matter, drawn, out)
    files = sorted(out.iterdir())
    bytes_before = files[0].read_bytes()
    files[0].unlink()
    files[1].write_bytes(b"finished before")
    predict_dataset(matter, drawn, out)
    assert files[0].read_bytes() == bytes_before and files[1].read_bytes() == b"finished before"
    (out / "other.png").write_bytes(b"")
    with pytest.raises(StateConflictError, match=r"other\.png"):
        predict_dataset(matter, drawn, out)
