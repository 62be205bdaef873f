"""One shard of the plan: draws its images and mattes, then writes the marker that says they are whole.

`draw_shard` is pure but for the files it writes, so two workers on one shard are harmless and a killed one is
simply run again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from refmatte_engine.atomic import write_bytes
from refmatte_engine.compose.composite import compose
from refmatte_engine.compose.encode import encode_jpeg, encode_matte
from refmatte_engine.config import Preset
from refmatte_engine.foreground.prepare import CutoutCache, PreparedCutout, level_for
from refmatte_engine.manifest.ids import matte_id
from refmatte_engine.pipeline.collection import Collection
from refmatte_engine.plan.records import PlannedImage
from refmatte_engine.rows.composed import FileDigest, MatteFile, image_file_name, matte_file, matte_file_name
from refmatte_engine.sources.base import BackgroundSource, EntitySource

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

IMAGES_PER_SHARD = 16
"""Images between two markers: what a killed worker loses at most."""


@dataclass(frozen=True, slots=True)
class ShardTask:
    """Everything one shard needs; it travels to a worker process.

    Attributes:
        out: folder of the dataset.
        name: of the shard, e.g. ``"train-00003"``.
        plan_digest: sha256 of the plan's table; a marker of another plan does not count.
        rows: laid-out plan rows.
        collection: at least what the rows need.
        sources, background_sources: by name.
        cache: folder of prepared foregrounds.
    """

    out: Path
    name: str
    plan_digest: str
    rows: tuple[PlannedImage, ...]
    collection: Collection
    sources: Mapping[str, EntitySource]
    background_sources: Mapping[str, BackgroundSource]
    preset: Preset
    cache: Path
    max_pixels: int


@dataclass(frozen=True, slots=True)
class DrawnImage:
    """What the pixels of one image turned out to be; goes into its table rows."""

    image_id: str
    file: FileDigest
    mattes: tuple[MatteFile, ...]


@dataclass(frozen=True, slots=True)
class Marker:
    """Contents of ``_commit/<shard>.json``: the files of a shard are whole."""

    plan: str
    images: tuple[DrawnImage, ...]


def marker_path(out: Path, shard: str) -> Path:
    """Where the marker of a shard lies."""
    return out / "_commit" / f"{shard}.json"


def draw_shard(task: ShardTask) -> tuple[DrawnImage, ...]:
    """Draw, encode and write a shard; its marker comes last.

    Raises:
        DiskError: a file could not be written.
        UnusableImageError: a source file changed or broke since it was ingested.
    """
    from pydantic import TypeAdapter

    cutouts = _cutouts(task.cache)
    backgrounds: dict[str, NDArray[np.uint8]] = {}
    drawn = tuple(_draw(task, row, cutouts, backgrounds) for row in task.rows)
    marker = TypeAdapter(Marker).dump_json(Marker(task.plan_digest, drawn))
    write_bytes(marker_path(task.out, task.name), marker)
    return drawn


@lru_cache(maxsize=1)
def _cutouts(folder: Path) -> CutoutCache:
    """One cache per process, so that what lies in memory serves the next shard too."""
    return CutoutCache(folder)


def finished_shard(out: Path, shard: str, plan_digest: str) -> tuple[DrawnImage, ...] | None:
    """What an earlier run left of a shard; None when its marker or one of its files does not fit."""
    from pydantic import TypeAdapter, ValidationError

    try:
        marker = TypeAdapter(Marker).validate_json(marker_path(out, shard).read_bytes())
    except (OSError, ValidationError):
        return None
    files = [file for image in marker.images for file in (image.file, *(matte.file for matte in image.mattes))]
    whole = marker.plan == plan_digest and all(_is_whole(out, file) for file in files)
    return marker.images if whole else None


def _is_whole(out: Path, file: FileDigest) -> bool:
    path = out / file.name
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256


def _draw(
    task: ShardTask, row: PlannedImage, cutouts: CutoutCache, backgrounds: dict[str, NDArray[np.uint8]]
) -> DrawnImage:
    """One composite with its mattes, written."""
    split = row.slot.split
    if row.background_id not in backgrounds:
        background = task.collection.backgrounds[row.background_id]
        source = task.background_sources[background.source]
        backgrounds.clear()  # rows of a group stand on different backgrounds: only the last one is worth keeping
        backgrounds[row.background_id] = source.read_background(background.file, max_pixels=task.max_pixels)
    prepared = [
        _prepared(task, planned.entity_id, max(place.w, place.h), cutouts)
        for planned, place in zip(row.entities, row.placements, strict=True)
    ]
    composite = compose(backgrounds[row.background_id], prepared, row.placements, (row.width, row.height))
    image = _write(task.out, image_file_name(split, row.image_id), encode_jpeg(composite.rgb, _quality(task)))
    mattes = []
    visible = zip(composite.mattes, composite.visible_fractions, strict=True)
    for number, (matte, fraction) in enumerate(visible, start=1):
        name = matte_file_name(split, matte_id(row.image_id, number))
        file = _write(task.out, name, encode_matte(matte))
        mattes.append(matte_file(file.name, file.sha256, matte, fraction))
    return DrawnImage(row.image_id, image, tuple(mattes))


def _quality(task: ShardTask) -> int:
    return task.preset.encoding.jpeg_quality


def _prepared(task: ShardTask, entity_id: str, longest_side: int, cutouts: CutoutCache) -> PreparedCutout:
    entity = task.collection.entities[entity_id]
    return cutouts.get_or_prepare(
        entity,
        task.sources[entity.source],
        level_for(longest_side),
        task.preset.foreground,
        transparent=task.collection.labels[entity_id].transparent,
        max_pixels=task.max_pixels,
    )


def _write(out: Path, name: str, data: bytes) -> FileDigest:
    # Not flushed one by one: a marker counts only while every file has the digest that it names.
    write_bytes(out / name, data, durable=False)
    return FileDigest(name, hashlib.sha256(data).hexdigest())
