"""Grounding DINO finds the box of a text, SAM its mask, VitMatte the alpha of the mask's edge.

Thresholds and trimap follow Matting Anything and Matte Anything. A text for which no box is found gets an empty
alpha.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipmat.refine.band import BACKGROUND, FOREGROUND, UNKNOWN
from clipmat.transformers_models import LoadedPart, Part, load_part

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import nn

    from clipmat.refine.vitmatte import VitMatteRefiner

OPTION: Final = "--model gdino-sam-vitmatte=DINO,SAM,VITMATTE"
DINO: Final = Part(
    name="Grounding DINO",
    kinds={
        "grounding-dino": ("GroundingDinoForObjectDetection", "GroundingDinoProcessor"),
        "mm-grounding-dino": ("MMGroundingDinoForObjectDetection", "GroundingDinoProcessor"),
    },
    published="IDEA-Research/grounding-dino-tiny",
    option="{} as the first part of " + OPTION,
    extra="baselines",
)
SAM: Final = Part(
    name="SAM",
    kinds={
        "sam": ("SamModel", "SamProcessor"),
        "sam2": ("Sam2Model", "Sam2Processor"),
        "sam2_video": ("Sam2Model", "Sam2Processor"),
    },
    published="facebook/sam-vit-base",
    option="{} as the second part of " + OPTION,
    extra="baselines",
)
BOX_THRESHOLD: Final = 0.25
TEXT_THRESHOLD: Final = 0.5
ELEMENT, ITERATIONS = 10, 5
"""The band around a mask: a square element, applied several times on both sides."""


class GroundedSam:
    """Box, mask, and where a refiner is given the alpha of the mask's edge."""

    def __init__(
        self,
        detector: LoadedPart,
        segmenter: LoadedPart,
        matting: VitMatteRefiner | None,
        device: torch.device | str | None = None,
    ) -> None:
        """`matting`: None keeps the mask as it is; `device`: None is the best there is."""
        from clipmat.devices import choose_device

        self._device = choose_device(device)
        self._dino, self._dino_processor = detector.network.to(self._device).eval(), detector.processor
        self._sam, self._sam_processor = segmenter.network.to(self._device).eval(), segmenter.processor
        self._matting = matting

    @classmethod
    def from_pretrained(
        cls,
        dino: str | None = None,
        sam: str | None = None,
        vitmatte: str | None = None,
        device: torch.device | str | None = None,
        *,
        soft: bool = True,
    ) -> GroundedSam:
        """Load the parts, each from a folder or a hub name; None: the published one from the local cache.

        Args:
            soft: whether VitMatte is loaded at all.

        Raises:
            ClipmatError: as `clipmat.transformers_models.load_part`.
        """
        from clipmat.refine.vitmatte import VitMatteRefiner

        return cls(
            load_part(DINO, dino),
            load_part(SAM, sam),
            VitMatteRefiner.from_pretrained(vitmatte, device) if soft else None,
            device,
        )

    def predict(self, image: NDArray[np.uint8], text: str) -> NDArray[np.float32]:
        """See `clipmat.baselines.baseline.Baseline`."""
        return self.predict_many(image, [text])[0]

    def predict_many(self, image: NDArray[np.uint8], texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """See `clipmat.baselines.baseline.Baseline`.

        SAM encodes the image once for all boxes; Grounding DINO mixes text and image early: a pass for each text.
        """
        boxes = [self.box(image, text) for text in texts]
        found = [box for box in boxes if box is not None]
        masks = iter(self.masks(image, found) if found else [])
        return [
            np.zeros(image.shape[:2], np.float32) if box is None else self._alpha(image, next(masks))
            for box in boxes
        ]

    def tokens_read(self, text: str) -> int | None:
        """See `clipmat.baselines.baseline.Baseline`."""
        room: int = self._dino.config.max_text_len
        n = len(self._dino_processor.tokenizer(_prompt(text))["input_ids"])
        return room if n > room else None

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """See `clipmat.baselines.baseline.Baseline`."""
        matting = {} if self._matting is None else self._matting.networks
        return {"dino": self._dino, "sam": self._sam, **matting}

    def box(self, image: NDArray[np.uint8], text: str) -> list[float] | None:
        """Left, top, right, bottom in pixels of the best box, or None when none is above the threshold."""
        import torch

        from clipmat.devices import telling_out_of_memory

        inputs = self._dino_processor(
            images=image,
            text=_prompt(text),
            return_tensors="pt",
            truncation=True,
            max_length=self._dino.config.max_text_len,
        ).to(self._device)
        with telling_out_of_memory(self._device, "Grounding DINO"), torch.inference_mode():
            outputs = self._dino(**inputs)
        (found,) = self._dino_processor.post_process_grounded_object_detection(
            outputs,
            inputs["input_ids"],
            threshold=BOX_THRESHOLD,
            text_threshold=TEXT_THRESHOLD,
            target_sizes=[image.shape[:2]],
        )
        if not len(found["scores"]):
            return None
        best: list[float] = found["boxes"][int(found["scores"].argmax())].tolist()
        return best

    def masks(self, image: NDArray[np.uint8], boxes: Sequence[Sequence[float]]) -> list[NDArray[np.bool_]]:
        """One mask (H, W) for each box; the image is encoded once."""
        import torch

        from clipmat.devices import telling_out_of_memory

        inputs = self._sam_processor(
            images=image, input_boxes=[[list(box) for box in boxes]], return_tensors="pt"
        ).to(self._device, torch.float32)
        sizes = {name: inputs.pop(name) for name in ("original_sizes", "reshaped_input_sizes") if name in inputs}
        with telling_out_of_memory(self._device, f"SAM and {len(boxes)} boxes"), torch.inference_mode():
            masks = self._sam(**inputs, multimask_output=False).pred_masks
        (full,) = self._sam_processor.post_process_masks(masks.cpu(), **_as_integers(sizes))
        return [np.asarray(mask[0].numpy(), np.bool_) for mask in full]

    def _alpha(self, image: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        if self._matting is None:
            return mask.astype(np.float32)
        return self._matting.matte(image, trimap_of_mask(mask))


def trimap_of_mask(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """uint8 (H, W) of 0, 128, 255: the mask eroded is certain, what the dilated one leaves out is background."""
    import cv2

    element = np.ones((ELEMENT, ELEMENT), np.uint8)
    whole = mask.astype(np.uint8)
    inside = np.asarray(cv2.erode(whole, element, iterations=ITERATIONS)) > 0
    reached = np.asarray(cv2.dilate(whole, element, iterations=ITERATIONS)) > 0
    trimap = np.full(mask.shape, UNKNOWN, np.uint8)
    trimap[inside], trimap[~reached] = FOREGROUND, BACKGROUND
    return trimap


def _prompt(text: str) -> str:
    """Lower case, with a full stop at the end: what Grounding DINO was trained on."""
    return text.strip().lower().rstrip(".") + "."


def _as_integers(sizes: dict[str, Any]) -> dict[str, list[list[int]]]:
    return {name: [[int(side) for side in size] for size in value.tolist()] for name, value in sizes.items()}
