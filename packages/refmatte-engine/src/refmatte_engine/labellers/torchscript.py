"""Tensors of a TorchScript archive, the form in which OpenAI publishes CLIP.

PyTorch reads such an archive only whole, with the program in it (``weights_only`` refuses it). So it is opened
only when it is, by its full published SHA-256, the very file that its card speaks of. The hash is taken anew: one
remembered beside the file (`refmatte_engine.weights.hashed`) proves nothing of a folder that came from elsewhere.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from refmatte_engine.errors import BadInputError
from refmatte_engine.labellers.base import Weights
from refmatte_engine.weights.card import model_card, model_names
from refmatte_engine.weights.hashed import sha256_of

if TYPE_CHECKING:
    import torch

NO_WEIGHTS = frozenset({"input_resolution", "context_length", "vocab_size"})
"""Numbers that OpenAI's archives keep among the tensors."""


def is_torchscript(weights: Weights) -> bool:
    """The file is a TorchScript archive: a zip with constants and code, not a saved state dict."""
    try:
        with zipfile.ZipFile(weights.path) as archive:
            return any(name.endswith("/constants.pkl") for name in archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def read_torchscript(weights: Weights) -> dict[str, torch.Tensor]:
    """The tensors by name, half precision made float32, on the CPU.

    Raises:
        BadInputError: the file is not the published one, or PyTorch cannot read it.
    """
    import torch

    if not _is_published(weights):
        raise BadInputError(
            f"{weights.path} is a TorchScript archive, which holds a program; only one whose full "
            "SHA-256 its card names is opened. Save its state dict as .safetensors, or fetch the published file"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # PyTorch would rather have other archives
            load = cast("Callable[..., torch.nn.Module]", torch.jit.load)  # has no types of its own
            found = load(str(weights.path), map_location="cpu").state_dict()
    except RuntimeError as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise BadInputError(f"{weights.path} cannot be read as weights ({first}): fetch it again") from error
    return {
        name: value.float() if value.dtype == torch.float16 else value
        for name, value in found.items()
        if name not in NO_WEIGHTS
    }


def _is_published(weights: Weights) -> bool:
    """The file on the disk has the full hash that its card names."""
    folder = weights.path.parent
    if weights.name not in model_names(folder):
        return False
    published = model_card(weights.name, folder).sha256
    return published is not None and published == sha256_of(weights.path)
