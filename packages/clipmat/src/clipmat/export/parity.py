"""Do the graphs compute what the model computes? Asked of every export before it gets its name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from clipmat.errors import ExportError
from clipmat.export.graphs import IMAGE, TEXT
from clipmat.export.onnx_matter import TOKENIZER, open_graph
from clipmat.export.vocabulary import ClipTokenizer

if TYPE_CHECKING:
    from clipmat.model.clipmat import CLIPMat
    from clipmat.model.prompts import Prompter

PHRASES: Final = (
    "the red cup",
    "the woman's left hand, which is behind the 2 dogs",
    "a photo of the glass to the right of the small green plant on the table",
)


@dataclass(frozen=True, slots=True)
class Parity:
    """Largest absolute differences between torch and onnxruntime, both in fp32 on a CPU.

    Attributes:
        details, trimap: of the two continuous answers, both in [0, 1].
        alpha: of the fused answer, where the likeliest class leads by more than twice the trimap's difference; a
            tie between classes may fall either way.
        ties: share of the pixels left out for that.
    """

    details: float
    trimap: float
    alpha: float
    ties: float

    @property
    def worst(self) -> float:
        """The largest of the differences."""
        return max(self.details, self.trimap, self.alpha)


def measure_parity(folder: Path, model: CLIPMat, prompter: Prompter, tolerance: float) -> Parity:
    """Run model and graphs on two random pictures with three phrases.

    Raises:
        ExportError: the exported tokenizer gives other ids, or a difference is over the tolerance.
    """
    ids = prompter.tokenizer(list(PHRASES), context_length=prompter.length)
    exported = ClipTokenizer(folder / TOKENIZER)(PHRASES)
    if not np.array_equal(ids.numpy(), exported):
        raise ExportError("the exported tokenizer gives other ids than the model's: this export cannot be trusted")
    size = model.config.image_size
    rng = np.random.default_rng(0)
    images = np.stack([rng.random((3, size, size)), np.linspace(0, 1, 3 * size * size).reshape(3, size, size)])
    images = images.astype(np.float32)
    owner = np.array([0, 1, 0])
    with torch.inference_mode():
        truth = model(torch.from_numpy(images), ids, torch.from_numpy(owner))
    shares = truth.trimap_logits.softmax(1).numpy()
    tokens, details = open_graph(folder / IMAGE).run(["tokens", "details"], {"images": images})
    asked = {"ids": exported, "owner": owner, "tokens": tokens, "details": details}
    alpha, trimap = open_graph(folder / TEXT).run(["alpha", "trimap"], asked)
    off = float(np.abs(trimap - shares).max())
    _, second, first = np.split(np.sort(shares, axis=1), 3, axis=1)
    decided = first - second > 2 * off  # both must choose the same class there
    found = Parity(
        details=float(np.abs(details[owner] - truth.details.numpy()).max()),
        trimap=off,
        alpha=float(np.abs(alpha - truth.alpha.numpy())[decided].max(initial=0.0)),
        ties=float(1.0 - decided.mean()),
    )
    if not found.worst <= tolerance:
        raise ExportError(
            f"the graphs differ from the model by {found.worst:.2g}, more than {tolerance:g} "
            f"(details {found.details:.2g}, trimap {found.trimap:.2g}, alpha {found.alpha:.2g}): "
            "nothing was written"
        )
    return found
