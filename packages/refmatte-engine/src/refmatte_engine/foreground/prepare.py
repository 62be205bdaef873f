"""Colours under the alpha: a cut-out that can stand on any background without a halo of its old one.

A photograph is I = alpha F + (1 - alpha) B; pasting I under its alpha carries B along. F comes from the dataset
where it ships one, else it is estimated here: on demand, for the alpha box alone, at the size it is used at,
once per entity and level (`CutoutCache`).
"""

from __future__ import annotations

import hashlib
import zipfile
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from refmatte_engine import atomic
from refmatte_engine.config import Foreground
from refmatte_engine.entities import Box, Entity
from refmatte_engine.errors import BadInputError
from refmatte_engine.sources.base import Cutout, EntitySource

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

VERSION = 1
"""Part of every cache address: raised whenever the same input would give other pixels."""

SMALLEST_LEVEL = 64
CONTEXT = 16
"""Pixels of surroundings around the alpha box, at the level's size, that tell an estimate the old background."""

KEPT_IN_MEMORY = 16
"""Prepared cut-outs that a process keeps: a group of the paper has 7 entities; 1 to 4 MB each."""

Method = Literal["shipped", "multilevel", "closed_form"]


@dataclass(frozen=True, slots=True, eq=False)
class PreparedCutout:
    """An entity's alpha box at one level.

    Attributes:
        rgb: uint8 (h, w, 3), the foreground's own colours. Where alpha is 0 they continue those nearby, so
            that resizing never mixes in the old background.
        alpha: uint8 (h, w).
    """

    rgb: Pixels
    alpha: Pixels


def level_for(longest_side: int) -> int:
    """The level to prepare an entity at, given the longest side of its box as placed, in pixels.

    Levels are 64, 91, 128, 181, 256, ... (factor sqrt 2); the answer is the smallest that is not below
    ``longest_side``, so that what is placed is only ever scaled down, by less than sqrt 2.
    """
    if longest_side < 1:
        raise ValueError(f"longest_side is at least 1 pixel, got {longest_side}")
    step = 0
    while (level := round(SMALLEST_LEVEL * 2 ** (step / 2))) < longest_side:
        step += 1
    return level


def level_size(box: Box, level: int) -> tuple[int, int]:
    """(w, h) of ``box`` at ``level``: never above the box's own size."""
    longest = max(box.w, box.h)
    if level >= longest:
        return box.w, box.h
    return max(1, round(box.w * level / longest)), max(1, round(box.h * level / longest))


def method_for(entity: Entity, settings: Foreground, transparent: bool | None) -> Method:
    """How the colours of an entity come about.

    Shipped colours win. Translucent things get the closed form, whose error there is clearly lower than
    that of the multilevel method.
    """
    if entity.files.foreground is not None:
        return "shipped"
    if transparent and settings.closed_form_for_transparent:
        return "closed_form"
    return settings.method


def prepare_cutout(
    entity: Entity,
    source: EntitySource,
    level: int,
    settings: Foreground,
    *,
    transparent: bool | None,
    max_pixels: int,
) -> PreparedCutout:
    """The entity's alpha box at ``level``, with its foreground colours. Pure.

    Pixels of alpha 255 keep the photograph's own colours exactly (at the box's own size; below it, their
    area mean).

    Args:
        level: longest side of the box in pixels (see `level_for`); above the box's own size means that size.
        transparent: what the labels say; None when unknown.
        max_pixels: cap on the source image.

    Raises:
        UnusableImageError: a file of the entity cannot be used.
        BadInputError: the files are not those that were ingested.
    """
    cutout = source.read(entity.files, max_pixels=max_pixels)
    if cutout.alpha.shape != (entity.height, entity.width):
        found = f"{cutout.alpha.shape[1]}x{cutout.alpha.shape[0]}"
        raise BadInputError(
            f"{entity.entity_id} is {found} pixels now but was {entity.width}x{entity.height} when it was "
            "ingested: build into a new folder"
        )
    size = level_size(entity.box, level)
    alpha = _area(_crop(cutout.alpha, entity.box), size)
    method = method_for(entity, settings, transparent)
    if method == "shipped":
        return PreparedCutout(rgb=_shipped(entity, cutout, alpha), alpha=alpha)
    image = _area(_crop(cutout.image, entity.box), size)
    if alpha.min() == 255:
        return PreparedCutout(rgb=image, alpha=alpha)
    wide_image, wide_alpha, inner = _with_context(cutout, entity.box, image, alpha)
    estimated = _estimate(wide_image, wide_alpha, method, settings.big_iterations)[inner]
    rgb = np.where((alpha == 255)[..., None], image, estimated)
    return PreparedCutout(rgb=rgb, alpha=alpha)


def _crop(array: Pixels, box: Box) -> Pixels:
    return array[box.y : box.y + box.h, box.x : box.x + box.w]


