"""``refmatte sources check``: is a dataset there, whole, readable, and under which terms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

from refmatte_engine.config import SourceOptions
from refmatte_engine.errors import BadInputError
from refmatte_engine.images.opener import DEFAULT_MAX_PIXELS, UnusableImageError
from refmatte_engine.progress import Progress, Silent
from refmatte_engine.runner import run_tasks
from refmatte_engine.sources.base import (
    BackgroundCandidate,
    BackgroundSource,
    Candidate,
    EntitySource,
    Rejection,
    SourceCard,
)
from refmatte_engine.sources.card import card_names, is_unspecified, join_licenses, license_level, source_card
from refmatte_engine.sources.registry import (
    SourceRequest,
    parse_spec,
    require_known,
    resolve_backgrounds,
    resolve_sources,
    source_names,
)

CHUNK = 16
"""Files per task of a worker."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ShortSides:
    """Short sides of all readable images in pixels."""

    smallest: int
    median: int
    largest: int


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What was found of one source.

    Attributes:
        problem: why nothing could be checked (missing folder, wrong layout), None when it could.
        counts: files found by part of the dataset, and ``all``.
        expected: counts of the complete dataset; empty when unknown.
        usable: candidates whose files were all decoded.
        left_out: candidates left out by reason code, before decoding (subset, pairs, stems).
        unreadable: files that could not be used, sorted.
        sizes: None when nothing was readable.
        license, license_level: terms of its rows; ``unspecified`` when nobody wrote them down.
        identifiable_faces: how many usable candidates may show a recognisable face.
    """

    name: str
    title: str
    origin: str
    agreement: str
    problem: str | None = None
    counts: tuple[tuple[str, int], ...] = ()
    expected: tuple[tuple[str, int], ...] = ()
    usable: int = 0
    left_out: tuple[tuple[str, int], ...] = ()
    unreadable: tuple[Rejection, ...] = ()
    sizes: ShortSides | None = None
    license: str = ""
    license_level: str = ""
    unspecified: bool = False
    identifiable_faces: int = 0

    @property
    def ok(self) -> bool:
        """It is there and every file of it can be used; a part of a dataset is fine."""
        return self.problem is None and not self.unreadable and self.usable > 0

    @property
    def incomplete(self) -> tuple[str, ...]:
        """A line for every part of which the complete dataset has another number of files."""
        counts = dict(self.counts)
        return tuple(
            f"{part}: {counts.get(part, 0)} of {expected}"
            for part, expected in self.expected
            if counts.get(part, 0) != expected
        )


def check_sources(
    spec: str | None = None,
    *,
    root: Path | None = None,
    options: SourceOptions | None = None,
    workers: int = 1,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    progress: Progress | None = None,
) -> tuple[SourceReport, ...]:
    """Look at every file of the named sources (None: all known datasets), in the order of the specification.

    Raises:
        UsageError: the specification is not legal. A missing dataset is a report, not an error.
    """
    requests = parse_spec(spec or ",".join(card_names()), root=root)
    for request in requests:
        require_known(request.name)
    return tuple(_check(request, options, workers, max_pixels, progress or Silent()) for request in requests)


@runtime_checkable
class Counted(Protocol):
    """A dataset that knows its parts."""

    def file_counts(self) -> dict[str, int]: ...


@dataclass(frozen=True, slots=True)
class _CutoutTask:
    source: EntitySource
    items: tuple[Candidate, ...]
    max_pixels: int

    def side(self, index: int) -> int:
        height, width = self.source.read(self.items[index].files, max_pixels=self.max_pixels).alpha.shape
        return int(min(height, width))


@dataclass(frozen=True, slots=True)
class _BackgroundTask:
    source: BackgroundSource
    items: tuple[BackgroundCandidate, ...]
    max_pixels: int

    def side(self, index: int) -> int:
        file = self.items[index].file
        height, width, _ = self.source.read_background(file, max_pixels=self.max_pixels).shape
        return int(min(height, width))


def _look(task: _CutoutTask | _BackgroundTask) -> list[int | Rejection]:
    """Short side in pixels of every item of a task, or why it cannot be used."""
    found: list[int | Rejection] = []
    items: Sequence[Candidate | BackgroundCandidate] = task.items
    for index, item in enumerate(items):
        try:
            found.append(task.side(index))
        except UnusableImageError as error:
            found.append(Rejection(item.source, item.stem, error.reason.value, error.detail))
    return found


def _check(
    request: SourceRequest,
    options: SourceOptions | None,
    workers: int,
    max_pixels: int,
    progress: Progress,
) -> SourceReport:
    card = source_card(request.name) if request.name in card_names() else None
    headline = SourceReport(request.name, *((card.title, card.origin, card.agreement) if card else ("", "", "")))
    item = request.name + (f"={request.argument}" if request.argument else "")
    tasks: list[_CutoutTask | _BackgroundTask]
    try:
        if request.name in source_names():
            (source,) = resolve_sources(item, root=request.root, options=options)
            candidates, rejections = _sifted(source.candidates())
            tasks = [_CutoutTask(source, chunk, max_pixels) for chunk in _chunks(candidates)]
            return _report(headline, card, source, candidates, rejections, tasks, workers, progress)
        (behind,) = resolve_backgrounds(item, root=request.root)
        pictures, rejections = _sifted(behind.backgrounds())
        tasks = [_BackgroundTask(behind, chunk, max_pixels) for chunk in _chunks(pictures)]
        return _report(headline, card, behind, pictures, rejections, tasks, workers, progress)
    except BadInputError as error:
        return replace(headline, problem=str(error))


def _report(
    headline: SourceReport,
    card: SourceCard | None,
    source: object,
    candidates: Sequence[Candidate | BackgroundCandidate],
    rejections: Sequence[Rejection],
    tasks: Sequence[_CutoutTask | _BackgroundTask],
    workers: int,
    progress: Progress,
) -> SourceReport:
    looks: list[int | Rejection] = []
    with progress.stage(headline.name, len(candidates)) as stage:
        for _, found in run_tasks(_look, tasks.__getitem__, len(tasks), workers=workers):
            looks += found
            stage.advance(len(found))
    sides = sorted(look for look in looks if isinstance(look, int))
    unreadable = sorted((look for look in looks if isinstance(look, Rejection)), key=lambda look: look.item)
    license = join_licenses(item.license for item in candidates) or (card.license if card else "")
    counts = source.file_counts() if isinstance(source, Counted) else {"all": len(candidates)}
    return replace(
        headline,
        counts=tuple(counts.items()),
        expected=tuple(card.expected_counts.items()) if card else (),
        usable=len(sides),
        left_out=tuple(sorted(Counter(item.reason for item in rejections).items())),
        unreadable=tuple(unreadable),
        sizes=ShortSides(sides[0], sides[len(sides) // 2], sides[-1]) if sides else None,
        license=license,
        license_level=str(license_level(license)) if license else "",
        unspecified=is_unspecified(license),
        identifiable_faces=sum(isinstance(item, Candidate) and item.identifiable_face for item in candidates),
    )


def _sifted(items: Iterable[T | Rejection]) -> tuple[list[T], list[Rejection]]:
    kept: list[T] = []
    rejections: list[Rejection] = []
    for item in items:
        if isinstance(item, Rejection):
            rejections.append(item)
        else:
            kept.append(item)
    return kept, rejections


def _chunks(items: Iterable[T]) -> Iterator[tuple[T, ...]]:
    rest = iter(items)
    while chunk := tuple(islice(rest, CHUNK)):
        yield chunk
