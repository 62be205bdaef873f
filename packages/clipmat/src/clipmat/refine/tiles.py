"""Large pictures in overlapping tiles, put together without seams."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Tile:
    """Rows top..bottom and columns left..right, the ends not included."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def at(self) -> tuple[slice, slice]:
        """Index of an array (H, W, ...)."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


def tiles(high: int, wide: int, side: int, overlap: int) -> Iterator[Tile]:
    """Squares of ``side`` that cover a picture, neighbours sharing at least ``overlap`` pixels."""
    for top in _starts(high, side, overlap):
        for left in _starts(wide, side, overlap):
            yield Tile(top, left, min(high, top + side), min(wide, left + side))


def by_tiles(
    wanted: NDArray[np.bool_],
    side: int,
    overlap: int,
    answer: Callable[[Tile], NDArray[np.float32]],
) -> NDArray[np.float32]:
    """The answers of the tiles, blended where they overlap.

    Args:
        wanted: (H, W); tiles without a wanted pixel are left out and stay zero.
        side, overlap: of the tiles, in pixels.
        answer: a tile -> its part of the result.

    Returns:
        float32 (H, W).
    """
    total, weights = np.zeros(wanted.shape, np.float32), np.zeros(wanted.shape, np.float32)
    high, wide = wanted.shape
    for tile in tiles(high, wide, side, overlap):
        if not wanted[tile.at].any():
            continue
        rows, columns = tile.bottom - tile.top, tile.right - tile.left
        weight = np.minimum.outer(_ramp(rows, overlap), _ramp(columns, overlap))
        total[tile.at] += weight * answer(tile)
        weights[tile.at] += weight
    return np.divide(total, weights, out=total, where=weights > 0)


def _starts(length: int, side: int, overlap: int) -> list[int]:
    if length <= side:
        return [0]
    count = -(-(length - overlap) // (side - overlap))
    return [round(i * (length - side) / (count - 1)) for i in range(count)]


def _ramp(length: int, overlap: int) -> NDArray[np.float32]:
    steps = np.minimum(np.arange(1, length + 1), np.arange(length, 0, -1))
    ramp: NDArray[np.float32] = (np.minimum(steps, overlap + 1) / (overlap + 1)).astype(np.float32)
    return ramp
