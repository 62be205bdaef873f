import json

import numpy as np
import pytest

from rim_eval import score
from rim_eval.errors import (
    BadMatteError,
    DuplicateError,
    ExtraPredictionsError,
    GroundTruthError,
    MissingPredictionsError,
    NotAMatteError,
    ShapeMismatchError,
    UnreadableFileError,
    UsageError,
)


def test_one_row_a_prediction_with_its_outcome(folders):
    report = score(*folders)
    assert {row.id: row.target.value for row in report.rows} == {
        "rim_test_0000000a_0": "right",
        "rim_test_0000000a_1": "wrong",
        "rim_test_0000000b_0": "empty",
        "rim_test_0000000b_1": "right",
    }
    assert report.targets.accuracy == 0.5 and report.targets.with_siblings


def test_the_reference_agrees_with_the_report(folders, reference):
    import cv2

    predictions, truths = folders
    for row in score(predictions, truths).rows:
        p, g = (
            cv2.imread(str(folder / f"{row.id}.png"), cv2.IMREAD_UNCHANGED) for folder in (predictions, truths)
        )
        assert row.measures.sad == np.abs(p.astype(int) - g).sum() / 255_000
        assert row.measures.conn == reference.conn(p, g)[0]
        assert row.measures.grad == pytest.approx(reference.grad(p, g), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("workers", [2, 3])
def test_workers_change_no_bit(folders, workers):
    alone, several = (score(*folders, workers=n).to_json() for n in (1, workers))
    assert json.dumps(alone) == json.dumps(several)


def test_workers_on_many_images_and_their_errors(tmp_path, save):
    rng = np.random.default_rng(0)
    for i in range(23):
        for folder in ("p", "g"):
            save(tmp_path / folder / f"{i:02}.png", rng.integers(0, 256, (8, 9), dtype=np.uint8))
    reports = [score(tmp_path / "p", tmp_path / "g", workers=n) for n in (1, 2)]
    assert json.dumps(reports[0].to_json()) == json.dumps(reports[1].to_json())
    (tmp_path / "p" / "05.png").write_bytes(b"no")
    (tmp_path / "p" / "17.png").write_bytes(b"no")
    for workers in (1, 2):
        with pytest.raises(UnreadableFileError, match=r"05\.png"):
            score(tmp_path / "p", tmp_path / "g", workers=workers)


def test_progress_ends_at_the_total(folders):
    seen = []
    score(*folders, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (2, 2)


def test_extra_missing_and_duplicate_names(folders, save):
    predictions, truths = folders
    save(predictions / "owl.png", np.zeros((40, 60), np.uint8))
    with pytest.raises(ExtraPredictionsError, match=r"owl\.png"):
        score(predictions, truths)
    (predictions / "owl.png").rename(predictions / "rim_test_0000000a_0.tiff")
    with pytest.raises(DuplicateError):
        score(predictions, truths)
    (predictions / "rim_test_0000000a_0.tiff").unlink()
    (predictions / "rim_test_0000000a_0.png").unlink()
    with pytest.raises(MissingPredictionsError, match=r"rim_test_0000000a_0\.png"):
        score(predictions, truths)
    with pytest.raises(UsageError, match="error, zero, skip"):
        score(predictions, truths, missing="ignore")


def test_all_missing_is_an_error_even_when_skipping(folders, tmp_path, save):
    (tmp_path / "other").mkdir()
    save(tmp_path / "other" / "x.png", np.zeros((2, 2), np.uint8))
    with pytest.raises(ExtraPredictionsError):
        score(tmp_path / "other", folders[1], missing="skip")


def test_sizes(folders, save, soft_disc):
    predictions, truths = folders
    save(predictions / "rim_test_0000000a_0.png", soft_disc((20, 30), (0.5, 0.25), 0.2))
    with pytest.raises(ShapeMismatchError, match=r"rim_test_0000000a_0\.png: is 30 x 20 pixels.*60 x 40"):
        score(predictions, truths)
    report = score(predictions, truths, resize="pred-to-gt:bilinear")
    row = next(row for row in report.rows if row.id == "rim_test_0000000a_0")
    assert "resize:pred-to-gt:bilinear" in report.signature and "gt-size" not in report.signature
    assert 0 < row.measures.sad < 0.05 and "resized to the ground truth" in row.notes
    with pytest.raises(UsageError, match="pred-to-gt:bilinear"):
        score(predictions, truths, resize="gt-to-pred")


@pytest.mark.parametrize("shape", [(40, 60, 1), (1, 60), (40, 1), (60, 40)])
def test_nothing_broadcasts_and_nothing_is_turned(folders, save, shape):
    predictions, truths = folders
    (predictions / "rim_test_0000000a_0.png").unlink()
    save(predictions / "rim_test_0000000a_0.npy", np.zeros(shape, np.uint8))
    with pytest.raises(BadMatteError, match=r"rim_test_0000000a_0\.npy"):
        score(predictions, truths)


def test_values_255_times_too_small(folders, save):
    predictions, truths = folders
    good = (predictions / "rim_test_0000000a_0.png").read_bytes()
    save(predictions / "rim_test_0000000a_0.png", np.eye(40, 60, dtype=np.uint8))
    with pytest.raises(NotAMatteError, match=r"0/1 instead of 0/255.*multiply by 255"):
        score(predictions, truths)
    save(predictions / "rim_test_0000000a_0.png", np.eye(40, 60, dtype=np.uint16) * 255)
    with pytest.raises(NotAMatteError, match="8-bit values in a 16-bit file"):
        score(predictions, truths)
    (predictions / "rim_test_0000000a_0.png").write_bytes(good)
    score(predictions, truths)


def test_depths_may_be_mixed_and_are_reported(folders, save):
    import cv2

    predictions, truths = folders
    before = score(predictions, truths)
    path = predictions / "rim_test_0000000b_1.png"
    narrow = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    save(path, narrow.astype(np.uint16) * 257)
    after = score(predictions, truths)
    assert after.depths == {"16/8": 1, "8/8": 3}
    assert any("1 of 16 bits, 3 of 8 bits" in note for note in after.notes) and not before.notes
    for column, value in before.overall.values.items():
        assert after.overall.values[column] == pytest.approx(value, rel=1e-12)


def test_an_empty_ground_truth_is_accepted(tmp_path, save):
    black = np.zeros((9, 9), np.uint8)
    save(tmp_path / "g" / "a.png", black)
    save(tmp_path / "p" / "a.png", black)
    report = score(tmp_path / "p", tmp_path / "g")
    assert all(value == 0 for value in report.overall.values.values())
    assert report.rows[0].target == "quiet" and report.targets.accuracy is None


def test_siblings_of_other_sizes_are_refused(tmp_path, save):
    for name, shape in (("x_1", (4, 4)), ("x_2", (4, 5))):
        for folder in ("g", "p"):
            save(tmp_path / folder / f"{name}.png", np.full(shape, 255, np.uint8))
    with pytest.raises(GroundTruthError, match=r"x_2\.png: differs in size from x_1\.png"):
        score(tmp_path / "p", tmp_path / "g", image_id="(x)_")


def test_trimap_files(folders, tmp_path, save):
    predictions, truths = folders
    trimap = np.zeros((40, 60), np.uint8)
    trimap[:, 20:40] = 127
    for path in truths.iterdir():
        save(tmp_path / "t" / path.name, trimap)
    report = score(predictions, truths, region="unknown", trimaps=tmp_path / "t")
    assert "unknown(trimap:files)" in report.signature
    assert {row.measures.pixels for row in report.rows} == {800}
    assert any("127" in note for note in report.notes)
    with pytest.raises(UsageError, match="no effect"):
        score(predictions, truths, trimaps=tmp_path / "t")
    (tmp_path / "t" / "rim_test_0000000b_1.png").unlink()
    with pytest.raises(GroundTruthError, match="rim_test_0000000b_1: has no trimap file"):
        score(predictions, truths, region="unknown", trimaps=tmp_path / "t")


def test_compat_modes_reward_the_wrong_object_only_where_they_are_said_to(folders):
    wrong = "rim_test_0000000a_1"
    conn = {
        name: next(row for row in score(*folders, compat=name).rows if row.id == wrong).measures.conn
        for name in ("rim", "gfm", "rvm")
    }
    assert conn["gfm"] == 0.0 and conn["rim"] == conn["rvm"] > 0.1


def test_the_signature_names_every_choice(folders):
    assert score(*folders).signature.startswith(
        "rim-eval 1.0|sad/1000|whole|gt-size|conn:dim-exact|grad:dim|expr:matte|images:rim-names|targets:1|ids:"
    )
    assert score(*folders, image_id=r"(.*)_\d").signature.count(r"images:regex((.*)_\d)") == 1
    only = score(*folders, metrics=["SAD"])
    assert "conn:off|grad:off" in only.signature and only.overall.values["CONN"] is None


def test_options_that_a_plain_folder_cannot_serve(folders):
    for option in ({"setting": "keyword"}, {"protocol": "rim"}, {"group_by": ["category"]}, {"labels": "x.json"}):
        with pytest.raises(UsageError, match="plain folder"):
            score(*folders, **option)
    with pytest.raises(UsageError, match="layout"):
        score(*folders, layout="coco")
    with pytest.raises(UsageError, match="ground truth"):
        score(folders[0])
    with pytest.raises(GroundTruthError, match="not a dataset folder"):
        score(*folders, layout="dataset")
    with pytest.raises(GroundTruthError, match="no mask/ folder"):
        score(*folders, layout="released")
    with pytest.raises(UsageError, match="workers"):
        score(*folders, workers=0)
