"""How an image-text model is asked what a cut-out shows."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from refmatte_engine.labellers.base import Look
from refmatte_engine.lexicon.inflection import article

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from refmatte_engine.labellers.vocabulary import Name
    from refmatte_engine.lexicon import Lexicon

MARGIN = 0.1
"""Surroundings that the crop keeps on each side, as a share of the alpha box's longer side."""

GREY = 128
"""What stands around a cut-out that is shown alone, and beyond the picture's edge."""


@dataclass(frozen=True, slots=True)
class Questions:
    """The texts of ``zero_shot.toml``.

    Attributes:
        prompts: with the slot ``{thing}`` for a word with its article.
        unsaid: categories that are never proposed.
    """

    prompts: tuple[str, ...]
    unsaid: tuple[str, ...]


@cache
def questions() -> Questions:
    """How CLIP is asked."""
    text = resources.files("refmatte_engine.labellers.clip").joinpath("zero_shot.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    return Questions(tuple(document["prompts"]), tuple(document["unsaid"]))


def prompts_of(name: Name, lexicon: Lexicon) -> tuple[str, ...]:
    """All prompts for one category: "a photo of an apple.", "a photo of smoke.", "a photo of leaves."."""
    from refmatte_engine.lexicon import Number

    known = lexicon.category(name.category)
    counted = known is None or known.number is Number.SINGULAR
    thing = f"{article(name.word)} {name.word}" if counted else name.word
    return tuple(prompt.format(thing=thing) for prompt in questions().prompts)


def views(look: Look, side: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The square around the entity, uint8 (side, side, 3): as photographed, and alone on grey.

    The photograph keeps what tells a thing by its surroundings, and every colour of translucent things; the
    cut-out keeps the neighbours from being named instead. Beyond the picture's edge both are grey.
    """
    import cv2

    x0, y0, size = _square(look.alpha)
    height, width = look.alpha.shape
    left, top = max(0, x0), max(0, y0)
    right, bottom = min(width, x0 + size), min(height, y0 + size)
    inner = (slice(top - y0, bottom - y0), slice(left - x0, right - x0))
    photo = np.full((size, size, 3), GREY, np.uint8)
    alone = photo.copy()
    pixels = look.image[top:bottom, left:right]
    share = look.alpha[top:bottom, left:right, None].astype(np.uint16)
    photo[inner] = pixels
    alone[inner] = ((pixels * share + GREY * (255 - share) + 127) // 255).astype(np.uint8)
    how = cv2.INTER_AREA if size > side else cv2.INTER_CUBIC
    first, second = (
        np.asarray(cv2.resize(each, (side, side), interpolation=how), np.uint8) for each in (photo, alone)
    )
    return first, second


def _square(alpha: NDArray[np.uint8]) -> tuple[int, int, int]:
    """Left, top and side of the square around alpha > 0; it may reach over the edge."""
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    if not len(rows):
        return 0, 0, max(alpha.shape)
    x0, x1, y0, y1 = int(columns[0]), int(columns[-1]) + 1, int(rows[0]), int(rows[-1]) + 1
    size = max(1, round(max(x1 - x0, y1 - y0) * (1 + 2 * MARGIN)))
    return round((x0 + x1 - size) / 2), round((y0 + y1 - size) / 2), size


def softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares that sum to 1."""
    raised = np.exp(values - values.max())
    return np.asarray(raised / raised.sum())
