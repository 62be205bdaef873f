"""Candidates in, entities and backgrounds out; what is left out is kept with its reason.

Only alphas are decoded: of the photograph nothing is needed yet but its size and its bytes' digest, which makes
a whole P3M-10k ingest in about a minute. Colours are read by the label stage, foregrounds on demand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from refmatte_engine.config import Filters, Preset
from refmatte_engine.entities import Background, Entity
from refmatte_engine.errors import BadInputError
from refmatte_engine.images.opener import DEFAULT_MAX_PIXELS, UnusableImageError
from refmatte_engine.ingest.filters import cut_sides, judge, judge_background
from refmatte_engine.ingest.measure import measure_alpha
from refmatte_engine.progress import Progress, Silent
from refmatte_engine.runner import StopFlag, run_tasks
from refmatte_engine.sources.base import (
    BackgroundCandidate,
    BackgroundSource,
    Candidate,
    EntitySource,
    Rejection,
)

CHUNK = 16
"""Candidates per task: many enough to hide the cost of passing them, few enough to share the work evenly."""

POOL_FROM = 200
"""Below this many candidates a process pool costs more than it saves."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a collection offers, sorted by id; what was left out and why, sorted by source and item."""

    entities: tuple[Entity, ...]
    backgrounds: tuple[Background, ...]
    rejections: tuple[Rejection, ...]


def ingest(
    sources: Sequence[EntitySource],
    backgrounds: Sequence[BackgroundSource],
    preset: Preset,
    *,
    workers: int = 1,
    allow_identifiable_faces: bool = False,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    progress: Progress | None = None,
    flag: StopFlag | None = None,
) -> Inventory:
    """Measure and judge every candidate of ``sources`` and ``backgrounds``.

    Args:
        sources, backgrounds: within each, names differ.
        preset: its ``[filters]`` are the rules.
        workers: processes; the result does not depend on it.
        allow_identifiable_faces: keep candidates in which a face can be recognised.
        max_pixels: of one image; larger ones are rejected as ``too_large``.
        progress: where to report to.
        flag: stops the run between two tasks.

    Raises:
        BadInputError: a source is missing or not of its layout, or two sources have one name.
        StoppedError: the flag was set.
    """
    _check_names([source.name for source in sources], "cut-outs")
    _check_names([source.name for source in backgrounds], "backgrounds")
    rejections: list[Rejection] = []
    tasks: list[_CutoutTask | _BackgroundTask] = []
    for source in sources:
        for chunk in _chunks(_sifted(source.candidates(), rejections)):
            tasks.append(_CutoutTask(source, chunk, preset.filters, allow_identifiable_faces, max_pixels))
    for place in backgrounds:
        for batch in _chunks(_sifted(place.backgrounds(), rejections)):
            tasks.append(_BackgroundTask(place, batch, preset.filters, max_pixels))
    entities: list[Entity] = []
    places: list[Background] = []
    for result in _results(tasks, workers, progress or Silent(), flag):
        match result:
            case Entity():
                entities.append(result)
            case Background():
                places.append(result)
            case Rejection():
                rejections.append(result)
    kept_entities = _without_twins(entities, rejections)
    kept_places = _without_twins(places, rejections)
    rejections.sort(key=lambda r: (r.source, r.item, r.reason, r.detail))
    return Inventory(kept_entities, kept_places, tuple(rejections))


