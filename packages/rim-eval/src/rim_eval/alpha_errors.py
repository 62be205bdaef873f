"""SAD, MSE and MAD from two exact sums over the pixels of a region.

    S = sum |p - g|      SAD = S / 1000
    Q = sum (p - g)^2    MSE = Q / n, MAD = S / n, n pixels

For 8- and 16-bit mattes S and Q are integers in units of 1/scale and 1/scale^2, divided once at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rim_eval.alpha import Matte, as_pair


@dataclass(frozen=True, slots=True)
class ErrorSums:
    """S, Q and the pixel count of one pair: everything SAD, MSE and MAD need."""

    absolute: int | float
    """sum |kp - kg|, an integer unless the mattes are floats."""
    squared: int | float
    """sum (kp - kg)^2."""
    pixels: int
    scale: int
    """What stands for alpha 1: 255, 65535, or 1 for floats."""

    @property
    def sad(self) -> float:
        """Sum of absolute differences, /1000."""
        return self.absolute / (1000 * self.scale)

    @property
    def mse(self) -> float:
        """Mean squared error; 0 <= mse <= 1."""
        return self.squared / (self.scale * self.scale * self.pixels)

    @property
    def mad(self) -> float:
        """Mean absolute difference; 0 <= mad <= 1."""
        return self.absolute / (self.scale * self.pixels)


def error_sums(p: Matte, g: Matte, scale: int, mask: NDArray[np.bool_] | None = None) -> ErrorSums:
    """The sums of a checked pair of one dtype, over `mask` (H, W) or the whole image."""
    pixels = p.size if mask is None else int(np.count_nonzero(mask))
    if scale == 1:
        difference = (p - g) if mask is None else (p - g)[mask]
        return ErrorSums(float(np.abs(difference).sum()), float(np.square(difference).sum()), pixels, scale)
    if scale == 65535:
        from rim_eval.alpha_error_kernels import integer_error_sums

        absolute, squared = integer_error_sums(p, g, np.empty((0, 0), np.bool_) if mask is None else mask)
        return ErrorSums(int(absolute), int(squared), pixels, scale)
    import cv2

    # OpenCV squares a root it took before, so its sum of squares is off by less than a half: round. With 16 bits
    # the sum can pass 2^53, where a double has no halves left.
    where = None if mask is None else mask.view(np.uint8)
    absolute = round(cv2.norm(p, g, cv2.NORM_L1, where))
    squared = round(cv2.norm(p, g, cv2.NORM_L2SQR, where))
    return ErrorSums(absolute, squared, pixels, scale)


def sad(prediction: Any, target: Any) -> float:
    """Sum of absolute differences over the whole image, /1000.

    `prediction`, `target`: (H, W), uint8, uint16 or floats in [0, 1].

    >>> import numpy as np
    >>> sad(np.zeros((32, 32), np.uint8), np.full((32, 32), 255, np.uint8))
    1.024
    """
    return error_sums(*as_pair(prediction, target)).sad


def mse(prediction: Any, target: Any) -> float:
    """Mean over all pixels of the squared difference; in [0, 1].

    >>> import numpy as np
    >>> mse(np.array([[0.5, 1.0]]), np.array([[1.0, 1.0]]))
    0.125
    """
    return error_sums(*as_pair(prediction, target)).mse


def mad(prediction: Any, target: Any) -> float:
    """Mean over all pixels of the absolute difference; in [0, 1].

    >>> import numpy as np
    >>> mad(np.array([[0.5, 1.0]]), np.array([[1.0, 1.0]]))
    0.25
    """
    return error_sums(*as_pair(prediction, target)).mad
