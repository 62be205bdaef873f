"""Between the engine's objects and the rows of the tables, both ways: the plan and composed images.

Entities, labels, backgrounds and rejections are in `inventory_rows`. How the pipeline writes a build
(every function is pure; only `write_table` and `write_manifest` touch the disk)::

    stamp = Stamp(plan_hash, __version__)                                       # manifest.tables
    write_table(root / "entities.parquet", EntityRow, [entity_row(e, labels[e.entity_id]) for e in ...], stamp)
    write_table(root / "backgrounds.parquet", BackgroundRow, map(background_row, backgrounds), stamp)
    write_table(root / "quarantine.parquet", QuarantineRow, map(quarantine_row, rejections), stamp)
    write_table(root / "plan.parquet", PlanRow, map(plan_row, plan_rows), stamp)

    # one composed image: names by image_file_name, matte_file_name; sha256 of the encoded bytes
    files = [matte_file(name, sha256, visible_alpha, visible_fraction), ...]
    image = image_row(planned, seed=, file=FileDigest(name, sha256), entities=, background=, labels=)
    mattes = matte_rows(planned, files, entities=, labels=, keywords=)
    phrases = expression_rows(planned.slot.split, planned.image_id, express(...))
    write_table(root / "train" / shard_name(ImageRow, k, n), ImageRow, images, stamp)

    # the end
    facts = collect_facts(root, stamp=stamp, seed=, preset=, rejected={reason: n})   # cards
    write_cards(root, facts)
    write_manifest(root, facts.manifest())                                           # manifest.build_manifest

Reading back: `planned_of`, and `entity_of`, `labels_of`, `background_of`, `rejection_of` of `inventory_rows`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from refmatte_engine.attributes.labels import Labels
from refmatte_engine.entities import Background, Box, Entity
from refmatte_engine.errors import BadInputError
from refmatte_engine.manifest.ids import expression_id, matte_id
from refmatte_engine.manifest.records import (
    ExpressionRow,
    ImageRow,
    KindSource,
    MatteRow,
    PlacementRecord,
    PlannedEntityRecord,
    PlanRow,
)
from refmatte_engine.manifest.vocabulary import ExpressionKind, Side, Split
from refmatte_engine.plan.records import Placement, PlannedEntity, PlannedImage, Slot, Stem
from refmatte_engine.rows.inventory import attributes_record, box_record
from refmatte_engine.sources.card import join_licenses, license_level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from refmatte_engine.express.scene import Expression

_KIND_ORDER = tuple(ExpressionKind)


@dataclass(frozen=True, slots=True)
class FileDigest:
    """A file of the dataset: POSIX name relative to the root, and its sha256."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class MatteFile:
    """A written matte and what its pixels show.

    ``bbox`` holds all alpha > 0 (zeros when nothing is visible); ``touched`` are the image's sides that
    alpha > 0 reaches; ``visible_fraction`` is the visible share of the placed entity's alpha mass.
    """

    file: FileDigest
    bbox: Box
    touched: tuple[Side, ...]
    visible_fraction: float


# ---- names of files ------------------------------------------------------------------------------------------


def image_file_name(split: Split, image_id: str) -> str:
    """``train/images/rim_train_0a1b2c3d.jpg``."""
    return f"{split.value}/images/{image_id}.jpg"


def matte_file_name(split: Split, matte: str) -> str:
    """``train/mattes/rim_train_0a1b2c3d_1.png``."""
    return f"{split.value}/mattes/{matte}.png"


# ---- one composed image --------------------------------------------------------------------------------------


def visible_box(visible: NDArray[np.uint8]) -> Box:
    """The smallest box with all alpha > 0 of a matte, uint8 (H, W); zeros when there is none."""
    import cv2

    x, y, w, h = cv2.boundingRect(visible)
    return Box(int(x), int(y), int(w), int(h)) if w and h else Box(0, 0, 0, 0)


def touched_borders(box: Box, width: int, height: int) -> tuple[Side, ...]:
    """The sides of a (width, height) image that ``box`` reaches."""
    if not box.w:
        return ()
    reaches = {
        Side.LEFT: box.x == 0,
        Side.TOP: box.y == 0,
        Side.RIGHT: box.x + box.w == width,
        Side.BOTTOM: box.y + box.h == height,
    }
    return tuple(side for side in Side if reaches[side])


def matte_file(name: str, sha256: str, visible: NDArray[np.uint8], visible_fraction: float) -> MatteFile:
    """Measure one visible matte.

    Args:
        name, sha256: of the encoded file.
        visible: uint8 (H, W), the visible alpha as stored.
        visible_fraction: visible alpha mass over the placed entity's own, 0..1.
    """
    height, width = visible.shape
    box = visible_box(visible)
    return MatteFile(
        FileDigest(name, sha256), box, touched_borders(box, width, height), round(visible_fraction, 6)
    )


