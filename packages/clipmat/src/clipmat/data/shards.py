"""The resized cache: every image and matte of a split once, at the training size, in a few large files.

    <folder>/pictures-00000.bin  ...    encoded pictures one after another
    <folder>/index.json                 written last: where each lies; its existence means complete

Alphas are snapped to 0 and 255 near their ends *before* they are resized, so that an erosion at the small size
still finds what was surely inside.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from clipmat.errors import BadInputError, DiskError

if TYPE_CHECKING:
    from numpy.typing import NDArray

VERSION: Final = 1
"""Raised whenever equal sources would give other bytes."""
PICTURES_PER_SHARD: Final = 2048
JPEG_QUALITY: Final = 95


@dataclass(frozen=True, slots=True)
class Place:
    """Where an encoded picture lies: shard number, first byte, length."""

    shard: int
    start: int
    length: int


class ResizedCache:
    """Reads pictures by name; safe to hand to loader processes."""

    def __init__(self, folder: Path, places: dict[str, Place]) -> None:
        self._folder = folder
        self._places = places
        self._files: dict[tuple[int, int], int] = {}

    def image(self, name: str) -> NDArray[np.uint8]:
        """uint8 (S, S, 3) RGB."""
        import cv2

        pixels = cv2.imdecode(np.frombuffer(self._bytes(name), np.uint8), cv2.IMREAD_COLOR)
        return np.ascontiguousarray(np.asarray(pixels, np.uint8)[..., ::-1])

    def alpha(self, name: str) -> NDArray[np.uint8]:
        """uint8 (S, S)."""
        import cv2

        return np.asarray(cv2.imdecode(np.frombuffer(self._bytes(name), np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)

    def _bytes(self, name: str) -> bytes:
        place = self._places[name]
        # One descriptor per process and shard: a forked loader must not share a file position.
        key = (os.getpid(), place.shard)
        if key not in self._files:
            self._files[key] = os.open(_shard(self._folder, place.shard), os.O_RDONLY)
        return os.pread(self._files[key], place.length, place.start)


def open_cache(
    folder: Path,
    size: int,
    fingerprint: str,
    images: Iterable[tuple[str, Path]],
    alphas: Iterable[tuple[str, Path]],
    progress: Callable[[int], None] = lambda done: None,
) -> ResizedCache:
    """Open a cache, or make it first.

    Args:
        folder: of this cache; replaced when it is of another fingerprint, size or version.
        size: side of the square pictures, in pixels.
        fingerprint: of the dataset.
        images, alphas: names and files; a name is unique among both.
        progress: told after each picture how many are done.

    Raises:
        BadInputError: a picture cannot be read.
        DiskError: the folder cannot be written.
    """
    stamp = {"version": VERSION, "size": size, "fingerprint": fingerprint, "quality": JPEG_QUALITY}
    index = folder / "index.json"
    if index.is_file():
        said = json.loads(index.read_text())
        if said.get("stamp") == stamp:
            return ResizedCache(folder, {name: Place(*place) for name, place in said["places"].items()})
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise DiskError(
            f"the resized pictures cannot be written to {folder.parent} ({error}): use --cache DIR"
        ) from error
    try:
        work = [(name, path, False) for name, path in images] + [(name, path, True) for name, path in alphas]
        places = _write_shards(made, size, work, progress)
        (made / "index.json").write_text(json.dumps({"stamp": stamp, "places": places}))
        if folder.exists():
            shutil.rmtree(folder)
        made.replace(folder)
    except OSError as error:
        raise DiskError(
            f"the resized pictures cannot be written to {folder} ({error}): use --cache DIR"
        ) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return ResizedCache(folder, {name: Place(*place) for name, place in places.items()})


def _write_shards(
    folder: Path, size: int, work: list[tuple[str, Path, bool]], progress: Callable[[int], None]
) -> dict[str, tuple[int, int, int]]:
    places: dict[str, tuple[int, int, int]] = {}
    with ThreadPoolExecutor(max_workers=min(16, os.cpu_count() or 1)) as pool:
        for shard in range(0, len(work), PICTURES_PER_SHARD):
            part = work[shard : shard + PICTURES_PER_SHARD]
            number = shard // PICTURES_PER_SHARD
            with _shard(folder, number).open("wb") as file:
                for (name, _, _), data in zip(part, _encoded(pool, part, size), strict=True):
                    places[name] = (number, file.tell(), len(data))
                    file.write(data)
                    progress(len(places))
    return places


def _encoded(pool: ThreadPoolExecutor, part: list[tuple[str, Path, bool]], size: int) -> Iterator[bytes]:
    return pool.map(lambda one: _encode(one[1], size, one[2]), part)


def _encode(path: Path, size: int, is_alpha: bool) -> bytes:
    import cv2

    data = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE if is_alpha else cv2.IMREAD_COLOR)
    if data is None:
        raise BadInputError(f"{path} is missing or cannot be opened as an image: run `refmatte verify`")
    if is_alpha:
        small = resized_alpha(np.asarray(data, np.uint8), size)
        return bytes(cv2.imencode(".png", small, [cv2.IMWRITE_PNG_COMPRESSION, 3])[1])
    options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111]
    return bytes(cv2.imencode(".jpg", resized_image(np.asarray(data, np.uint8), size), options)[1])


def resized_image(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """(H, W, 3) -> (size, size, 3): by area when it shrinks, else bicubic."""
    import cv2

    shrinks = image.shape[0] >= size and image.shape[1] >= size
    way = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (size, size), interpolation=way), np.uint8)


def resized_alpha(alpha: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """(H, W) -> (size, size), 254 and 1 counted as 255 and 0 first."""
    import cv2

    snapped = np.where(alpha >= 254, np.uint8(255), np.where(alpha <= 1, np.uint8(0), alpha))
    shrinks = alpha.shape[0] >= size and alpha.shape[1] >= size
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(snapped, (size, size), interpolation=way), np.uint8)


def _shard(folder: Path, number: int) -> Path:
    return folder / f"pictures-{number:05d}.bin"
