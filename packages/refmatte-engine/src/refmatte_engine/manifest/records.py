"""The rows of the tables as frozen records, and the one way between a record and a table row.

The fields of a record are the columns of its table, in the same order (`schema` says what each means).
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, cast

from refmatte_engine.errors import BadInputError
from refmatte_engine.manifest.vocabulary import EntityKind, Position, Relation, Side, Split


class KindSource(StrEnum):
    """Who says of which kind an expression is."""

    ENGINE = "engine"
    STATED = "stated"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class BoxRecord:
    """Left, top, width, height in pixels."""

    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True)
class LabRecord:
    """A CIELAB colour (D65)."""

    l: float  # noqa: E741 - the field's own name
    a: float
    b: float


@dataclass(frozen=True, slots=True)
class ColorRecord:
    """One colour cluster, see `refmatte_engine.attributes.labels.ColorShare`."""

    css3: str
    basic: str
    modifier: str
    share: float
    lab: LabRecord


@dataclass(frozen=True, slots=True)
class NamedValue:
    """A name and its value."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class NamedOrigin:
    """Who says the value of an attribute: correction, dataset, computed or model."""

    name: str
    origin: str


@dataclass(frozen=True, slots=True)
class AttributesRecord:
    """What is known of one entity. None, or an empty list, is unknown."""

    synonyms: tuple[str, ...]
    plural: bool
    color: tuple[ColorRecord, ...]
    transparent: bool | None
    salient: bool | None
    gender: str | None
    age_group: str | None
    clothes_type: str | None
    custom: tuple[NamedValue, ...]
    origins: tuple[NamedOrigin, ...]


@dataclass(frozen=True, slots=True)
class ImageRow:
    """One image of the dataset."""

    image_id: str
    split: Split
    file_name: str
    sha256: str
    width: int
    height: int
    relation: Relation | None
    background_id: str | None
    n_entities: int
    in_keyword_setting: bool
    license: str
    license_level: str
    sources: tuple[str, ...]
    contains_identifiable_faces: bool | None
    index: int
    stem: str | None
    group: int | None
    seed_key: str | None
    floating_cut: bool
    selected_expression: int | None


@dataclass(frozen=True, slots=True)
class MatteRow:
    """One matte: the visible alpha of one entity in one image."""

    matte_id: str
    image_id: str
    split: Split
    entity_id: str | None
    file_name: str
    sha256: str
    keyword: str | None
    kind: EntityKind | None
    category: str | None
    bbox: BoxRecord
    z_order: int | None
    position: Position | None
    visible_fraction: float | None
    attributes: AttributesRecord | None
    touched_borders: tuple[Side, ...]
    license: str
    source: str | None
    contains_identifiable_faces: bool | None


@dataclass(frozen=True, slots=True)
class ExpressionRow:
    """One phrase for one matte."""

    expression_id: str
    matte_id: str
    image_id: str
    split: Split
    target_ids: tuple[str, ...]
    kind: str
    text: str
    relation: Position | None
    related_matte_id: str | None
    unambiguous: bool | None
    template: str | None
    kind_source: KindSource


@dataclass(frozen=True, slots=True)
class FilesRecord:
    """Names of an entity's files, POSIX, relative to its source."""

    image: str
    alpha: str | None
    foreground: str | None


