"""Between what the stages before planning know (entities, labels, backgrounds, rejections) and table rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import numpy as np

from refmatte_engine.attributes.labels import ColorShare, CustomAttribute, Labels, Origin
from refmatte_engine.entities import Background, Box, Entity, Shape
from refmatte_engine.errors import BadInputError
from refmatte_engine.manifest.fingerprint import canonical_json
from refmatte_engine.manifest.records import (
    AttributesRecord,
    BackgroundRow,
    BoxRecord,
    ColorRecord,
    EntityRow,
    FilesRecord,
    LabelsRecord,
    LabRecord,
    NamedOrigin,
    NamedValue,
    PointRecord,
    QuarantineRow,
    ShapeRecord,
    to_row,
)
from refmatte_engine.manifest.vocabulary import EntityKind, Side
from refmatte_engine.sources.base import CutoutFiles, Rejection, StatedLabel


def attributes_record(labels: Labels) -> AttributesRecord:
    """Labels without kind and category, as the tables keep them."""
    return AttributesRecord(
        synonyms=labels.synonyms,
        plural=labels.plural,
        color=tuple(
            ColorRecord(color.css3, color.basic, color.modifier, color.share, LabRecord(*color.lab))
            for color in labels.colors
        ),
        transparent=labels.transparent,
        salient=labels.salient,
        gender=labels.gender,
        age_group=labels.age_group,
        clothes_type=labels.clothes_type,
        custom=tuple(NamedValue(attribute.name, attribute.value) for attribute in labels.custom),
        origins=tuple(NamedOrigin(name, origin.value) for name, origin in labels.origins),
    )


def labels_from(kind: EntityKind, category: str | None, known: AttributesRecord) -> Labels:
    """The inverse of `attributes_record`.

    Raises:
        BadInputError: an origin is none of ours (the table was edited).
    """
    return Labels(
        kind=kind,
        category=category,
        synonyms=known.synonyms,
        plural=known.plural,
        colors=tuple(
            ColorShare(
                color.css3, color.basic, color.modifier, color.share, (color.lab.l, color.lab.a, color.lab.b)
            )
            for color in known.color
        ),
        transparent=known.transparent,
        salient=known.salient,
        gender=known.gender,
        age_group=known.age_group,
        clothes_type=known.clothes_type,
        custom=tuple(CustomAttribute(pair.name, pair.value) for pair in known.custom),
        origins=tuple((pair.name, _origin(pair.origin)) for pair in known.origins),
    )


def _origin(name: str) -> Origin:
    try:
        return Origin(name)
    except ValueError as error:
        raise BadInputError(f"unknown origin {name!r} of a label: use {', '.join(Origin)}") from error


def entity_row(entity: Entity, labels: Labels | None = None) -> EntityRow:
    """The row of an entity, with its labels once the label stage has run."""
    return EntityRow(
        entity_id=entity.entity_id,
        source=entity.source,
        split=entity.split,
        kind=entity.kind,
        category=entity.category,
        files=FilesRecord(entity.files.image, entity.files.alpha, entity.files.foreground),
        width=entity.width,
        height=entity.height,
        box=box_record(entity.box),
        cut_sides=tuple(side for side in Side if side in entity.cut_sides),
        soft_share=entity.soft_share,
        mass_centre=PointRecord(*entity.mass_centre),
        shape=_shape_record(entity.shape),
        content_hash=entity.content_hash,
        license=entity.license,
        contains_identifiable_faces=entity.contains_identifiable_faces,
        stated=tuple(NamedValue(label.name, label.value) for label in entity.labels),
        labels=None if labels is None else LabelsRecord(labels.kind, labels.category, attributes_record(labels)),
    )


def entity_of(row: EntityRow) -> Entity:
    """The entity of a row."""
    return Entity(
        entity_id=row.entity_id,
        source=row.source,
        split=row.split,
        kind=row.kind,
        category=row.category,
        files=CutoutFiles(row.files.image, row.files.alpha, row.files.foreground),
        width=row.width,
        height=row.height,
        box=Box(row.box.x, row.box.y, row.box.w, row.box.h),
        cut_sides=frozenset(row.cut_sides),
        soft_share=row.soft_share,
        mass_centre=(row.mass_centre.x, row.mass_centre.y),
        shape=_shape_of(row.shape),
        content_hash=row.content_hash,
        license=row.license,
        contains_identifiable_faces=row.contains_identifiable_faces,
        labels=tuple(StatedLabel(pair.name, pair.value) for pair in row.stated),
    )


def labels_of(row: EntityRow) -> Labels | None:
    """The labels of a row, None before the label stage."""
    if row.labels is None:
        return None
    return labels_from(row.labels.kind, row.labels.category, row.labels.attributes)


def background_row(background: Background) -> BackgroundRow:
    """The row of a background."""
    return BackgroundRow(
        background_id=background.background_id,
        source=background.source,
        split=background.split,
        file=background.file,
        width=background.width,
        height=background.height,
        content_hash=background.content_hash,
        license=background.license,
        contains=background.contains,
    )


def background_of(row: BackgroundRow) -> Background:
    """The background of a row."""
    return Background(
        background_id=row.background_id,
        source=row.source,
        split=row.split,
        file=row.file,
        width=row.width,
        height=row.height,
        content_hash=row.content_hash,
        license=row.license,
        contains=row.contains,
    )


def quarantine_row(rejection: Rejection) -> QuarantineRow:
    """The row of something that was left out."""
    return QuarantineRow(rejection.source, rejection.item, rejection.reason, rejection.detail)


def rejection_of(row: QuarantineRow) -> Rejection:
    """The inverse of `quarantine_row`."""
    return Rejection(row.source, row.item, row.reason, row.detail)


def inventory_digests(
    entities: Iterable[Entity], backgrounds: Iterable[Background], labels: Mapping[str, Labels] | None = None
) -> dict[str, str]:
    """One sha256 per source over all that a plan may know of its items: contents, splits, words, licences."""
    lines: dict[str, list[bytes]] = {}
    for entity in entities:
        row = to_row(entity_row(entity, (labels or {}).get(entity.entity_id)))
        del row["shape"]  # follows from the content
        lines.setdefault(entity.source, []).append(canonical_json(row))
    for background in backgrounds:
        lines.setdefault(background.source, []).append(canonical_json(to_row(background_row(background))))
    return {source: hashlib.sha256(b"\n".join(sorted(lines[source]))).hexdigest() for source in sorted(lines)}


def box_record(box: Box) -> BoxRecord:
    """A box as the tables keep it."""
    return BoxRecord(box.x, box.y, box.w, box.h)


def _shape_record(shape: Shape) -> ShapeRecord:
    height, width = shape.support.shape
    return ShapeRecord(
        height=height,
        width=width,
        support=np.packbits(shape.support).tobytes(),
        mass=shape.mass.tobytes(),
        solid=shape.solid.tobytes(),
    )


def _shape_of(record: ShapeRecord) -> Shape:
    size = (record.height, record.width)
    cells = record.height * record.width
    support = np.unpackbits(np.frombuffer(record.support, np.uint8), count=cells).astype(np.bool_)
    return Shape(
        support=support.reshape(size),
        mass=np.frombuffer(record.mass, np.uint8).reshape(size),
        solid=np.frombuffer(record.solid, np.uint8).reshape(size),
    )
