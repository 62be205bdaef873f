"""Reading one matte from a file nobody vouches for.

The suffix decides the reader, the header is checked against the pixel cap before anything is decoded, and every
failure names the file. PNG chunks are verified by their check sums first, so a damaged file is never half read.
"""

from __future__ import annotations

import io
import os
import struct
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from tokenize import TokenError
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from rim_eval.alpha import Matte, as_matte
from rim_eval.errors import NotAMatteError, UnreadableFileError

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PIXELS: Final = 100_000_000
PNG_MAGIC: Final = b"\x89PNG\r\n\x1a\n"
NPY_PROBLEMS: Final = (
    ValueError,
    EOFError,
    OSError,
    MemoryError,
    SyntaxError,
    TypeError,
    KeyError,
    OverflowError,
    RecursionError,
    TokenError,
)
"""What NumPy raises on damaged headers, which it reads as Python literals."""

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6  # PNG colour types


def read_matte(path: Path) -> Matte:
    """Read one file as a matte: (H, W), uint8, uint16 or float64 in [0, 1].

    PNG and TIFF: grey of 1 to 16 bits; the alpha of RGBA and LA; a palette by its transparency or its greys; RGB
    only when its three channels are equal. TIFF and .npy also floats. JPEG and BMP grey. Raises
    UnreadableFileError or NotAMatteError, naming the file.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise UnreadableFileError(
            path, f"unknown format {path.suffix!r}.", f"Use one of {', '.join(sorted(READERS))}."
        )
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise UnreadableFileError(path, f"cannot be opened ({os.strerror(problem.errno or 0)}).") from problem
    if not data:
        raise UnreadableFileError(path, "is empty.")
    return reader(data, path)


def _read_png(data: bytes, path: Path) -> Matte:
    width, height, colour, has_transparency = _png_header(data, path)
    check_size(width, height, path)
    if colour == PALETTE:
        return _read_palette(data, path, has_transparency)
    if has_transparency:
        raise NotAMatteError(path, "marks one grey or colour as transparent.", "Save a plain grey image.")
    pixels = _decode(data, path)
    if colour == GREY:
        return as_matte(pixels, str(path))
    if colour in (GREY_ALPHA, RGBA):
        return as_matte(pixels[:, :, 3], str(path))
    return as_matte(_grey_of(pixels, path), str(path))


def _png_header(data: bytes, path: Path) -> tuple[int, int, int, bool]:
    """(width, height, colour type, has tRNS) after verifying every chunk's check sum."""
    if not data.startswith(PNG_MAGIC):
        raise UnreadableFileError(path, "is not a PNG file, whatever its name says.")
    offset, header, transparent = len(PNG_MAGIC), None, False
    view = memoryview(data)
    while offset + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, offset)
        kind = data[offset + 4 : offset + 8]
        end = offset + 12 + length
        if end > len(data):
            break
        (stored,) = struct.unpack_from(">I", data, end - 4)
        if zlib.crc32(view[offset + 4 : end - 4]) != stored:
            raise UnreadableFileError(path, "is damaged: a check sum inside the PNG is wrong.", "Write it again.")
        if kind == b"IHDR" and length == 13:
            header = struct.unpack_from(">IIBB", data, offset + 8)
        transparent |= kind == b"tRNS"
        if kind == b"IEND":
            if header is None:
                break
            return int(header[0]), int(header[1]), int(header[3]), transparent
        offset = end
    raise UnreadableFileError(path, "is cut off: the PNG ends too early.", "Write it again.")


def check_size(width: int, height: int, path: Path) -> None:
    if width < 1 or height < 1:
        raise UnreadableFileError(path, f"claims to be {width} x {height} pixels.")
    if width * height > MAX_PIXELS:
        raise UnreadableFileError(path, f"is {width} x {height} pixels, more than the cap of {MAX_PIXELS:,}.")