def image_row(
    planned: PlannedImage,
    *,
    seed: int,
    file: FileDigest,
    entities: Mapping[str, Entity],
    background: Background,
    labels: Mapping[str, Labels],
) -> ImageRow:
    """The row of a composed image.

    Args:
        planned: its laid-out plan row.
        seed: of the build.
        file: the encoded image.
        entities, labels: by entity id; at least those of the image.
        background: the one it stands on.
    """
    shown = [entities[entity.entity_id] for entity in planned.entities]
    license = join_licenses({entity.license for entity in shown} | {background.license})
    slot = planned.slot
    return ImageRow(
        image_id=planned.image_id,
        split=slot.split,
        file_name=file.name,
        sha256=file.sha256,
        width=planned.width,
        height=planned.height,
        relation=slot.relation,
        background_id=planned.background_id,
        n_entities=len(shown),
        in_keyword_setting=in_keyword_setting([labels[entity.entity_id].category for entity in shown]),
        license=license,
        license_level=license_level(license).value,
        sources=tuple(sorted({entity.source for entity in shown} | {background.source})),
        contains_identifiable_faces=any(entity.contains_identifiable_faces for entity in shown),
        index=slot.index,
        stem=slot.stem.value,
        group=slot.group if slot.group >= 0 else None,
        seed_key=f"{seed}:{slot.split.value}:{slot.index}",
        floating_cut=planned.floating_cut,
        selected_expression=None,
    )


def matte_rows(
    planned: PlannedImage,
    files: Sequence[MatteFile],
    *,
    entities: Mapping[str, Entity],
    labels: Mapping[str, Labels],
    keywords: Mapping[str, str],
) -> tuple[MatteRow, ...]:
    """The rows of an image's mattes, in the order of its entities (``_1`` is the first of the relation).

    Args:
        planned: the laid-out plan row.
        files: one per entity, in the same order.
        entities, labels: by entity id.
        keywords: entity id -> the word of the keyword setting.
    """
    rows = []
    for number, (member, placement, file) in enumerate(
        zip(planned.entities, planned.placements, files, strict=True), start=1
    ):
        entity, known = entities[member.entity_id], labels[member.entity_id]
        rows.append(
            MatteRow(
                matte_id=matte_id(planned.image_id, number),
                image_id=planned.image_id,
                split=planned.slot.split,
                entity_id=entity.entity_id,
                file_name=file.file.name,
                sha256=file.file.sha256,
                keyword=keywords[entity.entity_id],
                kind=known.kind,
                category=known.category,
                bbox=box_record(file.bbox),
                z_order=placement.z,
                position=member.position,
                visible_fraction=file.visible_fraction,
                attributes=attributes_record(known),
                touched_borders=file.touched,
                license=entity.license,
                source=entity.source,
                contains_identifiable_faces=entity.contains_identifiable_faces,
            )
        )
    return tuple(rows)


def expression_rows(split: Split, image_id: str, expressions: Iterable[Expression]) -> tuple[ExpressionRow, ...]:
    """The rows of an image's expressions; numbered by the place of their kind (0 basic ... 3 relative2)."""
    return tuple(
        ExpressionRow(
            expression_id=expression_id(expression.matte_id, _KIND_ORDER.index(expression.kind)),
            matte_id=expression.matte_id,
            image_id=image_id,
            split=split,
            target_ids=(expression.matte_id,),
            kind=expression.kind.value,
            text=expression.text,
            relation=expression.relation,
            related_matte_id=expression.related_matte_id,
            unambiguous=expression.unambiguous,
            template=expression.template,
            kind_source=KindSource.ENGINE,
        )
        for expression in expressions
    )


def in_keyword_setting(categories: Sequence[str | None]) -> bool:
    """Whether keywords tell the entities apart: all known, no two alike (supplement 2.3)."""
    return None not in categories and len(set(categories)) == len(categories)


# ---- the plan ------------------------------------------------------------------------------------------------


def plan_row(planned: PlannedImage) -> PlanRow:
    """The row of a planned image, before or after layout."""
    slot = planned.slot
    return PlanRow(
        image_id=planned.image_id,
        split=slot.split,
        index=slot.index,
        stem=slot.stem.value,
        group=slot.group,
        relation=slot.relation,
        n_entities=slot.n_entities,
        distinct=slot.distinct,
        entities=tuple(
            PlannedEntityRecord(entity.entity_id, entity.position, entity.mirrored) for entity in planned.entities
        ),
        background_id=planned.background_id,
        redraw=planned.redraw,
        width=planned.width,
        height=planned.height,
        attempt=planned.attempt,
        placements=tuple(
            PlacementRecord(place.x, place.y, place.w, place.h, place.z, place.mirrored)
            for place in planned.placements
        ),
        floating_cut=planned.floating_cut,
    )


def planned_of(row: PlanRow) -> PlannedImage:
    """The planned image of a row.

    Raises:
        BadInputError: its stem is neither group nor extra (the table was edited).
    """
    return PlannedImage(
        image_id=row.image_id,
        slot=Slot(
            split=row.split,
            index=row.index,
            stem=_stem(row),
            group=row.group,
            relation=row.relation,
            n_entities=row.n_entities,
            distinct=row.distinct,
        ),
        entities=tuple(
            PlannedEntity(entity.entity_id, entity.position, entity.mirrored) for entity in row.entities
        ),
        background_id=row.background_id,
        redraw=row.redraw,
        width=row.width,
        height=row.height,
        attempt=row.attempt,
        placements=tuple(
            Placement(place.x, place.y, place.w, place.h, place.z, place.mirrored) for place in row.placements
        ),
        floating_cut=row.floating_cut,
    )


def _stem(row: PlanRow) -> Stem:
    try:
        return Stem(row.stem)
    except ValueError as error:
        raise BadInputError(f"{row.image_id}: unknown stem {row.stem!r}: use {' or '.join(Stem)}") from error
