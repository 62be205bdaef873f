"""Tiny trees of image files in the layouts of datasets."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refmatte_engine.sources.base import Candidate, EntitySource, Rejection

WIDTH, HEIGHT = 12, 8


def photo(seed: int = 0, width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint8]:
    """uint8 (height, width, 3), another one for every seed, smooth enough to survive JPEG."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x * 9, y * 13, np.full_like(x, seed * 29 % 256)], axis=-1).astype(np.uint8)


def matte(seed: int = 0, width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint8]:
    """uint8 (height, width) with a soft border, another one for every seed."""
    alpha = np.zeros((height, width), dtype=np.uint8)
    alpha[2:-2, 2:-2] = 128
    alpha[3:-3, 3:-3] = 255
    alpha[3, 3] = seed % 200 + 4
    return alpha


def write(path: Path, pixels: NDArray[np.uint8], **options: object) -> Path:
    """An image file of the format that its suffix says; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    return path


def write_pairs(root: Path, images: str, alphas: str, stems: Iterable[str], suffix: str = ".jpg") -> None:
    """``images/<stem><suffix>`` and ``alphas/<stem>.png`` for every stem."""
    for seed, stem in enumerate(stems):
        write(root / images / f"{stem}{suffix}", photo(seed))
        write(root / alphas / f"{stem}.png", matte(seed))


def kept(source: EntitySource) -> dict[str, Candidate]:
    """Candidates by stem."""
    return {item.stem: item for item in source.candidates() if isinstance(item, Candidate)}


def left_out(source: EntitySource) -> dict[str, str]:
    """Reason codes by item."""
    return {item.item: item.reason for item in source.candidates() if isinstance(item, Rejection)}
