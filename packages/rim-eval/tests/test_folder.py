import numpy as np
import pytest

from rim_eval.errors import DuplicateError, FolderError, GroundTruthError, MixedSettingsError, UsageError
from rim_eval.ground_truth.folder import load_folder
from rim_eval.ground_truth.scenes import matte_files


@pytest.fixture
def folder(tmp_path, save):
    def make(*names):
        for name in names:
            save(tmp_path / "gt" / f"{name}.png", np.zeros((2, 2), np.uint8))
        return tmp_path / "gt"

    return make


def images(truth):
    return {scene.image_id: sorted(scene.mattes) for scene in truth.scenes}


def test_each_matte_is_its_own_image(folder):
    truth = load_folder(folder("cat", "dog_1"), {"cat", "dog_1"})
    assert images(truth) == {"cat": ["cat"], "dog_1": ["dog_1"]}
    assert (truth.setting, truth.protocol, truth.grouping) == ("matte", "none", "own")


def test_rim_names_share_an_image(folder):
    names = ("rim_test_0000000a_0", "rim_test_0000000a_1", "rim_train_0000000b_0")
    truth = load_folder(folder(*names), set(names))
    assert images(truth) == {"rim_test_0000000a": list(names[:2]), "rim_train_0000000b": [names[2]]}
    assert truth.grouping == "rim-names"


def test_one_other_name_and_none_is_grouped(folder):
    truth = load_folder(folder("rim_test_0000000a_0", "rim_test_0000000a_1", "cat"), set())
    assert truth.grouping == "own" and len(truth.scenes) == 3


def test_a_regular_expression_groups(folder):
    gt = folder("p1-cat", "p1-dog", "p2-cat")
    assert images(load_folder(gt, set(), image_id=r"^(p\d)-")) == {"p1": ["p1-cat", "p1-dog"], "p2": ["p2-cat"]}
    assert images(load_folder(gt, set(), image_id=r"p\d")) == {"p1": ["p1-cat", "p1-dog"], "p2": ["p2-cat"]}
    with pytest.raises(GroundTruthError, match="p2-cat"):
        load_folder(gt, set(), image_id=r"^(p1)")
    with pytest.raises(UsageError, match="regular expression"):
        load_folder(gt, set(), image_id="(")


def test_expressions_in_numeric_order(folder):
    truth = load_folder(folder("a"), {"a_e10", "a_e2"})
    assert [item.id for item in truth.items()] == ["a_e2", "a_e10"]
    assert {item.entity_id for item in truth.items()} == {"a"}
    assert (truth.setting, truth.protocol) == ("expression", "all")


def test_a_ground_truth_that_looks_like_an_expression_is_itself(folder):
    truth = load_folder(folder("a_e0", "a_e1"), {"a_e0", "a_e1"})
    assert [item.id for item in truth.items()] == ["a_e0", "a_e1"]
    assert truth.setting == "matte"


def test_mixed_predictions_are_refused(folder):
    with pytest.raises(MixedSettingsError, match=r"\(b\).*\(a_e0\)"):
        load_folder(folder("a", "b"), {"a_e0", "b"})


def test_uneven_expressions_are_noted(folder):
    assert "between 1 and 2" in load_folder(folder("a", "b"), {"a_e0", "a_e1", "b_e0"}).notes[0]


def test_a_sum_of_targets_is_no_sibling(folder):
    names = ("rim_test_0000000a_0", "rim_test_0000000a_1", "rim_test_0000000a_g0")
    truth = load_folder(folder(*names), set(names))
    assert [sorted(scene.mattes) for scene in truth.scenes] == [list(names[:2]), [names[2]]]
    assert {scene.image_id for scene in truth.scenes} == {"rim_test_0000000a"}


def test_foreign_and_hidden_files_are_left_alone(folder, save, tmp_path):
    gt = folder("a")
    (gt / ".DS_Store").write_bytes(b"x")
    (gt / "readme.txt").write_text("x")
    (gt / "b.png").mkdir()
    assert list(matte_files(gt, "ground truth")) == ["a"]
    save(gt / "a.npy", np.zeros((2, 2)))
    with pytest.raises(DuplicateError, match=r"a\.npy and a\.png"):
        matte_files(gt, "ground truth")


def test_folders_without_images_say_what_they_hold(tmp_path):
    with pytest.raises(FolderError, match="no such folder"):
        matte_files(tmp_path / "nowhere", "predictions")
    with pytest.raises(FolderError, match="It is empty"):
        matte_files(tmp_path, "predictions")
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(FolderError, match=r"\.txt"):
        matte_files(tmp_path, "predictions")
    with pytest.raises(FolderError, match="is a file"):
        matte_files(tmp_path / "notes.txt", "predictions")
    (tmp_path / "deeper").mkdir()
    with pytest.raises(FolderError, match=r"subfolders \(deeper\)"):
        matte_files(tmp_path, "predictions")
