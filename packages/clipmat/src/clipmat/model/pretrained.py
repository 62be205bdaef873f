"""CLIP's published weights into our encoders: positions resampled to our grid, patches of 14 resampled to 16."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from clipmat.errors import UsageError, WeightsError
from clipmat.model.folder import check_keys

if TYPE_CHECKING:
    from clipmat.model.clipmat import CLIPMat

_DROPPED = (
    "visual.proj",
    "visual.ln_post.",
    "visual.head.",
    "visual.trunk.norm.",
    "visual.trunk.fc_norm.",
    "visual.trunk.head.",
    "visual.trunk.attn_pool.",
    "text_projection",
    "logit_scale",
    "logit_bias",
    "attn_mask",
    "input_resolution",
    "context_length",
    "vocab_size",
)
"""Parts of a CLIP that this model leaves out [P 4.3]."""


def load_clip_weights(model: CLIPMat, source: str) -> None:
    """Load both encoders.

    Args:
        model: on the CPU.
        source: an open_clip tag of the model's backbone (downloaded once, as open_clip does), or a file.

    Raises:
        UsageError: no such tag; names the nearest.
        WeightsError: cannot be fetched, is unsafe or damaged, or of another architecture.
    """
    path = _file(model.config.backbone, source)
    state = encoder_state(read_state_dict(path))
    resample_image_weights(state, model)
    expected = {
        name: tuple(value.shape)
        for name, value in model.state_dict().items()
        if name.startswith(("image_encoder.", "text_encoder."))
    }
    check_keys(path, expected, state)
    model.load_state_dict(state, strict=False)


def encoder_state(clip: dict[str, Tensor]) -> dict[str, Tensor]:
    """Keys of an open_clip state dict renamed to ours; parts that this model lacks are dropped."""
    state = {}
    for name, value in clip.items():
        plain = name.removeprefix("module.")
        text = plain.removeprefix("text.")
        if plain.startswith(_DROPPED) or text.startswith(_DROPPED):
            continue
        ours = f"image_encoder.{plain}" if plain.startswith("visual.") else f"text_encoder.{text}"
        state[ours] = value.float()
    return state


def resample_image_weights(state: dict[str, Tensor], model: CLIPMat) -> None:
    """Bring patch and positions of a ViT to our patch and grid, in place (FlexiViT's pseudo-inverse; bicubic)."""
    from open_clip.model import resize_pos_embed  # type: ignore[import-untyped]
    from timm.layers.patch_embed import resample_patch_embed
    from timm.layers.pos_embed import resample_abs_pos_embed

    visual: Any = model.image_encoder.visual
    patch = "image_encoder.visual.conv1.weight"
    if patch in state and hasattr(visual, "conv1"):
        size = list(visual.conv1.kernel_size)
        if list(state[patch].shape[2:]) != size:
            state[patch] = resample_patch_embed(state[patch], size)
    place = "image_encoder.visual.positional_embedding"
    if place in state and state[place].shape[1] == visual.positional_embedding.shape[1]:
        positions = {"visual.positional_embedding": state[place]}
        resize_pos_embed(positions, model.image_encoder)
        state[place] = positions["visual.positional_embedding"]
    of_timm = "image_encoder.visual.trunk.pos_embed"
    if of_timm in state and hasattr(visual, "trunk"):
        trunk = visual.trunk
        state[of_timm] = resample_abs_pos_embed(
            state[of_timm],
            list(trunk.patch_embed.grid_size),
            num_prefix_tokens=0 if trunk.no_embed_class else trunk.num_prefix_tokens,
        )


def _file(backbone: str, source: str) -> Path:
    from open_clip import pretrained  # type: ignore[import-untyped]

    if Path(source).is_file():
        return Path(source)
    if "/" in source or Path(source).suffix in (".pt", ".pth", ".bin", ".safetensors"):
        raise WeightsError(f"there are no weights {source}")
    tags = pretrained.list_pretrained_tags_by_model(backbone)
    found = pretrained.get_pretrained_cfg(backbone, source)
    if not found:
        near = difflib.get_close_matches(source, tags, n=3, cutoff=0.3) or tags[:5]
        way = f"; it has {', '.join(near)}" if near else ": it has none, use --pretrained none or a file"
        raise UsageError(f"{backbone} has no weights {source!r}{way}")
    try:
        return Path(pretrained.download_pretrained(found))
    except Exception as error:  # whatever the network layer raises
        raise WeightsError(
            f"the weights {source} of {backbone} cannot be fetched ({type(error).__name__}: {error}): "
            "give a file with --pretrained FILE, or start from random weights with --pretrained none"
        ) from error


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """The tensors of a local file, safetensors or torch's own, opened so that no code can run.

    Raises:
        WeightsError: missing, unsafe or damaged, or no state dict.
    """
    if path.suffix == ".safetensors":
        from clipmat.model.folder import read_safetensors

        return read_safetensors(path)
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # the safe loader refuses with an error of pickle's, zipfile's, or its own
        if "TorchScript" in str(error):
            raise WeightsError(
                f"{path} is a TorchScript archive, as OpenAI published CLIP: it holds code. The same weights as "
                "plain tensors are --pretrained openai, or a .safetensors file of their state dict"
            ) from error
        raise WeightsError(
            f"{path} is damaged, or holds more than tensors and could run code when opened "
            f"({type(error).__name__}): use safetensors weights"
        ) from error
    state = found.get("state_dict", found) if isinstance(found, dict) else None
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise WeightsError(f"{path} holds no state dict of tensors")
    return state
