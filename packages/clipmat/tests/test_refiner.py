"""The coarse-map refiner: sizes of the published network, the untouched fourth channel, and that it learns."""

import csv
import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn

from clipmat import Matter
from clipmat.data.scenes import Source
from clipmat.errors import BadInputError, StateConflictError, UsageError, WeightsError
from clipmat.model.folder import Origin, checkpoints
from clipmat.prediction.matter import Matte
from clipmat.refine.catalog import open_refiner
from clipmat.refine.coarse import perturbed
from clipmat.refine.coarse_map import CoarseMapRefiner, working_size
from clipmat.refine.config import CoarseConfig, RefinerConfig, RefinerTrainConfig
from clipmat.refine.crops import crop_place
from clipmat.refine.encoder import PoolingResNet, load_resnet_weights
from clipmat.refine.losses import refiner_losses, trimap_loss
from clipmat.refine.p3m import Refinement, build_p3m
from clipmat.refine.refined import RefinedMatter
from clipmat.refine.train import _RefinerLearner, cropped, refiner_flops, train_refiner
from clipmat.training.losses import alpha_loss, laplacian_loss

SMALL = RefinerConfig(widths=(8, 8, 16, 16), depths=(1, 1, 1, 1))


def small(**changes):
    return RefinerTrainConfig.model_validate(
        {
            "model": SMALL.model_dump(), "batch_size": 4, "crops": (48, 64), "crop_size": 64, "lr": 2e-3,
            "log_every": 1, "validation_images": 2, **changes,
        }
    )  # fmt: skip


def test_the_published_network_has_39_million_parameters_and_119_gigaflops():
    with torch.device("meta"):
        net = build_p3m(RefinerConfig())
    assert sum(p.numel() for p in net.parameters()) == pytest.approx(39.0e6, rel=2e-3)
    assert refiner_flops(RefinerConfig(), 512) == pytest.approx(119e9, rel=5e-3)


def test_every_map_has_its_size():
    with torch.device("meta"):
        net = build_p3m(RefinerConfig()).eval()
        seen = net.encoder(torch.empty(1, 4, 512, 512))
        answer = net(torch.empty(2, 3, 64, 96), torch.empty(2, 1, 64, 96))
    sizes = [(64, 512), (64, 256), (64, 128), (128, 64), (256, 32), (512, 16)]
    assert [tuple(x.shape[1:3]) for x in (seen.e0, seen.e0p, seen.e1, seen.e2, seen.e3, seen.e4)] == sizes
    assert [i.shape[2] for i in seen.indices] == [256, 128, 64, 32, 16]
    assert answer.alpha.shape == answer.details.shape == (2, 1, 64, 96)
    assert [x.shape for x in (answer.trimap_logits, *answer.sides)] == [(2, 3, 64, 96)] * 4


@pytest.mark.parametrize("upsample", ["unpool", "bilinear"])
def test_at_the_start_the_coarse_map_changes_nothing(upsample):
    torch.manual_seed(0)
    net = build_p3m(SMALL.model_copy(update={"upsample": upsample})).eval()
    images = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        one, other = net(images, torch.zeros(1, 1, 64, 64)), net(images, torch.rand(1, 1, 64, 64))
        assert torch.equal(one.details, other.details) and torch.equal(one.trimap_logits, other.trimap_logits)
        net.encoder.conv1.weight[:, 3] = 0.1
        assert not torch.equal(one.details, net(images, torch.rand(1, 1, 64, 64)).details)


