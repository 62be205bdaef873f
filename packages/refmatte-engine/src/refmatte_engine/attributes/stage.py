"""The label stage: what is stated, what hands have corrected, and what can be computed, in one table.

A correction wins over the dataset, the dataset over a computation, that over a model (``Origin``). Without models
unknown stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from refmatte_engine.attributes.categories import with_category
from refmatte_engine.attributes.corrections import (
    Correction,
    built_in_corrections,
    corrections_by_entity,
    read_corrections,
)
from refmatte_engine.attributes.hearing import Listener, Models
from refmatte_engine.attributes.labels import ColorShare, Labels, Origin
from refmatte_engine.attributes.opacity import with_opacity
from refmatte_engine.attributes.proposed import Heard, with_proposed_category, with_proposed_rest
from refmatte_engine.attributes.stated import WrongValueError, stated
from refmatte_engine.attributes.values import is_stated, settled
from refmatte_engine.config import Color, Labelling, Preset
from refmatte_engine.entities import Entity
from refmatte_engine.errors import BadInputError
from refmatte_engine.images.opener import DEFAULT_MAX_PIXELS, UnusableImageError
from refmatte_engine.ingest.stage import Inventory
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.progress import Progress, Silent
from refmatte_engine.runner import StopFlag, run_tasks
from refmatte_engine.sources.base import FACE, EntitySource, Rejection

if TYPE_CHECKING:
    from refmatte_engine.lexicon import Lexicon, UserAttribute

CHUNK = 8
POOL_FROM = 100
"""Below this many pictures to read, processes cost more than they save."""

UNNAMED = "nobody says what it is: a correction can name it"

FACE_UNSAID = (
    "a person, and nobody says whether a face can be recognised "
    "(labels.csv: identifiable_face = no; --allow-identifiable-faces keeps it)"
)

MAX_SHOWN = 10
"""Wrong values that one error message lists."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person should know of his tables, that stops nothing. ``place`` is a file and a line."""

    place: str
    detail: str

    def __str__(self) -> str:
        return f"{self.place}: {self.detail}"


@dataclass(frozen=True, slots=True)
class LabelSet:
    """The labelled collection.

    Attributes:
        entities: those that stay, sorted by id, with kind and category as labelled.
        labels: by entity id, of exactly those entities.
        rejections: entities that go: a correction drops them, nobody named them, or they are people of whom nobody
            says whether a face can be recognised.
        heard: by entity id, all that models said, of those that go as well.
        problems: see :class:`Problem`.
    """

    entities: tuple[Entity, ...]
    labels: Mapping[str, Labels]
    rejections: tuple[Rejection, ...]
    problems: tuple[Problem, ...]
    heard: Mapping[str, tuple[Heard, ...]] = field(default_factory=dict)

    def applied_to(self, inventory: Inventory) -> Inventory:
        """``inventory`` with the entities and the rejections of this stage."""
        rejections = sorted([*inventory.rejections, *self.rejections], key=lambda r: (r.source, r.item, r.reason))
        return replace(inventory, entities=self.entities, rejections=tuple(rejections))


