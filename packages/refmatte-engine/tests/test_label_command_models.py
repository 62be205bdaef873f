"""``refmatte label --models category`` as a user runs it, with random weights in the real formats."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from command import Outcome, refmatte
from image_trees import write

torch = pytest.importorskip("torch")
detection = pytest.importorskip("torchvision.models.detection")
open_clip = pytest.importorskip("open_clip")

CLIP = "refmatte-test-tiny"
TINY = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}
SIDE = 96


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights on disk as their projects publish them: a state dict and a safetensors file."""
    from safetensors.torch import save_file

    config = tmp_path_factory.mktemp("configs") / f"{CLIP}.json"
    config.write_text(json.dumps(TINY), encoding="utf-8")
    open_clip.add_model_config(config)
    folder = tmp_path_factory.mktemp("models")
    torch.manual_seed(3)
    detector = detection.maskrcnn_resnet50_fpn(weights=None, weights_backbone=None, num_classes=91)
    with torch.no_grad():
        detector.roi_heads.box_predictor.cls_score.weight.mul_(60)
    torch.save(detector.state_dict(), folder / "maskrcnn-torchvision.pth")
    clip = open_clip.create_model(CLIP, pretrained=None)
    tensors = {name: value.contiguous() for name, value in clip.state_dict().items()}
    save_file(tensors, folder / f"clip-{CLIP}.safetensors")
    return folder


@pytest.fixture(scope="module")
def cutouts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two things with a name and two without, and two rooms."""
    root = tmp_path_factory.mktemp("own")
    y, x = np.mgrid[:300, :300]
    for number, stem in enumerate(("mug/1", "cat/1", "7", "8")):
        alpha = (np.hypot(y - 150, x - 150) < 120 - number).astype(np.uint8) * 255
        write(
            root / "cutouts" / f"{stem}.png",
            np.dstack([np.full((300, 300, 3), 90 + 40 * number, np.uint8), alpha]),
        )
    for number in range(2):
        write(root / "rooms" / f"{number}.jpg", np.full((300, 400, 3), 60 + 90 * number, np.uint8))
    return root


def label(cutouts: Path, models: Path, out: Path, *more: object) -> Outcome:
    return refmatte(
        "label", "--sources", f"folder:{cutouts / 'cutouts'}", "--backgrounds", f"folder:{cutouts / 'rooms'}",
        "--workers", 1, "--out", out, "--cache", cutouts / "cache", "--models-dir", models,
        "--set", f"labels.clip={CLIP}", "--set", f"labels.detector_short_side={SIDE}", *more,
    )  # fmt: skip


@pytest.fixture(scope="module")
def labelled(cutouts: Path, models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Labels of a run in which any score will do."""
    out = tmp_path_factory.mktemp("labelled") / "labels"
    done = label(cutouts, models, out, "--models", "category", "--set", "labels.category_by=clip",
                 "--set", "labels.category_score=0.001")  # fmt: skip
    assert done.code == 0, done.err
    return out


def rows(folder: Path, table: str, key: str) -> dict[str, dict]:
    return {row[key]: row for row in pq.read_table(folder / f"{table}.parquet").to_pylist()}


def proposals(folder: Path, attribute: str) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    for row in pq.read_table(folder / "proposals.parquet").to_pylist():
        if row["attribute"] == attribute:
            found.setdefault(row["item_id"], []).append(row)
    return found


def test_labels_say_who_named_them_and_how_sure_he_was(labelled: Path) -> None:
    entities = rows(labelled, "entities", "entity_id")
    assert entities["folder/mug/1"]["labels"]["category"] == "mug"
    said = proposals(labelled, "category")
    assert said.keys() == {"folder/7", "folder/8"}
    (one,) = said["folder/7"]
    named = entities["folder/7"]["labels"]
    assert named["category"] == one["value"] == one["candidates"][0]["value"]
    assert {"name": "category", "origin": "model"} in named["attributes"]["origins"]
    assert len(one["candidates"]) == 5 and 0 < one["score"] < 1
    assert one["model"].startswith("clip category") and "weights sha256:" in one["model"]


def test_a_detector_looked_into_the_backgrounds(labelled: Path) -> None:
    backgrounds = rows(labelled, "backgrounds", "background_id")
    said = proposals(labelled, "contains")
    assert said.keys() == backgrounds.keys() and len(said) == 2
    for name, (one,) in said.items():
        sure = [each["value"] for each in one["candidates"] if each["score"] >= 0.5]
        assert backgrounds[name]["contains"] == sorted(sure)


def test_both_models_and_nobody_sure_leaves_it_for_a_person(cutouts: Path, models: Path, tmp_path: Path) -> None:
    options = ("--models", "category", "--set", "labels.category_score=1.0")
    done = label(cutouts, models, tmp_path / "out", *options, "--json")
    assert done.code == 0, done.err
    assert done.document["rejected"]["unnamed"] == 2
    left = rows(tmp_path / "out", "quarantine", "item")
    assert "no model is sure" in left["7"]["detail"]
    voices = proposals(tmp_path / "out", "category")["folder/7"]
    assert [row["model"].split(" ")[0] for row in voices] == ["detected", "clip"]
    page = tmp_path / "out" / "review" / "index.html"
    done = refmatte("review", tmp_path / "out", "--sources", f"folder:{cutouts / 'cutouts'}", "--workers", 1)
    assert done.code == 0, done.err
    assert voices[1]["candidates"][0]["value"] in page.read_text(encoding="utf-8")