def _check_names(names: Sequence[str], what: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInputError(f"two sources of {what} are called {', '.join(twice)}: name each source once")


def _sifted(items: Iterable[T | Rejection], rejections: list[Rejection]) -> Iterator[T]:
    """The items; rejections on the way go to their list."""
    for item in items:
        if isinstance(item, Rejection):
            rejections.append(item)
        else:
            yield item


def _chunks(items: Iterable[T]) -> Iterator[tuple[T, ...]]:
    rest = iter(items)
    while chunk := tuple(islice(rest, CHUNK)):
        yield chunk


@dataclass(frozen=True, slots=True)
class _CutoutTask:
    source: EntitySource
    items: tuple[Candidate, ...]
    filters: Filters
    allow_identifiable_faces: bool
    max_pixels: int

    def run(self) -> Iterator[Entity | Rejection]:
        for candidate in self.items:
            try:
                yield self._entity(candidate)
            except UnusableImageError as error:
                yield Rejection(candidate.source, candidate.stem, error.reason.value, error.detail)

    def _entity(self, candidate: Candidate) -> Entity | Rejection:
        # Asked first: a face that may not be used is not even looked at.
        if candidate.identifiable_face and not self.allow_identifiable_faces:
            detail = "a face can be recognised in it (--allow-identifiable-faces keeps it)"
            return Rejection(candidate.source, candidate.stem, "identifiable_face", detail)
        reading = self.source.inspect(candidate.files, max_pixels=self.max_pixels)
        alpha = measure_alpha(reading.alpha, own_channel=candidate.files.alpha is None)
        verdict = judge(alpha, self.filters)
        if verdict is not None:
            return Rejection(candidate.source, candidate.stem, *verdict)
        assert alpha.box is not None and alpha.shape is not None  # `alpha_empty` has spoken otherwise
        return Entity(
            entity_id=candidate.entity_id,
            source=candidate.source,
            split=candidate.split,
            kind=candidate.kind,
            category=candidate.category,
            files=candidate.files,
            width=alpha.width,
            height=alpha.height,
            box=alpha.box,
            cut_sides=cut_sides(alpha, self.filters),
            soft_share=alpha.soft_share,
            mass_centre=alpha.mass_centre,
            shape=alpha.shape,
            content_hash=reading.content_hash,
            license=candidate.license,
            contains_identifiable_faces=candidate.identifiable_face,
            labels=candidate.labels,
        )


@dataclass(frozen=True, slots=True)
class _BackgroundTask:
    source: BackgroundSource
    items: tuple[BackgroundCandidate, ...]
    filters: Filters
    max_pixels: int

    def run(self) -> Iterator[Background | Rejection]:
        for candidate in self.items:
            try:
                yield self._background(candidate)
            except UnusableImageError as error:
                yield Rejection(candidate.source, candidate.stem, error.reason.value, error.detail)

    def _background(self, candidate: BackgroundCandidate) -> Background | Rejection:
        reading = self.source.inspect_background(candidate.file, max_pixels=self.max_pixels)
        verdict = judge_background(reading.width, reading.height, self.filters)
        if verdict is not None:
            return Rejection(candidate.source, candidate.stem, *verdict)
        return Background(
            background_id=candidate.background_id,
            source=candidate.source,
            split=candidate.split,
            file=candidate.file,
            width=reading.width,
            height=reading.height,
            content_hash=reading.content_hash,
            license=candidate.license,
            contains=candidate.contains,
        )


def _run(task: _CutoutTask | _BackgroundTask) -> tuple[Entity | Background | Rejection, ...]:
    return tuple(task.run())


def _results(
    tasks: Sequence[_CutoutTask | _BackgroundTask], workers: int, progress: Progress, flag: StopFlag | None
) -> Iterator[Entity | Background | Rejection]:
    total = sum(len(task.items) for task in tasks)
    with progress.stage("ingest", total) as stage:
        pool = workers if total >= POOL_FROM else 1
        for index, results in run_tasks(_run, tasks.__getitem__, len(tasks), workers=pool, flag=flag):
            stage.advance(len(tasks[index].items))
            yield from results


Kept = TypeVar("Kept", Entity, Background)


def _without_twins(items: Sequence[Kept], rejections: list[Rejection]) -> tuple[Kept, ...]:
    """Sorted by id; of those with the same bytes the first id stays."""
    first: dict[str, str] = {}
    kept: list[Kept] = []
    for item in sorted(items, key=_identity):
        name = _identity(item)
        twin = first.setdefault(item.content_hash, name)
        if twin == name:
            kept.append(item)
            continue
        stem = name.removeprefix(f"{item.source}/")
        rejections.append(Rejection(item.source, stem, "duplicate_content", f"the same files as {twin}"))
    return tuple(kept)


def _identity(item: Entity | Background) -> str:
    return item.entity_id if isinstance(item, Entity) else item.background_id
