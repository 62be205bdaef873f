"""What a model and its training are made of: frozen configurations, and the presets tiny, scratch, paper, modern.

References: "[P 4.2]" is a section of Li et al., Referring Image Matting, CVPR 2023; "[S 4.1]" of its supplement,
"[T11]" the supplement's Table 11.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from clipmat.errors import UsageError

C = TypeVar("C", bound="Frozen")
B = TypeVar("B", int, float)
Setting: TypeAlias = Literal["keyword", "expression"]
Positive = Annotated[int, Field(ge=1)]
NotNegative = Annotated[int, Field(ge=0)]
Rate = Annotated[float, Field(ge=0.0)]


def in_order(bounds: tuple[B, B]) -> tuple[B, B]:
    """Smallest and largest; ValueError when they stand the other way round."""
    if bounds[0] > bounds[1]:
        raise ValueError(f"the smallest comes first, not {bounds[0]} before {bounds[1]}")
    return bounds


Kernels = Annotated[tuple[Positive, Positive], AfterValidator(in_order)]
"""Smallest and largest side of a square, in pixels of a 512-pixel image."""

TEXT_LENGTH: dict[Setting, int] = {"keyword": 14, "expression": 69}
"""Tokens of the text with its start and end marks, before the 8 learnable ones [P 4.2]."""
STRIDE = 16
"""Pixels per side of a token: the decoders end at 4 x 4 times the token grid."""


class Frozen(BaseModel):
    """A configuration: it never changes, and knows its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelConfig(Frozen):
    """The architecture. Defaults are the paper's CLIPMat (ViT-B/16)."""

    backbone: str = "ViT-B-16-quickgelu"
    """Name of an open_clip ViT; a patch of 14 becomes 16 with resampled weights [S 4.1]."""
    image_size: Annotated[int, Field(ge=2 * STRIDE, multiple_of=2 * STRIDE)] = 512
    """Side of the square that every image is resized to [P 5.1]."""
    position_scale: Annotated[float, Field(gt=0.0)] = 1.0
    """Factor on the image encoder's random positions before training. They start far smaller than what a patch
    shows; without pretrained weights "left" is then learnt long after "red". CLIP's weights replace them."""
    setting: Setting = "expression"
    """Keyword or expression: length of the text, and whether templates apply."""
    text_length: Annotated[int, Field(ge=3)] | None = None
    """Tokens of the text; None: 14 or 69 [P 4.2], or what the backbone's context leaves."""
    pre_context: bool = True
    """CP, first half: keywords are put into templates [P 4.2]."""
    post_context: NotNegative = 8
    """CP, second half: learnable vectors after the text; 0 is the ablation without [P 4.2]."""
    tsp: bool = True
    """Text-driven semantic pop-up; False: visual tokens are multiplied by the pooled text instead."""
    tsp_width: Positive = 256
    tsp_heads: Positive = 4
    tsp_mlp: NotNegative = 1024
    """Hidden width of the MLP of eq. 5; 0 leaves it out, as the literal table does [T11]."""
    tsp_dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.1
    cross_residual: bool = False
    """Add the visual tokens to what they collect from the text; eq. 3 does not."""
    tsp_init: Literal["small", "xavier", "aligned"] = "small"
    """Linear maps start from N(0, 0.02) as DenseCLIP's do, or by Glorot's rule: the text weighs more at first;
    aligned: the latter, and queries and keys of the first attention start as one rotation, so that a visual token
    attends to the words it fits as soon as there are any."""
    mask_padding: bool = False
    """Keep visual tokens from attending to the padding of the text; the paper masks nothing."""
    mde: bool = True
    """Multi-level details extractor; False: the last visual map alone feeds the details decoder."""
    mde4_residual: bool = False
    """Add the last visual map at the details decoder's entry (needs equal widths)."""
    fused_mde: bool = False
    """The image branch without its full-size map, the 3x3 convolution without a concatenation: same numbers."""
    semantic_channels: tuple[Positive, Positive, Positive] = (64, 32, 32)
    """Channels into the semantic decoder's blocks, and out of the second [T11]."""
    details_channels: tuple[Positive, Positive, Positive, Positive, Positive] = (768, 384, 192, 96, 32)
    """Channels into the details decoder's blocks D4..D1, and out of D1 [S 4.1, T11]."""
    fusion: Literal["hard", "soft"] = "hard"
    """Collaborative matting: by the most likely class, or by the class probabilities while training."""
    norm: Literal["batch", "group"] = "batch"
    """Normalisation in extractor and decoders."""

    @model_validator(mode="after")
    def _heads_divide(self) -> ModelConfig:
        if self.tsp_width % self.tsp_heads:
            raise ValueError(f"tsp_width {self.tsp_width} is no multiple of tsp_heads {self.tsp_heads}")
        return self


