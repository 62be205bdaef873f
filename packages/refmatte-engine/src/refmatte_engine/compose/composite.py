"""Plan and pixels -> composite and visible mattes. Pure: nothing is drawn here, whole numbers only.

With v_i the stored 8-bit visible matte of entity i, F_i its colours and B the background,

    C = (sum v_i F_i + (255 - sum v_i) B + 127) // 255                      (dataset.md section 7)

with one rounding, and v_i = round(a_i t_i / 255), where t_i = 255 - (sum of v_j in front of i) is what those in
front let through: for two entities that is the rounded a_i (1 - a_j), and mattes never sum to more than 255.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from refmatte_engine.compose.shrink import shrink_cutout, shrink_rgb

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from refmatte_engine.foreground.prepare import PreparedCutout
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
    from refmatte_engine.compose import kernels

    if len(cutouts) != len(placements):
        raise ValueError(f"{len(cutouts)} cut-outs for {len(placements)} placements")
    width, height = size
    canvas = cover(background, size)
    mattes = tuple(np.zeros((height, width), np.uint8) for _ in cutouts)
    masses = np.zeros((len(cutouts), 2), np.uint64)
    front_to_back = sorted(range(len(cutouts)), key=lambda k: placements[k].z, reverse=True)
    if front_to_back:
        layers = [resized(cutouts[k], placements[k]) for k in front_to_back]
        kernels.blend(
            _flat(canvas),
            tuple(_flat(rgb) for rgb, _ in layers),
            tuple(alpha for _, alpha in layers),
            np.array([(placements[k].x, placements[k].y) for k in front_to_back], np.intp),
            tuple(mattes[k] for k in front_to_back),
            masses,
        )
    fractions = dict(zip(front_to_back, masses.tolist(), strict=True))
    visible = tuple(seen / own if own else 0.0 for seen, own in (fractions[k] for k in range(len(cutouts))))
    return Composite(canvas, mattes, visible)


def cover(background: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """The background shrunk (area means) until one side fits, the rest cropped evenly; always a new array.

    Raises:
        ValueError: the background is smaller than the canvas.
    """
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
    return shrink_rgb(part, size)


def resized(cutout: PreparedCutout, placement: Placement) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Colours (h, w, 3) and alpha (h, w) of ``cutout`` at the size of ``placement``, mirrored if it says so.

    Area means, colours weighted by alpha. Alpha is 0 wherever no source pixel with alpha > 0 reaches.

    Raises:
        ValueError: the cut-out is smaller than its placement.
    """
    height, width = cutout.alpha.shape
    w, h = placement.w, placement.h
    if w > width or h > height:
        raise ValueError(f"a cut-out of {width}x{height} would be enlarged to {w}x{h}")
    if (w, h) == (width, height):
        rgb, alpha = cutout.rgb, cutout.alpha
    else:
        rgb, alpha = shrink_cutout(cutout.rgb, cutout.alpha, (w, h))
    if placement.mirrored:
        rgb, alpha = rgb[:, ::-1], alpha[:, ::-1]
    return np.ascontiguousarray(rgb), np.ascontiguousarray(alpha)


def _flat(pixels: NDArray[Any]) -> NDArray[Any]:
    """(h, w, 3) as (h, 3 w); a view of a contiguous array."""
    return pixels.reshape(pixels.shape[0], -1)
