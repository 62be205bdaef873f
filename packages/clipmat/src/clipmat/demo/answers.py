"""What the page shows, as pure functions: phrases, verdicts, pictures."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from clipmat.errors import UsageError
from clipmat.prediction.matter import cover

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipmat.prediction.matter import Matte

MOST_PHRASES: Final = 12
PREVIEW: Final = 1280
"""Longest side of what the page shows; what it lets you download has the photo's size."""


class Mattes(Protocol):
    """Anything that mattes: `clipmat.Matter`, `clipmat.export.OnnxMatter`."""

    def predict(self, image: NDArray[np.uint8], phrases: Sequence[str]) -> list[Matte]: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """One phrase's matte and cut-out; the colours are estimated once, whatever is put behind.

    Attributes:
        matte: as predicted.
        cutout: uint8 (H, W, 4).
    """

    matte: Matte
    cutout: NDArray[np.uint8]


def phrases_of(text: str) -> list[str]:
    """One phrase a line; empty lines and repetitions are left out.

    Raises:
        UsageError: none, or more than the page has room for.
    """
    found = list(dict.fromkeys(" ".join(line.split()) for line in text.splitlines() if line.strip()))
    if not found:
        raise UsageError("say what to cut out, as in: the woman in the red coat")
    if len(found) > MOST_PHRASES:
        raise UsageError(f"{len(found)} phrases at once are too many for this page: give at most {MOST_PHRASES}")
    return found


def answer(matter: Mattes, photo: NDArray[np.uint8], phrases: Sequence[str]) -> list[Answer]:
    """Mattes and cut-outs of all phrases; the photo is looked at once."""
    return [Answer(matte, matte.cutout()) for matte in matter.predict(photo, phrases)]


def on_colour(cutout: NDArray[np.uint8], colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    """uint8 (H, W, 3): the thing on one colour."""
    return _over(cutout, np.array(colour, np.float32))


def on_photo(cutout: NDArray[np.uint8], behind: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 (H, W, 3): the thing on another picture, which is scaled to cover the frame."""
    return _over(cutout, cover(behind, cutout.shape[:2]).astype(np.float32))


def on_checks(cutout: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 (H, W, 3): the thing on the grey squares that mean "nothing"."""
    height, width = cutout.shape[:2]
    side = max(4, round(max(height, width) / 48))
    y, x = np.mgrid[:height, :width] // side
    return _over(cutout, np.where((x + y) % 2, 238.0, 255.0)[..., None].astype(np.float32))


def preview(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture of at most `PREVIEW` pixels a side."""
    import cv2

    scale = PREVIEW / max(picture.shape[:2])
    if scale >= 1:
        return picture
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def rgb_of(colour: str) -> tuple[int, int, int]:
    """What a colour field says: ``#ff8800``, ``rgb(255, 136, 0)`` or ``rgba(255, 136, 0, 1)``.

    Raises:
        UsageError: nothing of these.
    """
    text = colour.strip().lower()
    if short := re.fullmatch(r"#([0-9a-f]{6})", text):
        red, green, blue = bytes.fromhex(short[1])
        return red, green, blue
    if numbers := re.fullmatch(r"rgba?\(([\d.]+),\s*([\d.]+),\s*([\d.]+)(?:,\s*[\d.]+)?\)", text):
        red, green, blue = (min(255, round(float(number))) for number in numbers.groups())
        return red, green, blue
    raise UsageError(f"{colour!r} is no colour: write it as #ff8800")


def verdict(answers: Sequence[Answer], least: float) -> str:
    """HTML: for every phrase, found or not, and its score.

    Args:
        answers: of one photo.
        least: score from which a thing counts as found.
    """
    rows = []
    for one in answers:
        found = one.matte.score >= least
        word = "found" if found else "not found"
        rows.append(
            f'<li class="{"found" if found else "missing"}"><span class="word">{word}</span>'
            f'<span class="phrase">{html.escape(one.matte.phrase)}</span>'
            f'<span class="bar"><i style="width:{100 * one.matte.score:.0f}%"></i>'
            f'<b style="left:{100 * least:.0f}%"></b></span>'
            f'<span class="score">{one.matte.score:.2f}</span></li>'
        )
    return f'<ul class="verdict">{"".join(rows)}</ul>'


def problem(words: str) -> str:
    """HTML: what went wrong, in the place where the verdicts stand."""
    return f'<p class="problem" role="alert">{html.escape(words)}</p>'


def _over(cutout: NDArray[np.uint8], behind: NDArray[np.float32]) -> NDArray[np.uint8]:
    share = cutout[..., 3:].astype(np.float32) / 255.0
    blended = share * cutout[..., :3] + (1.0 - share) * behind
    return np.rint(blended).astype(np.uint8)
