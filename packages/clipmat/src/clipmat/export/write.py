"""`export_model`: a model folder in, a folder that runs without torch out, checked before it gets its name."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from clipmat.atomic import new_folder
from clipmat.errors import StateConflictError
from clipmat.export.graphs import write_graphs
from clipmat.export.onnx_matter import CONFIG, FORMAT, TOKENIZER
from clipmat.export.parity import Parity, measure_parity
from clipmat.export.vocabulary import write_tokenizer

if TYPE_CHECKING:
    from clipmat.model.clipmat import CLIPMat

TOLERANCE: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export left: its folder, the ONNX opset, bytes on disk, seconds it took, and how equal it is."""

    folder: Path
    opset: int
    size: int
    seconds: float
    parity: Parity


def export_model(where: str | Path, out: Path, *, tolerance: float = TOLERANCE) -> Exported:
    """Write ``image.onnx``, ``text.onnx``, ``tokenizer.json``, ``export.json`` and a README.

    Args:
        where: run, model folder or ``hf:owner/name``.
        out: new or empty folder, or an earlier export, which is replaced.
        tolerance: largest absolute difference from torch, of numbers in [0, 1].

    Raises:
        BadInputError: there is no model.
        ExportError: the graphs do not compute what the model computes.
        MissingExtraError: the extra ``export`` is not installed.
        StateConflictError: ``out`` holds something else.
        UsageError: the backbone has another tokenizer than CLIP's.
    """
    from clipmat.model.folder import load_model
    from clipmat.model.prompts import TEST_TEMPLATE, build_prompter

    if out.exists() and not (out / CONFIG).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise StateConflictError(f"{out} is not empty and no export: choose another folder with --out")
    began = time.monotonic()
    model = plain(load_model(where))
    prompter = build_prompter(model.config, model.text_encoder.context)
    template = TEST_TEMPLATE if prompter.templates else "{}"
    with new_folder(out) as folder:
        write_tokenizer(folder / TOKENIZER, prompter.tokenizer, prompter.length)
        opset = write_graphs(folder, model, prompter.length)
        parity = measure_parity(folder, model, prompter, tolerance)
        said: dict[str, Any] = {
            "format": FORMAT,
            "clipmat": _version(),
            "opset": opset,
            "image_size": model.config.image_size,
            "text_length": prompter.length,
            "template": template,
            "max_abs_difference": asdict(parity),
            "model": model.config.model_dump(mode="json"),
        }
        (folder / CONFIG).write_text(json.dumps(said, indent=1) + "\n")
        page = _PAGE.replace("SIZE", str(model.config.image_size)).replace("LENGTH", str(prompter.length))
        (folder / "README.md").write_text(page.replace("TEMPLATE", template))
        size = sum(path.stat().st_size for path in folder.iterdir())
    return Exported(out, opset, size, time.monotonic() - began, parity)


def plain(model: CLIPMat) -> CLIPMat:
    """The same weights with the plain extractor: the fused one is an autograd function, which ONNX cannot hold."""
    from clipmat.model.clipmat import build_model

    if not model.config.fused_mde:
        return model
    same = build_model(model.config.model_copy(update={"fused_mde": False}))
    same.load_state_dict(model.state_dict())
    return same.eval()


def _version() -> str:
    from clipmat import __version__

    return __version__


_PAGE: Final = """# An exported CLIPMat

Two ONNX graphs, fp32, for any number of images and texts; an image needs its graph once.

| graph | takes | gives |
|---|---|---|
| `image.onnx` | `images` (B, 3, SIZE, SIZE), RGB in [0, 1] | `tokens` and `details` for the other graph |
| `text.onnx` | `ids` (Q, LENGTH) and `owner` (Q,) int64, `tokens`, `details` | `alpha`, `trimap` |

`owner` says which image each text belongs to. `alpha` is (Q, 1, SIZE, SIZE); `trimap` (Q, 3, SIZE, SIZE) holds the
probabilities of background, unknown and foreground.

The score of a phrase is the largest foreground probability.

With clipmat, as `Matter` but without torch:

    from clipmat.export import OnnxMatter
    OnnxMatter("THIS FOLDER").predict("photo.jpg", "the red cup").save("matte.png")

Without clipmat (`pip install onnxruntime numpy pillow tokenizers`):

```python
import sys
import numpy as np
import onnxruntime
from PIL import Image
from tokenizers import Tokenizer

folder, photo, phrase, out = sys.argv[1:]
image, text = (onnxruntime.InferenceSession(f"{folder}/{name}.onnx") for name in ("image", "text"))
picture = Image.open(photo).convert("RGB")
small = np.asarray(picture.resize((SIZE, SIZE), Image.Resampling.BOX), np.float32) / 255
tokens, details = image.run(None, {"images": small.transpose(2, 0, 1)[None]})
ids = Tokenizer.from_file(f"{folder}/tokenizer.json").encode("TEMPLATE".format(phrase)).ids
asked = {"ids": np.array([ids]), "owner": np.zeros(1, np.int64), "tokens": tokens, "details": details}
alpha, trimap = text.run(None, asked)
matte = Image.fromarray(np.rint(alpha[0, 0] * 255).astype(np.uint8))
matte.resize(picture.size, Image.Resampling.BILINEAR).save(out)
print(f"score {trimap[0, 2].max():.2f}")
```
"""
