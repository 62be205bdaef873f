"""The two graphs: what one image needs once, and what every text needs."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import Tensor, nn

from clipmat.errors import MissingExtraError
from clipmat.model.collaboration import collaborate

if TYPE_CHECKING:
    from clipmat.model.clipmat import CLIPMat

IMAGE, TEXT = "image.onnx", "text.onnx"
ONE_FILE: Final = 1_500_000_000
"""Bytes of weights up to which a graph is one file (protobuf ends at 2 GiB); larger ones lie beside it."""


class ImageGraph(nn.Module):
    """Image encoder, MDE, details decoder: images (B, 3, S, S) in [0, 1] -> tokens, details."""

    def __init__(self, model: CLIPMat) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """-> tokens (B, N + 1, D_v), details (B, 1, S, S) in [0, 1]."""
        seen = self.model.look(images)
        return seen.visual.tokens, seen.details


class TextGraph(nn.Module):
    """Text encoder, TSP, semantic decoder, fusion."""

    def __init__(self, model: CLIPMat, n_prefix: int) -> None:
        """`n_prefix`: how many of an image's tokens are no patches."""
        super().__init__()
        self.model = model
        self.n_prefix = n_prefix

    def forward(self, ids: Tensor, owner: Tensor, tokens: Tensor, details: Tensor) -> tuple[Tensor, Tensor]:
        """(Q, L') ids and (Q,) owner beside the image graph's outputs.

        Returns:
            alpha (Q, 1, S, S); trimap (Q, 3, S, S), the probabilities of background, unknown, foreground.
        """
        logits = self.model.point(tokens, self.n_prefix, ids, owner)
        return collaborate(logits, details[owner], "hard"), logits.softmax(1)


def write_graphs(folder: Path, model: CLIPMat, length: int) -> int:
    """Write both graphs; B and Q may be any number in both.

    Args:
        folder: existing.
        model: on the CPU, in evaluation mode, with the plain extractor.
        length: tokens of a text.

    Returns:
        The ONNX opset.

    Raises:
        MissingExtraError: the extra ``export`` is not installed.
    """
    size = model.config.image_size
    n_images, n_texts = torch.export.Dim("images"), torch.export.Dim("texts")
    images = torch.rand(2, 3, size, size)  # a size of 1 would be taken for a constant
    with torch.inference_mode():
        seen = model.look(images)
    tokens, details = seen.visual.tokens.clone(), seen.details.clone()
    ids, owner = torch.ones(3, length, dtype=torch.int64), torch.tensor([0, 1, 0])
    opset = _write(
        folder / IMAGE,
        ImageGraph(model),
        {"images": images},
        ("tokens", "details"),
        {"images": {0: n_images}},
    )
    _write(
        folder / TEXT,
        TextGraph(model, seen.visual.n_prefix),
        {"ids": ids, "owner": owner, "tokens": tokens, "details": details},
        ("alpha", "trimap"),
        {"ids": {0: n_texts}, "owner": {0: n_texts}, "tokens": {0: n_images}, "details": {0: n_images}},
    )
    return opset


def _write(
    path: Path,
    graph: nn.Module,
    inputs: dict[str, Tensor],
    outputs: tuple[str, ...],
    dynamic: dict[str, Any],
) -> int:
    try:
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(
            f"exporting needs the extra `export` ({error}): pip install 'clipmat[export]'"
        ) from error
    with _quiet(), torch.no_grad():
        program = torch.onnx.export(
            graph.eval(),
            kwargs=inputs,
            dynamo=True,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_shapes=dynamic,
            verbose=False,
        )
    assert program is not None
    weights = sum(part.numel() * part.element_size() for part in (*graph.parameters(), *graph.buffers()))
    program.save(path, external_data=weights > ONE_FILE)
    return int(program.model.opset_imports[""])


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's notes on its own deprecations, and without the fused path that has no ONNX form."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
        torch.backends.mha.set_fastpath_enabled(fast)