def test_published_resnet34_weights_load_and_their_output_is_unchanged(tmp_path):
    timm = pytest.importorskip("timm")
    torch.manual_seed(0)
    theirs = timm.create_model("resnet34", pretrained=False).eval()
    torch.save(theirs.state_dict(), tmp_path / "resnet34.pth")
    ours = PoolingResNet((64, 128, 256, 512), (3, 4, 6, 3)).eval()
    load_resnet_weights(ours, tmp_path / "resnet34.pth")
    x = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        seen = ours(torch.cat([x, torch.rand(1, 1, 64, 64)], 1))
        first = F.conv2d(x, theirs.conv1.weight, padding=3)
        e0 = theirs.bn1(first).relu()
        twice = F.max_pool2d(F.max_pool2d(e0, 3, 2, 1), 3, 2, 1)
        torch.testing.assert_close(seen.e0, e0)
        torch.testing.assert_close(seen.e1, theirs.layer1(twice))
    state = {name: value for name, value in theirs.state_dict().items() if not name.startswith("layer3.2")}
    save_file(state, tmp_path / "cut.safetensors")
    with pytest.raises(WeightsError, match=r"missing: layer3\.2"):
        load_resnet_weights(ours, tmp_path / "cut.safetensors")
    save_file({"weight": torch.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(WeightsError, match="three input channels"):
        load_resnet_weights(ours, tmp_path / "other.safetensors")


def test_unpooling_puts_values_where_torch_does():
    torch.manual_seed(0)
    net = build_p3m(SMALL).eval()
    pooled, indices = nn.MaxPool2d(3, 2, 1, return_indices=True)(torch.rand(1, 8, 16, 16))
    there = net._up(pooled, indices)
    torch.testing.assert_close(there, nn.MaxUnpool2d(2, 2)(pooled, indices))
    assert there.shape == (1, 8, 16, 16)
    at = indices[0, 3, 2, 5]
    assert there[0, 3].flatten()[at] == pooled[0, 3, 2, 5]


def test_the_loss_is_the_sum_of_its_parts():
    torch.manual_seed(0)
    config, alpha = small(), torch.rand(2, 1, 64, 64)
    trimap = torch.randint(0, 3, (2, 64, 64))
    logits = torch.randn(4, 2, 3, 64, 64)
    answer = Refinement(logits[3], tuple(logits[:3]), torch.rand(2, 1, 64, 64), torch.rand(2, 1, 64, 64))
    found = refiner_losses(answer, alpha, trimap, config)
    entropies = [F.cross_entropy(x, trimap) for x in logits]
    torch.testing.assert_close(trimap_loss(answer, trimap), (sum(entropies[:3]) + 3 * entropies[3]) / 6)
    torch.testing.assert_close(
        found.total,
        found.semantic
        + 2 * (found.details_alpha + found.details_laplacian)
        + 3 * (alpha_loss(answer.alpha, alpha) + laplacian_loss(answer.alpha, alpha)),
    )
    perfect = Refinement(
        20 * F.one_hot(trimap, 3).permute(0, 3, 1, 2).float(),
        tuple(20 * F.one_hot(trimap, 3).permute(0, 3, 1, 2).float() for _ in range(3)), alpha, alpha,
    )  # fmt: skip
    assert refiner_losses(perfect, alpha, trimap, config).total < 1e-4


def test_perturbed_truth_is_wrong_in_the_ways_that_were_asked():
    alpha = torch.zeros(1, 1, 64, 64)
    alpha[..., 16:48, 16:48] = 1.0
    plain = CoarseConfig(kernel=(1, 1), cut_mask=0.0)
    moved = CoarseConfig(kernel=(30, 30), cut_mask=0.0)
    cut = CoarseConfig(kernel=(1, 1), cut_mask=1.0)

    def areas(config, n=12):
        made = [perturbed(alpha, config, torch.Generator().manual_seed(seed)) for seed in range(n)]
        assert all(set(one.unique().tolist()) <= {0.0, 1.0} for one in made)
        return {int(one.sum()) for one in made}

    assert areas(plain) == {32 * 32}  # one pixel at 512 is none at 64
    assert areas(moved) == {28 * 28, 36 * 36}
    assert len(areas(cut)) > 3
    one, other = (perturbed(alpha, cut, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(one, other)


def test_crops_stay_inside_and_look_at_edges():
    rng = np.random.default_rng(0)
    alpha = np.zeros((100, 300), np.uint8)
    alpha[40, 250] = 128
    for _ in range(50):
        top, left, side = crop_place(alpha, (64, 512), 1.0, rng)
        assert 0 <= top <= 40 < top + side <= 100 and 0 <= left <= 250 < left + side <= 300
    assert working_size(3000, 2000, 1600) == (1600, 1056) and working_size(40, 10, 1600) == (32, 32)


def test_a_predicted_map_is_cropped_where_the_photo_was():
    whole = torch.arange(64.0)[None, None, None, :].expand(1, 1, 64, 64).contiguous()
    part = cropped(whole, torch.tensor([[0.25, 0.5, 0.75, 1.0]]), 32)
    torch.testing.assert_close(part[0, 0, 0], torch.arange(16.0, 48.0))


def test_it_learns_a_few_pictures(make_dataset, tiny_model, tmp_path):
    """Two pictures again and again: the loss falls to a fraction."""
    data = make_dataset(tmp_path / "data", 2, 1, size=(64, 64))
    settings = small(
        max_steps=24, epochs=100, batch_size=2, crops=(64,), flip=0.0, lr=5e-3, validation_images=0,
        coarse={"predicted": 0.0, "cut_mask": 0.0},
    )  # fmt: skip
    train_refiner([Source(data)], settings, tiny_model, tmp_path / "run", device="cpu", quiet=True)
    rows = list(csv.DictReader((tmp_path / "run" / "log.csv").open()))
    totals = [float(row["total"]) for row in rows]
    assert len(totals) == 24 and np.mean(totals[-5:]) < 0.5 * np.mean(totals[:3])


@pytest.fixture(scope="module")
def refiner(drawn, tiny_model, tmp_path_factory):
    """A run of a small refiner on the model of random weights."""
    out = tmp_path_factory.mktemp("refiner") / "run"
    settings = small(max_steps=4, checkpoint_every=2, keep_checkpoints=9)
    train_refiner([Source(drawn)], settings, tiny_model, out, device="cpu", quiet=True)
    return out


def test_a_run_leaves_a_model_folder_and_resumes_exactly(drawn, tiny_model, refiner, tmp_path):
    assert {"config.json", "model.safetensors", "README.md"} == {p.name for p in (refiner / "model").iterdir()}
    said = json.loads((refiner / "model" / "config.json").read_text())
    assert said["refiner"]["widths"] == [8, 8, 16, 16]
    assert "SAD" in (refiner / "validation.csv").read_text()
    cut = tmp_path / "cut"
    shutil.copytree(refiner, cut)
    shutil.rmtree(cut / "model")
    shutil.rmtree(checkpoints(cut)[-1])
    settings = small(max_steps=4, checkpoint_every=2, keep_checkpoints=9)
    train_refiner([Source(drawn)], settings, tiny_model, cut, resume=True, device="cpu", quiet=True)
    one, other = (load_file(run / "model" / "model.safetensors") for run in (refiner, cut))
    assert all(torch.equal(one[name], other[name]) for name in one)
    with pytest.raises(StateConflictError, match="crop_size"):
        train_refiner(
            [Source(drawn)],
            small(max_steps=6, crop_size=96),
            tiny_model,
            cut,
            resume=True,
            device="cpu",
            quiet=True,
        )


def test_a_missing_dataset_is_found_before_the_model_is_loaded(tiny_model, tmp_path, monkeypatch):
    from clipmat.refine import train as module

    monkeypatch.setattr(module, "load_model", lambda where: pytest.fail("the model was loaded"))
    with pytest.raises(BadInputError, match="no dataset folder"):
        train_refiner([Source(tmp_path / "absent")], small(), tiny_model, tmp_path / "run", device="cpu")


def test_advice_names_the_refiners_own_rate():
    source = SimpleNamespace(steps_per_epoch=1)
    assert "lr=..., now 0.002" in _RefinerLearner(small(), build_p3m(SMALL), None, [], source).lowers_rates


def test_refined_mattes_have_the_photos_size(tiny_model, refiner):
    photo = np.random.default_rng(0).integers(0, 256, (75, 130, 3), dtype=np.uint8)
    matter = Matter.from_pretrained(tiny_model, "cpu")
    refined = matter.refined(CoarseMapRefiner.from_pretrained(refiner, "cpu"))
    assert isinstance(refined, RefinedMatter)
    plain, better = matter.predict(photo, "the red cup"), refined.predict(photo, ["the red cup", "the dog"])[0]
    assert better.alpha.shape == (75, 130) and better.alpha.dtype == np.float32
    assert better.alpha.min() >= 0 and better.alpha.max() <= 1
    assert better.score == plain.score and np.array_equal(better.trimap, plain.trimap)
    assert set(np.unique(plain.trimap)) <= {0, 128, 255} and plain.trimap.shape == (75, 130)


def test_the_trimap_agrees_with_the_alpha(tiny_model):
    photo = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    matte = Matter.from_pretrained(tiny_model, "cpu").predict(photo, "the cup")
    assert (matte.alpha[matte.trimap == 0] == 0).all() and (matte.alpha[matte.trimap == 255] == 1).all()


def test_refiners_that_are_none(tiny_model, tmp_path):
    with pytest.raises(UsageError, match="did you mean p3m"):
        open_refiner("p3n=x")
    with pytest.raises(UsageError, match="train-refiner"):
        open_refiner("p3m")
    with pytest.raises(UsageError, match="after the sign"):
        open_refiner("p3m=")
    with pytest.raises(BadInputError, match="no refiner"):
        open_refiner(f"p3m={tiny_model}", "cpu")
    with pytest.raises(BadInputError, match="no checkpoint"):
        open_refiner("p3m=absent", "cpu")


def test_train_refine_predict_score_is_one_chain(clipmat, drawn, tiny_model):
    import rim_eval

    small_run = [word for name, value in (
        ("model.widths", "[8, 8, 16, 16]"), ("model.depths", "[1, 1, 1, 1]"), ("crops", "[48]"), ("crop_size", 64),
        ("batch_size", 2), ("validation_images", 0),
    ) for word in ("--set", f"{name}={value}")]  # fmt: skip
    code, out, err = clipmat(
        "train-refiner", "--data", drawn, "--checkpoint", tiny_model, "--out", "refiner", "--max-steps", 1,
        "--device", "cpu", "--json", *small_run,
    )  # fmt: skip
    assert code == 0 and json.loads(out)["steps"] == 1, err
    code, out, err = clipmat(
        "predict", "--data", drawn, "--setting", "keyword", "--checkpoint", tiny_model, "--refine", "p3m=refiner",
        "--out", "preds", "--device", "cpu", "--json",
    )  # fmt: skip
    assert code == 0, err
    assert rim_eval.score("preds", drawn).overall.n == json.loads(out)["predictions"] > 0
    Image.fromarray(np.zeros((40, 50, 3), np.uint8)).save("photo.png")
    code, _, err = clipmat(
        "predict", "photo.png", "the cup", "-o", "m.png", "--checkpoint", tiny_model, "--refine", "p3m=refiner"
    )
    assert code == 0 and Image.open("m.png").size == (50, 40), err
    code, _, err = clipmat("predict", "photo.png", "the cup", "-o", "m.png", "--checkpoint", "refiner")
    assert code == 3 and "--refine p3m=" in err
    shutil.copytree("refiner", "runs/refiner")
    code, _, err = clipmat("predict", "photo.png", "the cup", "-o", "m.png")
    assert code == 2 and "there is none in runs/" in err
    code, _, err = clipmat("train-refiner", "--data", drawn)
    assert code == 2 and "--checkpoint" in err
    code, _, err = clipmat("train-refiner", "--data", drawn, "--checkpoint", tiny_model, "--set", "lr=fast")
    assert code == 2 and "lr" in err


def test_a_saved_refiner_is_the_loaded_one(tmp_path):
    from clipmat.refine.folder import load_p3m, write_refiner_files

    net = build_p3m(SMALL)
    write_refiner_files(tmp_path, SMALL, net.state_dict(), Origin(steps=1))
    again = load_p3m(tmp_path)
    assert again.config == SMALL and not again.training
    matte = Matte(np.zeros((33, 47, 3), np.uint8), np.ones((33, 47), np.float32), "x", 1.0)
    assert CoarseMapRefiner(again, "cpu").refine(matte.image, matte).shape == (33, 47)