def test_the_same_command_again_and_a_second_folder_ask_nobody(
    cutouts: Path, models: Path, labelled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from refmatte_engine.labellers.clip.open_clip_model import OpenClipModel
    from refmatte_engine.labellers.detection.torchvision_mask_rcnn import TorchvisionMaskRCNN

    for network in (OpenClipModel, TorchvisionMaskRCNN):
        monkeypatch.setattr(network, "_model", None)  # nobody may be asked
    options = ("--models", "category", "--set", "labels.category_by=clip", "--set", "labels.category_score=0.001")
    assert label(cutouts, models, labelled, *options).code == 0
    assert label(cutouts, models, tmp_path / "again", *options).code == 0
    for table in ("entities", "proposals", "backgrounds"):
        assert (tmp_path / "again" / f"{table}.parquet").read_bytes() == (
            labelled / f"{table}.parquet"
        ).read_bytes()


def test_a_plain_run_asks_no_model(cutouts: Path, tmp_path: Path) -> None:
    done = label(cutouts, tmp_path / "no models", tmp_path / "out")
    assert done.code == 0, done.err
    assert not (tmp_path / "out" / "proposals.parquet").exists()
    assert "models" not in json.loads((tmp_path / "out" / "plan.json").read_text())["config"]
    assert all(row["contains"] is None for row in rows(tmp_path / "out", "backgrounds", "background_id").values())


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--models", "categry"), 2, "did you mean category?"),
        (("--models", "category", "--detector", "detectron"), 2, "did you mean detectron2?"),
        (("--models", "category", "--device", "gpu"), 2, "write cpu, cuda"),
        (("--models", "category", "--set", "labels.clip=ViT-B-17"), 3, "clip-vit-b-17 are missing"),
        (("--models", "gender", "--device", "gpu"), 2, "write cpu, cuda"),
        (("--evaluate", "no-truth.csv"), 3, "no-truth.csv"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_read(
    cutouts: Path, models: Path, tmp_path: Path, options: tuple[str, ...], code: int, message: str
) -> None:
    done = label(cutouts, models, tmp_path / "out", *options)
    assert (done.code, message in done.err) == (code, True), done.err
    assert not (tmp_path / "out").exists()


def test_another_detector_has_other_weights(cutouts: Path, models: Path, tmp_path: Path) -> None:
    pytest.importorskip("detectron2")
    done = label(cutouts, models, tmp_path / "out", "--models", "category", "--detector", "detectron2")
    assert (done.code, "maskrcnn-detectron2 are missing" in done.err) == (3, True), done.err


def test_an_architecture_that_would_be_downloaded_is_refused(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from refmatte_engine.errors import UsageError
    from refmatte_engine.labellers.clip.open_clip_model import OpenClipModel
    from refmatte_engine.weights import find_weights

    for name in ("get_tokenizer", "create_model"):
        monkeypatch.setattr(open_clip, name, None)  # nobody gets that far
    weights = find_weights(f"clip-{CLIP}", models)
    for name, words in (
        ("ViT-B-16-SigLIP", "would download"),  # its tokenizer
        ("roberta-ViT-B-32", "would download"),  # its text model
        ("hf-hub:timm/ViT-B-16-SigLIP", "no such architecture"),
    ):
        model = OpenClipModel(name, weights, device="cpu")
        with pytest.raises(UsageError, match=words):
            _ = model.side
        with pytest.raises(UsageError, match=words):
            model.embed_texts(["a cat"])
        with pytest.raises(UsageError, match=words):
            model.embed_images([np.zeros((224, 224, 3), np.uint8)])


def test_all_missing_weights_are_named_at_once(cutouts: Path, tmp_path: Path) -> None:
    done = label(cutouts, tmp_path, tmp_path / "out", "--models", "category")
    assert done.code == 3
    assert "maskrcnn-torchvision are missing" in done.err and f"clip-{CLIP} are missing" in done.err
    assert not (tmp_path / "out").exists()


def test_damaged_weights_are_one_message_and_the_run_can_go_on(
    cutouts: Path, models: Path, tmp_path: Path
) -> None:
    (tmp_path / "m").mkdir()
    for path in models.iterdir():
        (tmp_path / "m" / path.name).write_bytes(path.read_bytes()[:1000])
    done = label(cutouts, tmp_path / "m", tmp_path / "out", "--models", "category")
    assert (done.code, "maskrcnn-torchvision.pth cannot be read as weights" in done.err) == (3, True)
    # Other weights are another build: the folder is not continued silently.
    done = label(cutouts, models, tmp_path / "out", "--models", "category")
    assert (done.code, "models.weights" in done.err) == (4, True), done.err


def test_the_loaded_clip_computes_what_open_clip_computes(models: Path) -> None:
    from refmatte_engine.labellers.clip.open_clip_model import OpenClipModel
    from refmatte_engine.weights import find_weights

    mine = OpenClipModel(CLIP, find_weights(f"clip-{CLIP}", models), device="cpu")
    image = np.random.default_rng(0).integers(0, 255, (32, 32, 3), dtype=np.uint8)
    path = str(models / f"clip-{CLIP}.safetensors")
    model, _, preprocess = open_clip.create_model_and_transforms(CLIP, pretrained=path)
    from PIL import Image

    model.eval()
    with torch.inference_mode():
        pixels = preprocess(Image.fromarray(image))[None]
        expected = model.encode_image(pixels, normalize=True).numpy()
        words = model.encode_text(open_clip.get_tokenizer(CLIP)(["a cat", "a mug"]), normalize=True).numpy()
    assert mine.side == 32
    assert np.allclose(mine.embed_images([image]), expected, atol=1e-5)
    assert np.allclose(mine.embed_texts(["a cat", "a mug"]), words, atol=1e-5)
    assert mine.scale == pytest.approx(float(model.logit_scale.exp()))
