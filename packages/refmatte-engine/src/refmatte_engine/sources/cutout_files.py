"""An image, its alpha and its foreground as separate files: upright together, of one size, hashed together."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from refmatte_engine.images.opener import ImageFault, ImageFile, UnusableImageError, read_image_file
from refmatte_engine.sources.base import AlphaReading, BackgroundReading, Cutout

if TYPE_CHECKING:
    from numpy.typing import NDArray


def open_cutout(image: Path, alpha: Path, foreground: Path | None = None, *, max_pixels: int) -> Cutout:
    """An image with its alpha file and, where shipped, its foreground file, all upright and of one size.

    Noise of JPEG alphas is clamped (:func:`clamp_jpeg_noise`).

    Raises:
        UnusableImageError: with the reason code.
    """
    image_file = read_image_file(image, max_pixels=max_pixels)
    matte = _alpha_beside(image_file, read_image_file(alpha, max_pixels=max_pixels))
    rgb = image_file.rgb()
    if foreground is None:
        return Cutout(image=rgb, alpha=matte)
    if foreground == image:
        return Cutout(image=rgb, alpha=matte, foreground=rgb)
    foreground_file = read_image_file(foreground, max_pixels=max_pixels)
    turn = orientation_beside(image_file, foreground_file)
    colors = replace(foreground_file, orientation=turn).rgb()
    return Cutout(image=rgb, alpha=matte, foreground=colors)


def inspect_cutout(image: Path, alpha: Path | None, foreground: Path | None, *, max_pixels: int) -> AlphaReading:
    """The alpha and the content hash of a candidate; of image and foreground only headers are looked at.

    ``alpha`` None means that it is the image's fourth channel.

    Raises:
        UnusableImageError: with the reason code.
    """
    image_file = read_image_file(image, max_pixels=max_pixels)
    contents = [image_file.data]
    if alpha is None:
        return AlphaReading(image_file.rgba().alpha, _content_hash(contents))
    alpha_file = read_image_file(alpha, max_pixels=max_pixels)
    contents.append(alpha_file.data)
    if foreground is not None and foreground != image:
        foreground_file = read_image_file(foreground, max_pixels=max_pixels)
        orientation_beside(image_file, foreground_file)
        contents.append(foreground_file.data)
    return AlphaReading(_alpha_beside(image_file, alpha_file), _content_hash(contents))


def inspect_background(path: Path, *, max_pixels: int) -> BackgroundReading:
    """Size and content hash of a background; its pixels are decoded only if some may be transparent.

    Raises:
        UnusableImageError: with the reason code.
    """
    file = read_image_file(path, max_pixels=max_pixels)
    if file.has_alpha:
        file.rgb(opaque=True)
    width, height = file.size
    return BackgroundReading(width, height, _content_hash([file.data]))


def clamp_jpeg_noise(alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Compression noise of an alpha stored as JPEG: 3 and less is 0, 252 and more is 255 (dataset.md 3)."""
    levels = np.arange(256, dtype=np.uint8)
    levels[:4] = 0
    levels[252:] = 255
    return levels[alpha]


def orientation_beside(image: ImageFile, other: ImageFile) -> int:
    """The EXIF orientation to apply to an alpha or foreground file so that it lies on its upright image.

    Tools that cut photographs out often lose the tag. Where only the image has one, the sizes tell whether
    the other file was made from the upright or from the stored pixels; where they cannot (a half turn, a
    mirror, a square), the pair is refused rather than guessed.

    Raises:
        UnusableImageError: ``size_mismatch`` or ``orientation_ambiguous``.
    """
    if image.orientation == other.orientation or other.orientation != 1:
        if image.size != other.size:
            raise _size_mismatch(image, other)
        return other.orientation
    made_upright = image.size == other.stored_size
    made_stored = image.stored_size == other.stored_size
    if made_upright and made_stored:
        raise UnusableImageError(
            other.path,
            ImageFault.ORIENTATION_AMBIGUOUS,
            f"its image has EXIF orientation {image.orientation}, it has none and fits both ways: "
            "save both without EXIF orientation",
        )
    if made_upright:
        return 1
    if made_stored:
        return image.orientation
    raise _size_mismatch(image, other)


def _alpha_beside(image: ImageFile, file: ImageFile) -> NDArray[np.uint8]:
    alpha = file.alpha(orientation_beside(image, file))
    return clamp_jpeg_noise(alpha) if file.format == "JPEG" else alpha


def _size_mismatch(image: ImageFile, other: ImageFile) -> UnusableImageError:
    (w, h), (other_w, other_h) = image.size, other.size
    detail = f"it is {other_w} x {other_h}, its image {w} x {h}"
    return UnusableImageError(other.path, ImageFault.SIZE_MISMATCH, detail)


def _content_hash(contents: list[bytes]) -> str:
    digest = hashlib.sha256()
    for content in contents:
        digest.update(len(content).to_bytes(8, "little"))
        digest.update(content)
    return digest.hexdigest()
