"""The one guarded opener for image files from outside; nothing else in the engine calls ``Image.open``.

A file is read once, checked by its header (allow-listed format, size against a cap, one frame) and by its
end (a truncated photograph is refused before anybody plans with it), and only then decoded.

What is converted, because nothing is lost or the loss is known:

* palette and bilevel images: their colours are looked up;
* grey photographs become RGB; a fourth channel of a photograph is dropped where an alpha file stands beside it;
* 16 bits become 8: grey by rounding, colour by the high byte (at most one level off);
* EXIF orientation is applied, to an image and to its alpha alike (sources/cutout_files.py);
* an alpha stored as colour becomes one channel if its three channels are equal;
* colour profiles and other side information are ignored, broken ones too.

What is refused, each with a reason code (:class:`ImageFault`): CMYK, whose colours depend on inks that the
file rarely describes; animations, of which nobody said which frame; and all that cannot be read in full.
A JPEG has no checksum: damage inside its scan that still decodes cannot be seen.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from refmatte_engine.errors import BadInputError
from refmatte_engine.images.png_chunks import SIGNATURE, BrokenPngError, split_png
from refmatte_engine.sources.base import Cutout

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image as PillowImage

DEFAULT_MAX_PIXELS = 50_000_000
"""Images of more pixels are refused before they are decoded (``--max-pixels``)."""

FORMATS = ("PNG", "JPEG", "WEBP", "BMP")
"""What is opened, whatever a file is called (a WebP named .jpg is fine)."""

_EXIF_ORIENTATION = 0x0112
_MAX_BYTES_PER_PIXEL = 8
_FILE_SLACK = 16 * 2**20
# A marker of a JPEG stream that is neither a stuffed byte, nor padding, nor a restart.
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_DECODER_ERRORS = (OSError, SyntaxError, ValueError, struct.error, EOFError, zlib.error, MemoryError)


class ImageFault(StrEnum):
    """Why an image file cannot be used; the reason codes of rejected rows."""

    FILE_MISSING = "file_missing"
    EMPTY_FILE = "empty_file"
    CORRUPT = "corrupt"
    UNSUPPORTED_FORMAT = "unsupported_format"
    TOO_LARGE = "too_large"
    ANIMATED = "animated"
    CMYK = "cmyk"
    ALPHA_UNEQUAL_CHANNELS = "alpha_unequal_channels"
    ALPHA_AMBIGUOUS = "alpha_ambiguous"
    ALPHA_MISSING = "alpha_missing"
    SIZE_MISMATCH = "size_mismatch"
    ORIENTATION_AMBIGUOUS = "orientation_ambiguous"
    TRANSPARENT_BACKGROUND = "transparent_background"
    OUTSIDE_SOURCE = "outside_source"


class UnusableImageError(BadInputError):
    """One image file cannot be used; ``reason`` is the code, ``detail`` says what was found (no paths)."""

    def __init__(self, path: Path, reason: ImageFault, detail: str) -> None:
        super().__init__(path, reason, detail)
        self.path = path
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.path}: {self.reason.value}: {self.detail}"


@dataclass(frozen=True, slots=True)
class ImageFile:
    """One image file: its bytes, read once, with its header checked and its pixels not decoded yet.

    Attributes:
        path: where it came from.
        data: the bytes as they lie on the disk.
        pixels: what is decoded; PNG without the chunks that carry no pixels.
        format: one of :data:`FORMATS`.
        stored_size: (width, height) as stored.
        orientation: EXIF orientation, 1..8.
        has_alpha: there is a fourth channel or a transparent colour.
    """

    path: Path
    data: bytes
    pixels: bytes
    format: str
    stored_size: tuple[int, int]
    orientation: int
    has_alpha: bool

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) as a viewer shows it, with the EXIF orientation applied."""
        return _turned_size(self.stored_size, self.orientation)

    def rgb(self, *, opaque: bool = False) -> NDArray[np.uint8]:
        """uint8 (H, W, 3), upright.

        Raises:
            UnusableImageError: corrupt, CMYK; with ``opaque`` also when pixels are transparent.
        """
        with self._decoded() as image:
            if opaque and self.has_alpha and int(_channels(image.convert("RGBA"))[-1].min()) < 255:
                raise self._unusable(ImageFault.TRANSPARENT_BACKGROUND, "some of its pixels are transparent")
            if image.mode.startswith("I;16"):
                grey = _to_8_bits(image)
                pixels = np.stack([grey, grey, grey], axis=-1)
            else:
                pixels = np.array(image if image.mode == "RGB" else image.convert("RGB"))
        return _turned(pixels, self.orientation)

    def alpha(self, orientation: int | None = None) -> NDArray[np.uint8]:
        """uint8 (H, W): the file as an alpha matte, turned by ``orientation`` (default: its own).

        Raises:
            UnusableImageError: corrupt, CMYK, three unequal channels, or two candidates for the alpha.
        """
        with self._decoded() as image:
            alpha = self._one_channel(image)
        return _turned(alpha, self.orientation if orientation is None else orientation)

    def rgba(self) -> Cutout:
        """Image, alpha and foreground of a file with four channels; the colours are the foreground's.

        Raises:
            UnusableImageError: corrupt, CMYK, or the file has no alpha.
        """
        with self._decoded() as image:
            if not self.has_alpha:
                raise self._unusable(ImageFault.ALPHA_MISSING, "no alpha file beside it, no alpha channel in it")
            pixels = np.array(image.convert("RGBA"))
        pixels = _turned(pixels, self.orientation)
        rgb = np.ascontiguousarray(pixels[..., :3])
        return Cutout(image=rgb, alpha=np.ascontiguousarray(pixels[..., 3]), foreground=rgb)

    def _one_channel(self, image: PillowImage.Image) -> NDArray[np.uint8]:
        if image.mode == "L" and not self.has_alpha:
            return np.array(image)
        if image.mode.startswith("I;16"):
            return _to_8_bits(image)
        *colors, fourth = _channels(image.convert("RGBA"))
        if any(not np.array_equal(colors[0], other) for other in colors[1:]):
            raise self._unusable(ImageFault.ALPHA_UNEQUAL_CHANNELS, "its colour channels are not equal")
        if self.has_alpha and int(fourth.min()) < 255 and not np.array_equal(fourth, colors[0]):
            raise self._unusable(
                ImageFault.ALPHA_AMBIGUOUS, "its grey values and its own alpha channel say different things"
            )
        return colors[0]

    @contextmanager
    def _decoded(self) -> Iterator[PillowImage.Image]:
        """The decoded pixels as stored."""
        with _decoder_errors(self.path), _opened(self.pixels, self.path) as image:
            if image.mode in {"CMYK", "YCCK"}:
                raise self._unusable(ImageFault.CMYK, "inks, not light: save it as RGB")
            image.load()
            yield image

    def _unusable(self, reason: ImageFault, detail: str) -> UnusableImageError:
        return UnusableImageError(self.path, reason, detail)


