"""Area means: pictures and cut-outs made smaller, never larger.

Both axes run over vector-friendly rows: a block of rows is averaged, transposed, averaged again along what was
its other axis, and transposed back.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

BLOCK = 64
"""Output rows per block: intermediate values stay in the processor's second cache."""


def shrink_rgb(source: Pixels, size: tuple[int, int]) -> Pixels:
    """Area means of ``source``, uint8 (H, W, 3), at ``size`` (w, h), w <= W and h <= H. A new array."""
    import cv2

    from refmatte_engine.compose import kernels

    height, width = source.shape[:2]
    rows = np.ascontiguousarray(source).reshape(height, 3 * width)
    out = np.empty((size[1], 3 * size[0]), np.uint8)
    row_first, row_weights = area_weights(height, size[1])
    column_first, column_weights = area_weights(width, size[0])
    for top in range(0, size[1], BLOCK):
        block = slice(top, min(top + BLOCK, size[1]))
        lanes = block.stop - top
        averaged = np.empty((lanes, 3 * width), np.uint16)
        kernels.mean_rows(rows, row_first[block], row_weights[block], averaged)
        turned = np.empty((3 * size[0], lanes), np.uint8)
        kernels.mean_lanes(_transposed(averaged), column_first, column_weights, turned)
        cv2.transpose(turned, dst=out[block])
    return out.reshape(size[1], size[0], 3)


def shrink_cutout(rgb: Pixels, alpha: Pixels, size: tuple[int, int]) -> tuple[Pixels, Pixels]:
    """Area means at ``size`` (w, h) of ``alpha`` (H, W), and of ``rgb`` (H, W, 3) weighted by alpha; uint8.

    What lies under alpha 0 never bleeds in; colours are 0 where no alpha counts.
    """
    import cv2

    from refmatte_engine.compose import kernels

    height, width = alpha.shape
    planes = np.empty((4, height, width), np.uint8)
    cv2.split(rgb, list(planes[:3]))
    planes[3] = alpha
    out_rgb, out_alpha = np.empty((size[1], 3 * size[0]), np.uint8), np.empty((size[1], size[0]), np.uint8)
    row_first, row_weights = area_weights(height, size[1])
    column_first, column_weights = area_weights(width, size[0])
    for top in range(0, size[1], BLOCK):
        block = slice(top, min(top + BLOCK, size[1]))
        lanes = block.stop - top
        averaged = np.empty((lanes, 4 * width), np.uint16)
        kernels.premultiplied_rows(planes, row_first[block], row_weights[block], averaged)
        turned_rgb, turned_alpha = np.empty((3 * size[0], lanes), np.uint8), np.empty((size[0], lanes), np.uint8)
        kernels.premultiplied_lanes(_transposed(averaged), column_first, column_weights, turned_rgb, turned_alpha)
        cv2.transpose(turned_rgb, dst=out_rgb[block])
        cv2.transpose(turned_alpha, dst=out_alpha[block])
    return out_rgb.reshape(size[1], size[0], 3), out_alpha


@lru_cache(maxsize=256)
def area_weights(source: int, target: int) -> tuple[NDArray[np.uintp], NDArray[np.uint32]]:
    """How ``target`` output pixels cover ``source`` input pixels, target <= source.

    Returns:
        first: uintp (target,), the first input pixel of each output pixel.
        weights: uint32 (target, taps), its share of input pixels first, first + 1, ...; each row sums to 2^11.
            Inputs that do not exist have weight 0.
    """
    from refmatte_engine.compose.kernels import WEIGHT_BITS

    index = np.arange(target, dtype=np.int64)
    first = index * source // target
    taps = int((-(-(index + 1) * source // target) - first).max())
    edges = first[:, None] + np.arange(taps + 1)
    # Position of every input edge within the output pixel, in units of 1 / source.
    inside = np.clip(edges * target - index[:, None] * source, 0, source)
    whole = (2 * inside * (1 << WEIGHT_BITS) + source) // (2 * source)
    return first.astype(np.uintp), np.diff(whole, axis=1).astype(np.uint32)


def _transposed(block: NDArray[np.uint16]) -> NDArray[np.uint16]:
    import cv2

    turned: NDArray[np.uint16] = np.asarray(cv2.transpose(block), np.uint16)
    return turned
