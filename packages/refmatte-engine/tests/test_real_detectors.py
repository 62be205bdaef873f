"""Mask R-CNN with random weights in the real format: what is loaded computes what the library computes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
detection = pytest.importorskip("torchvision.models.detection")

from refmatte_engine.errors import BadInputError, UsageError  # noqa: E402
from refmatte_engine.labellers.base import Weights  # noqa: E402
from refmatte_engine.labellers.detection.backends import BACKENDS, backend  # noqa: E402
from refmatte_engine.labellers.detection.coco import things  # noqa: E402
from refmatte_engine.labellers.detection.detection import Instance  # noqa: E402
from refmatte_engine.labellers.detection.torchvision_mask_rcnn import TorchvisionMaskRCNN  # noqa: E402
from refmatte_engine.labellers.state_dicts import check_runs, fill, open_device, read_state_dict  # noqa: E402
from refmatte_engine.weights import find_weights  # noqa: E402

SIDE = 96
FLOOR = 0.02


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def picture():
    y, x = np.mgrid[:90, :120]
    image = np.dstack([(x * 7) % 256, (y * 5 + x) % 256, (x * y) % 256]).astype(np.uint8)
    image[20:70, 30:80] = (220, 30, 60)
    return image


@pytest.fixture(scope="module")
def model():
    """A random network whose classifier is loud enough to find something."""
    torch.manual_seed(3)
    made = detection.maskrcnn_resnet50_fpn(
        weights=None,
        weights_backbone=None,
        num_classes=91,
        min_size=SIDE,
        max_size=160,
        box_score_thresh=FLOOR,
    )
    with torch.no_grad():
        made.roi_heads.box_predictor.cls_score.weight.mul_(60)
    return made.eval()


@pytest.fixture(scope="module")
def weights(model, tmp_path_factory: pytest.TempPathFactory) -> Weights:
    folder = tmp_path_factory.mktemp("models")
    torch.save(model.state_dict(), folder / "maskrcnn-torchvision.pth")
    return find_weights("maskrcnn-torchvision", folder)


def test_the_loaded_model_finds_what_torchvision_finds(model, weights: Weights, picture) -> None:
    detector = TorchvisionMaskRCNN(weights, device="cpu", short_side=SIDE, floor=FLOOR)
    found, empty = detector.detect([picture, np.zeros((64, 64, 3), np.uint8)])
    with torch.inference_mode():
        (direct,) = model([torch.from_numpy(picture).permute(2, 0, 1).float() / 255.0])
    names = {thing.id: thing.name for thing in things()}
    expected = [
        (names[label], score, mask)
        for label, score, mask in zip(
            direct["labels"].tolist(), direct["scores"].tolist(), direct["masks"][:, 0].numpy(), strict=True
        )
        if label in names
    ]
    assert len(found) >= 3
    assert [(one.name, one.score) for one in found] == [(name, score) for name, score, _ in expected]
    for one, (_, _, mask) in zip(found, expected, strict=True):
        assert np.abs(_whole(one, picture.shape[:2]) - mask * 255.0).max() <= 0.5
    assert isinstance(empty, tuple)
    assert weights.sha256 in detector.fingerprint and f"short side {SIDE}" in detector.fingerprint


def _whole(one: Instance, shape: tuple[int, int]):
    mask = np.zeros(shape)
    mask[one.box.y : one.box.y + one.box.h, one.box.x : one.box.x + one.box.w] = one.mask
    return mask


def test_safetensors_hold_the_same(model, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    layer = model.roi_heads.box_predictor
    save_file(layer.state_dict(), tmp_path / "layer.safetensors")
    read = read_state_dict(find_weights("layer", tmp_path))
    assert all(torch.equal(value, read[name]) for name, value in layer.state_dict().items())


# --- bad files ------------------------------------------------------------------------------------------------


def saved(path: Path, content: object) -> Weights:
    torch.save(content, path)
    return Weights(path.stem, path, "0" * 64)


def test_weights_of_another_model_are_named(tmp_path: Path) -> None:
    layer = torch.nn.Linear(2, 3)
    fill(
        layer,
        saved(tmp_path / "fits.pth", {"weight": torch.ones(3, 2), "bias": torch.ones(3), "mean": torch.ones(1)}),
        ignore=("mean",),
    )
    assert layer.weight.sum() == 6
    other = {"weight": torch.ones(2, 2), "head.a": torch.ones(1)}
    with pytest.raises(BadInputError) as raised:
        fill(layer, saved(tmp_path / "other.pth", other))
    assert str(raised.value) == (
        f"{tmp_path / 'other.pth'} holds weights of another model: it lacks bias; "
        "it has head.a, which the model does not know; "
        "it has weight of another shape (weight: [2, 2], not [3, 2])"
    )


def test_only_tensors_are_read(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="holds no state dict"):
        read_state_dict(saved(tmp_path / "list.pth", [1, 2]))
    with pytest.raises(BadInputError, match="cannot be read as weights"):
        read_state_dict(saved(tmp_path / "object.pth", {"a": Path("/")}))  # a pickle that makes an object
    for name in ("cut.pth", "cut.safetensors"):
        (tmp_path / name).write_bytes(b"PK\x03\x04 cut short")
        with pytest.raises(BadInputError, match="copy or fetch it again"):
            read_state_dict(Weights("cut", tmp_path / name, ""))


def test_a_pickle_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "maskrcnn-detectron2.pkl").write_bytes(b"anything")
    with pytest.raises(BadInputError, match="is a pickle") as raised:
        read_state_dict(Weights("maskrcnn-detectron2", tmp_path / "maskrcnn-detectron2.pkl", ""))
    assert str(tmp_path / "maskrcnn-detectron2.pth") in str(raised.value)


def test_devices() -> None:
    check_runs("cuda:12", "torchvision")
    assert open_device("cpu").type == "cpu"
    for name in ("cpuu", "meta", "cuda:"):
        with pytest.raises(UsageError, match="write cpu, cuda"):
            check_runs(name, "torchvision")
    with pytest.raises(UsageError, match="GPUs here"):
        open_device(f"cuda:{torch.cuda.device_count()}")
    with pytest.raises(UsageError, match=r"needs torchvidion.*refmatte-engine\[detect\]"):
        check_runs("cpu", "torchvidion")


# --- backends -------------------------------------------------------------------------------------------------


def test_an_unknown_backend_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean detectron2"):
        backend("detectron")
    assert set(BACKENDS) == {"torchvision", "detectron2"}


def test_without_detectron2_the_error_is_its_install_line(
    weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    from refmatte_engine.labellers.detection.detectron2_mask_rcnn import Detectron2MaskRCNN

    monkeypatch.setitem(sys.modules, "detectron2", None)
    with pytest.raises(UsageError) as raised:
        Detectron2MaskRCNN(weights, device="cpu", short_side=SIDE, floor=FLOOR)
    assert "FORCE_CUDA=0 pip install --no-build-isolation" in str(raised.value)
    assert "setuptools<82" in str(raised.value)


@pytest.mark.filterwarnings("ignore")
def test_detectron2_finds_what_detectron2_finds(tmp_path: Path, picture) -> None:
    modeling = pytest.importorskip("detectron2.modeling")
    from refmatte_engine.labellers.detection.detectron2_mask_rcnn import Detectron2MaskRCNN

    empty = Weights("none", tmp_path / "none.pth", "")
    config = Detectron2MaskRCNN(empty, device="cpu", short_side=SIDE, floor=FLOOR)._config
    torch.manual_seed(3)
    direct = modeling.build_model(config).eval()
    with torch.no_grad():
        direct.roi_heads.box_predictor.cls_score.weight.mul_(200)
    torch.save(
        {**direct.state_dict(), "proposal_generator.anchor_generator.cell_anchors.0": torch.ones(3, 4)},
        tmp_path / "maskrcnn-detectron2.pth",
    )
    weights = find_weights("maskrcnn-detectron2", tmp_path)
    (found,) = Detectron2MaskRCNN(weights, device="cpu", short_side=SIDE, floor=FLOOR).detect([picture])

    from detectron2.data import MetadataCatalog
    from detectron2.engine import DefaultPredictor

    theirs = config.clone()
    theirs.MODEL.WEIGHTS = str(weights.path)
    predictor = DefaultPredictor(theirs)
    instances = predictor(np.ascontiguousarray(picture[:, :, ::-1]))["instances"]
    names = MetadataCatalog.get("coco_2017_train").thing_classes
    assert names == [thing.name for thing in things()]
    assert len(found) >= 3
    assert [(one.name, one.score) for one in found] == [
        (names[label], score)
        for label, score in zip(instances.pred_classes.tolist(), instances.scores.tolist(), strict=True)
    ]
    for one, mask in zip(found, instances.pred_masks.numpy(), strict=True):
        assert (_whole(one, picture.shape[:2]) == mask * 255.0).all()