def label(
    inventory: Inventory,
    sources: Mapping[str, EntitySource],
    preset: Preset,
    lexicon: Lexicon,
    *,
    corrections: Sequence[Path] = (),
    user_attributes: Sequence[UserAttribute] = (),
    models: Models | None = None,
    allow_identifiable_faces: bool = False,
    workers: int = 1,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    progress: Progress | None = None,
    flag: StopFlag | None = None,
) -> LabelSet:
    """Label every entity of ``inventory``.

    Args:
        sources: by name; pixels are read for the colours of animals and things, and for models.
        preset: its ``[color]`` and ``[labels]``.
        corrections: the user's files; the project's own always count.
        user_attributes: declared ones; a declared attribute that no entity has is reported.
        models: who may propose what nobody says; None: nobody.
        allow_identifiable_faces: keep people of whom nobody says whether a face can be recognised.
        workers: processes; the result does not depend on it.

    Raises:
        BadInputError: a corrections file is wrong or contradicts another, or stated values are not legal; the
            message lists them with their places.
    """
    rows = tuple(row for path in corrections for row in read_corrections(path))
    by_entity = corrections_by_entity(built_in_corrections(), rows)
    said, rejections = _state_all(inventory.entities, by_entity, lexicon)
    if not allow_identifiable_faces:
        # Before models look at them.
        rejections += _without_faces(inventory.entities, said, lexicon)
    heard: dict[str, tuple[Heard, ...]] = {}
    if models is not None:
        listener = Listener(models, sources, preset.labels, lexicon, max_pixels, progress or Silent(), flag)
        heard = listener.listen(inventory.entities, said)
    labels, unnamed = _name_all(inventory.entities, said, heard, preset.labels, lexicon)
    rejections += unnamed
    if not allow_identifiable_faces:
        rejections += _without_faces(inventory.entities, labels, lexicon)
    colored = _colors(inventory.entities, labels, sources, preset.color, max_pixels, workers, progress, flag)
    for entity_id, result in colored.items():
        if isinstance(result, Rejection):
            rejections.append(result)
            del labels[entity_id]
        elif result:
            labels[entity_id] = replace(
                labels[entity_id],
                colors=result,
                origins=tuple(sorted([*labels[entity_id].origins, ("color", Origin.COMPUTED)])),
            )
    kept = [entity for entity in inventory.entities if entity.entity_id in labels]
    for entity in kept:
        name = entity.entity_id
        more = with_proposed_rest(labels[name], heard.get(name, ()), preset.labels, entity.source, lexicon)
        labels[name] = settled(more)
    return LabelSet(
        entities=tuple(
            replace(
                entity,
                kind=labels[entity.entity_id].kind,
                category=labels[entity.entity_id].category,
                contains_identifiable_faces=_may_show_a_face(entity, labels[entity.entity_id]),
            )
            for entity in kept
        ),
        labels=labels,
        rejections=tuple(sorted(rejections, key=lambda r: (r.source, r.item, r.reason))),
        problems=(
            *_unused(rows, inventory),
            *_never_used(user_attributes, labels),
            *_faces_left_out(rejections),
        ),
        heard=heard,
    )


# --- stated ------------------------------------------------------------------------------------------------


def _state_all(
    entities: Sequence[Entity], corrections: Mapping[str, tuple[Correction, ...]], lexicon: Lexicon
) -> tuple[dict[str, Labels], list[Rejection]]:
    """What dataset and corrections say of the entities that stay, and those that a correction drops."""
    labels: dict[str, Labels] = {}
    rejections: list[Rejection] = []
    wrong: list[str] = []
    for entity in entities:
        rows = corrections.get(entity.entity_id, ())
        if rows and rows[-1].drop:
            rejections.append(_rejection(entity, "dropped_by_correction", rows[-1].place))
            continue
        try:
            labels[entity.entity_id] = stated(entity, rows, lexicon)
        except WrongValueError as error:
            wrong.append(str(error))
    if wrong:
        more = f"\n... and {len(wrong) - MAX_SHOWN} more" if len(wrong) > MAX_SHOWN else ""
        raise BadInputError("labels that cannot be used:\n" + "\n".join(wrong[:MAX_SHOWN]) + more)
    return labels, rejections


def _name_all(
    entities: Sequence[Entity],
    said: Mapping[str, Labels],
    heard: Mapping[str, tuple[Heard, ...]],
    settings: Labelling,
    lexicon: Lexicon,
) -> tuple[dict[str, Labels], list[Rejection]]:
    """Category, and what follows from it; what has none waits for a person."""
    labels: dict[str, Labels] = {}
    unnamed: list[Rejection] = []
    for entity in entities:
        name = entity.entity_id
        if name not in said:
            continue
        proposed, why = with_proposed_category(said[name], heard.get(name, ()), settings, entity.source, lexicon)
        each = with_opacity(with_category(proposed, lexicon), lexicon)
        if each.category is None:
            unnamed.append(_rejection(entity, "unnamed", why or UNNAMED))
        else:
            labels[name] = each
    return labels, unnamed


# --- faces -------------------------------------------------------------------------------------------------


def _without_faces(entities: Sequence[Entity], labels: dict[str, Labels], lexicon: Lexicon) -> list[Rejection]:
    """Take people out of ``labels`` of whom nobody says whether a face can be recognised."""
    faces = [
        entity
        for entity in entities
        if (known := labels.get(entity.entity_id)) is not None
        and not entity.contains_identifiable_faces  # ingest has asked
        and _may_show_a_face(entity, with_category(known, lexicon))
    ]
    for entity in faces:
        del labels[entity.entity_id]
    return [_rejection(entity, "identifiable_face", FACE_UNSAID) for entity in faces]


