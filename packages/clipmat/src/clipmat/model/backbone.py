"""CLIP's two encoders without their last projections [P 4.3], built from open_clip configurations.

The image encoder gives the maps after each quarter of its blocks, the text encoder all its tokens, and takes
learnable vectors after the text.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from clipmat.config import STRIDE
from clipmat.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class VisualFeatures:
    """What the image encoder sees.

    Attributes:
        tokens: (B, N + 1, D_v), raw residual stream after the last block, class token first (N without one).
        n_prefix: how many tokens at the front are no patches (1 or 0).
        maps: T1..T4, each (B, D_v, h, w), raw residual stream after each quarter of the blocks.
    """

    tokens: Tensor
    n_prefix: int
    maps: tuple[Tensor, Tensor, Tensor, Tensor]


class ImageEncoder(nn.Module):
    """A ViT of open_clip (its own or timm's) that returns the maps of four groups of blocks."""

    def __init__(self, visual: Any, width: int, layers: int) -> None:
        super().__init__()
        self.visual = visual
        self.width = width
        self.indices = [layers * (i + 1) // 4 - 1 for i in range(4)]

    def forward(self, images: Tensor) -> VisualFeatures:
        """`images`: (B, 3, S, S), normalised."""
        found = self.visual.forward_intermediates(
            images,
            indices=self.indices,
            normalize_intermediates=False,
            intermediates_only=True,
            output_extra_tokens=True,
        )
        t1, t2, t3, t4 = found["image_intermediates"]
        tokens = t4.flatten(2).transpose(1, 2)  # (B, D, h, w) -> (B, N, D)
        prefix = found.get("image_intermediates_prefix")
        n_prefix = prefix[-1].shape[1] if prefix else 0
        if prefix and n_prefix:
            tokens = torch.cat([prefix[-1], tokens], dim=1)
        return VisualFeatures(tokens=tokens, n_prefix=n_prefix, maps=(t1, t2, t3, t4))


class TextEncoder(nn.Module):
    """A text transformer of open_clip that returns all tokens, after its last layer norm."""

    attn_mask: Tensor | None

    def __init__(self, text: Any) -> None:
        super().__init__()
        self.token_embedding: nn.Embedding = text.token_embedding
        self.positional_embedding: nn.Parameter = text.positional_embedding
        self.transformer: nn.Module = text.transformer
        self.ln_final: nn.Module = text.ln_final
        self.width: int = text.positional_embedding.shape[1]
        self.context: int = text.positional_embedding.shape[0]
        self.register_buffer("attn_mask", text.attn_mask, persistent=False)

    def forward(self, ids: Tensor, context: Tensor | None = None) -> Tensor:
        """Encode texts, with learnable vectors after them.

        Args:
            ids: (B, L') token ids with start and end marks, padded.
            context: (C, D_t) or None.

        Returns:
            (B, L' + C, D_t).
        """
        x: Tensor = self.token_embedding(ids)
        if context is not None:
            # After the text: a causal encoder lets these read the text, and the text cannot see them.
            x = torch.cat([x, context.to(x.dtype).expand(x.shape[0], -1, -1)], dim=1)
        length = x.shape[1]
        x = x + self.positional_embedding[:length].to(x.dtype)
        mask = None if self.attn_mask is None else self.attn_mask[:length, :length]
        x = self.transformer(x, attn_mask=mask)
        encoded: Tensor = self.ln_final(x)
        return encoded


@dataclass(frozen=True, slots=True)
class Backbone:
    """Both encoders of one CLIP, and how its images are normalised."""

    image: ImageEncoder
    text: TextEncoder
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


def backbone_names() -> Sequence[str]:
    """Every backbone that can be named: open_clip's and the two small ones of this package."""
    import open_clip  # type: ignore[import-untyped]

    _register_own()
    return sorted(open_clip.list_models())


def clip_config(name: str, image_size: int) -> dict[str, Any]:
    """open_clip's configuration of a backbone at our image size and patch.

    Raises:
        UsageError: unknown name, or a network that is no ViT of patch 14, 16 or 32.
    """
    import open_clip

    _register_own()
    found = open_clip.get_model_config(name)
    if found is None:
        near = difflib.get_close_matches(name, backbone_names(), n=3, cutoff=0.4)
        raise UsageError(f"unknown backbone {name!r}" + (f"; near: {', '.join(near)}" if near else ""))
    config = {**found, "vision_cfg": dict(found["vision_cfg"]), "text_cfg": dict(found["text_cfg"])}
    vision = config["vision_cfg"]
    vision["image_size"] = image_size
    no_vit = not isinstance(vision.get("layers", 12), int)
    if no_vit or "hf_model_name" in config["text_cfg"] or "multimodal_cfg" in config:
        raise UsageError(
            f"the backbone {name} is no plain ViT with a CLIP text encoder: choose a ViT, as ViT-B-16"
        )
    if "timm_model_name" not in vision:
        vision["patch_size"] = STRIDE
    return config


def reads_clip_tokens(name: str) -> bool:
    """Whether a backbone's texts are CLIP's tokens: padded with 0, the end mark of the largest id.

    Raises:
        UsageError: as `clip_config`.
    """
    return "hf_tokenizer_name" not in clip_config(name, 2 * STRIDE)["text_cfg"]


def build_backbone(name: str, image_size: int, position_scale: float = 1.0) -> Backbone:
    """A backbone with random weights; `clipmat.model.pretrained` loads CLIP's.

    Args:
        position_scale: factor on the image encoder's positions.

    Raises:
        UsageError: as `clip_config`, or a timm network of another patch.
    """
    from open_clip import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD
    from open_clip.model import CLIP, CustomTextCLIP  # type: ignore[import-untyped]

    config = clip_config(name, image_size)
    is_timm = "timm_model_name" in config["vision_cfg"]
    custom_text = bool(config.pop("custom_text", False)) or is_timm
    config.pop("custom_text", None)
    clip: Any = (CustomTextCLIP if custom_text else CLIP)(**config)
    mean, std = OPENAI_DATASET_MEAN, OPENAI_DATASET_STD
    visual = clip.visual
    if is_timm:
        width, layers = _trim_timm(name, visual)
        if "siglip" in config["vision_cfg"]["timm_model_name"]:
            mean = std = (0.5, 0.5, 0.5)
    else:
        width, layers = visual.conv1.out_channels, len(visual.transformer.resblocks)
        # The paper drops the projections; the pooled output's layer norm has no reader either.
        visual.proj, visual.ln_post = None, nn.Identity()
    if position_scale != 1.0:
        with torch.no_grad():
            (visual.trunk.pos_embed if is_timm else visual.positional_embedding).mul_(position_scale)
    image = ImageEncoder(visual, width, layers)
    return Backbone(image, TextEncoder(clip.text if custom_text else clip), tuple(mean), tuple(std))


def _trim_timm(name: str, visual: Any) -> tuple[int, int]:
    trunk = visual.trunk
    patch = getattr(getattr(trunk, "patch_embed", None), "patch_size", None)
    if patch != (STRIDE, STRIDE):
        raise UsageError(f"the backbone {name} has patches of {patch}, clipmat needs {STRIDE} x {STRIDE}")
    trunk.norm, trunk.head = nn.Identity(), nn.Identity()
    trunk.attn_pool, trunk.fc_norm = None, nn.Identity()
    visual.head = nn.Identity()
    return int(trunk.embed_dim), len(trunk.blocks)


@cache
def _register_own() -> None:
    import open_clip

    with resources.as_file(resources.files("clipmat.model") / "backbones") as folder:
        for path in sorted(folder.glob("*.json")):
            open_clip.add_model_config(path)
