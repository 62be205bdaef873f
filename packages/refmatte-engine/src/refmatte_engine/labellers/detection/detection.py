"""What a detector finds in a picture, and how much of an alpha it covers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from refmatte_engine.entities import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONG_PER_SHORT = 1333 / 800
"""Mask R-CNN's pictures have a short side of 800 pixels and a long one of 1333 at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """One thing that a detector found.

    Attributes:
        name: one of COCO's 80 names.
        score: of the detector, 0..1.
        box: part of the picture that ``mask`` covers; nothing of the thing lies outside.
        mask: uint8 (box.h, box.w), 0 not the thing, 255 the thing; soft where the backend gives soft masks.
    """

    name: str
    score: float
    box: Box
    mask: NDArray[np.uint8]


class Detector(Protocol):
    """Finds things of known classes."""

    @property
    def fingerprint(self) -> str:
        """Backend, hash of its weights and settings: equal fingerprints find the same in equal pictures."""
        ...

    def detect(self, images: Sequence[NDArray[np.uint8]]) -> list[tuple[Instance, ...]]:
        """What is in each of ``images``, uint8 (H, W, 3) RGB; highest score first."""
        ...


def overlap(instance: Instance, alpha: NDArray[np.uint8]) -> float:
    """Soft intersection over union of an instance and an alpha of the same picture, 0..1.

    Both are shares of a pixel: the intersection sums the smaller of the two, the union the larger. For masks of
    0 and 1 that is the usual IoU; a hair that is half there counts half.

    Args:
        alpha: uint8 (H, W) of the whole picture.
    """
    x, y, (h, w) = instance.box.x, instance.box.y, instance.mask.shape
    inside = alpha[y : y + h, x : x + w]
    both = int(np.minimum(inside, instance.mask).sum(dtype=np.int64))
    either = int(alpha.sum(dtype=np.int64)) + int(instance.mask.sum(dtype=np.int64)) - both
    return both / either if either else 0.0


def detector_size(width: int, height: int, short_side: int) -> tuple[int, int]:
    """(w, h) of a picture as the detector sees it; never larger than the picture."""
    scale = min(1.0, short_side / min(width, height), short_side * LONG_PER_SHORT / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def best_by_category(scored: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    """The highest score of each name, best first; equal scores by name."""
    best: dict[str, float] = {}
    for name, score in scored:
        best[name] = max(score, best.get(name, 0.0))
    return sorted(((name, round(score, 4)) for name, score in best.items()), key=lambda pair: (-pair[1], pair[0]))


def cut_to_box(mask: NDArray[np.uint8], corners: Sequence[float]) -> tuple[Box, NDArray[np.uint8]]:
    """A mask of the whole picture cut to its box, which backends give as (x0, y0, x1, y1) in pixels."""
    height, width = mask.shape
    x0, y0 = max(0, int(np.floor(corners[0])) - 2), max(0, int(np.floor(corners[1])) - 2)
    x1, y1 = min(width, int(np.ceil(corners[2])) + 3), min(height, int(np.ceil(corners[3])) + 3)
    return Box(x0, y0, x1 - x0, y1 - y0), np.ascontiguousarray(mask[y0:y1, x0:x1])
