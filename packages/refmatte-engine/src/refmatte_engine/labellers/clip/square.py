"""The square around a part of an entity, as CLIP is shown it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from refmatte_engine.labellers.base import Look

if TYPE_CHECKING:
    from numpy.typing import NDArray

GREY = 128
"""What stands around a cut-out that is shown alone, and beyond the picture's edge."""


@dataclass(frozen=True, slots=True)
class Square:
    """Pixels of a picture; it may reach over the edge."""

    left: int
    top: int
    size: int

    def cut(self, look: Look, side: int, *, alone: bool) -> NDArray[np.uint8]:
        """uint8 (side, side, 3): as photographed, or ``alone`` on grey; beyond the edge both are grey."""
        import cv2

        height, width = look.alpha.shape
        left, top = max(0, self.left), max(0, self.top)
        right, bottom = min(width, self.left + self.size), min(height, self.top + self.size)
        pixels = look.image[top:bottom, left:right]
        if alone:
            share = look.alpha[top:bottom, left:right, None].astype(np.uint16)
            pixels = ((pixels * share + GREY * (255 - share) + 127) // 255).astype(np.uint8)
        square = np.full((self.size, self.size, 3), GREY, np.uint8)
        square[top - self.top : bottom - self.top, left - self.left : right - self.left] = pixels
        how = cv2.INTER_AREA if self.size > side else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(square, (side, side), interpolation=how), np.uint8)


def square_around(box: tuple[int, int, int, int], margin: float) -> Square:
    """The square with the middle of a box (left, top, right, bottom).

    Args:
        margin: of the longer side, around it.
    """
    left, top, right, bottom = box
    size = max(1, round(max(right - left, bottom - top) * (1 + 2 * margin)))
    return Square(round((left + right - size) / 2), round((top + bottom - size) / 2), size)


def alpha_box(alpha: NDArray[np.uint8]) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom of alpha > 0; None when there is nothing."""
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    if not len(rows):
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
