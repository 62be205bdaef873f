"""Plan and pixels -> composite and visible mattes. Pure: nothing is drawn here, whole numbers only.

With v_i the stored 8-bit visible matte of entity i, F_i its colours and B the background,

    C = (sum v_i F_i + (255 - sum v_i) B + 127) // 255                      (dataset.md section 7)

with one rounding, and v_i = round(a_i t_i / 255), where t_i = 255 - (sum of v_j in front of i) is what those in
front let through: for two entities that is the rounded a_i (1 - a_j), and mattes never sum to more than 255.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from refmatte_engine.foreground import PreparedCutout
    from refmatte_engine.plan.records import Placement


@dataclass(frozen=True, slots=True, eq=False)
class Composite:
    """One composed image.

    Attributes:
        rgb: uint8 (H, W, 3).
        mattes: visible alphas, uint8 (H, W) each, in the order of the placements; they sum to at most 255.
        visible_fractions: for each entity, visible alpha mass over its own alpha mass on the canvas, 0..1.
    """

    rgb: NDArray[np.uint8]
    mattes: tuple[NDArray[np.uint8], ...]
    visible_fractions: tuple[float, ...]


def compose(
    background: NDArray[np.uint8],
    cutouts: Sequence[PreparedCutout],
    placements: Sequence[Placement],
    size: tuple[int, int],
) -> Composite:
    """Lay ``cutouts`` on ``background``.

    Args:
        background: uint8 (H, W, 3) RGB, at least as large as the canvas on both sides.
        cutouts: colours and alpha of each entity's box, at a level not below its placement.
        placements: one per cut-out, in any order of z.
        size: (width, height) of the canvas.

    Raises:
        ValueError: as many placements as cut-outs are needed; nothing is ever enlarged.
    """
    from refmatte_engine import kernels

    if len(cutouts) != len(placements):
        raise ValueError(f"{len(cutouts)} cut-outs for {len(placements)} placements")
    width, height = size
    canvas = cover(background, size)
    through = np.full((height, width), 255, np.uint8)
    sums = np.zeros((height, width, 3), np.uint16)
    mattes = [np.zeros((height, width), np.uint8) for _ in cutouts]
    fractions = [0.0] * len(cutouts)
    for k in sorted(range(len(cutouts)), key=lambda k: placements[k].z, reverse=True):
        rgb, alpha = resized(cutouts[k], placements[k])
        corner = (placements[k].x, placements[k].y)
        visible, total = kernels.accumulate(_flat(rgb), alpha, corner, through, _flat(sums), mattes[k])
        fractions[k] = int(visible) / int(total) if total else 0.0
    for at in placements:
        kernels.resolve(_flat(canvas), through, _flat(sums), (at.x, at.y), (at.w, at.h))
    return Composite(canvas, tuple(mattes), tuple(fractions))


def cover(background: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """The background shrunk (area means) until one side fits, the rest cropped evenly; always a new array.

    Raises:
        ValueError: the background is smaller than the canvas.
    """
    from refmatte_engine import kernels

    height, width = background.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    if scale > 1.0:
        raise ValueError(f"a background of {width}x{height} is smaller than the canvas {size[0]}x{size[1]}")
    # The part of the background that becomes the canvas, in whole source pixels.
    w, h = min(width, round(size[0] / scale)), min(height, round(size[1] / scale))
    x, y = (width - w) // 2, (height - h) // 2
    part = background[y : y + h, x : x + w]
    if (w, h) == size:
        return part.copy()
    out = np.empty((size[1], size[0], 3), np.uint8)
    weights = (*area_weights(h, size[1]), *area_weights(w, size[0]))
    kernels.resize_rgb(_flat(np.ascontiguousarray(part)), *weights, _flat(out))
    return out


def resized(cutout: PreparedCutout, placement: Placement) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Colours (h, w, 3) and alpha (h, w) of ``cutout`` at the size of ``placement``, mirrored if it says so.

    Area means, colours weighted by alpha. Alpha is 0 wherever no source pixel with alpha > 0 reaches.

    Raises:
        ValueError: the cut-out is smaller than its placement.
    """
    import cv2

    from refmatte_engine import kernels

    height, width = cutout.alpha.shape
    w, h = placement.w, placement.h
    if w > width or h > height:
        raise ValueError(f"a cut-out of {width}x{height} would be enlarged to {w}x{h}")
    if (w, h) == (width, height):
        rgb, alpha = cutout.rgb, cutout.alpha
    else:
        rgb, alpha = np.empty((h, w, 3), np.uint8), np.empty((h, w), np.uint8)
        weights = (*area_weights(height, h), *area_weights(width, w))
        planes = np.stack([*cv2.split(cutout.rgb), cutout.alpha])
        kernels.resize_cutout(planes, *weights, rgb, alpha)
    if placement.mirrored:
        rgb, alpha = rgb[:, ::-1], alpha[:, ::-1]
    return np.ascontiguousarray(rgb), np.ascontiguousarray(alpha)


@lru_cache(maxsize=256)
def area_weights(source: int, target: int) -> tuple[NDArray[np.uintp], NDArray[np.uint32]]:
    """How ``target`` output pixels cover ``source`` input pixels, target <= source.

    Returns:
        first: uintp (target,), the first input pixel of each output pixel.
        weights: uint32 (target, taps), its share of input pixels first, first + 1, ...; each row sums to 2^11.
            Inputs that do not exist have weight 0.
    """
    from refmatte_engine.kernels import LEAST_TAPS, WEIGHT_BITS

    index = np.arange(target, dtype=np.int64)
    first = index * source // target
    taps = max(LEAST_TAPS, int((-(-(index + 1) * source // target) - first).max()))
    edges = first[:, None] + np.arange(taps + 1)
    # Position of every input edge within the output pixel, in units of 1 / source.
    inside = np.clip(edges * target - index[:, None] * source, 0, source)
    whole = (2 * inside * (1 << WEIGHT_BITS) + source) // (2 * source)
    return first.astype(np.uintp), np.diff(whole, axis=1).astype(np.uint32)


def _flat(pixels: NDArray[Any]) -> NDArray[Any]:
    """(h, w, 3) as (h, 3 w); a view of a contiguous array."""
    return pixels.reshape(pixels.shape[0], -1)
