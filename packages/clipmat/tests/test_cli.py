"""The command as a user meets it: exit code, words, files."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from clipmat import __version__
from clipmat.cli import app


def test_version_is_the_packages():
    result = CliRunner().invoke(app, ["--version"])
    assert result.exit_code == 0
    assert result.stdout == f"clipmat {__version__}\n"


def test_help_and_version_do_not_load_torch():
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom clipmat.cli import app\n"
        "for words in (['--help'], ['--version'], ['train', '--help'], ['predict', '--help']):\n"
        "    assert CliRunner().invoke(app, words).exit_code == 0\n"
        "assert not {'torch', 'numpy', 'PIL', 'open_clip'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def photo(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    return "photo.png"


def test_train_predict_score_is_one_chain(clipmat, drawn, tmp_path):
    small = ("--set", "batch_size=4", "--set", "validation_images=2", "--cache", tmp_path / "cache")
    code, out, err = clipmat(
        "train", "--data", drawn, "--preset", "tiny", "--max-steps", 2, "--out", "run", "--json", *small
    )
    assert code == 0, err
    assert json.loads(out)["steps"] == 2 and "finished: run/model" in err
    code, out, err = clipmat("predict", "--data", drawn, "--checkpoint", "run", "--out", "preds", "--json")
    assert code == 0, err
    assert json.loads(out)["predictions"] == 48
    scored = subprocess.run(
        [Path(sys.executable).with_name("rim-eval"), "score", "preds", drawn, "--json"],
        capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert scored.returncode == 0, scored.stderr
    assert json.loads(scored.stdout)["n"] == 48
    code, _, err = clipmat("train", "--data", drawn, "--preset", "tiny", "--max-steps", 2, "--out", "run", *small)
    assert code == 4 and "--resume" in err


def test_a_photo_and_a_phrase(clipmat, photo, tiny_model, tmp_path):
    code, out, err = clipmat(
        "predict", photo, "the red cup", "-o", "matte.png", "--cutout", "cutout.png", "--background", photo,
        "--checkpoint", tiny_model, "--json",
    )  # fmt: skip
    assert code == 0, err
    assert Image.open("matte.png").mode == "L" and Image.open("matte.png").size == (70, 50)
    assert Image.open("cutout.png").mode == "RGBA" and Image.open("matte_composite.png").mode == "RGB"
    (said,) = json.loads(out)
    assert said["phrase"] == "the red cup" and said["found"] and "score" in err


def test_several_phrases_and_a_folder(clipmat, photo, tiny_model, tmp_path):
    (tmp_path / "photos").mkdir()
    for name in ("a.png", "b.jpg"):
        Image.open(photo).save(tmp_path / "photos" / name)
    code, _, err = clipmat("predict", "photos", "the cup", "The Old Dog!", "-o", "out", "--checkpoint", tiny_model)
    assert code == 0, err
    names = sorted(path.name for path in Path("out").iterdir())
    assert names == ["a_1_the-cup.png", "a_2_the-old-dog.png", "b_1_the-cup.png", "b_2_the-old-dog.png"]
    code, _, err = clipmat("predict", photo, "the cup", "the dog", "-o", "one.png", "--checkpoint", tiny_model)
    assert code == 2 and "folder" in err


def test_what_is_not_found_is_empty(clipmat, photo, tiny_model):
    code, out, err = clipmat(
        "predict", photo, "the cup", "-o", "m.png", "--checkpoint", tiny_model, "--min-score", 1, "--json"
    )
    assert code == 0 and not json.loads(out)[0]["found"] and "not found" in err
    assert not np.asarray(Image.open("m.png")).any()


def test_a_long_phrase_is_cut_with_a_warning(clipmat, photo, tiny_model):
    code, _, err = clipmat("predict", photo, "word " * 300, "-o", "m.png", "--checkpoint", tiny_model)
    assert code == 0 and "69 tokens" in err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["predict", "photo.png", "the cup"], 2, "-o matte.png"),
        (["predict", "photo.png", "-o", "m.png"], 2, "a phrase"),
        (["predict", "photo.png", "the cup", "-o", "m.png"], 2, "--checkpoint"),
        (["predict", "absent.png", "the cup", "-o", "m.png", "--checkpoint", "MODEL"], 3, "no photo"),
        (["predict", "text.png", "the cup", "-o", "m.png", "--checkpoint", "MODEL"], 3, "cannot be opened"),
        (["predict", "photo.png", "  ", "-o", "m.png", "--checkpoint", "MODEL"], 3, "empty"),
        (["predict", "photo.png", "the cup", "-o", "m.xyz", "--checkpoint", "MODEL"], 2, ".png"),
        (["predict", "photo.png", "the cup", "-o", "m.png", "--checkpoint", "absent"], 3, "no checkpoint"),
        (["train", "--data", "absent", "--preset", "tiny"], 3, "no dataset folder"),
        (["train", "--preset", "tiny", "--set", "lr=1"], 2, "lr"),
        (["train", "--preset", "tiny", "--set", "model.tsp_heads=3"], 2, "multiple"),
        (["train", "--preset", "tiny", "--backbone", "ViT-B-17", "--data", "DATA"], 2, "ViT-B-1"),
        (["train", "--preset", "tiny", "--backbone", "coca_ViT-B-32", "--data", "DATA"], 2, "no plain ViT"),
        (["train", "--preset", "tiny", "--set", "augment.trimap_kernel=[15, 5]"], 2, "smallest comes first"),
        (["train", "--preset", "tiny", "--set", "model=5", "--set", "model.tsp_mlp=1"], 2, "the value 5"),
        (["train", "--model", "clipseg", "--set", "trained=all", "--set", "model.layers=6"], 2, "taps"),
        (["train", "--model", "clipseg", "--set", "trained=all", "--set", "model.heads=5"], 2, "no multiple"),
        (["train", "--init", "x", "--pretrained", "y"], 2, "give one of them"),
        (["train-refiner", "--checkpoint", "x", "--set", "coarse.kernel=[9, 1]"], 2, "smallest comes first"),
        (["predict", "--data", "DATA", "-o", "preds", "--min-score", "0.5"], 2, "--min-score"),
        (["train", "--preset", "tiny", "--pretrained", "absent.pt", "--data", "DATA"], 3, "no weights"),
        (["train", "--resume"], 2, "--out"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_mistakes_are_said_in_one_line(clipmat, photo, tiny_model, drawn, tmp_path, words, code, said):
    (tmp_path / "text.png").write_text("no picture")
    real = {"MODEL": str(tiny_model), "DATA": str(drawn)}
    found, _, err = clipmat(*[real.get(word, word) for word in words], *(
        ["--cache", tmp_path / "cache"] if words[0] == "train" else []
    ))  # fmt: skip
    assert found == code, err
    assert said in err and "Traceback" not in err
    assert err.strip().splitlines()[-1].startswith("clipmat: ")


def test_debug_shows_the_traceback_wherever_it_stands(clipmat):
    code, _, err = clipmat("predict", "absent.png", "the cup", "--debug", "-o", "m.png", "--checkpoint", "x")
    assert code == 3 and "Traceback" in err


def test_ctrl_c_is_said(clipmat, monkeypatch):
    from clipmat.model import folder

    def interrupted(where):
        raise KeyboardInterrupt

    monkeypatch.setattr(folder, "load_model", interrupted)
    code, _, err = clipmat("info", "x")
    assert code == 130 and err == "clipmat: interrupted\n"


def test_info_counts_parameters(clipmat, tiny_model):
    code, out, _ = clipmat("info", tiny_model, "--json")
    said = json.loads(out)
    assert code == 0 and said["model"]["backbone"] == "clipmat-tiny" and said["parameters"]["tsp"] > 0


def test_bench_prints_one_object_for_each_configuration(clipmat):
    code, out, err = clipmat(
        "bench", "--preset", "tiny", "--batch-size", 1, "--queries", 2, "--steps", 1, "--device", "cpu", "--json"
    )
    assert code == 0, err
    found = json.loads(out)
    assert {"images_per_s", "pairs_per_s", "mfu", "peak_memory_mb", "ratio_to_eager"} <= found[0].keys()
    assert [one["ratio_to_eager"] for one in found if one["name"] == "eager fp32"] == [1.0, 1.0]
    assert {one["mode"] for one in found} == {"train", "predict"}


def test_bench_takes_queries_from_either_option(clipmat, monkeypatch):
    from clipmat import bench as module

    asked = []
    monkeypatch.setattr(module, "bench", lambda config, **options: asked.append(config.queries) or [])
    for words in ((), ("--set", "queries=8"), ("--set", "queries=8", "--queries", 2)):
        assert clipmat("bench", "--preset", "tiny", *words)[0] == 0
    assert asked == [3, 8, 2]


def test_bench_measures_the_loader_against_the_native_files(clipmat, drawn, tmp_path):
    import shutil

    shutil.copytree(drawn, "data")  # its resized shards are made beside it
    code, out, err = clipmat(
        "bench", "--preset", "tiny", "--batch-size", 4, "--loader", "data", "--seconds", 0.2, "--json"
    )
    assert code == 0, err
    found = json.loads(out)
    assert [(one["name"], one["workers"]) for one in found] == [
        ("native files", 0), ("resized shards", 0), ("resized shards", 1), ("resized shards", 2),
    ]  # fmt: skip
    assert found[0]["ratio_to_native"] == 1.0 and all(one["images_per_s"] > 0 for one in found)
