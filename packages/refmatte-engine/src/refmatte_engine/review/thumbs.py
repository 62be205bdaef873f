"""Small pictures of cut-outs with their alpha, named by content so that a second run draws only new ones."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from refmatte_engine.atomic import write_bytes
from refmatte_engine.entities import Box
from refmatte_engine.errors import BadInputError
from refmatte_engine.images.opener import UnusableImageError
from refmatte_engine.progress import Progress
from refmatte_engine.runner import StopFlag, run_tasks
from refmatte_engine.sources.base import Cutout, CutoutFiles, EntitySource

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIDE = 360
"""Longer side in pixels: sharp in a card, and on a high-density screen."""

QUALITY = 82
CHUNK = 16
POOL_FROM = 64
"""Below this many pictures processes cost more than they save."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A cut-out to draw; ``box`` and ``content_hash`` are None where it was never ingested."""

    entity_id: str
    source: str
    files: CutoutFiles
    box: Box | None
    content_hash: str | None


@dataclass(frozen=True, slots=True)
class Thumb:
    """What came of a subject: the file's name, or in ``problem`` why there is none."""

    entity_id: str
    content_hash: str
    name: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Task:
    folder: Path
    source: EntitySource
    subjects: tuple[Subject, ...]
    max_pixels: int


def write_thumbs(
    folder: Path,
    subjects: Iterable[Subject],
    sources: Mapping[str, EntitySource],
    *,
    max_pixels: int,
    workers: int,
    progress: Progress,
    flag: StopFlag | None = None,
) -> dict[str, Thumb]:
    """A small RGBA WebP per subject in ``folder``, by entity id; a picture that cannot be read has a problem."""
    by_source: dict[str, list[Subject]] = {}
    for subject in subjects:
        by_source.setdefault(subject.source, []).append(subject)
    tasks = [
        _Task(folder, sources[name], tuple(several[start : start + CHUNK]), max_pixels)
        for name, several in by_source.items()
        for start in range(0, len(several), CHUNK)
    ]
    total = sum(len(task.subjects) for task in tasks)
    thumbs: dict[str, Thumb] = {}
    with progress.stage("thumbnails", total) as stage:
        pool = workers if total >= POOL_FROM else 1
        for _, drawn in run_tasks(_draw_all, tasks.__getitem__, len(tasks), workers=pool, flag=flag):
            thumbs |= {thumb.entity_id: thumb for thumb in drawn}
            stage.advance(len(drawn))
    return thumbs


def _draw_all(task: _Task) -> Sequence[Thumb]:
    return [_draw(task, subject) for subject in task.subjects]


def _draw(task: _Task, subject: Subject) -> Thumb:
    content = subject.content_hash or ""
    try:
        if not content:
            content = task.source.inspect(subject.files, max_pixels=task.max_pixels).content_hash
        name = f"{content[:24]}.webp"
        if not (task.folder / name).is_file():
            cutout = task.source.read(subject.files, max_pixels=task.max_pixels)
            write_bytes(task.folder / name, encode_thumb(cutout, subject.box), durable=False)
    except UnusableImageError as error:
        return Thumb(subject.entity_id, content, "", f"its picture cannot be read: {error.reason.value}")
    except BadInputError as error:
        return Thumb(subject.entity_id, content, "", f"its picture cannot be read: {error}")
    return Thumb(subject.entity_id, content, name)


def encode_thumb(cutout: Cutout, box: Box | None) -> bytes:
    """The alpha box of a cut-out as RGBA WebP with `SIDE` pixels at most.

    Args:
        box: of alpha > 0; None finds it (the whole frame where nothing is there).
    """
    import cv2
    import numpy as np
    from PIL import Image

    inner = _slices(cutout.alpha, box)
    colors = cutout.image if cutout.foreground is None else cutout.foreground
    rgba = np.dstack([colors[inner], cutout.alpha[inner]])
    height, width = rgba.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = rgba if scale == 1.0 else cv2.resize(rgba, size, interpolation=cv2.INTER_AREA)
    stream = io.BytesIO()
    Image.fromarray(np.asarray(small, dtype=np.uint8), "RGBA").save(stream, "WEBP", quality=QUALITY, method=3)
    return stream.getvalue()


def _slices(alpha: NDArray[np.uint8], box: Box | None) -> tuple[slice, slice]:
    import numpy as np

    if box is not None:
        return slice(box.y, box.y + box.h), slice(box.x, box.x + box.w)
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    if not len(rows):
        return slice(None), slice(None)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
