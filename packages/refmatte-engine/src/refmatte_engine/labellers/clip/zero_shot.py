"""How an image-text model is asked what a cut-out shows."""

from __future__ import annotations

import hashlib
import io
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from refmatte_engine.atomic import write_bytes
from refmatte_engine.labellers.base import Look
from refmatte_engine.labellers.clip.square import Square, alpha_box, square_around
from refmatte_engine.lexicon.inflection import article
from refmatte_engine.manifest.fingerprint import canonical_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from refmatte_engine.labellers.clip.image_text import ImageTextModel
    from refmatte_engine.labellers.vocabulary import Name
    from refmatte_engine.lexicon import Lexicon

MARGIN = 0.1
"""Surroundings that the crop keeps on each side, as a share of the alpha box's longer side."""

UNIT_WITHIN = 1e-3
"""Length of a kept point, from 1; another one is damage."""


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


def prompt_points(
    model: ImageTextModel, groups: Sequence[Sequence[str]], folder: Path | None
) -> NDArray[np.float32]:
    """One point per group of texts, the mean of theirs: float32 (groups, d), unit vectors.

    Args:
        folder: keeps a small file per group, so that the same texts are embedded once; None keeps nothing. A file
            that cannot be read back is made anew.

    Raises:
        DiskError: the folder cannot be written.
    """
    files = [None if folder is None else folder / _points_file(model, texts) for texts in groups]
    known = [None if file is None else _kept_point(file) for file in files]
    new = [index for index, point in enumerate(known) if point is None]
    points = iter(model.embed_texts([text for index in new for text in groups[index]])) if new else iter(())
    for index in new:
        mean = np.mean([next(points) for _ in groups[index]], axis=0)
        point = np.asarray(mean / np.linalg.norm(mean), np.float32)
        known[index] = point
        if (file := files[index]) is not None:
            _keep_point(file, point)
    return np.stack([point for point in known if point is not None])


def _points_file(model: ImageTextModel, texts: Sequence[str]) -> str:
    return f"{hashlib.sha256(canonical_json([model.fingerprint, list(texts)])).hexdigest()}.npy"


def _keep_point(file: Path, point: NDArray[np.float32]) -> None:
    stream = io.BytesIO()
    np.save(stream, point, allow_pickle=False)
    write_bytes(file, stream.getvalue(), durable=False)


def _kept_point(file: Path) -> NDArray[np.float32] | None:
    """float32 (d,), None when it is not there or is no unit vector."""
    try:
        with file.open("rb") as stream:
            point = np.lib.format.read_array(stream, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    whole = point.ndim == 1 and point.dtype == np.float32 and abs(float(np.linalg.norm(point)) - 1.0) < UNIT_WITHIN
    return point if whole else None


def views(look: Look, side: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The square around the entity, uint8 (side, side, 3): as photographed, and alone on grey.

    The photograph keeps what tells a thing by its surroundings, and every colour of translucent things; the
    cut-out keeps the neighbours from being named instead. Beyond the picture's edge both are grey.
    """
    box = alpha_box(look.alpha)
    square = Square(0, 0, max(look.alpha.shape)) if box is None else square_around(box, MARGIN)
    return square.cut(look, side, alone=False), square.cut(look, side, alone=True)


def softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares that sum to 1."""
    raised = np.exp(values - values.max())
    return np.asarray(raised / raised.sum())
