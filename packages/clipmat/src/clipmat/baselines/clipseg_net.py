"""CLIPSeg (Lüddecke and Ecker, CVPR 2022) as transformers has it, with a forward pass for K texts on one image.

transformers' own forward pass keeps CLIP frozen; here it is frozen only when its parameters are, so that the same
architecture can also be trained from random weights.
"""

from __future__ import annotations

import re
from typing import Any, Final, Literal

import torch
from torch import Tensor
from transformers.models.clipseg.modeling_clipseg import CLIPSegForImageSegmentation

Part = Literal["clip", "decoder", "unread"]
_LAYER: Final = re.compile(r"clip\.vision_model\.encoder\.layers\.(\d+)\.")
_UNREAD: Final = ("clip.visual_projection.", "clip.vision_model.post_layernorm.", "clip.logit_scale")


class ClipSegNet(CLIPSegForImageSegmentation):  # type: ignore[no-untyped-call]
    """Same parameters and names as transformers' network: folders are exchangeable."""

    def forward(self, images: Tensor, ids: Tensor, owner: Tensor) -> Tensor:
        """Logits of Q texts on B images.

        Args:
            images: (B, 3, S, S), normalised.
            ids: (Q, L) token ids of CLIP's vocabulary, with an end mark.
            owner: (Q,) int64, which image each text belongs to.

        Returns:
            (Q, 1, S, S).
        """
        learns = torch.is_grad_enabled() and any(part.requires_grad for part in self.clip.parameters())
        with torch.set_grad_enabled(learns):
            seen: Any = self.clip.vision_model(
                pixel_values=images, output_hidden_states=True, interpolate_pos_encoding=True
            )
            texts = self.clip.get_text_features(ids).pooler_output
        # The first hidden state is the input of the first layer.
        activations = tuple(seen.hidden_states[layer + 1][owner] for layer in self.extract_layers)
        logits: Tensor = self.decoder(activations, texts).logits
        return logits[:, None]

    def part_of(self, parameter: str) -> Part:
        """Which part a parameter belongs to; the decoder reads nothing of what lies behind its last tap."""
        if not parameter.startswith("clip."):
            return "decoder"
        layer = _LAYER.match(parameter)
        behind = layer is not None and int(layer.group(1)) > max(self.extract_layers)
        return "unread" if behind or parameter.startswith(_UNREAD) else "clip"
