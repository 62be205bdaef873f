"""Type and colour of clothes.

The type by CLIP, zero-shot: which of MMFashion's categories fits best a picture of the person alone and one of the
clothes alone; scores of categories with one everyday word add up. What covers the legs is asked only when they
can be seen. The colour by the clustering that all colours come from, over the pixels of the clothes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from refmatte_engine.attributes.color import dominant_colors
from refmatte_engine.attributes.labels import ColorShare
from refmatte_engine.attributes.written import written_colors
from refmatte_engine.config import Color
from refmatte_engine.labellers.base import Candidate, Look, Proposal
from refmatte_engine.labellers.clip.image_text import ImageTextModel
from refmatte_engine.labellers.clip.square import alpha_box, square_around
from refmatte_engine.labellers.clip.zero_shot import prompt_points
from refmatte_engine.labellers.people.faces import Face
from refmatte_engine.labellers.people.garments import Garment, find_garment
from refmatte_engine.labellers.people.mmfashion import fashion_categories
from refmatte_engine.sources.base import Cutout

if TYPE_CHECKING:
    from numpy.typing import NDArray

VERSION = 2
"""Part of the fingerprint: raised whenever the same pixels would give other proposals."""

CANDIDATES = 5
MARGIN = 0.05
"""Of the longer side, around what is shown."""


class Clothes:
    """Proposes ``clothes_type`` and ``clothes_color``.

    Args:
        points: folder where the points of the prompts are kept; None keeps nothing.
    """

    attributes = ("clothes_type", "clothes_color")

    def __init__(self, model: ImageTextModel, color: Color, points: Path | None = None):
        self.model = model
        self.color = color
        self.points = points

    @property
    def fingerprint(self) -> str:
        prompts = "\n".join(text for category in fashion_categories() for text in category.prompts)
        asked = hashlib.sha256(prompts.encode()).hexdigest()
        return f"clothes {VERSION}: {self.model.fingerprint}, prompts {asked}, {self.color.model_dump_json()}"

    def judge(self, looks: Sequence[Look], faces: Sequence[Face | None]) -> list[tuple[Proposal, ...]]:
        """Type and colour of every look; a blurred face tells where the clothes are all the same."""
        garments = [find_garment(look, face) for look, face in zip(looks, faces, strict=True)]
        return [
            (kind, self._color(look, garment))
            for look, garment, kind in zip(looks, garments, self._types(looks, garments), strict=True)
        ]

    def _types(self, looks: Sequence[Look], garments: Sequence[Garment]) -> list[Proposal]:
        seen = [index for index, garment in enumerate(garments) if garment.in_view]
        pictures = [view for index in seen for view in self._views(looks[index], garments[index])]
        proposals = [Proposal("clothes_type", None, None, reason=garment.reason) for garment in garments]
        if seen:
            points = self.model.embed_images(pictures).reshape(len(seen), 2, -1)
            cosines = (points @ self._points.T).mean(axis=1).astype(np.float64)
            for index, row in zip(seen, cosines, strict=True):
                proposals[index] = self._type(row, garments[index])
        return proposals

    def _type(self, cosines: NDArray[np.float64], garment: Garment) -> Proposal:
        asked = [
            (category, cosine * self.model.scale)
            for category, cosine in zip(fashion_categories(), cosines, strict=True)
            if garment.legs_in_view or category.covers != "lower"
        ]
        highest = max(value for _, value in asked)
        shares: dict[str, float] = {}
        for category, value in asked:
            shares[category.garment] = shares.get(category.garment, 0.0) + float(np.exp(value - highest))
        total = sum(shares.values())
        ranked = sorted(shares.items(), key=lambda pair: (-pair[1], pair[0]))[:CANDIDATES]
        candidates = tuple(Candidate(name, round(share / total, 4)) for name, share in ranked)
        return Proposal("clothes_type", candidates[0].value, candidates[0].score, candidates)

    def _color(self, look: Look, garment: Garment) -> Proposal:
        if garment.reason:
            return Proposal("clothes_color", None, None, reason=garment.reason)
        shares = dominant_colors(Cutout(look.image, garment.mask.astype(np.uint8) * np.uint8(255)), self.color)
        candidates = tuple(Candidate(term, round(share, 4)) for term, share in _by_term(shares))
        # Two blues may together be more than the red that is said first: the score is of what is said.
        score = next(one.score for one in candidates if one.value == shares[0].basic)
        return Proposal("clothes_color", written_colors(shares), score, candidates)

    @cached_property
    def _points(self) -> NDArray[np.float32]:
        """float32 (categories, d), unit vectors: the mean of each category's prompts."""
        return prompt_points(self.model, [category.prompts for category in fashion_categories()], self.points)

    def _views(self, look: Look, garment: Garment) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The person alone on grey, and the part with the clothes."""
        whole, side = alpha_box(look.alpha) or garment.box, self.model.side
        person, clothes = square_around(whole, MARGIN), square_around(garment.box, MARGIN)
        return person.cut(look, side, alone=True), clothes.cut(look, side, alone=True)


def _by_term(shares: Sequence[ColorShare]) -> list[tuple[str, float]]:
    """Basic terms with their shares, the largest first; shades of one term count together."""
    sums: dict[str, float] = {}
    for color in shares:
        sums[color.basic] = sums.get(color.basic, 0.0) + color.share
    return sorted(((term, min(share, 1.0)) for term, share in sums.items()), key=lambda pair: (-pair[1], pair[0]))