class LossConfig(Frozen):
    """Weights of the parts of the loss, and the Laplacian's kernel. The paper states no weights."""

    semantic: Rate = 1.0
    alignment: Rate = 0.0
    """Of the TSP's visual tokens with the phrase, as DenseCLIP trains its score map; not in the paper."""
    strangers: Rate = 0.0
    """Within the alignment, of the batch's other images: there, a phrase should fit nothing."""
    details: Rate = 1.0
    fusion: Rate = 1.0
    lap_kernel: Literal["gfm", "gaussian"] = "gfm"
    """gfm: the plus-shaped kernel of the paper's reference code; gaussian: separable [1 4 6 4 1] / 16."""


class AugmentConfig(Frozen):
    """What happens to a batch on the device; all of it can be done to finished composites."""

    flip: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5
    """Probability of a horizontal flip; left and right in the text are swapped with it."""
    noise: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5
    """Probability of Gaussian noise of deviation 10/255 (RSSN, GFM)."""
    blur: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    """Probability of a light blur of the whole image."""
    gamma: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    """Probability of a brightness curve between 0.8 and 1.25."""
    trimap_kernel: Kernels = (5, 15)
    """Smallest and largest kernel of the unknown band, in pixels of a 512-pixel image."""


class RunConfig(Frozen):
    """What every training run has, whatever it trains."""

    seed: NotNegative = 0
    batch_size: Positive = 12
    """Images per step over all processes."""
    epochs: Positive = 50
    max_steps: Positive | None = None
    """Stop after this many steps; None: after the epochs."""
    optimizer: Literal["adam", "adamw"] = "adam"
    beta2: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.999
    """Adam's second decay; 0.98 lets a model without pretrained weights learn in far fewer steps."""
    weight_decay: Rate = 0.0
    schedule: Literal["constant", "cosine"] = "constant"
    warmup_steps: NotNegative = 0
    """Steps in which the rates rise to their full height; at most a tenth of the run."""
    clip_norm: Annotated[float, Field(gt=0.0)] | None = None
    ema_decay: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    """Exponential moving average of the weights, which is then what is saved for prediction; 0: none."""
    precision: Literal["fp32", "bf16"] = "fp32"
    compile: bool = False
    channels_last: bool = False
    workers: NotNegative = 0
    """Loader processes."""
    validation_images: NotNegative = 64
    """Images of the train split kept out of training for validation (at most a tenth)."""
    validate_every: NotNegative = 0
    """Steps between validations; 0: at the end only."""
    checkpoint_every: Positive = 1000
    log_every: Positive = 20
    keep_checkpoints: Positive = 2

    def steps(self, per_epoch: int) -> int:
        """Steps of the whole run."""
        all_epochs = self.epochs * per_epoch
        return all_epochs if self.max_steps is None else min(all_epochs, self.max_steps)

    def resume_conflict(self, other: RunConfig) -> str | None:
        """The first field in which a resumed run may not differ, or None."""
        free = {"workers", "checkpoint_every", "log_every", "validate_every", "keep_checkpoints"}
        if self.schedule == "constant":
            free |= {"max_steps", "epochs"}
        mine, theirs = self.model_dump(exclude=free), other.model_dump(exclude=free)
        return next((name for name in mine if mine[name] != theirs.get(name)), None)


class TrainConfig(RunConfig):
    """A whole training run of CLIPMat."""

    model: ModelConfig = ModelConfig()
    loss: LossConfig = LossConfig()
    augment: AugmentConfig = AugmentConfig()
    pretrained: str | None = None
    """CLIP weights: an open_clip tag or a file; None: random."""
    queries: Positive = 1
    """Phrases per image and step: they share one pass of the image."""
    align_steps: NotNegative = 0
    """So many first steps train the alignment alone, without TSP's attention, decoders and details: the words meet
    what they name in a fraction of the time. One process only. At most two thirds of the run."""
    lr_image: Rate = 1e-6
    lr_text: Rate = 1e-7
    lr_rest: Rate = 1e-4
    """Learning rates of image encoder, text encoder, and all the rest [S 4.1]; 0 freezes an encoder."""


