"""The coarse-map refiner in use: photo and alpha in, alpha out, at the photo's own size up to a limit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from clipmat.refine.config import COARSEST

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import nn

    from clipmat.prediction.matter import Matte
    from clipmat.refine.p3m import P3MNet


class CoarseMapRefiner:
    """Runs `P3MNet`; the whole alpha is its answer, as in the paper."""

    def __init__(self, net: P3MNet, device: torch.device | str | None = None) -> None:
        """`device`: cuda, mps or cpu; None: the best there is."""
        from clipmat.devices import choose_device

        self._device = choose_device(device)
        self._net = net.to(self._device).eval()

    @classmethod
    def from_pretrained(cls, where: str | Path, device: torch.device | str | None = None) -> CoarseMapRefiner:
        """Load a refiner's folder, a run of ``clipmat train-refiner``, or ``hf:owner/name``.

        Raises:
            BadInputError: nothing there, no refiner, or weights of another architecture.
        """
        from clipmat.refine.folder import load_p3m

        return cls(load_p3m(where), device)

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """See `clipmat.refine.refined.Refiner`."""
        return {"p3m": self._net}

    def refine(self, image: NDArray[np.uint8], matte: Matte) -> NDArray[np.float32]:
        """See `clipmat.refine.refined.Refiner`."""
        import torch
        import torch.nn.functional as F

        from clipmat.devices import telling_out_of_memory

        high, wide = image.shape[:2]
        size = working_size(high, wide, self._net.config.max_side)
        photo = torch.from_numpy(np.ascontiguousarray(image)).to(self._device).permute(2, 0, 1)[None] / 255.0
        coarse = torch.from_numpy(np.ascontiguousarray(matte.alpha)).to(self._device)[None, None]
        shrinks = size[0] < high or size[1] < wide
        told = telling_out_of_memory(self._device, f"the refiner and a photo of {(high, wide)}")
        with told, torch.inference_mode():
            both = F.interpolate(
                torch.cat([photo, coarse], dim=1),
                size=size,
                mode="bilinear",
                align_corners=False,
                antialias=shrinks,
            )
            alpha = self._net(both[:, :3], both[:, 3:]).alpha
            back = F.interpolate(alpha, size=(high, wide), mode="bilinear", align_corners=False)
        refined: NDArray[np.float32] = back[0, 0].clamp(0.0, 1.0).float().cpu().numpy()
        return refined


def working_size(high: int, wide: int, max_side: int) -> tuple[int, int]:
    """The nearest size with sides that are multiples of 32 and not above ``max_side`` (rounded up to one)."""
    scale = min(1.0, max_side / max(high, wide))
    return (
        COARSEST * max(1, round(high * scale / COARSEST)),
        COARSEST * max(1, round(wide * scale / COARSEST)),
    )
