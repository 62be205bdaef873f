"""What a kept cut-out is: an entity with its shape, and the background it may stand on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from refmatte_engine.manifest.vocabulary import EntityKind, Side, Split
from refmatte_engine.sources.base import CutoutFiles, StatedLabel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHAPE_SIDE = 96
"""Longest side of an entity's small shape, in cells."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box in pixels: left, top, width, height."""

    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """The small alpha that layout works with: the alpha box of the entity on a grid of (h, w) cells.

    Attributes:
        support: bool (h, w), True where any alpha > 0 lies in the cell (never too small).
        mass: uint8 (h, w), mean alpha of the cell, 0..255.
        solid: uint8 (h, w), share of the cell's pixels with alpha >= 0.5, 0..255.
    """

    support: NDArray[np.bool_]
    mass: NDArray[np.uint8]
    solid: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Entity:
    """A kept cut-out: what planning, layout and composition need to know of it, without its pixels.

    Attributes:
        entity_id: ``source/stem``.
        split: the source's own split, None when it has none.
        width, height: of the source image in pixels.
        box: of alpha > 0 in the source image.
        cut_sides: sides of the source frame the entity is cut by (at least 2 % of the border has alpha >= 0.5).
        soft_share: share of the box's supported pixels with 0 < alpha < 255.
        mass_centre: centre of the alpha mass, as fractions (x, y) of the box.
        shape: small alpha of the box.
        content_hash: sha256 over the bytes of the entity's files.
        labels: what dataset or user CSV states.
    """

    entity_id: str
    source: str
    split: Split | None
    kind: EntityKind
    category: str | None
    files: CutoutFiles
    width: int
    height: int
    box: Box
    cut_sides: frozenset[Side]
    soft_share: float
    mass_centre: tuple[float, float]
    shape: Shape
    content_hash: str
    license: str
    contains_identifiable_faces: bool
    labels: tuple[StatedLabel, ...] = ()


@dataclass(frozen=True, slots=True)
class Background:
    """A kept background; ``contains`` None means that nobody looked."""

    background_id: str
    source: str
    split: Split | None
    file: str
    width: int
    height: int
    content_hash: str
    license: str
    contains: tuple[str, ...] | None = None