_TINY_MODEL: dict[str, Any] = {
    "backbone": "clipmat-tiny",
    "image_size": 64,
    "tsp_width": 32,
    "tsp_mlp": 64,
    "cross_residual": True,
    "tsp_init": "xavier",
    "semantic_channels": (16, 16, 16),
    "details_channels": (32, 24, 16, 12, 8),
}
_PRESETS: dict[str, dict[str, Any]] = {
    "tiny": {
        "model": _TINY_MODEL,
        "batch_size": 8,
        "queries": 4,
        "epochs": 10,
        "optimizer": "adamw",
        "lr_image": 1e-3,
        "lr_text": 1e-3,
        "lr_rest": 1e-3,
        "clip_norm": 1.0,
        "validation_images": 8,
        "checkpoint_every": 200,
        "log_every": 5,
    },
    "scratch": {
        "model": {
            "backbone": "clipmat-scratch",
            "image_size": 96,
            "position_scale": 5.0,
            "text_length": 24,
            "post_context": 2,
            "tsp_width": 64,
            "tsp_mlp": 128,
            "tsp_dropout": 0.0,
            "cross_residual": True,
            "tsp_init": "aligned",
            "mask_padding": True,
            "fused_mde": True,
            "semantic_channels": (32, 16, 8),
            "details_channels": (32, 16, 8, 8, 8),
        },
        # Hard fusion only teaches the details inside what the semantics found: the details' own terms do as well.
        "loss": {"lap_kernel": "gaussian", "alignment": 1.0, "strangers": 15.0, "fusion": 0.0},
        "augment": {"noise": 0.0},
        "batch_size": 16,
        "queries": 4,
        "align_steps": 3200,
        "max_steps": 5400,
        "epochs": 100,
        "channels_last": True,
        "optimizer": "adamw",
        "beta2": 0.98,
        "lr_image": 2e-3,
        "lr_text": 2e-3,
        "lr_rest": 2e-3,
        "schedule": "cosine",
        "weight_decay": 0.02,
        "warmup_steps": 100,
        "clip_norm": 1.0,
        "ema_decay": 0.98,
        "validation_images": 32,
        "checkpoint_every": 500,
    },
    "paper": {"pretrained": "openai", "augment": {"trimap_kernel": (5, 15)}},
    "modern": {
        "pretrained": "openai",
        "model": {"cross_residual": True, "fused_mde": True},
        "loss": {"lap_kernel": "gaussian"},
        "augment": {"blur": 0.2, "gamma": 0.3},
        "batch_size": 48,
        "queries": 4,
        "epochs": 20,
        "optimizer": "adamw",
        "lr_image": 2e-6,
        "lr_text": 1e-6,
        "lr_rest": 2e-4,
        "weight_decay": 0.02,
        "schedule": "cosine",
        "warmup_steps": 1000,
        "clip_norm": 1.0,
        "ema_decay": 0.9998,
        "precision": "bf16",
        "channels_last": True,
        "workers": 8,
    },
}
PRESETS = tuple(_PRESETS)


def preset(name: str, setting: Setting = "expression", changes: dict[str, Any] | None = None) -> TrainConfig:
    """A training configuration by name.

    Args:
        name: tiny (a few seconds, for trying out), scratch (small, random weights, learns drawn shapes on a CPU),
            paper (the published settings), modern (the same model, trained better).
        setting: keyword or expression.
        changes: fields that differ, nested: ``{"batch_size": 4, "model": {"tsp_mlp": 0}}``.

    Raises:
        UsageError: no such preset, field or value.
    """
    if name not in _PRESETS:
        raise UsageError(f"unknown preset {name!r}: use one of {', '.join(PRESETS)}")
    fields = merged({"model": {"setting": setting}}, _PRESETS[name])
    return validated(TrainConfig, merged(fields, changes or {}))


def validated(kind: type[C], fields: dict[str, Any]) -> C:
    """A configuration of these fields.

    Raises:
        UsageError: an unknown field, or a value that it cannot have.
    """
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Nested fields with those of ``changes`` put over them."""
    together = dict(base)
    for name, value in changes.items():
        both = isinstance(value, dict) and isinstance(together.get(name), dict)
        together[name] = merged(together[name], value) if both else value
    return together
