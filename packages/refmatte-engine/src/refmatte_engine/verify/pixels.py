"""Rules about pixels: visible alphas, boxes, and who may cover whom."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from refmatte_engine.manifest.records import PlacementRecord
from refmatte_engine.manifest.vocabulary import Position, Relation, Side
from refmatte_engine.rows.composed import touched_borders, visible_box
from refmatte_engine.rows.inventory import box_record
from refmatte_engine.verify.contents import Shown
from refmatte_engine.verify.violation import Violation

VISIBLE_SLACK = 0.03
"""Layout bounds the visible share on small shapes; on pixels it may be off by this much."""


def alpha_sums(shown: Shown) -> Iterator[Violation]:
    """The visible alphas of a composed image sum to at most 255 in every pixel."""
    if not shown.contents.composed:
        return
    total = np.zeros((shown.image.height, shown.image.width), np.uint16)
    for alpha in shown.alphas:
        total += alpha
    if total.max(initial=0) > 255:
        bad = int(np.count_nonzero(total > 255))
        yield Violation("alpha_sum", shown.image.image_id, f"{bad} pixels sum to up to {int(total.max())}")


def boxes_hold(shown: Shown) -> Iterator[Violation]:
    """``bbox`` and ``touched_borders`` are those of the pixels, and something is visible."""
    for row, alpha in zip(shown.mattes, shown.alphas, strict=True):
        box = visible_box(alpha)
        if not box.w:
            yield Violation("empty_matte", row.matte_id, "no pixel is visible")
        if box_record(box) != row.bbox:
            yield Violation("box_differs", row.matte_id, f"bbox says {row.bbox}, the pixels {box}")
        elif touched_borders(box, shown.image.width, shown.image.height) != row.touched_borders:
            yield Violation("box_differs", row.matte_id, f"touched_borders says {row.touched_borders}")


def supports_disjoint(shown: Shown) -> Iterator[Violation]:
    """Beside and above one another, no pixel belongs to two entities (dataset.md section 7)."""
    if not shown.contents.composed or shown.image.relation is Relation.FRONT_BEHIND:
        return
    for (first, a), (second, b) in combinations(zip(shown.mattes, shown.alphas, strict=True), 2):
        if _boxes_meet(first.bbox.x, first.bbox.w, second.bbox.x, second.bbox.w) and _boxes_meet(
            first.bbox.y, first.bbox.h, second.bbox.y, second.bbox.h
        ):
            common = int(np.count_nonzero(np.minimum(a, b)))
            if common:
                yield Violation(
                    "supports_overlap",
                    shown.image.image_id,
                    f"{first.matte_id}, {second.matte_id}: {common} pixels",
                )


def overlap_bounded(shown: Shown) -> Iterator[Violation]:
    """In front/behind the two meet, the front is whole, and the rear keeps its least visible share."""
    if not shown.contents.composed or shown.image.relation is not Relation.FRONT_BEHIND or len(shown.mattes) != 2:
        return
    by_position = {row.position: (row, alpha) for row, alpha in zip(shown.mattes, shown.alphas, strict=True)}
    if by_position.keys() != {Position.IN_FRONT_OF, Position.BEHIND}:
        return
    (front, front_alpha), (rear, rear_alpha) = by_position[Position.IN_FRONT_OF], by_position[Position.BEHIND]
    if not (front.z_order or 0) > (rear.z_order or 0):
        yield Violation("z_order", shown.image.image_id, "the entity in front is not in front of the other")
    if front.visible_fraction is None or front.visible_fraction < 1.0:
        yield Violation(
            "visible_fraction", front.matte_id, f"{front.visible_fraction}, but nothing is in front of it"
        )
    least = shown.contents.preset.layout.min_visible_share - VISIBLE_SLACK
    if rear.visible_fraction is None or not least <= rear.visible_fraction < 1.0:
        yield Violation("visible_fraction", rear.matte_id, f"{rear.visible_fraction}, not within {least:.2f} to 1")
    if not _neighbours(front_alpha, rear_alpha):
        yield Violation("no_overlap", shown.image.image_id, "the two do not meet")


def whole_beside(shown: Shown) -> Iterator[Violation]:
    """Nothing hides an entity that stands beside or above others."""
    if not shown.contents.composed or shown.image.relation is Relation.FRONT_BEHIND:
        return
    for row in shown.mattes:
        if row.visible_fraction != 1.0:
            yield Violation(
                "visible_fraction", row.matte_id, f"{row.visible_fraction}, but nothing is in front of it"
            )


def cut_sides_stand(shown: Shown) -> Iterator[Violation]:
    """A side where the source's frame cuts an entity off stands on that side of the canvas (DESIGN 5.4)."""
    planned = shown.planned
    if planned is None or not len(shown.mattes) == len(planned.entities) == len(planned.placements):
        return  # `joins.plan_kept` says so
    floating = False
    for row, member, place in zip(shown.mattes, planned.entities, planned.placements, strict=True):
        entity = shown.contents.entities.get(member.entity_id)
        if entity is None:
            continue
        sides = {_mirrored(side) if place.mirrored else side for side in entity.cut_sides}
        hanging = sorted(
            side for side in sides if not _on_border(place, side, shown.image.width, shown.image.height)
        )
        floating |= bool(hanging)
        if hanging and not shown.image.floating_cut:
            yield Violation("floating_cut", row.matte_id, f"its {hanging[0]} side is cut off and hangs in the air")
        if place.w > entity.box.w or place.h > entity.box.h:
            yield Violation(
                "enlarged",
                row.matte_id,
                f"{place.w} x {place.h} pixels, its source has {entity.box.w} x {entity.box.h}",
            )
    if shown.image.floating_cut and not floating:
        yield Violation("floating_cut", shown.image.image_id, "it is flagged, but nothing hangs in the air")


def _boxes_meet(a: int, a_size: int, b: int, b_size: int) -> bool:
    return a < b + b_size and b < a + a_size


def _neighbours(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether the supports of two mattes share or touch a pixel."""
    import cv2

    grown = cv2.dilate((a > 0).astype(np.uint8), np.ones((3, 3), np.uint8))
    return bool(np.any(grown.astype(bool) & (b > 0)))


def _mirrored(side: Side) -> Side:
    return {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}.get(side, side)


def _on_border(place: PlacementRecord, side: Side, width: int, height: int) -> bool:
    return {
        Side.LEFT: place.x <= 0,
        Side.TOP: place.y <= 0,
        Side.RIGHT: place.x + place.w >= width,
        Side.BOTTOM: place.y + place.h >= height,
    }[side]
