"""CLIPSeg as a baseline: published weights, or those that `clipmat train --model clipseg` learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from clipmat.data.shards import resized_image
from clipmat.errors import WeightsError
from clipmat.model.prompts import Prompter
from clipmat.transformers_models import LoadedPart, Part, import_transformers, load_part

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import Tensor, nn

CLIPSEG: Final = Part(
    name="CLIPSeg",
    kinds={"clipseg": ("CLIPSegForImageSegmentation", "ViTImageProcessor")},
    published="CIDAS/clipseg-rd64-refined",
    option="--model clipseg={}",
    extra="baselines",
)
VOCABULARY: Final = 49408
"""Of CLIP. Its tokenizer is in open_clip, so that no vocabulary has to be downloaded."""


class ClipSeg:
    """Image and text in, probability of every pixel out."""

    def __init__(self, network: Any, processor: Any, device: torch.device | str | None = None) -> None:
        """`network`: a `ClipSegNet`; `processor`: its ViTImageProcessor; `device`: None is the best there is."""
        from clipmat.devices import choose_device

        self._device = choose_device(device)
        self._network = network.to(self._device).eval()
        self._normalise = Normalise.of(processor)
        self._prompter = clipseg_prompter(network.config, getattr(network.config, "clipmat_setting", None))

    @classmethod
    def from_pretrained(cls, where: str | None = None, device: torch.device | str | None = None) -> ClipSeg:
        """Load a local folder, a run of this package, or a hub name; None: the published one from the local cache.

        Raises:
            ClipmatError: as `clipmat.transformers_models.load_part`.
        """
        part = load_clipseg(where)
        return cls(part.network, part.processor, device)

    def predict(self, image: NDArray[np.uint8], text: str) -> NDArray[np.float32]:
        """See `clipmat.baselines.baseline.Baseline`."""
        return self.predict_many(image, [text])[0]

    def predict_many(self, image: NDArray[np.uint8], texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """See `clipmat.baselines.baseline.Baseline`; the image is encoded once."""
        import torch
        import torch.nn.functional as F

        from clipmat.devices import telling_out_of_memory

        pixels = torch.from_numpy(resized_image(image, self._normalise.size)).to(self._device)
        ids = self._prompter.ids(texts).to(self._device)
        owner = torch.zeros(len(ids), dtype=torch.int64, device=self._device)
        with telling_out_of_memory(self._device, f"CLIPSeg and {len(ids)} phrases"), torch.inference_mode():
            images = self._normalise(pixels.permute(2, 0, 1)[None].float() / 255.0)
            shares = self._network(images, ids, owner).float().sigmoid()
            full = F.interpolate(shares, size=image.shape[:2], mode="bilinear", align_corners=False)
        return list(full[:, 0].cpu().numpy())

    def tokens_read(self, text: str) -> int | None:
        """See `clipmat.baselines.baseline.Baseline`."""
        return self._prompter.length if self._prompter.is_cut(text) else None

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """See `clipmat.baselines.baseline.Baseline`."""
        return {"clipseg": self._network}


class Normalise:
    """The size of a processor's images, and images (B, 3, S, S) in [0, 1] as its network wants them."""

    def __init__(self, size: int, mean: Sequence[float], std: Sequence[float]) -> None:
        self.size = size
        self._mean, self._std = tuple(mean), tuple(std)

    @classmethod
    def of(cls, processor: Any) -> Normalise:
        """What a ViTImageProcessor would do."""
        return cls(int(processor.size["height"]), processor.image_mean, processor.image_std)

    def __call__(self, images: Tensor) -> Tensor:
        mean, std = (images.new_tensor(values).view(1, 3, 1, 1) for values in (self._mean, self._std))
        return (images - mean) / std


def load_clipseg(where: str | None) -> LoadedPart:
    """A `ClipSegNet` with weights, and its image processor.

    Raises:
        ClipmatError: as `clipmat.transformers_models.load_part`.
    """
    import_transformers(CLIPSEG.extra, CLIPSEG.name)
    from clipmat.baselines.clipseg_net import ClipSegNet

    part = load_part(CLIPSEG, where, network=ClipSegNet)
    words = part.network.config.text_config.vocab_size
    if words != VOCABULARY:
        raise WeightsError(f"{where} has a vocabulary of {words}, CLIP's has {VOCABULARY}: it is not CLIPSeg")
    return part


def clipseg_prompter(config: Any, setting: str | None) -> Prompter:
    """Texts to CLIP's ids; keywords are put into templates by a network that was trained on them."""
    from open_clip import SimpleTokenizer  # type: ignore[import-untyped]

    return Prompter(
        tokenizer=SimpleTokenizer(),
        length=config.text_config.max_position_embeddings,
        templates=setting == "keyword",
    )