def _decode(data: bytes, path: Path) -> NDArray[np.generic]:
    import cv2

    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except (cv2.error, MemoryError):
        pixels = None
    if pixels is None:
        raise UnreadableFileError(path, "cannot be decoded: damaged or of an unknown kind.", "Write it again.")
    return np.asarray(pixels)


def _grey_of(pixels: NDArray[np.generic], path: Path) -> NDArray[np.generic]:
    """The one channel of three equal channels; a real colour image is refused."""
    first = pixels[:, :, 0]
    if not (np.array_equal(first, pixels[:, :, 1]) and np.array_equal(first, pixels[:, :, 2])):
        raise NotAMatteError(
            path, "is a colour image.", "A matte has one channel: save it as grey or as RGBA's alpha."
        )
    return first


def _read_palette(data: bytes, path: Path, has_transparency: bool) -> Matte:
    image = _open_with_pillow(data, path, ("PNG",))
    if has_transparency:
        return as_matte(np.asarray(image.convert("RGBA"))[:, :, 3], str(path))
    return as_matte(_grey_of(np.asarray(image.convert("RGB")), path), str(path))


def _open_with_pillow(data: bytes, path: Path, formats: tuple[str, ...]) -> Image:
    from PIL import Image

    try:
        image = Image.open(io.BytesIO(data), formats=formats)
        check_size(*image.size, path)
        image.load()
    except UnreadableFileError:
        raise
    except (OSError, SyntaxError, ValueError, struct.error, EOFError, zlib.error, MemoryError) as problem:
        raise UnreadableFileError(
            path, f"cannot be decoded ({type(problem).__name__}).", "Write it again."
        ) from problem
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise UnreadableFileError(path, "is larger than any matte may be.") from problem
    return image


def _read_other_image(*formats: str) -> Callable[[bytes, Path], Matte]:
    """A reader for TIFF, JPEG and BMP: Pillow looks at the header, OpenCV decodes (it keeps all bits)."""

    def read(data: bytes, path: Path) -> Matte:
        from PIL import Image

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about damaged metadata, which no matte needs
                with Image.open(io.BytesIO(data), formats=formats) as image:
                    bands = image.getbands()
                    check_size(*image.size, path)
        except (OSError, SyntaxError, ValueError, struct.error, EOFError, zlib.error, MemoryError, KeyError):
            bands = ()  # a kind Pillow does not know, such as float64 TIFF: OpenCV decides
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
            raise UnreadableFileError(path, "is larger than any matte may be.") from problem
        pixels = _decode(data, path)
        check_size(pixels.shape[1], pixels.shape[0], path)
        if pixels.ndim == 3 and pixels.shape[2] == 4 and "A" in bands:
            return as_matte(pixels[:, :, 3], str(path))
        if pixels.ndim == 3 and pixels.shape[2] == 3:
            return as_matte(_grey_of(pixels, path), str(path))
        return as_matte(pixels, str(path))

    return read


def _read_npy(data: bytes, path: Path) -> Matte:
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = reader(stream)
        if dtype.hasobject:
            raise NotAMatteError(
                path, "holds Python objects, not numbers.", "Save a plain array of (height, width)."
            )
        if len(shape) == 2:
            check_size(shape[1], shape[0], path)
        stream.seek(0)
        array = np.load(stream, allow_pickle=False)
    except NPY_PROBLEMS as problem:
        raise UnreadableFileError(
            path, "is not a readable .npy array.", "Write it again with numpy.save."
        ) from problem
    return as_matte(array, str(path))


READERS: Final[dict[str, Callable[[bytes, Path], Matte]]] = {
    ".png": _read_png,
    ".npy": _read_npy,
    ".tif": _read_other_image("TIFF"),
    ".tiff": _read_other_image("TIFF"),
    ".jpg": _read_other_image("JPEG"),
    ".jpeg": _read_other_image("JPEG"),
    ".bmp": _read_other_image("BMP"),
}
"""What each suffix is read with. OpenCV's wheels are built without OpenEXR, so .exr is not among them."""
