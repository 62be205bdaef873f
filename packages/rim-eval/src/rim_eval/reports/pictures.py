"""Small pictures of one result for the HTML page: photo, target, prediction, error map."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rim_eval.alpha import Matte, as_float
from rim_eval.errors import RimEvalError
from rim_eval.matching import SceneTask
from rim_eval.scene_scoring import BILINEAR, SceneTruths, read_prediction

SIDE: Final = 240  # pixels of the longer side
TOO_MUCH: Final = (200, 30, 30)  # RGB of alpha 1 where there should be 0
TOO_LITTLE: Final = (25, 90, 200)


@dataclass(frozen=True, slots=True)
class Pictures:
    """Data URIs of one result; None for a photo that is not known or cannot be read."""

    photo: str | None
    target: str
    prediction: str
    error: str
    width: int
    height: int
    """Of the pictures, pixels."""


def pictures_of(item_id: str, task: SceneTask) -> Pictures:
    """The pictures of one scored item, read from its files again."""
    item = next(item for item in task.scene.items if item.id == item_id)
    target = SceneTruths(task.scene).target(item)
    path = task.predictions[item_id]
    prediction = np.zeros_like(target) if path is None else read_prediction(path, target, BILINEAR)[0]
    p, g = _small(prediction), _small(target)
    height, width = g.shape
    return Pictures(
        _photo(task.scene.photo, width, height),
        _uri(_grey(g)),
        _uri(_grey(p)),
        _uri(error_colours(p, g)),
        width,
        height,
    )


def error_colours(p: NDArray[np.float64], g: NDArray[np.float64]) -> NDArray[np.uint8]:
    """(H, W, 3) RGB: white where the prediction is right, red where it is too high, blue where too low."""
    difference = (p - g)[:, :, None]
    colour = np.where(difference > 0, TOO_MUCH, TOO_LITTLE)
    # The square root keeps small errors visible.
    strength = np.sqrt(np.abs(difference))
    return np.asarray(np.rint(255 + (colour - 255) * strength).astype(np.uint8))


def _small(alpha: Matte) -> NDArray[np.float64]:
    import cv2

    values = as_float(alpha)
    height, width = values.shape
    factor = SIDE / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    shrinking = cv2.INTER_AREA if factor < 1 else cv2.INTER_NEAREST
    return np.clip(np.asarray(cv2.resize(values, size, interpolation=shrinking)), 0.0, 1.0)


def _grey(alpha: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.rint(alpha * 255).astype(np.uint8)


def _photo(path: Path | None, width: int, height: int) -> str | None:
    if path is None or not path.is_file():
        return None
    from PIL import Image

    from rim_eval.alpha_files import check_size

    try:
        with Image.open(path, formats=("JPEG", "PNG", "WEBP", "TIFF", "BMP")) as image:
            check_size(*image.size, path)
            image.draft("RGB", (2 * width, 2 * height))
            small = image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    except (RimEvalError, OSError, SyntaxError, ValueError, MemoryError, Image.DecompressionBombError):
        return None  # the numbers do not need the photo
    return _uri(np.asarray(small))


def _uri(pixels: NDArray[Any]) -> str:
    """A JPEG as a data URI: to look at; nothing is measured on it."""
    import cv2

    stored = pixels[:, :, ::-1] if pixels.ndim == 3 else pixels
    _, data = cv2.imencode(".jpg", np.ascontiguousarray(stored), [cv2.IMWRITE_JPEG_QUALITY, 84])
    return f"data:image/jpeg;base64,{base64.b64encode(data.tobytes()).decode('ascii')}"
