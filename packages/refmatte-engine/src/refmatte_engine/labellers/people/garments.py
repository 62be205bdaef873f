"""Where on a person the clothes are: pixels of the alpha below the head that do not look like skin.

With a face the clothes are looked for from below the chin to the hip, and skin is what has the colour of that
face. Without one (P3M-10k blurs most) the place follows from the shape of the alpha alone: a bust shows clothes in
its lower part, a standing person around the middle; skin is what lies in the usual range of chrominance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from refmatte_engine.attributes.color_names import to_lab
from refmatte_engine.labellers.base import Look
from refmatte_engine.labellers.people.faces import Face, middle_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

OPAQUE = 230
"""Alpha from which a pixel shows the person alone (0.9, as ``color.alpha_threshold``)."""

BELOW_CHIN, TO_HIP = 0.2, 3.5
"""Heights of the face from the lower edge of its box to where clothes begin and end (our choice, by looking)."""

STANDING = 1.5
"""Height by width of an alpha from which the person is not a bust (our choice, by looking)."""

BUST_ROWS = (0.75, 1.0)
STANDING_ROWS = (0.35, 0.65)
"""Rows with clothes, as shares of the alpha's height (our choice, by looking)."""

SKIN_DISTANCE, SKIN_LIGHTNESS = 9.0, 35.0
"""How far from the colour of the face skin may be, in CIELAB's a and b together, and in lightness."""

COLORLESS = 5.0
"""Below this chroma a face is part of a black-and-white photograph, or in coloured light: it tells no skin."""

CB, CR = (77, 127), (133, 173)
"""Skin in YCbCr (Chai and Ngan 1999), used where no face tells its colour. It also holds beige and brown cloth."""

LEAST_PIXELS = 400
LEAST_OF_ALPHA = 0.03
"""Share of the opaque alpha that the region holds; with less, the picture is a head (our choice, by looking)."""

LEAST_SHARE = 0.35
"""Of the region's pixels that are no skin; with less, clothes and skin cannot be told apart (our choice)."""


@dataclass(frozen=True, slots=True, eq=False)
class Garment:
    """Pixels of clothes.

    Attributes:
        mask: bool (H, W), where they are; empty when ``reason`` says so.
        box: left, top, right, bottom of the region in which they were looked for.
        in_view: the picture shows enough of the region to say what is worn.
        legs_in_view: it also shows what is worn on the legs.
        reason: why there are no pixels, for people.
    """

    mask: NDArray[np.bool_]
    box: tuple[int, int, int, int]
    in_view: bool
    legs_in_view: bool
    reason: str = ""


def find_garment(look: Look, face: Face | None) -> Garment:
    """The clothes of a person.

    Args:
        face: as found, judged or not: a blurred one tells the place all the same.
    """
    place = _place(look.alpha, face)
    left, top, right, bottom = place.box
    opaque = look.alpha >= OPAQUE
    region = np.zeros(look.alpha.shape, np.bool_)
    region[top:bottom, left:right] = opaque[top:bottom, left:right]
    looked_at = int(np.count_nonzero(region))
    if looked_at < max(LEAST_PIXELS, LEAST_OF_ALPHA * int(np.count_nonzero(opaque))):
        return Garment(np.zeros_like(region), place.box, False, place.legs, "no clothes in the picture")
    mask = region.copy()
    mask[region] = ~_is_skin(look, face, region)
    if np.count_nonzero(mask) < max(LEAST_SHARE * looked_at, LEAST_PIXELS):
        why = "clothes and skin cannot be told apart"
        return Garment(np.zeros_like(region), place.box, True, place.legs, why)
    return Garment(mask, place.box, True, place.legs)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where clothes are looked for: left, top, right, bottom; and if the person goes on below."""

    box: tuple[int, int, int, int]
    legs: bool


def _place(alpha: NDArray[np.uint8], face: Face | None) -> _Place:
    rows, columns = np.flatnonzero((alpha >= 128).any(axis=1)), np.flatnonzero((alpha >= 128).any(axis=0))
    if not rows.size:
        return _Place((0, 0, 0, 0), False)
    left, right, first, last = int(columns[0]), int(columns[-1]) + 1, int(rows[0]), int(rows[-1]) + 1
    if face is not None:
        chin = face.y + face.h
        top, bottom = chin + BELOW_CHIN * face.h, chin + TO_HIP * face.h
        legs = bottom < last
    else:
        height = last - first
        legs = height >= STANDING * (right - left)
        begin, end = STANDING_ROWS if legs else BUST_ROWS
        top, bottom = first + begin * height, first + end * height
    return _Place((left, min(max(round(top), first), last), right, min(max(round(bottom), first), last)), legs)


def _is_skin(look: Look, face: Face | None, region: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of every pixel of the region, bool (n,)."""
    pixels = look.image[region]
    tone = None if face is None else skin_tone(look, face)
    if tone is None:
        return _in_usual_range(pixels) if face is None else np.zeros(len(pixels), np.bool_)
    offsets = to_lab(pixels) - tone
    near = np.hypot(offsets[:, 1], offsets[:, 2]) < SKIN_DISTANCE
    return np.asarray(near & (np.abs(offsets[:, 0]) < SKIN_LIGHTNESS), np.bool_)


def skin_tone(look: Look, face: Face) -> NDArray[np.float64] | None:
    """CIELAB of the middle of a face (its median); None when the photograph shows no colour there."""
    inner = look.image[middle_of(face)].reshape(-1, 3)
    if not len(inner):
        return None
    tone = np.median(to_lab(inner), axis=0)
    return None if np.hypot(tone[1], tone[2]) < COLORLESS else tone


def _in_usual_range(rgb: NDArray[np.uint8]) -> NDArray[np.bool_]:
    import cv2

    ycrcb = cv2.cvtColor(np.ascontiguousarray(rgb[None]), cv2.COLOR_RGB2YCrCb)[0]
    cr, cb = ycrcb[:, 1], ycrcb[:, 2]
    return np.asarray((CB[0] <= cb) & (cb <= CB[1]) & (CR[0] <= cr) & (cr <= CR[1]), np.bool_)
