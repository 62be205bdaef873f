"""The baselines through the same path as the model: files that rim-eval scores, unknown names, training."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from clipmat.baselines import mdetr
from clipmat.baselines.catalog import open_baseline
from clipmat.baselines.clipseg_config import clipseg_preset
from clipmat.errors import BadInputError, MissingExtraError, UsageError
from clipmat.model.folder import checkpoints


@pytest.fixture(autouse=True)
def _extra():
    pytest.importorskip("transformers")


def photo(height=50, width=70):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def scored(preds, data):
    import rim_eval

    return rim_eval.score(preds, data).overall.n


def test_clipseg_answers_as_transformers_does(networks):
    from transformers import CLIPSegForImageSegmentation

    from clipmat.baselines.clipseg import ClipSeg, Normalise, load_clipseg

    part = load_clipseg(networks("clipseg"))
    theirs = CLIPSegForImageSegmentation.from_pretrained(networks("clipseg")).eval()
    baseline = ClipSeg(part.network, part.processor, "cpu")
    images = Normalise.of(part.processor)(torch.rand(1, 3, 64, 64))
    ids = baseline._prompter.ids(["the red cup", "the dog on the left"])
    with torch.no_grad():
        ours = part.network(images, ids, torch.zeros(2, dtype=torch.int64))
        # transformers pads with the end mark; a causal encoder does not see what follows it.
        padded = torch.where(ids == 0, 49407, ids)
        reference = theirs(input_ids=padded, pixel_values=images.expand(2, -1, -1, -1)).logits
    torch.testing.assert_close(ours[:, 0], reference, rtol=1e-4, atol=1e-4)
    alphas = baseline.predict_many(photo(), ["the red cup", "the dog"])
    assert [alpha.shape for alpha in alphas] == [(50, 70)] * 2 and alphas[0].dtype == np.float32
    np.testing.assert_allclose(alphas[1], baseline.predict(photo(), "the dog"), atol=1e-4)
    assert baseline.tokens_read("word " * 100) == 77 and baseline.tokens_read("the dog") is None


@pytest.mark.parametrize("trained", ["decoder", "all"])
def test_what_is_frozen_stays(networks, trained):
    from clipmat.baselines.clipseg import load_clipseg
    from clipmat.training.optim import grouped

    network = load_clipseg(networks("clipseg")).network
    rates = {"clip": 1.0 if trained == "all" else 0.0, "decoder": 1.0, "unread": 0.0}
    grouped(network, network.part_of, rates, 0.0)
    network.train()
    logits = network(torch.rand(2, 3, 64, 64), torch.tensor([[49406, 320, 49407]] * 3), torch.tensor([0, 0, 1]))
    F.binary_cross_entropy_with_logits(logits, torch.zeros_like(logits)).backward()
    assert logits.shape == (3, 1, 64, 64)
    assert all((p.grad is not None) == p.requires_grad for p in network.parameters())
    assert network.decoder.film_mul.weight.grad is not None
    first = network.clip.vision_model.embeddings.patch_embedding.weight
    text = network.clip.text_model.encoder.layers[0].mlp.fc1.weight
    assert ((first.grad is not None) and (text.grad is not None)) == (trained == "all")


def test_clipseg_predicts_a_dataset(clipmat, networks, drawn):
    code, out, err = clipmat(
        "predict", "--data", drawn, "--setting", "keyword", "--model", f"clipseg={networks('clipseg')}",
        "--out", "preds", "--device", "cpu", "--json",
    )  # fmt: skip
    assert code == 0, err
    assert scored("preds", drawn) == json.loads(out)["predictions"] > 0


def test_clipseg_trains_resumes_and_predicts(clipmat, drawn, networks):
    """Eight train steps on the drawn pictures, whole and in two halves, give the same weights."""
    words = (
        "train", "--data", drawn, "--model", "clipseg", "--preset", "tiny", "--max-steps", 8, "--cache", "cache",
        "--set", "batch_size=4", "--set", "validation_images=2", "--set", "checkpoint_every=4",
        "--set", "log_every=1", "--set", "queries=2", "--set", "keep_checkpoints=9", "--set", "lr=1e-2",
        "--device", "cpu", "--json", "--out",
    )  # fmt: skip
    code, out, err = clipmat(*words, "whole")
    assert code == 0, err
    assert json.loads(out)["steps"] == 8 and "SAD" in json.loads(out)["scores"]
    totals = [float(row["total"]) for row in csv.DictReader(Path("whole/log.csv").read_text().splitlines())]
    assert np.mean(totals[-2:]) < 0.9 * totals[0]
    shutil.copytree("whole", "cut")
    shutil.rmtree("cut/model")
    shutil.rmtree(checkpoints(Path("cut"))[-1])
    code, _, err = clipmat(*words, "cut", "--resume")
    assert code == 0 and "resumed" in err, err
    one, other = (Path(run, "model", "model.safetensors").read_bytes() for run in ("whole", "cut"))
    assert one == other
    Image.fromarray(photo()).save("photo.png")
    refine = ("--refine", f"vitmatte={networks('vitmatte')}")
    code, _, err = clipmat("predict", "photo.png", "the cup", "-o", "m.png", "--model", "clipseg=whole", *refine)
    assert code == 0 and Image.open("m.png").size == (70, 50), err
    code, _, err = clipmat(*words, "other", "--preset", "paper")
    assert code == 2 and "trained=all" in err
    code, _, err = clipmat(*words, "other", "--preset", "modern")
    assert code == 2 and "no preset 'modern'" in err


def test_the_paper_trains_clipseg_so():
    config = clipseg_preset("paper", changes={"pretrained": "x"})
    assert (config.batch_size, config.lr, config.image_size, config.model.reduced, config.trained) == (
        32, 1e-4, 512, 64, "decoder",
    )  # fmt: skip


def test_grounding_dino_and_sam_predict_a_dataset(clipmat, networks, drawn):
    parts = ",".join(networks(name) for name in ("grounding_dino", "sam", "vitmatte"))
    code, out, err = clipmat(
        "predict", "--data", drawn, "--setting", "keyword", "--model", f"gdino-sam-vitmatte={parts}",
        "--out", "preds", "--device", "cpu", "--json",
    )  # fmt: skip
    assert code == 0, err
    assert scored("preds", drawn) == json.loads(out)["predictions"] > 0


@pytest.mark.parametrize("sam", ["sam", "sam2"])
def test_a_mask_becomes_a_band_and_no_box_an_empty_alpha(networks, monkeypatch, sam):
    from clipmat.baselines import grounded_sam
    from clipmat.baselines.grounded_sam import GroundedSam, trimap_of_mask

    baseline = GroundedSam.from_pretrained(networks("grounding_dino"), networks(sam), device="cpu", soft=False)
    masks = baseline.masks(photo(), [[5.0, 5.0, 40.0, 30.0], [20.0, 10.0, 60.0, 45.0]])
    assert [mask.shape for mask in masks] == [(50, 70)] * 2 and masks[0].dtype == bool
    left, top, right, bottom = baseline.box(photo(), "the red cup")
    assert left < right and top < bottom
    assert set(np.unique(baseline.predict(photo(), "the red cup"))) <= {0.0, 1.0}
    assert baseline.tokens_read("the cup " * 40) == 24 and baseline.tokens_read("the cup") is None
    baseline.box(photo(), "the cup " * 40)
    monkeypatch.setattr(grounded_sam, "BOX_THRESHOLD", 1.1)
    assert baseline.box(photo(), "the red cup") is None
    assert not baseline.predict_many(photo(), ["the red cup", "the dog"])[1].any()
    mask = np.zeros((200, 200), bool)
    mask[40:160, 40:160] = True
    band = trimap_of_mask(mask)
    assert (
        band[100, 100] == 255
        and band[40, 100] == 128
        and band[10, 10] == 0
        and band[100, 55] == 128
        and band[100, 75] == 255
    )


class FakeMdetr(torch.nn.Module):
    """Two queries: the second is surely an object, and its mask is the left half."""

    def forward(self, images, captions):
        assert captions == ["the red cup"] and min(images[0].shape[1:]) == 800
        logits = torch.tensor([[[0.0, 0.0, 9.0], [5.0, 0.0, 0.0]]])
        masks = torch.full((1, 2, 8, 8), -20.0)
        masks[:, 1, :, :4] = 20.0
        return {"pred_logits": logits, "pred_masks": masks}


def test_mdetr_takes_the_surest_query():
    alpha = mdetr.Mdetr(FakeMdetr()).predict(photo(), "the red cup")
    assert alpha.shape == (50, 70) and (alpha[:, :20] > 0.99).all() and (alpha[:, 50:] < 0.01).all()
    assert len(mdetr.Mdetr(FakeMdetr()).predict_many(photo(), ["the red cup"] * 2)) == 2


def test_mdetrs_script_writes_what_is_scored(drawn, tmp_path):
    class Grey:
        def predict(self, image, text):
            return np.full(image.shape[:2], 0.5, np.float32)

    for setting in ("keyword", "expression"):
        items = list(mdetr.items_of(drawn, "test", setting))
        assert mdetr.write_predictions(Grey(), items, tmp_path / setting) == len(items)
        assert mdetr.write_predictions(Grey(), items, tmp_path / setting) == 0
        assert scored(tmp_path / setting, drawn) == len(items)
    # It runs where this package is not: only the standard library and NumPy at import.
    code = f"import runpy, sys; sys.modules['clipmat'] = None; runpy.run_path({mdetr.__file__!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_names_and_folders_that_are_none(networks, tiny_model, monkeypatch):
    with pytest.raises(UsageError, match="did you mean clipseg"):
        open_baseline("clipsag")
    with pytest.raises(UsageError, match="environment of its own"):
        open_baseline("mdetr")
    with pytest.raises(UsageError, match="names 1 parts, not 3"):
        open_baseline("gdino-sam-vitmatte=x")
    with pytest.raises(BadInputError, match="there is no folder absent"):
        open_baseline("clipseg=absent")
    with pytest.raises(BadInputError, match="holds no CLIPSeg"):
        open_baseline(f"clipseg={tiny_model}")
    with pytest.raises(BadInputError, match="holds a vitmatte model, CLIPSeg is clipseg"):
        open_baseline(f"clipseg={networks('vitmatte')}")
    predictor = open_baseline(f"clipseg={networks('clipseg')}", "cpu")
    with pytest.raises(BadInputError, match="empty"):
        predictor.predict(photo(), [" "])
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'clipmat\[baselines\]'"):
        open_baseline("clipseg=absent")
