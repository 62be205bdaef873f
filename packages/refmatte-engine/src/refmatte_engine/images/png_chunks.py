"""The chunks of a PNG file: is the file whole, and which of its bytes carry pixels.

Reading only those keeps the rest of the file (broken colour profiles, megabytes of text) away from the
decoder: some test alphas of the Adobe data set have broken iCCP chunks.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_PIXEL_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})


class BrokenPngError(ValueError):
    """The file ends early, or a checksum of its pixels is wrong."""


@dataclass(frozen=True, slots=True)
class PngParts:
    """What a PNG file holds.

    Attributes:
        pixels: a PNG file with the chunks that carry pixels only.
        exif: payload of the eXIf chunk, empty when there is none or it is damaged.
        frames: 1, or the number of frames of an animation.
    """

    pixels: bytes
    exif: bytes
    frames: int


def split_png(data: bytes) -> PngParts:
    """Walk through all chunks of a PNG file.

    Raises:
        BrokenPngError: no end marker, a chunk beyond the end, or a wrong checksum in a chunk of pixels.
    """
    kept: list[bytes | memoryview] = [SIGNATURE]
    view = memoryview(data)
    exif, frames = b"", 1
    position = len(SIGNATURE)
    kind = b""
    while kind != b"IEND":
        if position + 12 > len(data):
            raise BrokenPngError("the file ends before its end marker")
        (length,) = struct.unpack_from(">I", data, position)
        kind = data[position + 4 : position + 8]
        end = position + 12 + length
        if end > len(data):
            raise BrokenPngError("the file ends before its end marker")
        (checksum,) = struct.unpack_from(">I", data, end - 4)
        payload = view[position + 8 : end - 4]
        if kind in _PIXEL_CHUNKS:
            if zlib.crc32(view[position + 4 : end - 4]) != checksum:
                raise BrokenPngError(f"wrong checksum in chunk {kind.decode('latin-1')}")
            kept.append(view[position:end])
        elif kind == b"eXIf" and zlib.crc32(view[position + 4 : end - 4]) == checksum:
            exif = bytes(payload)
        elif kind == b"acTL" and length >= 4:
            frames = max(1, struct.unpack_from(">I", payload)[0])
        position = end
    return PngParts(pixels=b"".join(kept), exif=exif, frames=frames)
