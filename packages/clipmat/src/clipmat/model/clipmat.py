"""CLIPMat: read `CLIPMat.forward` beside Figure 4 of the paper. `build_model` puts the parts together.

One pass of an image serves any number of texts: the details branch never sees a text, so only text encoder, TSP
and semantic decoder run once per text.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from clipmat.config import STRIDE, ModelConfig, Setting
from clipmat.errors import UsageError
from clipmat.model.backbone import ImageEncoder, TextEncoder, VisualFeatures, build_backbone
from clipmat.model.collaboration import collaborate
from clipmat.model.decoders import DetailsDecoder, SemanticDecoder
from clipmat.model.mde import DetailsExtractor
from clipmat.model.prompts import PostContext, text_length
from clipmat.model.tsp import PooledProduct, SemanticPopUp


@dataclass(frozen=True, slots=True)
class ImageFeatures:
    """All that one image needs, whatever is asked of it: visual features and details (B, 1, H, W) in [0, 1]."""

    visual: VisualFeatures
    details: Tensor


@dataclass(frozen=True, slots=True)
class Matting:
    """The model's answer to Q texts.

    Attributes:
        trimap_logits: (Q, 3, H, W), background, unknown, foreground.
        details: (Q, 1, H, W) in [0, 1], valid in the transition area; equal for all texts of an image.
        alpha: (Q, 1, H, W) in [0, 1].
        fits: (Q, B, h, w) logits of how well each visual token of each image fits the text, for the alignment
            loss; only while training, and None without TSP.
    """

    trimap_logits: Tensor
    details: Tensor
    alpha: Tensor
    fits: Tensor | None = None


class CLIPMat(nn.Module):
    """The model. Parts are built outside; `build_model` says with which sizes."""

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        config: ModelConfig,
        *,
        image_encoder: ImageEncoder,
        text_encoder: TextEncoder,
        post_context: PostContext | None,
        tsp: SemanticPopUp | PooledProduct,
        semantic_decoder: SemanticDecoder,
        extractors: nn.ModuleList | None,
        entry: nn.Module | None,
        details_decoder: DetailsDecoder,
        mean: tuple[float, float, float],
        std: tuple[float, float, float],
    ) -> None:
        """`extractors`: MDE of the levels 4, 3, 2, 1, or None; `entry`: a map of T4 to the details decoder."""
        super().__init__()
        self.config = config
        self.image_encoder = image_encoder
        self.text_encoder = text_encoder
        self.post_context = post_context
        self.tsp = tsp
        self.semantic_decoder = semantic_decoder
        self.extractors = extractors
        self.entry = entry
        self.details_decoder = details_decoder
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: Tensor, ids: Tensor, owner: Tensor | None = None) -> Matting:
        """Matte Q texts on B images.

        Args:
            images: (B, 3, S, S) RGB in [0, 1].
            ids: (Q, L') token ids.
            owner: (Q,) int64, which image each text belongs to; None: text i belongs to image i.
        """
        return self.answer(self.look(images), ids, owner)

    def align(self, images: Tensor, ids: Tensor) -> Tensor:
        """How well each visual token fits each text, (Q, B, h, w) logits: encoders and TSP's entries, no more.

        Raises:
            UsageError: the model is one without TSP.
        """
        if isinstance(self.tsp, PooledProduct):
            raise UsageError("without TSP there is nothing to align: leave align_steps at 0, or model.tsp on")
        visual = self.image_encoder((images - self.mean) / self.std)
        return self._fits(self.tsp, visual, self._texts(ids), ids)

    def _fits(self, tsp: SemanticPopUp, visual: VisualFeatures, text: Tensor, ids: Tensor) -> Tensor:
        side = self.config.image_size // STRIDE
        end = text[torch.arange(len(ids), device=ids.device), ids.argmax(1)]  # CLIP reads a text at its end mark
        return tsp.fits(visual.tokens, end, (side, side), visual.n_prefix)

    def look(self, images: Tensor) -> ImageFeatures:
        """What does not depend on a text: the image encoder, MDE and the details decoder."""
        images = (images - self.mean) / self.std
        visual = self.image_encoder(images)
        t1, t2, t3, t4 = visual.maps
        if self.extractors is None:
            levels: list[Tensor] = []
            assert self.entry is not None
            entry = self.entry(t4)
        else:
            f4, *levels = (
                mde(level, images) for mde, level in zip(self.extractors, (t4, t3, t2, t1), strict=True)
            )
            entry = f4 if self.entry is None else f4 + self.entry(t4)
        details = self.details_decoder(entry, levels).float().sigmoid()
        return ImageFeatures(visual, details)

    def answer(self, seen: ImageFeatures, ids: Tensor, owner: Tensor | None = None) -> Matting:
        """What depends on the texts: text encoder, TSP, semantic decoder, and the fusion."""
        if owner is None:
            owner = torch.arange(ids.shape[0], device=ids.device)
        visual = seen.visual
        text = self._texts(ids)
        trimap_logits = self._trimap(visual.tokens, visual.n_prefix, text, ids, owner)
        fits: Tensor | None = None
        if self.training and isinstance(self.tsp, SemanticPopUp):
            fits = self._fits(self.tsp, visual, text, ids)
        details = seen.details[owner]
        mode = self.config.fusion if self.training else "hard"
        return Matting(trimap_logits, details, collaborate(trimap_logits, details, mode), fits)

    def point(self, tokens: Tensor, n_prefix: int, ids: Tensor, owner: Tensor) -> Tensor:
        """Where the texts point: (B, N + 1, D_v) visual tokens, texts as in `forward` -> (Q, 3, S, S) logits."""
        return self._trimap(tokens, n_prefix, self._texts(ids), ids, owner)

    def _texts(self, ids: Tensor) -> Tensor:
        encoded: Tensor = self.text_encoder(ids, None if self.post_context is None else self.post_context())
        return encoded

    def _trimap(self, tokens: Tensor, n_prefix: int, text: Tensor, ids: Tensor, owner: Tensor) -> Tensor:
        side = self.config.image_size // STRIDE
        if isinstance(self.tsp, PooledProduct):
            last = text[:, -1] if self.post_context is not None else text[torch.arange(len(ids)), ids.argmax(1)]
            popped = self.tsp(tokens, last, owner, (side, side), n_prefix)
        else:
            popped = self.tsp(tokens, text, owner, (side, side), n_prefix, self._is_text(ids, text.shape[1]))
        logits: Tensor = self.semantic_decoder(popped).float()
        return logits

    def _is_text(self, ids: Tensor, length: int) -> Tensor | None:
        if not self.config.mask_padding:
            return None
        is_text = ids != 0
        learnable = is_text.new_ones(ids.shape[0], length - ids.shape[1])
        return torch.cat([is_text, learnable], dim=1)


def build_model(config: ModelConfig) -> CLIPMat:
    """The model of a configuration, with random weights.

    Raises:
        UsageError: unknown backbone, or sizes that do not fit each other.
    """
    backbone = build_backbone(config.backbone, config.image_size, config.position_scale)
    width, text_width = backbone.image.width, backbone.text.width
    text_length(config, backbone.text.context)  # raises when the text does not fit
    out = config.semantic_channels[0]
    tsp: SemanticPopUp | PooledProduct = PooledProduct(
        width, text_width, width=config.tsp_width, out=out, init=config.tsp_init
    )
    if config.tsp:
        tsp = SemanticPopUp(
            width,
            text_width,
            width=config.tsp_width,
            heads=config.tsp_heads,
            mlp=config.tsp_mlp,
            out=out,
            dropout=config.tsp_dropout,
            cross_residual=config.cross_residual,
            init=config.tsp_init,
        )
    extractors: nn.ModuleList | None = None
    entry: nn.Module | None = None
    if config.mde:
        extractors = nn.ModuleList(
            DetailsExtractor(
                width,
                config.details_channels[4 - i],
                upsample=2 ** (4 - i),
                pool=2**i,
                norm=config.norm,
                fused=config.fused_mde,
            )
            for i in (4, 3, 2, 1)
        )
        if config.mde4_residual:
            entry = nn.Identity()
            if width != config.details_channels[0]:
                raise UsageError(
                    f"model.mde4_residual adds a map of {width} channels to one of {config.details_channels[0]}: "
                    "switch it off or set model.details_channels"
                )
    else:
        entry = nn.Conv2d(width, config.details_channels[0], 1)
    return CLIPMat(
        config,
        image_encoder=backbone.image,
        text_encoder=backbone.text,
        post_context=PostContext(config.post_context, text_width) if config.post_context else None,
        tsp=tsp,
        semantic_decoder=SemanticDecoder(config.semantic_channels, config.norm),
        extractors=extractors,
        entry=entry,
        details_decoder=DetailsDecoder(config.details_channels, config.norm),
        mean=backbone.mean,
        std=backbone.std,
    )


def vit_b16(setting: Setting = "expression") -> ModelConfig:
    """The paper's CLIPMat (ViT-B/16)."""
    return ModelConfig(backbone="ViT-B-16-quickgelu", setting=setting)


def vit_l16(setting: Setting = "expression") -> ModelConfig:
    """The paper's CLIPMat (ViT-L/14 with patches of 16)."""
    return ModelConfig(backbone="ViT-L-14-quickgelu", setting=setting)
