"""The two graphs, the tokenizer file, and running both without torch."""

import itertools
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from clipmat import Matter
from clipmat.config import preset
from clipmat.errors import BadInputError, ExportError, MissingExtraError, StateConflictError, UsageError
from clipmat.export import OnnxMatter, export_model
from clipmat.export.vocabulary import ClipTokenizer, write_tokenizer

pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")
pytestmark = pytest.mark.timeout(1200)  # half a minute for an export, many on a crowded machine

PHRASES = [
    f"{who} {what} {where}"
    for who, what, where in itertools.product(
        ("the woman in", "Two dogs near", "a photo of", "it's the left-most thing on"),
        ("the red coat", "a shiny, transparent glass", "3 chairs / 12 tables", "THE TOWN'S café", "naïve Straßen"),
        ("", "which is behind the blue-green vase", "at the top!", "; 50% off...", "and the 日本 teapot"),
    )
]
ODD = [
    "the cup &amp; saucer", "the man’s “hat”", "the\tcup \n here", "smörgås 🙂 ✔️", "ﬁne print", "x" * 300,
    "l'été they're I'd",
]  # fmt: skip


@pytest.fixture(scope="module")
def said(tiny_model, tmp_path_factory):
    """What `clipmat export` prints; an export takes half a minute, so the tests share one."""
    folder = tmp_path_factory.mktemp("export") / "tiny"
    command = [sys.executable, "-m", "clipmat", "export", tiny_model, "--out", folder, "--json"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def exported(said):
    return Path(said["folder"])


@pytest.fixture(scope="module")
def tokenizer_file(tmp_path_factory):
    import open_clip

    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    write_tokenizer(path, open_clip.SimpleTokenizer(), 24)
    return path


def photo(height=90, width=130):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


# --- tokenizer ------------------------------------------------------------------------------------------------


def test_the_tokenizer_without_torch_gives_open_clips_ids(tokenizer_file):
    import open_clip

    texts = PHRASES + ODD
    assert len(PHRASES) == 100
    truth = open_clip.SimpleTokenizer()(texts, context_length=24).numpy()
    np.testing.assert_array_equal(ClipTokenizer(tokenizer_file)(texts), truth)


def test_the_tokenizer_file_is_one_of_hugging_face(tokenizer_file):
    tokenizers = pytest.importorskip("tokenizers")
    theirs = tokenizers.Tokenizer.from_file(str(tokenizer_file))
    ours = ClipTokenizer(tokenizer_file)
    for text in [*PHRASES, "the man’s “hat”", "x" * 300]:
        assert theirs.encode(text).ids == ours([text])[0].tolist(), text


def test_another_tokenizer_is_refused(tmp_path):
    with pytest.raises(UsageError, match="ViT-B-16"):
        write_tokenizer(tmp_path / "t.json", object(), 24)
    (tmp_path / "t.json").write_text("{}")
    with pytest.raises(BadInputError, match="no tokenizer"):
        ClipTokenizer(tmp_path / "t.json")


# --- graphs ---------------------------------------------------------------------------------------------------


def test_an_export_equals_the_model_and_says_so(exported, said):
    kept = json.loads((exported / "export.json").read_text())
    assert kept["image_size"] == 64 and kept["text_length"] == 69 and kept["max_abs_difference"] == said["parity"]
    assert max(said["parity"][name] for name in ("details", "trimap", "alpha")) < 1e-4
    assert said["parity"]["ties"] < 0.01
    assert {path.name for path in exported.iterdir()} == {
        "README.md", "export.json", "image.onnx", "text.onnx", "tokenizer.json",
    }  # fmt: skip


def test_the_runner_mattes_what_matter_mattes(exported, tiny_model):
    texts = PHRASES[:20]  # over one call's worth
    ours = OnnxMatter(exported, threads=1).predict(photo(), texts)
    theirs = Matter.from_pretrained(tiny_model, "cpu").predict(photo(), texts)
    assert [matte.phrase for matte in ours] == texts
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.alpha.shape == (90, 130) and mine.alpha.dtype == np.float32
        # A tie between classes may fall either way, for single pixels.
        assert (np.abs(mine.alpha - other.alpha) > 1e-3).mean() < 0.005
        assert mine.score == pytest.approx(other.score, abs=1e-4)
    runner = OnnxMatter(exported)
    assert runner.tokens_read("the cup") is None and runner.tokens_read("word " * 68) == 69
    alone = runner.predict(photo(), texts[7])
    np.testing.assert_allclose(alone.alpha, ours[7].alpha, atol=1e-5)


def test_several_images_in_one_call(exported):
    from clipmat.export.onnx_matter import open_graph

    images = np.random.default_rng(1).random((3, 3, 64, 64), dtype=np.float32)
    graphs = [open_graph(exported / name, 1) for name in ("image.onnx", "text.onnx")]
    ids = ClipTokenizer(exported / "tokenizer.json")(["a", "b", "c", "d"])
    owner = np.array([2, 0, 1, 2])

    def run(images, ids, owner):
        tokens, details = graphs[0].run(None, {"images": images})
        return graphs[1].run(None, {"ids": ids, "owner": owner, "tokens": tokens, "details": details})[1]

    together = run(images, ids, owner)
    for i, which in enumerate(owner):
        one = run(images[which : which + 1], ids[i : i + 1], np.array([0]))
        np.testing.assert_allclose(one[0], together[i], atol=1e-5)


def test_a_fused_keyword_model_goes_through_the_plain_path(tmp_path):
    from clipmat.model.clipmat import build_model
    from clipmat.model.folder import Origin, save_model

    config = preset("tiny", "keyword", {"model": {"fused_mde": True, "norm": "group", "mask_padding": True}}).model
    torch.manual_seed(1)
    save_model(tmp_path / "model", config, build_model(config).state_dict(), Origin(steps=0))
    made = export_model(tmp_path / "model", tmp_path / "out")
    assert made.parity.worst < 1e-4  # against the fused model's weights in the plain form
    fused = Matter.from_pretrained(tmp_path / "model", "cpu").predict(photo(), "cup")
    onnx = OnnxMatter(made.folder).predict(photo(), "cup")
    assert (np.abs(onnx.alpha - fused.alpha) > 1e-3).mean() < 0.005
    assert json.loads((made.folder / "export.json").read_text())["template"] == "a photo of a {}"


def test_a_difference_over_the_tolerance_is_an_error(exported, tiny_model, tmp_path):
    from clipmat.export.parity import measure_parity
    from clipmat.model.folder import load_model
    from clipmat.model.prompts import build_prompter

    model = load_model(tiny_model)
    prompter = build_prompter(model.config, 77)
    with pytest.raises(ExportError, match="nothing was written"):
        measure_parity(exported, model, prompter, 0.0)
    with torch.no_grad():
        model.semantic_decoder.d0.bias[1] += 1.0
    with pytest.raises(ExportError, match=r"more than 0\.001"):
        measure_parity(exported, model, prompter, 1e-3)


# --- without torch --------------------------------------------------------------------------------------------


def test_the_runner_never_imports_torch(exported, tmp_path):
    Image.fromarray(photo()).save(tmp_path / "photo.png")
    code = (
        "import sys\nfrom clipmat.export import OnnxMatter\n"
        f"matte = OnnxMatter({str(exported)!r}).predict({str(tmp_path / 'photo.png')!r}, 'the red cup')\n"
        f"matte.save({str(tmp_path / 'matte.png')!r}); matte.cutout()\n"
        "assert not {'torch', 'open_clip', 'timm', 'onnx', 'onnxscript'} & set(sys.modules), 'too much imported'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert Image.open(tmp_path / "matte.png").size == (130, 90)


def test_the_demo_of_an_export_needs_no_torch(exported, tmp_path):
    pytest.importorskip("gradio")
    code = (
        "import sys\nfrom pathlib import Path\nsys.modules['torch'] = None\n"
        "from clipmat.demo import drawn\nfrom clipmat.demo.answers import answer\n"
        "from clipmat.demo.page import build_page\nfrom clipmat.export import OnnxMatter\n"
        f"matter = OnnxMatter({str(exported)!r})\nbuild_page(matter, 'tiny', Path({str(tmp_path)!r}))\n"
        "(found,) = answer(matter, drawn.photo(drawn.EXAMPLES[0]), ['the red circle'])\n"
        "assert found.cutout.shape[2] == 4"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_script_of_the_readme_runs_without_clipmat(exported, tmp_path):
    pytest.importorskip("tokenizers")
    (script,) = re.findall(r"```python\n(.*?)```", (exported / "README.md").read_text(), re.DOTALL)
    guard = "import sys\nsys.modules['torch'] = sys.modules['clipmat'] = None\n"
    Image.fromarray(photo(64, 64)).save(tmp_path / "photo.png")
    (tmp_path / "run.py").write_text(guard + script)
    words = [exported, tmp_path / "photo.png", "the red cup", tmp_path / "matte.png"]
    done = subprocess.run(
        [sys.executable, tmp_path / "run.py", *map(str, words)], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    ours = OnnxMatter(exported).predict(photo(64, 64), "the red cup")
    np.testing.assert_allclose(np.asarray(Image.open(tmp_path / "matte.png")), ours.levels(), atol=1)
    assert done.stdout == f"score {ours.score:.2f}\n"


# --- folders that are none ------------------------------------------------------------------------------------


def test_folders_that_are_no_exports(exported, tiny_model, tmp_path):
    with pytest.raises(BadInputError, match="no folder of `clipmat export`"):
        OnnxMatter(tiny_model)
    broken = tmp_path / "broken"
    shutil.copytree(exported, broken)
    (broken / "text.onnx").write_bytes(b"nothing")
    with pytest.raises(BadInputError, match="damaged"):
        OnnxMatter(broken)
    (broken / "text.onnx").unlink()
    with pytest.raises(BadInputError, match="no graph"):
        OnnxMatter(broken)
    with pytest.raises(StateConflictError, match="no export"):
        export_model(tiny_model, tiny_model)


def test_a_missing_extra_is_named(exported, tiny_model, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match=r"clipmat\[export\]"):
        OnnxMatter(exported)
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(MissingExtraError, match=r"clipmat\[export\]"):
        export_model(tiny_model, tmp_path / "out")
