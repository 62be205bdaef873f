"""Alphas of many kinds, and entities made of them, for the tests of layout and composition."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from refmatte_engine.config import Filters
from refmatte_engine.entities import Background, Entity
from refmatte_engine.foreground.prepare import PreparedCutout
from refmatte_engine.ingest.filters import cut_sides
from refmatte_engine.ingest.measure import measure_alpha
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.sources.base import CutoutFiles

Alpha = NDArray[np.uint8]


def _disc(width: int, height: int, rng: np.random.Generator) -> Alpha:
    alpha = np.zeros((height, width), np.uint8)
    cv2.ellipse(
        alpha, (width // 2, height // 2), (width // 2 - 2, height // 2 - 2), 0, 0, 360, 255, -1, cv2.LINE_AA
    )
    return alpha


def _hairy(width: int, height: int, rng: np.random.Generator) -> Alpha:
    alpha = np.zeros((height, width), np.uint8)
    cv2.ellipse(alpha, (width // 2, height // 2), (width // 4, height // 3), 0, 0, 360, 255, -1, cv2.LINE_AA)
    for x, y in rng.uniform(0, 1, (60, 2)):
        cv2.line(alpha, (width // 2, height // 2), (int(x * width), int(y * height)), 160, 1, cv2.LINE_AA)
    return alpha


def _lopsided(width: int, height: int, rng: np.random.Generator) -> Alpha:
    corners = rng.uniform(0, 1, (5, 2)) * (width - 1, height - 1)
    alpha = np.zeros((height, width), np.uint8)
    cv2.fillPoly(alpha, [np.round(corners).astype(np.int32)], 255)
    return cv2.GaussianBlur(alpha, (0, 0), 2.0)


def _net(width: int, height: int, rng: np.random.Generator) -> Alpha:
    alpha = np.zeros((height, width), np.uint8)
    step = int(rng.integers(2, 9))
    alpha[::step] = 255
    alpha[:, ::step] = 200
    return alpha


def _smoke(width: int, height: int, rng: np.random.Generator) -> Alpha:
    noise = cv2.GaussianBlur(rng.uniform(0, 1, (height, width)), (0, 0), 9.0)
    return np.clip((noise - noise.min()) / (np.ptp(noise) + 1e-9) * 150, 0, 255).astype(np.uint8)


def _bar(width: int, height: int, rng: np.random.Generator) -> Alpha:
    alpha = np.zeros((height, width), np.uint8)
    alpha[:, width // 2 - 1 : width // 2 + 2] = 255
    return alpha


def _fence(width: int, height: int, rng: np.random.Generator) -> Alpha:
    """Pickets one pixel wide, which fall below 0.5 when shrunk, and a post at one end, which does not."""
    alpha = np.zeros((height, width), np.uint8)
    alpha[:, ::2] = 255
    post = max(2, width // 12)
    alpha[:, : 2 * post] = 0
    alpha[:, :post] = 255
    return alpha


KINDS: dict[str, Callable[[int, int, np.random.Generator], Alpha]] = {
    "disc": _disc,
    "hairy": _hairy,
    "lopsided": _lopsided,
    "net": _net,
    "smoke": _smoke,
    "bar": _bar,
    "fence": _fence,
}


def draw_alpha(kind: str, width: int, height: int, seed: int) -> Alpha:
    """An alpha of (height, width), never empty, not cut by its frame."""
    alpha = np.zeros((height, width), np.uint8)
    alpha[2:-2, 2:-2] = KINDS[kind](width - 4, height - 4, np.random.default_rng(seed))
    alpha[height // 2, width // 2] = 255
    return alpha


def entity_of(entity_id: str, alpha: Alpha) -> Entity:
    """The entity that ingest would make of a photograph with this alpha."""
    measured = measure_alpha(alpha)
    assert measured.box is not None and measured.shape is not None
    return Entity(
        entity_id=entity_id,
        source="drawn",
        split=None,
        kind=EntityKind.OBJECT,
        category="shape",
        files=CutoutFiles("none"),
        width=measured.width,
        height=measured.height,
        box=measured.box,
        cut_sides=cut_sides(measured, Filters()),
        soft_share=measured.soft_share,
        mass_centre=measured.mass_centre,
        shape=measured.shape,
        content_hash=entity_id,
        license="CC0-1.0",
        contains_identifiable_faces=False,
    )


def cutout_of(entity: Entity, alpha: Alpha) -> PreparedCutout:
    """The entity's box at its own size, in colours that differ from pixel to pixel."""
    box = entity.box
    inside = alpha[box.y : box.y + box.h, box.x : box.x + box.w]
    rgb = np.random.default_rng(7).integers(0, 256, (box.h, box.w, 3), dtype=np.uint8)
    return PreparedCutout(rgb=rgb, alpha=np.ascontiguousarray(inside))


def background_of(width: int, height: int) -> Background:
    return Background("drawn/grey", "drawn", None, "none", width, height, "grey", "CC0-1.0")
