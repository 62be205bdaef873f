"""CLIP through open_clip, with weights from a local file."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from refmatte_engine.errors import UsageError
from refmatte_engine.labellers.base import Weights
from refmatte_engine.labellers.state_dicts import check_runs, fill, open_device

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

VERSION = 1
"""Part of the fingerprint: raised whenever the same weights would give other points."""

DOWNLOADED = frozenset({"hf_tokenizer_name", "hf_model_name"})
"""Fields of an architecture's text side that name what open_clip fetches from Hugging Face."""

BATCH = 64
"""Pictures or texts that go through the network at once."""


class OpenClipModel:
    """Loads its weights when it is asked for the first time (an `ImageTextModel`).

    Args:
        architecture: as open_clip names it.
        weights: a state dict with open_clip's names.
        device: ``"cpu"``, ``"cuda"`` or ``"cuda:1"``.

    Raises:
        UsageError: open_clip is not installed, or there is no such device; when first asked: open_clip does not
            know the architecture, or would download a part of it.
        BadInputError: when first asked: the weights cannot be read, or are of another model.
    """

    def __init__(self, architecture: str, weights: Weights, *, device: str) -> None:
        check_runs(device, "torch", "open_clip")
        self._architecture, self._weights, self._device_name = architecture, weights, device

    @property
    def fingerprint(self) -> str:
        return f"open_clip {self._architecture} {VERSION}, weights sha256:{self._weights.sha256}"

    @cached_property
    def side(self) -> int:
        return int(self._checked()["vision_cfg"]["image_size"])

    def _checked(self) -> dict[str, Any]:
        """What open_clip says of the architecture; one of which it would download a part is refused."""
        import open_clip  # type: ignore[import-untyped]  # ships no types

        known = open_clip.list_models()
        # Asked first: open_clip takes a name such as hf-hub:... for an address.
        config = open_clip.get_model_config(self._architecture) if self._architecture in known else None
        if config is None:
            near = get_close_matches(self._architecture, known, n=3)
            raise UsageError(
                f"labels.clip = {self._architecture!r}: open_clip has no such architecture; "
                f"nearest: {', '.join(near) or 'ViT-B-16-quickgelu'}"
            )
        if DOWNLOADED & config["text_cfg"].keys():
            raise UsageError(
                f"labels.clip = {self._architecture!r}: open_clip would download its tokenizer or text model, "
                "and nothing is downloaded unasked; use one with open_clip's own, such as ViT-B-16-quickgelu"
            )
        return dict(config)

    @property
    def scale(self) -> float:
        return float(self._model.logit_scale.detach().exp())

    @cached_property
    def _device(self) -> torch.device:
        return open_device(self._device_name)

    @cached_property
    def _model(self) -> Any:
        import open_clip

        self._checked()
        root = logging.getLogger()
        level = root.level
        root.setLevel(logging.ERROR)  # it warns that it has no weights yet
        try:
            model = open_clip.create_model(self._architecture, pretrained=None)
        finally:
            root.setLevel(level)
        fill(model, self._weights, ignore=("position_ids",))
        return model.eval().to(self._device)

    @cached_property
    def _normal(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        from open_clip import get_model_preprocess_cfg

        config = get_model_preprocess_cfg(self._model)
        return np.array(config["mean"], np.float32) * 255.0, np.array(config["std"], np.float32) * 255.0

    def embed_images(self, images: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """See `ImageTextModel`."""
        import torch

        mean, deviation = self._normal
        parts = []
        for start in range(0, len(images), BATCH):
            pixels = (np.stack(images[start : start + BATCH]).astype(np.float32) - mean) / deviation
            with torch.inference_mode():
                tensor = torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy()).to(self._device)
                parts.append(self._model.encode_image(tensor, normalize=True).float().cpu().numpy())
        return np.concatenate(parts)

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `ImageTextModel`."""
        import open_clip
        import torch

        self._checked()
        tokenizer = open_clip.get_tokenizer(self._architecture)
        parts = []
        for start in range(0, len(texts), BATCH):
            with torch.inference_mode():
                tokens = tokenizer(list(texts[start : start + BATCH])).to(self._device)
                parts.append(self._model.encode_text(tokens, normalize=True).float().cpu().numpy())
        return np.concatenate(parts)
