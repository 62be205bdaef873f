"""Training of CLIPSeg as a baseline, and its presets.

Reference: "[P 5.1]" is a section of Li et al., Referring Image Matting, CVPR 2023, which fine-tunes CLIPSeg with a
decoder of width 64 on RefMatte: batches of 32, a rate of 1e-4, images of 512 pixels, a sigmoid at the end.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field, model_validator

from clipmat.config import AugmentConfig, Frozen, NotNegative, Positive, RunConfig, Setting, merged, validated
from clipmat.errors import UsageError


class ClipsegConfig(Frozen):
    """The architecture of a network that starts from random weights; published weights bring their own."""

    patch: Positive = 16
    width: Positive = 768
    layers: Positive = 12
    heads: Positive = 12
    text_width: Positive = 512
    text_layers: Positive = 12
    text_heads: Positive = 8
    projection: Positive = 512
    """Width in which texts and images meet."""
    taps: Annotated[tuple[NotNegative, ...], Field(min_length=1)] = (3, 6, 9)
    """Layers of the image encoder that the decoder reads, counted from 0."""
    reduced: Positive = 64
    """Width of the decoder [P 5.1]."""
    decoder_heads: Positive = 4
    decoder_mlp: Positive = 2048

    @model_validator(mode="after")
    def _parts_fit(self) -> ClipsegConfig:
        for width, heads in (("width", "heads"), ("text_width", "text_heads"), ("reduced", "decoder_heads")):
            if getattr(self, width) % getattr(self, heads):
                raise ValueError(
                    f"{width} {getattr(self, width)} is no multiple of {heads} {getattr(self, heads)}"
                )
        if max(self.taps) >= self.layers:
            raise ValueError(f"taps {self.taps} reach beyond the last of {self.layers} layers, {self.layers - 1}")
        return self


class ClipsegTrainConfig(RunConfig):
    """A whole training run of CLIPSeg. Defaults are the paper's settings."""

    model: ClipsegConfig = ClipsegConfig()
    augment: AugmentConfig = AugmentConfig(noise=0.0)
    setting: Setting = "expression"
    image_size: Annotated[int, Field(ge=32, multiple_of=16)] = 512
    pretrained: str | None = None
    """Folder or hub name of a CLIPSeg to start from; None: random weights."""
    trained: Literal["decoder", "all"] = "decoder"
    """Which weights learn: the decoder alone, CLIP being frozen as in the original, or all."""
    queries: Positive = 1
    """Phrases per image and step: they share one pass of the image."""
    batch_size: Positive = 32
    lr: Annotated[float, Field(gt=0.0)] = 1e-4


_SMALL: Final[dict[str, Any]] = {
    "optimizer": "adamw",
    "trained": "all",
    "clip_norm": 1.0,
}
_PRESETS: Final[dict[str, dict[str, Any]]] = {
    "tiny": {
        **_SMALL,
        "model": {
            "width": 64, "layers": 4, "heads": 4, "text_width": 64, "text_layers": 2, "text_heads": 4,
            "projection": 32, "taps": (0, 1, 2), "reduced": 16, "decoder_mlp": 32,
        },
        "image_size": 64, "batch_size": 8, "queries": 4, "epochs": 10, "lr": 1e-3, "validation_images": 8,
        "checkpoint_every": 200, "log_every": 5,
    },
    "scratch": {
        **_SMALL,
        "model": {
            "width": 128, "layers": 4, "heads": 4, "text_width": 128, "text_layers": 2, "text_heads": 4,
            "projection": 128, "taps": (0, 1, 2), "reduced": 64, "decoder_mlp": 256,
        },
        "image_size": 96, "batch_size": 16, "queries": 8, "epochs": 100, "beta2": 0.98, "lr": 1e-3,
        "weight_decay": 0.02, "warmup_steps": 100, "ema_decay": 0.98, "validation_images": 32,
        "checkpoint_every": 500,
    },
    "paper": {"epochs": 50},
}  # fmt: skip


def clipseg_preset(
    name: str, setting: Setting = "expression", changes: dict[str, Any] | None = None
) -> ClipsegTrainConfig:
    """A training configuration by name.

    Args:
        name: tiny (for trying out), scratch (small, random weights), paper (the published settings).
        setting: keyword or expression.
        changes: fields that differ, nested.

    Raises:
        UsageError: no such preset, field or value; or a frozen CLIP of random weights.
    """
    if name not in _PRESETS:
        raise UsageError(f"CLIPSeg has no preset {name!r}: use one of {', '.join(_PRESETS)}")
    fields = merged({"setting": setting}, _PRESETS[name])
    config = validated(ClipsegTrainConfig, merged(fields, changes or {}))
    if config.pretrained is None and config.trained == "decoder":
        raise UsageError(
            "a frozen CLIP of random weights learns nothing: name weights with --model clipseg=FOLDER (or "
            "=owner/name), or train all weights with --set trained=all"
        )
    return config
