"""Opening photos that may come from anywhere: known formats, a pixel cap, upright, RGB."""

from __future__ import annotations

import struct
import warnings
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from clipmat.errors import BadInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

MAX_PIXELS: Final = 100_000_000
FORMATS: Final = ("JPEG", "PNG", "WEBP", "BMP", "TIFF")
SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
"""What is taken from a folder."""


def load_photo(path: Path) -> NDArray[np.uint8]:
    """uint8 (H, W, 3) RGB; turned upright as its camera says, transparency on white.

    Raises:
        BadInputError: missing, damaged or too large file, no picture, or one of floats or 32-bit integers.
    """
    from PIL import Image, ImageOps

    decoding = (OSError, SyntaxError, ValueError, struct.error, EOFError, zlib.error, MemoryError)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            opened = Image.open(path, formats=FORMATS)
        with opened:
            width, height = opened.size
            if width * height > MAX_PIXELS:
                raise BadInputError(
                    f"{path} has {width} x {height} pixels, more than {MAX_PIXELS:,}: make it smaller"
                )
            upright = _eight_bits(ImageOps.exif_transpose(opened), path)
            if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
                rgba = upright.convert("RGBA")
                white = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
                upright = Image.alpha_composite(white, rgba)
            return np.array(upright.convert("RGB"))
    except FileNotFoundError as error:
        raise BadInputError(f"there is no photo {path}") from error
    except IsADirectoryError as error:
        raise BadInputError(f"{path} is a folder, not a photo") from error
    except (*decoding, Image.DecompressionBombError) as error:
        raise BadInputError(f"{path} cannot be opened as a picture ({error})") from error


def _eight_bits(picture: Image.Image, path: Path) -> Image.Image:
    """Pillow cuts deeper greys off at 255 instead of scaling them: 16 bits are brought to 8 here."""
    from PIL import Image

    if picture.mode.startswith("I;16"):
        return Image.fromarray(np.rint(np.asarray(picture) / 257.0).astype(np.uint8))
    if picture.mode in ("I", "F"):
        raise BadInputError(
            f"{path} holds numbers without a known white (mode {picture.mode}): save it with 8 or 16 bits"
        )
    return picture


def photos_in(folder: Path) -> list[Path]:
    """The photos directly in a folder, by name.

    Raises:
        BadInputError: there is none.
    """
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
    if not found:
        raise BadInputError(f"there is no photo in {folder} ({', '.join(sorted(SUFFIXES))})")
    return found
