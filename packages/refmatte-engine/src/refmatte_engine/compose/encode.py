"""Pixels -> bytes of files, the same bytes for the same pixels."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encode_jpeg(rgb: NDArray[np.uint8], quality: int) -> bytes:
    """``rgb``, uint8 (H, W, 3), as a baseline JPEG, chroma 4:2:0, accurate integer DCT."""
    import cv2

    options = [
        cv2.IMWRITE_JPEG_QUALITY,
        quality,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
        cv2.IMWRITE_JPEG_PROGRESSIVE,
        0,
        cv2.IMWRITE_JPEG_OPTIMIZE,
        0,
    ]
    done, encoded = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise ValueError(f"OpenCV cannot encode an array of {rgb.shape} {rgb.dtype} as JPEG")
    return encoded.tobytes()


def encode_matte(matte: NDArray[np.uint8]) -> bytes:
    """``matte``, uint8 (H, W), as an 8-bit grey PNG.

    Filter 0 on every row and ISA-L deflate at level 1: mattes are flat, so filters do not pay, and this is
    several times faster than the encoders of OpenCV and Pillow at 10-15 % more bytes.
    """
    from isal import isal_zlib

    height, width = matte.shape
    rows = np.zeros((height, width + 1), np.uint8)
    rows[:, 1:] = matte
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = isal_zlib.compress(rows.data, level=1)
    return b"".join([_PNG_SIGNATURE, _chunk(b"IHDR", header), _chunk(b"IDAT", data), _chunk(b"IEND", b"")])


def _chunk(name: bytes, data: bytes) -> bytes:
    from isal import isal_zlib

    check = isal_zlib.crc32(data, isal_zlib.crc32(name))
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)