def read_image_file(path: Path, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> ImageFile:
    """Read one file and check its header and its end, without decoding it.

    Raises:
        UnusableImageError: with the reason code.
    """
    data = _bytes_of(path, max_pixels)
    pixels, exif, frames = data, b"", 1
    with _decoder_errors(path):
        if data.startswith(SIGNATURE):
            parts = split_png(data)
            pixels, exif, frames = parts.pixels, parts.exif, parts.frames
        with _opened(pixels, path) as image:
            # A multi-picture JPEG of a phone is one photograph with a preview or a depth map behind it.
            kind = "JPEG" if image.format == "MPO" else str(image.format)
            width, height = image.size
            has_alpha = _has_alpha(image)
            if kind != "PNG":
                exif = image.info.get("exif", b"")
            if kind == "WEBP":
                frames = getattr(image, "n_frames", 1)
        if width < 1 or height < 1:
            raise UnusableImageError(path, ImageFault.CORRUPT, f"{width} x {height} pixels")
        if width * height > max_pixels:
            raise UnusableImageError(
                path, ImageFault.TOO_LARGE, f"{width} x {height} pixels, the cap is {max_pixels} (--max-pixels)"
            )
        if frames > 1:
            raise UnusableImageError(path, ImageFault.ANIMATED, f"{frames} frames: save the one you mean")
        if kind == "JPEG":
            _check_jpeg_end(data, path)
        if kind == "WEBP" and struct.unpack_from("<I", data, 4)[0] + 8 > len(data):
            raise UnusableImageError(path, ImageFault.CORRUPT, "the file ends before its end")
    return ImageFile(path, data, pixels, kind, (width, height), _orientation(exif), has_alpha)


def open_rgb(path: Path, *, max_pixels: int = DEFAULT_MAX_PIXELS, opaque: bool = False) -> NDArray[np.uint8]:
    """A photograph, uint8 (H, W, 3), upright; ``opaque`` refuses one with transparent pixels."""
    return read_image_file(path, max_pixels=max_pixels).rgb(opaque=opaque)


def open_alpha(path: Path, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> NDArray[np.uint8]:
    """An alpha matte, uint8 (H, W), 0..255, upright."""
    return read_image_file(path, max_pixels=max_pixels).alpha()


def open_rgba(path: Path, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> Cutout:
    """A cut-out with its alpha in the fourth channel; its colours count as foreground colours."""
    return read_image_file(path, max_pixels=max_pixels).rgba()


def image_size(path: Path, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> tuple[int, int]:
    """(width, height) as a viewer shows it; the pixels are not decoded."""
    return read_image_file(path, max_pixels=max_pixels).size


def _bytes_of(path: Path, max_pixels: int) -> bytes:
    try:
        status = path.stat()
        # A pipe or a device would never end.
        if not stat.S_ISREG(status.st_mode):
            raise UnusableImageError(path, ImageFault.FILE_MISSING, "not a file")
        if status.st_size > max_pixels * _MAX_BYTES_PER_PIXEL + _FILE_SLACK:
            raise UnusableImageError(
                path, ImageFault.TOO_LARGE, f"{status.st_size} bytes are more than {max_pixels} pixels can need"
            )
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise UnusableImageError(path, ImageFault.FILE_MISSING, "no such file") from error
    except (OSError, ValueError) as error:
        raise UnusableImageError(path, ImageFault.CORRUPT, f"cannot be read: {_reason(error)}") from error
    if not data:
        raise UnusableImageError(path, ImageFault.EMPTY_FILE, "0 bytes")
    return data


@contextmanager
def _opened(data: bytes, path: Path) -> Iterator[PillowImage.Image]:
    """The image behind ``data`` with its header read; warnings of the decoder are not the user's."""
    from PIL import Image, UnidentifiedImageError

    # Our own cap on pixels is the stricter check, so Pillow's bomb warning adds nothing.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        except UnidentifiedImageError as error:
            fault = ImageFault.CORRUPT if _looks_allowed(data) else ImageFault.UNSUPPORTED_FORMAT
            raise UnusableImageError(path, fault, f"not readable as {', '.join(FORMATS)}") from error
        except Image.DecompressionBombError as error:
            raise UnusableImageError(path, ImageFault.TOO_LARGE, "more pixels than any cap allows") from error
        with image:
            yield image


@contextmanager
def _decoder_errors(path: Path) -> Iterator[None]:
    """Whatever a decoder raises on a damaged file becomes ``corrupt``."""
    try:
        yield
    except UnusableImageError:
        raise
    except BrokenPngError as error:
        raise UnusableImageError(path, ImageFault.CORRUPT, str(error)) from error
    except _DECODER_ERRORS as error:
        raise UnusableImageError(path, ImageFault.CORRUPT, _reason(error)) from error


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _looks_allowed(data: bytes) -> bool:
    return data.startswith((SIGNATURE, b"\xff\xd8\xff", b"BM")) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def _check_jpeg_end(data: bytes, path: Path) -> None:
    """Walk the markers to the end of the image: a decoder fills up a cut photograph in silence."""
    position, scanned = 2, False
    while (found := _JPEG_MARKER.search(data, position)) is not None:
        marker, position = data[found.start() + 1], found.end()
        if marker == 0xD9 and scanned:
            return
        scanned |= marker == 0xDA
        if marker not in {0x01, 0xD8, 0xD9}:
            position += int.from_bytes(data[position : position + 2], "big")
    raise UnusableImageError(path, ImageFault.CORRUPT, "the file ends before its end marker")


def _orientation(exif: object) -> int:
    from PIL import Image

    if not isinstance(exif, bytes) or not exif:
        return 1
    table = Image.Exif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            table.load(exif)
            value = table.get(_EXIF_ORIENTATION)
    except _DECODER_ERRORS:
        # A damaged EXIF block says nothing; viewers show such a picture as stored.
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _turned_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    width, height = size
    return (height, width) if orientation >= 5 else (width, height)


def _turned(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Stored pixels (H, W[, 3]) as a viewer shows them (EXIF 2.3, tag 0x0112)."""
    if orientation == 1:
        return pixels
    if orientation >= 5:
        pixels = np.swapaxes(pixels, 0, 1)
    if orientation in {3, 4, 7, 8}:
        pixels = pixels[::-1]
    if orientation in {2, 3, 6, 7}:
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def _has_alpha(image: PillowImage.Image) -> bool:
    return image.mode in {"LA", "PA", "RGBA", "La", "RGBa"} or "transparency" in image.info


def _channels(image: PillowImage.Image) -> list[NDArray[np.uint8]]:
    return [np.array(band) for band in image.split()]


def _to_8_bits(image: PillowImage.Image) -> NDArray[np.uint8]:
    wide = np.array(image).astype(np.uint32)
    return ((wide * 255 + 32767) // 65535).astype(np.uint8)
