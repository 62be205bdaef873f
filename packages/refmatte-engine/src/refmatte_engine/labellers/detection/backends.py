"""The backends of Mask R-CNN by name. Another detector is one more line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from refmatte_engine.config import Labelling
from refmatte_engine.errors import UsageError
from refmatte_engine.labellers.base import Weights
from refmatte_engine.labellers.detection.detection import Detector


@dataclass(frozen=True, slots=True)
class Backend:
    """How a detector comes about.

    Attributes:
        weights: name of its file of weights.
        packages: what it runs on.
        load: from weights, device and settings.
    """

    weights: str
    packages: tuple[str, ...]
    load: Callable[[Weights, str, Labelling], Detector]


def _torchvision(weights: Weights, device: str, settings: Labelling) -> Detector:
    from refmatte_engine.labellers.detection.torchvision_mask_rcnn import TorchvisionMaskRCNN

    return TorchvisionMaskRCNN(
        weights, device=device, short_side=settings.detector_short_side, floor=settings.detector_floor
    )


def _detectron2(weights: Weights, device: str, settings: Labelling) -> Detector:
    from refmatte_engine.labellers.detection.detectron2_mask_rcnn import Detectron2MaskRCNN

    return Detectron2MaskRCNN(
        weights, device=device, short_side=settings.detector_short_side, floor=settings.detector_floor
    )


BACKENDS: Final = MappingProxyType(
    {
        "torchvision": Backend("maskrcnn-torchvision", ("torch", "torchvision"), _torchvision),
        "detectron2": Backend("maskrcnn-detectron2", ("torch", "detectron2"), _detectron2),
    }
)


def backend(name: str) -> Backend:
    """The backend of that name.

    Raises:
        UsageError: there is none; the message names the nearest.
    """
    if name in BACKENDS:
        return BACKENDS[name]
    near = get_close_matches(name, BACKENDS, n=1, cutoff=0.4)
    guess = f"did you mean {near[0]}? " if near else ""
    raise UsageError(f"--detector {name}: there is no such backend; {guess}there are {' and '.join(BACKENDS)}")
