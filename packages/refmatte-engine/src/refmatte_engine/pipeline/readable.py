"""Reads every file of a plan once before the plan is accepted: broken pictures are found before any is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from refmatte_engine.images.opener import UnusableImageError
from refmatte_engine.pipeline.collection import Collection
from refmatte_engine.pipeline.worksite import Worksite
from refmatte_engine.plan.records import PlannedImage
from refmatte_engine.runner import run_tasks
from refmatte_engine.sources.base import BackgroundSource, EntitySource

ITEMS_PER_TASK = 16
POOL_FROM = 200
"""Below this many files a process pool costs more than it saves."""


@dataclass(frozen=True, slots=True)
class ReadTask:
    """Entities and backgrounds to read; it travels to a worker process."""

    entity_ids: tuple[str, ...]
    background_ids: tuple[str, ...]
    collection: Collection
    sources: Mapping[str, EntitySource]
    background_sources: Mapping[str, BackgroundSource]
    max_pixels: int


def unreadable(rows: Iterable[PlannedImage], collection: Collection, site: Worksite) -> dict[str, str]:
    """Ids of planned entities and backgrounds that cannot be read, with the reason code."""
    planned = collection.part_for(rows)
    items = [*planned.entities, *planned.backgrounds]

    def task(index: int) -> ReadTask:
        part = items[index * ITEMS_PER_TASK : (index + 1) * ITEMS_PER_TASK]
        names = tuple(name for name in part if name in planned.entities)
        places = tuple(name for name in part if name not in planned.entities)
        return ReadTask(
            names,
            places,
            planned.only(names, places),
            site.sources_by_name,
            site.backgrounds_by_name,
            site.request.max_pixels,
        )

    found: dict[str, str] = {}
    workers = site.request.workers if len(items) >= POOL_FROM else 1
    with site.progress.stage("check", len(items)) as stage:
        n_tasks = -(-len(items) // ITEMS_PER_TASK)
        for _, reasons in run_tasks(read_all, task, n_tasks, workers=workers, flag=site.flag):
            found |= reasons
            stage.advance(ITEMS_PER_TASK)
    return dict(sorted(found.items()))


def read_all(task: ReadTask) -> dict[str, str]:
    """The reasons of those that cannot be read. Pure."""
    reasons: dict[str, str] = {}
    for name in task.entity_ids:
        entity = task.collection.entities[name]
        try:
            task.sources[entity.source].read(entity.files, max_pixels=task.max_pixels)
        except UnusableImageError as error:
            reasons[name] = error.reason.value
    for place in task.background_ids:
        background = task.collection.backgrounds[place]
        try:
            task.background_sources[background.source].read_background(background.file, max_pixels=task.max_pixels)
        except UnusableImageError as error:
            reasons[place] = error.reason.value
    return reasons
