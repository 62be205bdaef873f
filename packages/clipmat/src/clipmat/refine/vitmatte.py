"""VitMatte (Yao et al., Information Fusion 2024) as a refiner, driven by the model's own trimap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipmat.refine.band import FOREGROUND, UNKNOWN, trimap_of, widened
from clipmat.refine.tiles import Tile, by_tiles
from clipmat.transformers_models import Part, load_part

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import nn

    from clipmat.prediction.matter import Matte

VITMATTE: Final = Part(
    name="VitMatte",
    kinds={"vitmatte": ("VitMatteForImageMatting", "VitMatteImageProcessor")},
    published="hustvl/vitmatte-small-composition-1k",
    option="--refine vitmatte={}",
    extra="refine",
)
WIDEN: Final = 1
TILE: Final = 1536
OVERLAP: Final = 128
WHOLE: Final = 2048
"""Longer side up to which a photo is refined whole: memory of global attention grows with its pixels squared."""


class VitMatteRefiner:
    """Answers inside the unknown band only; what the trimap calls certain becomes 0 and 1."""

    def __init__(
        self,
        network: Any,
        processor: Any,
        device: torch.device | str | None = None,
        *,
        widen: int = WIDEN,
        whole: int = WHOLE,
        tile: int = TILE,
        overlap: int = OVERLAP,
    ) -> None:
        """A refiner of a `VitMatteForImageMatting`.

        Args:
            network, processor: of transformers.
            device: cuda, mps or cpu; None: the best there is.
            widen: pixels by which the trimap's band is widened: it was drawn at the model's size.
            whole: longer side up to which a photo is refined in one pass.
            tile, overlap: of larger photos, in pixels.
        """
        from clipmat.devices import choose_device

        self._device = choose_device(device)
        self._network = network.to(self._device).eval()
        self._processor = processor
        self._widen, self._whole, self._tile, self._overlap = widen, whole, tile, overlap

    @classmethod
    def from_pretrained(
        cls, where: str | None = None, device: torch.device | str | None = None
    ) -> VitMatteRefiner:
        """Load a local folder or a hub name; None: the published small one, from the hub's local cache.

        Raises:
            ClipmatError: as `clipmat.transformers_models.load_part`.
        """
        part = load_part(VITMATTE, where)
        return cls(part.network, part.processor, device)

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """See `clipmat.refine.refined.Refiner`."""
        return {"vitmatte": self._network}

    def refine(self, image: NDArray[np.uint8], matte: Matte) -> NDArray[np.float32]:
        """See `clipmat.refine.refined.Refiner`."""
        return self.matte(image, widened(trimap_of(matte), self._widen))

    def matte(self, image: NDArray[np.uint8], trimap: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The alpha of a trimap.

        Args:
            image: uint8 (H, W, 3) RGB.
            trimap: uint8 (H, W) of 0 background, 128 unknown, 255 foreground.

        Returns:
            float32 (H, W) in [0, 1].
        """
        unknown = trimap == UNKNOWN
        side = max(trimap.shape) if max(trimap.shape) <= self._whole else self._tile
        inside = by_tiles(unknown, side, self._overlap, lambda tile: self._answer(image, trimap, tile))
        certain = (trimap == FOREGROUND).astype(np.float32)
        return np.where(unknown, np.clip(inside, 0.0, 1.0), certain)

    def _answer(self, image: NDArray[np.uint8], trimap: NDArray[np.uint8], tile: Tile) -> NDArray[np.float32]:
        import torch

        from clipmat.devices import telling_out_of_memory

        high, wide = tile.bottom - tile.top, tile.right - tile.left
        inputs = self._processor(
            images=np.ascontiguousarray(image[tile.at]),
            trimaps=np.ascontiguousarray(trimap[tile.at]),
            return_tensors="pt",
        )
        told = telling_out_of_memory(self._device, f"VitMatte and a tile of {(high, wide)}")
        with told, torch.inference_mode():
            alphas = self._network(inputs["pixel_values"].to(self._device)).alphas
        # The processor pads to multiples of 32 on the right and below.
        alpha: NDArray[np.float32] = alphas[0, 0, :high, :wide].float().cpu().numpy()
        return alpha