def _may_show_a_face(entity: Entity, labels: Labels) -> bool:
    """A source that knows its people says so itself; one that knew of no person said nothing of faces."""
    found_out = labels.kind is EntityKind.HUMAN and entity.kind is not EntityKind.HUMAN
    return entity.contains_identifiable_faces or (found_out and all(one.name != FACE for one in entity.labels))


def _rejection(entity: Entity, reason: str, detail: str) -> Rejection:
    return Rejection(entity.source, entity.entity_id.removeprefix(f"{entity.source}/"), reason, detail)


# --- colours -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _ColorTask:
    source: EntitySource
    entities: tuple[Entity, ...]
    settings: Color
    max_pixels: int


def _colors_of(task: _ColorTask) -> tuple[tuple[ColorShare, ...] | Rejection, ...]:
    from refmatte_engine.attributes.color import dominant_colors

    results: list[tuple[ColorShare, ...] | Rejection] = []
    for entity in task.entities:
        try:
            cutout = task.source.read(entity.files, max_pixels=task.max_pixels)
        except UnusableImageError as error:
            results.append(_rejection(entity, error.reason.value, error.detail))
            continue
        results.append(dominant_colors(cutout, task.settings))
    return tuple(results)


def _colors(
    entities: Sequence[Entity],
    labels: Mapping[str, Labels],
    sources: Mapping[str, EntitySource],
    settings: Color,
    max_pixels: int,
    workers: int,
    progress: Progress | None,
    flag: StopFlag | None,
) -> dict[str, tuple[ColorShare, ...] | Rejection]:
    """Computed colours of the entities that are no humans and whose colour nobody stated."""
    tasks = [
        _ColorTask(sources[name], chunk, settings, max_pixels)
        for name in sorted({entity.source for entity in entities})
        for chunk in _chunks(
            entity for entity in entities if entity.source == name and _wants_colors(labels.get(entity.entity_id))
        )
    ]
    total = sum(len(task.entities) for task in tasks)
    colors: dict[str, tuple[ColorShare, ...] | Rejection] = {}
    with (progress or Silent()).stage("label", total) as stage:
        pool = workers if total >= POOL_FROM else 1
        for index, results in run_tasks(_colors_of, tasks.__getitem__, len(tasks), workers=pool, flag=flag):
            stage.advance(len(results))
            for entity, result in zip(tasks[index].entities, results, strict=True):
                colors[entity.entity_id] = result
    return colors


def _wants_colors(labels: Labels | None) -> bool:
    return labels is not None and labels.kind is not EntityKind.HUMAN and not is_stated(labels, "color")


def _chunks(entities: Iterator[Entity]) -> Iterator[tuple[Entity, ...]]:
    while chunk := tuple(islice(entities, CHUNK)):
        yield chunk


# --- problems ----------------------------------------------------------------------------------------------


def _unused(rows: Sequence[Correction], inventory: Inventory) -> Iterator[Problem]:
    """The user's corrections that found nothing to correct."""
    kept = {entity.entity_id for entity in inventory.entities}
    reasons = {f"{rejection.source}/{rejection.item}": rejection.reason for rejection in inventory.rejections}
    names = sorted(kept)
    for row in rows:
        if row.entity_id in kept:
            continue
        if row.entity_id in reasons:
            yield Problem(row.place, f"{row.entity_id} was left out at ingest: {reasons[row.entity_id]}")
            continue
        near = get_close_matches(row.entity_id, names, n=1)
        yield Problem(row.place, f"there is no entity {row.entity_id}" + (f": {near[0]}?" if near else ""))


def _faces_left_out(rejections: Sequence[Rejection]) -> Iterator[Problem]:
    """People who are left out for want of one word."""
    if n := sum(one.detail == FACE_UNSAID for one in rejections):
        yield Problem("people", f"{n:,} left out, each {FACE_UNSAID}")


def _never_used(attributes: Sequence[UserAttribute], labels: Mapping[str, Labels]) -> Iterator[Problem]:
    """Declared attributes that nothing has."""
    used = {custom.name for each in labels.values() for custom in each.custom}
    for attribute in attributes:
        if attribute.name not in used:
            near = get_close_matches(attribute.name, sorted(used), n=1)
            hint = f": {near[0]}?" if near else ""
            yield Problem("attributes", f"no entity has the attribute {attribute.name!r}{hint}")