@dataclass(frozen=True, slots=True)
class PointRecord:
    """A point as fractions of a box."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class ShapeRecord:
    """A small alpha, rows first: support packed 8 cells a byte, mass and solid one byte a cell."""

    height: int
    width: int
    support: bytes
    mass: bytes
    solid: bytes


@dataclass(frozen=True, slots=True)
class LabelsRecord:
    """All labels of an entity after the label stage."""

    kind: EntityKind
    category: str | None
    attributes: AttributesRecord


@dataclass(frozen=True, slots=True)
class EntityRow:
    """One kept cut-out; ``labels`` is None before the label stage."""

    entity_id: str
    source: str
    split: Split | None
    kind: EntityKind
    category: str | None
    files: FilesRecord
    width: int
    height: int
    box: BoxRecord
    cut_sides: tuple[Side, ...]
    soft_share: float
    mass_centre: PointRecord
    shape: ShapeRecord
    content_hash: str
    license: str
    contains_identifiable_faces: bool
    stated: tuple[NamedValue, ...]
    labels: LabelsRecord | None


@dataclass(frozen=True, slots=True)
class BackgroundRow:
    """One kept background."""

    background_id: str
    source: str
    split: Split | None
    file: str
    width: int
    height: int
    content_hash: str
    license: str
    contains: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """Something that was left out, and why."""

    source: str
    item: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class CandidateRecord:
    """A value that a model considered."""

    value: str
    score: float


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """What one model says of one attribute of one item, taken or not."""

    item_id: str
    attribute: str
    value: str | None
    score: float | None
    candidates: tuple[CandidateRecord, ...]
    reason: str
    model: str


@dataclass(frozen=True, slots=True)
class PlannedEntityRecord:
    """One entity of a planned image."""

    entity_id: str
    position: Position
    mirrored: bool


@dataclass(frozen=True, slots=True)
class PlacementRecord:
    """Where an entity's alpha box lands on the canvas, in pixels; ``z`` from the rear."""

    x: int
    y: int
    w: int
    h: int
    z: int
    mirrored: bool


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One image of the plan."""

    image_id: str
    split: Split
    index: int
    stem: str
    group: int
    relation: Relation
    n_entities: int
    distinct: bool | None
    entities: tuple[PlannedEntityRecord, ...]
    background_id: str
    redraw: int
    width: int
    height: int
    attempt: int
    placements: tuple[PlacementRecord, ...]
    floating_cut: bool


R = TypeVar("R")


def to_row(record: Any) -> dict[str, Any]:
    """A record as plain values (dicts, lists, strings, numbers, bytes), as Arrow takes them."""
    return {name: _plain(getattr(record, name)) for name in _names(cast("Hashable", type(record)))}


def from_row(kind: type[R], row: Mapping[str, Any]) -> R:
    """The record of a table row. Columns that this version does not know are ignored.

    Raises:
        BadInputError: a column is missing, or a value is not of the table's vocabulary.
    """
    try:
        record: R = _decoder(cast("Hashable", kind))(row)
    except KeyError as error:
        raise BadInputError(f"a {kind.__name__} needs the column {error.args[0]!r}, but it is missing") from error
    except (ValueError, TypeError) as error:
        raise BadInputError(f"a {kind.__name__} holds a value that is not legal: {error}") from error
    return record


@cache
def _names(kind: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cast("Any", kind)))


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        return to_row(value)
    return value


def _exactly(kind: type) -> Callable[[Any], Any]:
    """Passes values of just this type (a row may come from a JSON file that anybody wrote)."""

    def check(value: Any) -> Any:
        if type(value) is kind:
            return value
        if kind is float and type(value) is int:
            return float(value)
        raise ValueError(f"{value!r} is not of the type {kind.__name__}")

    return check


@cache
def _decoder(annotation: Any) -> Callable[[Any], Any]:
    """A function from a plain value to a value of ``annotation``."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is types.UnionType or origin is typing.Union:
        (inner,) = (_decoder(argument) for argument in arguments if argument is not types.NoneType)
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        item = _decoder(arguments[0])
        return lambda values: tuple(item(value) for value in values)
    if is_dataclass(annotation):
        hints = typing.get_type_hints(annotation)
        decoders = tuple((name, _decoder(hints[name])) for name in _names(cast("Hashable", annotation)))
        build = cast("Callable[..., Any]", annotation)
        return lambda row: build(*(decode(row[name]) for name, decode in decoders))
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return annotation
    return _exactly(annotation)
