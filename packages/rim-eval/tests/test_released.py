import json

import numpy as np
import pytest

from rim_eval import score
from rim_eval.errors import ExtraPredictionsError, GroundTruthError, MixedSettingsError, UsageError


@pytest.fixture
def released(tmp_path, save, soft_disc):
    """A folder like RefMatte-RW100: two entities in image `p1`, one in `p2`."""
    root = tmp_path / "RefMatte_RW_100"
    labels = {}
    for name, x in (("p1_1", 0.25), ("p1_2", 0.75), ("p2_1", 0.5)):
        save(root / "mask" / f"{name}.png", soft_disc((24, 36), (0.5, x), 0.2))
        labels[name] = {"image_name": name[:-2], "expressions": [f"{name} {i}" for i in range(4)], "owner": "x"}
    save(root / "image" / "p1.jpg", np.zeros((24, 36, 3), np.uint8))
    (root / "refmatte_rw100_label.json").write_text(json.dumps(labels))
    (root / "eval_index_expression.json").write_text(json.dumps({"p1": 3, "p2": 0}))
    return root


@pytest.fixture
def predictions(released, tmp_path):
    def make(*suffixes):
        folder = tmp_path / "p"
        folder.mkdir(exist_ok=True)
        for mask in (released / "mask").iterdir():
            for suffix in suffixes:
                (folder / f"{mask.stem}{suffix}.png").write_bytes(mask.read_bytes())
        return folder

    return make


def test_the_index_selects_and_others_are_not_needed(released, predictions):
    report = score(predictions("_e0", "_e3"), released)
    assert [row.id for row in report.rows] == ["p1_1_e3", "p1_2_e3", "p2_1_e0"]
    assert report.protocol == "index" and "|expr:index|" in report.signature
    assert {row.id: row.groups["kind"] for row in report.rows} == {
        "p1_1_e3": "free", "p1_2_e3": "free", "p2_1_e0": "basic",
    }  # fmt: skip
    assert report.rows[0].text == "p1_1 3" and report.overall.values["SAD"] == 0


def test_one_file_a_mask_is_the_selected_expression(released, predictions):
    report = score(predictions(""), released)
    assert [row.id for row in report.rows] == ["p1_1", "p1_2", "p2_1"]
    assert report.setting == "expression" and report.rows[0].text == "p1_1 3"


def test_all_expressions(released, predictions):
    report = score(predictions("_e0", "_e1", "_e2", "_e3"), released, protocol="all-expressions")
    assert report.overall.n == 12 and report.overall.images == 2
    assert set(report.groups["kind"]) == {"basic", "absolute", "relative", "free"}


def test_nested_folders_and_kinds_of_refmatte(tmp_path, save, soft_disc):
    base = tmp_path / "RefMatte" / "RefMatte" / "test"
    save(base / "mask" / "rim_test_0000000a_1.png", soft_disc((8, 8), (0.5, 0.5), 0.3))
    labels = {"rim_test_0000000a_1": {"image_name": "rim_test_0000000a", "expressions": list("abcd")}}
    (base / "refmatte_test_label.json").write_text(json.dumps(labels))
    for i in range(4):
        data = (base / "mask" / "rim_test_0000000a_1.png").read_bytes()
        (tmp_path / "p").mkdir(exist_ok=True)
        (tmp_path / "p" / f"rim_test_0000000a_1_e{i}.png").write_bytes(data)
    report = score(tmp_path / "p", tmp_path)
    assert report.source == "released" and set(report.groups["kind"]) >= {"basic", "relative2"}


def test_stated_kinds_win_over_assumed_ones(released, predictions):
    path = released / "refmatte_rw100_label.json"
    labels = json.loads(path.read_text())
    labels["p2_1"]["kinds"] = ["relative", "basic", "basic", "basic"]
    path.write_text(json.dumps(labels))
    rows = {row.id: row for row in score(predictions("_e0", "_e3"), released).rows}
    assert rows["p2_1_e0"].groups["kind"] == "relative"


def test_mixtures_and_strangers(released, predictions):
    predictions("_e0", "_e3", "")
    with pytest.raises(MixedSettingsError, match="p1_1"):
        score(predictions(), released)
    for path in predictions().iterdir():
        path.unlink()
    predictions("_e0", "_e3", "_e7")
    with pytest.raises(ExtraPredictionsError, match="p1_1_e7"):
        score(predictions(), released)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", "must map"),
        ("{", "not JSON"),
        ('{"p1_1": {"image_name": 3, "expressions": []}}', "p1_1 needs image_name"),
        ('{"p1_1": {"image_name": "p1", "expressions": ["a"]}}', "without an entry in the label file: p1_2, p2_1"),
    ],
)
def test_bad_labels_are_named(released, predictions, text, words):
    (released / "refmatte_rw100_label.json").write_text(text)
    with pytest.raises(GroundTruthError, match=words):
        score(predictions("_e0"), released)


def test_an_index_beyond_the_expressions(released, predictions):
    (released / "eval_index_expression.json").write_text(json.dumps({"p1": 9, "p2": 0}))
    with pytest.raises(GroundTruthError, match="number 9 of p1_1, which has 4"):
        score(predictions("_e0"), released)


def test_further_keys_serve_the_tables(released, predictions):
    path = released / "refmatte_rw100_label.json"
    labels = json.loads(path.read_text())
    for name, entry in labels.items():
        entry["category"] = "cat"
        entry["refmatte"] = {
            "matte": {"z_order": int(name[-1]), "attributes": {"transparent": False, "custom": []}},
            "image": {"relation": "left_right", "in_keyword_setting": name.startswith("p1")},
        }
    path.write_text(json.dumps(labels))
    report = score(predictions("_e0", "_e3"), released, group_by=["z_order", "images.relation", "owner"])
    assert set(report.groups["z_order"]) == {"1", "2"} and set(report.groups["owner"]) == {"x"}
    assert set(report.groups["transparent"]) == {"no"} and set(report.groups["category"]) == {"cat"}
    with pytest.raises(UsageError, match=r"nonsense.*category"):
        score(predictions(), released, group_by=["nonsense"])
    for path in predictions().iterdir():
        path.unlink()
    with pytest.raises(ExtraPredictionsError, match="p2_1"):
        score(predictions(""), released, setting="keyword")
    (predictions() / "p2_1.png").unlink()
    assert score(predictions(), released, setting="keyword").overall.n == 2


def test_options_of_plain_folders_are_refused(released, predictions):
    with pytest.raises(UsageError, match="--image-id"):
        score(predictions("_e0", "_e3"), released, image_id="(.)")
    with pytest.raises(UsageError, match="--photos"):
        score(predictions(), released, photos=released / "image")