def _area(array: Pixels, size: tuple[int, int]) -> Pixels:
    """``array`` reduced to (w, h) by area means; a copy at its own size."""
    import cv2

    if (array.shape[1], array.shape[0]) == size:
        return np.ascontiguousarray(array)
    return np.asarray(cv2.resize(np.ascontiguousarray(array), size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _shipped(entity: Entity, cutout: Cutout, alpha: Pixels) -> Pixels:
    """The dataset's own foreground at the size of ``alpha``: area means weighted by alpha."""
    import cv2

    if cutout.foreground is None:
        raise BadInputError(f"{entity.entity_id} has lost its foreground file since it was ingested")
    colors = _crop(cutout.foreground, entity.box)
    height, width = alpha.shape
    if colors.shape[:2] == alpha.shape:
        return np.ascontiguousarray(colors)
    weight = _crop(cutout.alpha, entity.box).astype(np.float32)
    summed = cv2.resize(colors * weight[..., None], (width, height), interpolation=cv2.INTER_AREA)
    weights = cv2.resize(weight, (width, height), interpolation=cv2.INTER_AREA)
    seen = weights > 0
    mean = summed / np.where(seen, weights, 1.0)[..., None]
    return np.where(seen[..., None], np.rint(mean).astype(np.uint8), _area(colors, (width, height)))


def _with_context(
    cutout: Cutout, box: Box, image: Pixels, alpha: Pixels
) -> tuple[Pixels, Pixels, tuple[slice, slice]]:
    """Image and alpha of the box with up to `CONTEXT` pixels of surroundings, and where the box lies in them.

    The surroundings are pure background, so that their fraction of a pixel of misplacement (they are scaled
    by themselves) does not matter; the box itself is exact.
    """
    height, width = alpha.shape
    scale_x, scale_y = width / box.w, height / box.h
    frame_height, frame_width = cutout.alpha.shape
    reach_x, reach_y = int(np.ceil(CONTEXT / scale_x)), int(np.ceil(CONTEXT / scale_y))
    x0, y0 = max(0, box.x - reach_x), max(0, box.y - reach_y)
    x1, y1 = min(frame_width, box.x + box.w + reach_x), min(frame_height, box.y + box.h + reach_y)
    left, top = round((box.x - x0) * scale_x), round((box.y - y0) * scale_y)
    right, bottom = round((x1 - box.x - box.w) * scale_x), round((y1 - box.y - box.h) * scale_y)
    inner = (slice(top, top + height), slice(left, left + width))
    wide_image = _area(cutout.image[y0:y1, x0:x1], (left + width + right, top + height + bottom)).copy()
    wide_image[inner] = image
    wide_alpha = np.zeros(wide_image.shape[:2], dtype=np.uint8)
    wide_alpha[inner] = alpha
    return wide_image, wide_alpha, inner


def _estimate(image: Pixels, alpha: Pixels, method: Method, big_iterations: int) -> Pixels:
    # Its first import compiles for a minute in a fresh environment.
    from pymatting import estimate_foreground_ml  # type: ignore[import-untyped]  # ships no types

    observed, share = image / 255.0, alpha / 255.0
    foreground, background = estimate_foreground_ml(
        observed, share, n_big_iterations=big_iterations, return_background=True
    )
    if method == "closed_form":
        from refmatte_engine.foreground.closed_form import estimate_foreground_band

        foreground = estimate_foreground_band(observed, share, foreground, background)
    pixels: Pixels = np.rint(np.clip(foreground, 0.0, 1.0) * 255.0).astype(np.uint8)
    return pixels


@dataclass(frozen=True, slots=True)
class CutoutCache:
    """Prepared cut-outs on disk, addressed by content: what was prepared once is never prepared again.

    Files are plain uncompressed ``.npz`` (each array carries its checksum); any number of processes may use
    one folder. A file that cannot be read back whole is made anew. The last few stay in memory: neighbours
    in a plan share entities.
    """

    folder: Path
    recent: OrderedDict[Path, PreparedCutout] = field(default_factory=OrderedDict, compare=False)

    def get_or_prepare(
        self,
        entity: Entity,
        source: EntitySource,
        level: int,
        settings: Foreground,
        *,
        transparent: bool | None,
        max_pixels: int,
    ) -> PreparedCutout:
        """`prepare_cutout`, from the cache where it is there.

        Raises:
            UnusableImageError, BadInputError: as `prepare_cutout`.
            DiskError: the cache cannot be written.
        """
        path = self.path_of(entity, level, method_for(entity, settings, transparent), settings.big_iterations)
        prepared = self.recent.pop(path, None) or _read(path, level_size(entity.box, level))
        if prepared is None:
            prepared = prepare_cutout(
                entity, source, level, settings, transparent=transparent, max_pixels=max_pixels
            )
            with atomic.replacing(path, durable=False) as temporary, temporary.open("wb") as stream:
                np.savez(stream, rgb=prepared.rgb, alpha=prepared.alpha)
        self.recent[path] = prepared
        while len(self.recent) > KEPT_IN_MEMORY:
            self.recent.popitem(last=False)
        return prepared

    def path_of(self, entity: Entity, level: int, method: Method, big_iterations: int) -> Path:
        """Where the prepared cut-out of these choices lies."""
        address = (
            VERSION,
            entity.content_hash,
            entity.box,
            level_size(entity.box, level),
            method,
            0 if method == "shipped" else big_iterations,
        )
        digest = hashlib.sha256(repr(address).encode()).hexdigest()
        return self.folder / digest[:2] / f"{digest}.npz"


def _read(path: Path, size: tuple[int, int]) -> PreparedCutout | None:
    """The prepared cut-out in ``path``, or None when it is not there or not whole."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            prepared = PreparedCutout(rgb=arrays["rgb"], alpha=arrays["alpha"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    width, height = size
    whole = prepared.rgb.shape == (height, width, 3) and prepared.alpha.shape == (height, width)
    return prepared if whole and prepared.rgb.dtype == prepared.alpha.dtype == np.uint8 else None
