"""Mask R-CNN ResNet-50-FPN of torchvision (weights ``MaskRCNN_ResNet50_FPN_Weights.COCO_V1``)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from refmatte_engine.labellers.base import Weights
from refmatte_engine.labellers.detection.coco import things
from refmatte_engine.labellers.detection.detection import LONG_PER_SHORT, Instance, cut_to_box
from refmatte_engine.labellers.state_dicts import check_runs, fill, open_device

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torchvision.models.detection import MaskRCNN  # type: ignore[import-untyped]  # ships no types

VERSION = 1
"""Part of the fingerprint: raised whenever the same weights would find other things."""

CLASSES = 91
"""COCO's numbers 1 to 90, and 0 for the background."""


class TorchvisionMaskRCNN:
    """Loads its weights when it is asked for the first time.

    Args:
        weights: a state dict with torchvision's names.
        device: ``"cpu"``, ``"cuda"`` or ``"cuda:1"``.
        short_side: of pictures as the model sees them, in pixels.
        floor: detections with a lower score are not given.

    Raises:
        UsageError: torchvision is not installed, or there is no such device.
        BadInputError: when first asked: the weights cannot be read, or are of another model.
    """

    def __init__(self, weights: Weights, *, device: str, short_side: int, floor: float) -> None:
        self._weights, self._short_side, self._floor = weights, short_side, floor
        check_runs(device, "torch", "torchvision")
        self._device_name = device

    @property
    def fingerprint(self) -> str:
        return (
            f"torchvision maskrcnn_resnet50_fpn {VERSION}, weights sha256:{self._weights.sha256}, "
            f"short side {self._short_side}, floor {self._floor:g}"
        )

    @cached_property
    def _device(self) -> torch.device:
        return open_device(self._device_name)

    @cached_property
    def _model(self) -> MaskRCNN:
        from torchvision.models.detection import maskrcnn_resnet50_fpn

        model = maskrcnn_resnet50_fpn(
            weights=None,
            weights_backbone=None,
            num_classes=CLASSES,
            min_size=self._short_side,
            max_size=round(self._short_side * LONG_PER_SHORT),
            box_score_thresh=self._floor,
        )
        fill(model, self._weights)
        return model.eval().to(self._device)

    def detect(self, images: Sequence[NDArray[np.uint8]]) -> list[tuple[Instance, ...]]:
        """See `labellers.detection.detection.Detector`. On a CPU one by one, which saves memory."""
        import torch

        names = {thing.id: thing.name for thing in things()}
        found: list[tuple[Instance, ...]] = []
        step = 1 if self._device.type == "cpu" else len(images)
        for start in range(0, len(images), max(1, step)):
            tensors = [
                torch.from_numpy(np.ascontiguousarray(image)).to(self._device).permute(2, 0, 1).float() / 255.0
                for image in images[start : start + step]
            ]
            with torch.inference_mode():
                outputs = self._model(tensors)
            for output in outputs:
                masks = (output["masks"][:, 0] * 255.0).round().to(torch.uint8).cpu().numpy()
                parts = zip(
                    output["labels"].tolist(),
                    output["scores"].tolist(),
                    output["boxes"].tolist(),
                    masks,
                    strict=True,
                )
                found.append(
                    tuple(
                        Instance(names[label], score, *cut_to_box(mask, box))
                        for label, score, box, mask in parts
                        if label in names
                    )
                )
        return found
