"""Where the visible mattes of one image are: measured on pixels, or bounded from layout's small shapes.

Positions are in pixels with the pixel of column i reaching from i to i + 1, so its centre is i + 0.5.
A box is (x0, y0, x1, y1), x1 and y1 exclusive. "Solid" is alpha >= 0.5, 128 of 255.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from refmatte_engine.express.scene import Actor, Scene
from refmatte_engine.ingest.measure import HALF
from refmatte_engine.layout.footprint import Hidden, centre, centre_slack, hidden_by, placed_footprint
from refmatte_engine.manifest.ids import matte_id
from refmatte_engine.manifest.vocabulary import Relation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from refmatte_engine.attributes.labels import Labels
    from refmatte_engine.entities import Entity
    from refmatte_engine.plan.records import Placement, PlannedImage


@dataclass(frozen=True, slots=True)
class MatteGeometry:
    """What the evaluator needs of one visible matte.

    Attributes:
        box: (x0, y0, x1, y1) of alpha >= 0.5, in pixels.
        centre: (x, y) of the alpha mass, in pixels.
        mass: sum of alpha over all pixels, in pixels (255 counts as 1).
    """

    box: tuple[float, float, float, float]
    centre: tuple[float, float]
    mass: float


def measure_matte(matte: NDArray[np.uint8]) -> MatteGeometry:
    """Measure ``matte``, uint8 (H, W).

    The box of a matte without any pixel of at least 0.5 (smoke, a web) is that of all its alpha.

    Raises:
        ValueError: the matte is empty.
    """
    import cv2

    x, y, w, h = cv2.boundingRect(matte)
    if w == 0 or h == 0:
        raise ValueError("an empty matte has no place in its image")
    inside = matte[y : y + h, x : x + w]
    mass = float(cv2.sumElems(inside)[0]) / 255.0
    solid = cv2.threshold(inside, HALF - 1, 0, cv2.THRESH_TOZERO)[1]
    sx, sy, sw, sh = cv2.boundingRect(solid)
    if sw == 0:
        sx, sy, sw, sh = 0, 0, w, h
    # Raw moments of 8-bit values are whole numbers below 2^53: exact in doubles.
    moments = cv2.moments(np.ascontiguousarray(inside))
    left, top = float(x + sx), float(y + sy)
    return MatteGeometry(
        box=(left, top, left + sw, top + sh),
        centre=(moments["m10"] / moments["m00"] + x + 0.5, moments["m01"] / moments["m00"] + y + 0.5),
        mass=mass,
    )


def scene_from_mattes(
    row: PlannedImage, mattes: Sequence[NDArray[np.uint8]], labels: Mapping[str, Labels]
) -> Scene:
    """The scene as composed: geometry measured on the visible ``mattes``, uint8 (H, W), in the row's order.

    Args:
        row: names the entities and their relation.
        mattes: as stored.
        labels: per entity id.
    """
    if len(mattes) != len(row.entities):
        raise ValueError(f"{row.image_id}: {len(mattes)} mattes for {len(row.entities)} entities")
    actors = []
    for k, (entity, matte) in enumerate(zip(row.entities, mattes, strict=True), start=1):
        measured = measure_matte(matte)
        actors.append(Actor(matte_id(row.image_id, k), labels[entity.entity_id], measured.box, measured.centre))
    height, width = mattes[0].shape
    return Scene(width, height, row.slot.relation, tuple(actors))


def scene_from_layout(row: PlannedImage, entities: Mapping[str, Entity], labels: Mapping[str, Labels]) -> Scene:
    """The scene as laid out, before any pixel: centres are expected ones, ``slack`` bounds how far off they are.

    The bound follows from the cells of the shapes (``footprint.centre_bounds``): 0.005 to 0.03 for opaque things
    on a canvas of some megapixels, up to half their size for things that hardly reach alpha 0.5.
    """
    placed = [
        (entities[planned.entity_id], placement)
        for planned, placement in zip(row.entities, row.placements, strict=True)
    ]
    may_overlap = row.slot.relation is Relation.FRONT_BEHIND
    actors, slack = [], 0.0
    for k, (entity, placement) in enumerate(placed, start=1):
        shape = placed_footprint(entity, placement)
        hidden = _hidden(entity, placement, placed) if may_overlap else None
        at = centre(shape, hidden)
        slack = max(slack, centre_slack(shape, row.width, row.height, hidden))
        actors.append(
            Actor(
                matte_id(row.image_id, k),
                labels[entity.entity_id],
                _solid_box(entity, placement),
                (placement.x + at[0], placement.y + at[1]),
            )
        )
    return Scene(row.width, row.height, row.slot.relation, tuple(actors), slack)


def _hidden(entity: Entity, placement: Placement, placed: Sequence[tuple[Entity, Placement]]) -> Hidden | None:
    """What those in front hide of one entity; None when nothing does."""
    shape = placed_footprint(entity, placement)
    hidden: Hidden | None = None
    for other, at in placed:
        if at.z <= placement.z or not _boxes_meet(placement, at):
            continue
        more = hidden_by(shape, placed_footprint(other, at), at.x - placement.x, at.y - placement.y)
        if hidden is None:
            hidden = more
        else:
            hidden = Hidden(np.maximum(hidden.lo, more.lo), np.minimum(shape.mass, hidden.hi + more.hi))
    return hidden


def _boxes_meet(a: Placement, b: Placement) -> bool:
    return a.x < b.x + b.w and b.x < a.x + a.w and a.y < b.y + b.h and b.y < a.y + a.h


def _solid_box(entity: Entity, placement: Placement) -> tuple[float, float, float, float]:
    """Box of the cells with alpha >= 0.5 (of all cells where there are none), to the cell."""
    shape = placed_footprint(entity, placement)
    solid = shape.solid > 0.0
    if not solid.any():
        solid = shape.support
    columns, rows = np.flatnonzero(solid.any(0)), np.flatnonzero(solid.any(1))
    return (
        placement.x + float(columns[0]) * shape.cell_w,
        placement.y + float(rows[0]) * shape.cell_h,
        placement.x + float(columns[-1] + 1) * shape.cell_w,
        placement.y + float(rows[-1] + 1) * shape.cell_h,
    )
