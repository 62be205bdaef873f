"""What the coarse-map refiner and its training are made of.

References: "[P 4.4]" is a section of Li et al., Referring Image Matting, CVPR 2023, "[S 4.1]" of its supplement;
"P3M" is Li et al., Privacy-Preserving Portrait Matting, ACM MM 2021, with its published code.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from clipmat.config import Frozen, Kernels, Positive, Rate, RunConfig, in_order

COARSEST = 32
"""Pixels per cell of the deepest map: sides are multiples of it."""
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class RefinerConfig(Frozen):
    """P3M-Net that also sees the coarse alpha [S 4.1]. Defaults are the published network."""

    upsample: Literal["unpool", "bilinear"] = "unpool"
    """Local decoder: to where the encoder's maxima were (P3M), or bilinearly (which ONNX can say)."""
    widths: tuple[Positive, Positive, Positive, Positive] = (64, 128, 256, 512)
    """Channels of the encoder's stages: ResNet-34's."""
    depths: tuple[Positive, Positive, Positive, Positive] = (3, 4, 6, 3)
    """Residual blocks of its stages."""
    max_side: Annotated[int, Field(ge=COARSEST)] = 1600
    """Larger photos are refined at this size of their longer side (P3M, which also halves every photo first)."""

    @model_validator(mode="after")
    def _halves(self) -> RefinerConfig:
        if any(width % 2 for width in self.widths):
            raise ValueError("every width is even: the integration modules halve it")
        return self


class CoarseConfig(Frozen):
    """Where the coarse maps of the training come from; the paper does not say.

    Only predictions on its own training images would teach a refiner that they are nearly right. Half of the maps
    are therefore perturbed truth, as mask-guided matting trains (Yu et al., CVPR 2021; Matting Anything).
    """

    predicted: Share = 0.5
    """Share of the maps that CLIPMat predicts; the others are perturbed truth."""
    threshold: Annotated[tuple[Share, Share], AfterValidator(in_order)] = (0.05, 0.95)
    """The truth is cut at an alpha drawn from here."""
    kernel: Kernels = (1, 30)
    """Side of the square by which the cut is dilated or eroded, in pixels of a 512-pixel crop."""
    cut_mask: Share = 0.25
    """Probability that a patch of the map is overwritten by another of its patches."""


class RefinerTrainConfig(RunConfig):
    """A whole training run of the refiner: P3M's settings."""

    model: RefinerConfig = RefinerConfig()
    coarse: CoarseConfig = CoarseConfig()
    coarse_model: str | None = None
    """Digest of the CLIPMat that predicts coarse maps; the training fills it in, a resumed run must repeat it."""
    pretrained: str | None = None
    """A file of ResNet-34 weights (timm's or torchvision's names); None: random."""
    batch_size: Positive = 8
    epochs: Positive = 150
    lr: Annotated[float, Field(gt=0.0)] = 1e-5
    """Fixed, with Adam (P3M)."""
    crops: tuple[Positive, ...] = (512, 768, 1024)
    """Sides of the squares cut from the photo at its own size."""
    crop_size: Annotated[int, Field(ge=2 * COARSEST, multiple_of=COARSEST)] = 512
    """Every crop is resized to it."""
    on_edge: Share = 0.5
    """Probability that a crop is centred on a transition pixel (GFM)."""
    flip: Share = 0.5
    """Probability of mirroring a crop; no text is involved."""
    trimap_kernel: Kernels = (15, 30)
    """Smallest and largest kernel of the unknown band, in pixels of a 512-pixel crop (P3M)."""
    lap_kernel: Literal["gfm", "gaussian"] = "gfm"
    semantic: Rate = 1.0
    details: Rate = 2.0
    fusion: Rate = 3.0
    """Weights. P3M's code adds the fusion terms twice, with factors 2 and 1: taken as it runs, 3. Its composition
    term needs separate layers, which a finished composite does not have, and is left out as in CLIPMat [P 4.4]."""
