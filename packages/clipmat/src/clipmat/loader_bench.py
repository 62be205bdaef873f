"""How many images a second the loader gives, against decoding the dataset's own files."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, groupby
from pathlib import Path
from typing import TYPE_CHECKING

from clipmat.config import TrainConfig
from clipmat.data.batches import Batches, batches
from clipmat.data.scenes import open_split, open_training_set
from clipmat.data.shards import resized_alpha, resized_image
from clipmat.model.backbone import clip_config
from clipmat.model.prompts import build_prompter

if TYPE_CHECKING:
    from refmatte_engine.manifest.dataset import Sample


@dataclass(frozen=True, slots=True)
class Loading:
    """One way of loading.

    Attributes:
        name: native files or resized shards.
        workers: loader processes; 0: in the training process.
        images_per_s, pairs_per_s: throughput, a pair being a phrase with its alpha.
        ratio_to_native: images per second relative to the native files read by one process.
    """

    name: str
    workers: int
    images_per_s: float
    pairs_per_s: float
    ratio_to_native: float


def bench_loader(
    data: Path,
    config: TrainConfig,
    *,
    workers: tuple[int, ...] = (0, 1, 2),
    seconds: float = 5.0,
    cache: Path | None = None,
) -> list[Loading]:
    """Measure the batches that training takes; nothing is trained.

    Args:
        data: dataset folder; its resized shards are made when they are missing, which is not counted.
        config: size, setting, images per batch, phrases per image, seed.
        workers: numbers of loader processes to try.
        seconds: how long each is timed.
        cache: where the resized shards are, as for training.
    """
    setting, size = config.model.setting, config.model.image_size
    per_image = config.queries
    native = _rate(_native(open_split(data, "train", setting).samples, size, per_image), 1, 1, seconds)
    found = [Loading("native files", 0, native, native * per_image, 1.0)]
    opened = open_training_set(
        data, setting, size, seed=config.seed, validation_images=config.validation_images, cache=cache
    )
    context = int(clip_config(config.model.backbone, size)["text_cfg"].get("context_length", 77))
    source = Batches(
        [(opened, 1.0)],
        build_prompter(config.model, context),
        seed=config.seed,
        batch_size=config.batch_size,
        queries=per_image,
        flip=config.augment.flip,
    )
    for count in workers:
        # The batches loaded ahead while nobody counted do not count.
        ahead = 1 + 4 * count
        rate = _rate(batches(source, 0, len(source), count, pin=False), config.batch_size, ahead, seconds)
        found.append(Loading("resized shards", count, rate, rate * per_image, rate / native))
    return found


def _native(samples: object, size: int, per_image: int) -> Iterator[None]:
    """Decode and resize one image and its alphas at a time, as a loader without shards would."""
    import cv2
    import numpy as np

    rows: list[Sample] = list(samples)  # type: ignore[call-overload]
    scenes = [list(scene) for _, scene in groupby(rows, key=lambda row: row.image_id)]
    for scene in cycle(scenes):
        resized_image(np.asarray(cv2.imread(str(scene[0].image_path), cv2.IMREAD_COLOR), np.uint8), size)
        for row, _ in zip(cycle(scene), range(per_image), strict=False):
            alpha = cv2.imread(str(row.alpha_path), cv2.IMREAD_GRAYSCALE)
            resized_alpha(np.asarray(alpha, np.uint8), size)
        yield None


def _rate(source: Iterator[object], images: int, ahead: int, seconds: float) -> float:
    for _ in range(ahead):
        next(source)
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        next(source)
        done += images
    return done / (time.perf_counter() - began)
