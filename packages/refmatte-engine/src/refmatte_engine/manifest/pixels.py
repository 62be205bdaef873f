"""Opening the images of a dataset, which may have come from anywhere: allow-listed formats, a pixel cap.

The counterpart of `refmatte_engine.images.opener` for readers, who need neither its conversions nor the engine.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from refmatte_engine.errors import BadInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

MAX_PIXELS = 50_000_000
"""Larger images are refused before they are decoded."""
FORMATS = ("PNG", "JPEG")
"""What a dataset holds."""
_DECODING = (OSError, SyntaxError, ValueError, struct.error, EOFError, zlib.error, MemoryError)
"""What a decoder raises on damaged files."""


@contextmanager
def open_image(path: Path, *, max_pixels: int = MAX_PIXELS) -> Iterator[Image.Image]:
    """A decoded PNG or JPEG in its own pixel format.

    Raises:
        BadInputError: missing, damaged or too large file, or another format.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            # Pillow only warns of a decompression bomb; the cap below answers for the size instead.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            opened = Image.open(path, formats=FORMATS)
    except FileNotFoundError as error:
        raise BadInputError(f"the image {path} is missing") from error
    except (*_DECODING, Image.DecompressionBombError) as error:
        raise BadInputError(f"the image {path} cannot be opened as PNG or JPEG ({error})") from error
    with opened:
        width, height = opened.size
        if width * height > max_pixels:
            raise BadInputError(f"the image {path} has {width} x {height} pixels, more than {max_pixels:,}")
        try:
            opened.load()
        except _DECODING as error:
            raise BadInputError(f"the image {path} is damaged ({error}): copy it again") from error
        yield opened


def load_rgb(path: Path, *, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """An image of the dataset as uint8 (H, W, 3) RGB; errors as `open_image`."""
    with open_image(path, max_pixels=max_pixels) as image:
        return np.array(image.convert("RGB"))
