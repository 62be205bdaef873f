"""Alpha files. The only place where integer alpha becomes [0, 1] and back: ``a = k / 255`` (or 65535)."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from refmatte_engine.atomic import write_bytes
from refmatte_engine.errors import BadInputError
from refmatte_engine.manifest.pixels import MAX_PIXELS, open_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GREY = ("L", "1")
_COLORS = ("P", "RGB")


def load_levels(path: Path, *, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """The stored alpha, uint8 or uint16 (H, W). Three equal channels, or a palette of greys, count as grey.

    Raises:
        BadInputError: missing, damaged or too large file, channels that differ, another pixel format.
    """
    with open_image(path, max_pixels=max_pixels) as image:
        if image.mode.startswith("I;16"):
            return np.asarray(image).astype(np.uint16)
        if image.mode in _GREY:
            return np.array(image.convert("L"))
        if image.mode not in _COLORS:
            raise BadInputError(f"the matte {path} has the pixel format {image.mode}: save it as a grey PNG")
        rgb = np.asarray(image.convert("RGB"))
    if not (np.array_equal(rgb[..., 0], rgb[..., 1]) and np.array_equal(rgb[..., 0], rgb[..., 2])):
        raise BadInputError(f"the matte {path} has colour channels that differ: save it as a grey PNG")
    return np.ascontiguousarray(rgb[..., 0])


def load_alpha(path: Path, *, max_pixels: int = MAX_PIXELS) -> NDArray[np.float32]:
    """The alpha of a file as float32 (H, W) in [0, 1]; errors as `load_levels`."""
    return to_unit(load_levels(path, max_pixels=max_pixels))


def save_alpha(path: Path, alpha: NDArray[np.uint8] | NDArray[np.floating[Any]]) -> None:
    """Write an alpha as 8-bit grey PNG, atomically.

    Args:
        path: the PNG file.
        alpha: (H, W); uint8 levels as they are, or floats in [0, 1], rounded to the nearest level.

    Raises:
        ValueError: another shape, or values outside [0, 1].
    """
    from PIL import Image

    levels = to_levels(alpha) if np.issubdtype(alpha.dtype, np.floating) else alpha
    if levels.ndim != 2 or levels.dtype != np.uint8:
        raise ValueError(f"an alpha is (H, W) of floats or uint8, got {levels.shape} of {alpha.dtype}")
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, format="PNG", compress_level=3)
    write_bytes(path, buffer.getvalue(), durable=False)


def to_unit(levels: NDArray[np.uint8] | NDArray[np.uint16]) -> NDArray[np.float32]:
    """Stored levels (any shape) as float32 in [0, 1]."""
    full = np.float32(np.iinfo(levels.dtype).max)
    return levels.astype(np.float32) / full


def to_levels(alpha: NDArray[Any]) -> NDArray[np.uint8]:
    """Floats in [0, 1] (any shape) as the nearest 8-bit levels.

    Raises:
        ValueError: a value is not finite or outside [0, 1].
    """
    if alpha.size and not (np.isfinite(alpha).all() and alpha.min() >= 0.0 and alpha.max() <= 1.0):
        raise ValueError("alpha values must lie in [0, 1]")
    return np.rint(alpha * 255.0).astype(np.uint8)
