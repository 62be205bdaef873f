"""Mask R-CNN ResNet-50-FPN of detectron2, the paper's (Section 3.1): ``mask_rcnn_R_50_FPN_3x``.

detectron2 is not on the package index; it is imported when it is asked for. Its published weights are a pickle,
which the user converts once (`refmatte_engine.labellers.state_dicts.PICKLE`).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import cached_property
from importlib import import_module, resources
from typing import TYPE_CHECKING, Any

import numpy as np

from refmatte_engine.labellers.base import Weights
from refmatte_engine.labellers.detection.coco import things
from refmatte_engine.labellers.detection.detection import LONG_PER_SHORT, Instance, cut_to_box
from refmatte_engine.labellers.state_dicts import check_runs, fill, open_device

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

VERSION = 1
"""Part of the fingerprint: raised whenever the same weights would find other things."""

CONFIG = "COCO-InstanceSegmentation/mask_rcnn_R_50_FPN_3x.yaml"
COMPUTED = ("pixel_mean", "pixel_std", "anchor_generator.cell_anchors")
"""What older files store and the model computes by itself."""


class Detectron2MaskRCNN:
    """Loads its weights when it is asked for the first time.

    Args:
        weights: a state dict with detectron2's names.
        device: ``"cpu"``, ``"cuda"`` or ``"cuda:1"``.
        short_side: of pictures as the model sees them, in pixels.
        floor: detections with a lower score are not given.

    Raises:
        UsageError: detectron2 is not installed, or there is no such device.
        BadInputError: when first asked: the weights cannot be read, or are of another model.
    """

    def __init__(self, weights: Weights, *, device: str, short_side: int, floor: float) -> None:
        self._weights, self._short_side, self._floor = weights, short_side, floor
        check_runs(device, "torch", "detectron2")
        self._device_name = device

    @property
    def fingerprint(self) -> str:
        return (
            f"detectron2 mask_rcnn_R_50_FPN_3x {VERSION}, weights sha256:{self._weights.sha256}, "
            f"short side {self._short_side}, floor {self._floor:g}"
        )

    @cached_property
    def _device(self) -> torch.device:
        return open_device(self._device_name)

    @cached_property
    def _config(self) -> Any:
        with _quietly():
            config: Any = import_module("detectron2.config").get_cfg()
        # Its package model_zoo cannot be imported with setuptools 82 and later; its files can be read.
        with resources.as_file(resources.files("detectron2").joinpath("model_zoo", "configs")) as folder:
            config.merge_from_file(str(folder / CONFIG))
        config.MODEL.DEVICE = str(self._device)
        config.MODEL.WEIGHTS = ""
        config.MODEL.ROI_HEADS.SCORE_THRESH_TEST = self._floor
        config.INPUT.MIN_SIZE_TEST = self._short_side
        config.INPUT.MAX_SIZE_TEST = round(self._short_side * LONG_PER_SHORT)
        return config

    @cached_property
    def _model(self) -> Any:
        with _quietly():
            model: Any = import_module("detectron2.modeling").build_model(self._config)
        fill(model, self._weights, ignore=COMPUTED)
        return model.eval()

    def detect(self, images: Sequence[NDArray[np.uint8]]) -> list[tuple[Instance, ...]]:
        """See `labellers.detection.detection.Detector`. Its masks are cut at half, so they are hard."""
        import torch

        names = [thing.name for thing in things()]
        found: list[tuple[Instance, ...]] = []
        step = 1 if self._device.type == "cpu" else len(images)
        for start in range(0, len(images), max(1, step)):
            batch = [self._input(image) for image in images[start : start + step]]
            with torch.inference_mode(), _quietly():
                outputs = self._model(batch)
            for output in outputs:
                instances = output["instances"].to("cpu")
                masks = instances.pred_masks.numpy().astype(np.uint8) * 255
                parts = zip(
                    instances.pred_classes.tolist(),
                    instances.scores.tolist(),
                    instances.pred_boxes.tensor.tolist(),
                    masks,
                    strict=True,
                )
                found.append(
                    tuple(
                        Instance(names[label], score, *cut_to_box(mask, box)) for label, score, box, mask in parts
                    )
                )
        return found

    def _input(self, image: NDArray[np.uint8]) -> dict[str, Any]:
        """Blue, green, red at the model's own size, as detectron2's ``DefaultPredictor`` makes it."""
        import torch

        with _quietly():
            transforms: Any = import_module("detectron2.data.transforms")
        height, width = image.shape[:2]
        blue_first = np.ascontiguousarray(image[:, :, ::-1])
        sizes = self._config.INPUT
        resize = transforms.ResizeShortestEdge([sizes.MIN_SIZE_TEST] * 2, sizes.MAX_SIZE_TEST).get_transform(
            blue_first
        )
        pixels = resize.apply_image(blue_first).astype(np.float32).transpose(2, 0, 1)
        return {"image": torch.as_tensor(np.ascontiguousarray(pixels)), "height": height, "width": width}


def _quietly() -> warnings.catch_warnings[None]:
    """detectron2 0.6 uses what PyTorch and Python are about to drop, and warns of it at every turn."""
    return warnings.catch_warnings(action="ignore")
