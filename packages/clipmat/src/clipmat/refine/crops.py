"""Training crops of the refiner: squares of the photo at its own size, and what CLIPMat needs to predict there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from clipmat.data.order import EpochOrder
from clipmat.data.shards import resized_alpha, resized_image
from clipmat.data.trimap import CLEAR, OPAQUE
from clipmat.engine_errors import engine_errors
from clipmat.model.prompts import Prompter
from clipmat.randomness import generator_for
from clipmat.refine.config import RefinerTrainConfig

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from refmatte_engine.manifest.dataset import Sample


@dataclass(frozen=True, slots=True)
class CropBatch:
    """What a training step of the refiner takes; B crops.

    Attributes:
        images: (B, 3, C, C) uint8 RGB.
        alphas: (B, C, C) uint8.
        whole: (B, 3, S, S) uint8, the photos of the crops at CLIPMat's size.
        ids: (B, L') int64, their phrases.
        boxes: (B, 4) float32, left, top, right, bottom of the crop in the photo, from 0 to 1.
        predicted: (B,) bool, whose coarse map CLIPMat predicts.
        flip: (B,) bool, crops to mirror together with their coarse map.
    """

    images: Tensor
    alphas: Tensor
    whole: Tensor
    ids: Tensor
    boxes: Tensor
    predicted: Tensor
    flip: Tensor

    def to(self, device: torch.device) -> CropBatch:
        """On another device."""

        def move(x: Tensor) -> Tensor:
            return x.to(device, non_blocking=True)

        return CropBatch(
            move(self.images),
            move(self.alphas),
            move(self.whole),
            move(self.ids),
            move(self.boxes),
            move(self.predicted),
            move(self.flip),
        )


class CropBatches(Dataset[CropBatch]):
    """Item i is the batch of step i of this process; nothing is drawn anywhere else.

    Args:
        scenes: for each dataset its images, each with all its samples.
        weights: of the datasets.
        prompter: CLIPMat's, texts to ids.
        whole: side of CLIPMat's images.
        config: of the run.
        rank, world: this process and how many there are.
    """

    def __init__(
        self,
        scenes: Sequence[Sequence[Sequence[Sample]]],
        weights: Sequence[float],
        prompter: Prompter,
        whole: int,
        config: RefinerTrainConfig,
        *,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        self._scenes = scenes
        self._prompter, self._whole, self._config = prompter, whole, config
        self._order = EpochOrder(
            [len(one) for one in scenes],
            weights,
            seed=config.seed,
            batch_size=config.batch_size,
            rank=rank,
            world=world,
        )
        self.steps_per_epoch = self._order.steps_per_epoch

    def __len__(self) -> int:
        return self.steps_per_epoch * 1_000_000

    def __getitem__(self, step: int) -> CropBatch:
        config = self._config
        images, alphas, wholes, texts, boxes, predicted, flips = [], [], [], [], [], [], []
        for slot in self._order.slots(step):
            rng = generator_for(config.seed, "crops", slot.epoch, slot.place)
            scene = self._scenes[slot.dataset][slot.image]
            sample = scene[int(rng.integers(len(scene)))]
            with engine_errors():
                image = sample.image
                alpha = np.rint(sample.alpha * 255.0).astype(np.uint8)
            top, left, side = crop_place(alpha, config.crops, config.on_edge, rng)
            cut = np.s_[top : top + side, left : left + side]
            images.append(resized_image(np.ascontiguousarray(image[cut]), config.crop_size))
            alphas.append(resized_alpha(np.ascontiguousarray(alpha[cut]), config.crop_size))
            wholes.append(resized_image(image, self._whole))
            texts.append(self._prompter.ids([sample.phrase], rng))
            high, wide = alpha.shape
            boxes.append((left / wide, top / high, (left + side) / wide, (top + side) / high))
            predicted.append(bool(rng.uniform() < config.coarse.predicted))
            flips.append(bool(rng.uniform() < config.flip))
        return CropBatch(
            images=torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2),
            alphas=torch.from_numpy(np.stack(alphas)),
            whole=torch.from_numpy(np.stack(wholes)).permute(0, 3, 1, 2),
            ids=torch.cat(texts),
            boxes=torch.tensor(boxes, dtype=torch.float32),
            predicted=torch.tensor(predicted),
            flip=torch.tensor(flips),
        )


def crop_place(
    alpha: NDArray[np.uint8], sides: Sequence[int], on_edge: float, rng: np.random.Generator
) -> tuple[int, int, int]:
    """Top, left and side of a crop: a square of a drawn side, or the largest that the photo holds.

    Args:
        alpha: (H, W), whose transition the crop may be centred on.
        sides: to draw from.
        on_edge: probability of being centred on a transition pixel, when there is one.
    """
    high, wide = alpha.shape
    side = min(int(rng.choice(np.asarray(sides))), high, wide)
    centre_y, centre_x = int(rng.integers(high)), int(rng.integers(wide))
    soft_y, soft_x = np.nonzero((alpha > 255.0 * CLEAR) & (alpha < 255.0 * OPAQUE))
    if rng.uniform() < on_edge and len(soft_y):
        at = int(rng.integers(len(soft_y)))
        centre_y, centre_x = int(soft_y[at]), int(soft_x[at])
    top = min(max(0, centre_y - side // 2), high - side)
    left = min(max(0, centre_x - side // 2), wide - side)
    return top, left, side
