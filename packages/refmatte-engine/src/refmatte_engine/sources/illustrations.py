"""The sample's drawings: things one sees through, and a few animals, each with an exact soft alpha.

Nothing is stored: a drawing is made when it is read, always the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.sources import creatures, translucent
from refmatte_engine.sources.base import Cutout

if TYPE_CHECKING:
    from refmatte_engine.sources.brush import Layer

MARGIN = 12
"""Empty pixels around a drawing."""


@dataclass(frozen=True, slots=True)
class Illustration:
    """A drawing and what a person says of it."""

    draw: Callable[[], Layer]
    kind: EntityKind
    category: str
    labels: tuple[tuple[str, str], ...]


_SEEN_THROUGH = ("transparent", "true")
_OBJECT = EntityKind.OBJECT

ILLUSTRATIONS: dict[str, Illustration] = {
    "butterfly": Illustration(creatures.butterfly, EntityKind.ANIMAL, "butterfly", (("color", "blue"),)),
    "flame": Illustration(
        translucent.flame, _OBJECT, "flame", (("color", "orange"), _SEEN_THROUGH, ("salient", "false"))
    ),
    "goldfish": Illustration(creatures.goldfish, EntityKind.ANIMAL, "goldfish", (("color", "orange"),)),
    "jellyfish": Illustration(
        creatures.jellyfish, EntityKind.ANIMAL, "jellyfish", (("color", "purple"), _SEEN_THROUGH)
    ),
    "ladybug": Illustration(creatures.ladybug, EntityKind.ANIMAL, "ladybug", (("color", "red"),)),
    "net": Illustration(
        translucent.net, _OBJECT, "net", (("color", "green"), _SEEN_THROUGH, ("salient", "false"))
    ),
    "smoke": Illustration(
        translucent.smoke, _OBJECT, "smoke", (("color", "white"), _SEEN_THROUGH, ("salient", "false"))
    ),
    "soap_bubble": Illustration(translucent.soap_bubble, _OBJECT, "soap bubble", (_SEEN_THROUGH,)),
    "spider_web": Illustration(
        translucent.spider_web, _OBJECT, "spider web", (("color", "white"), _SEEN_THROUGH, ("salient", "false"))
    ),
    "wine_glass": Illustration(translucent.wine_glass, _OBJECT, "wine glass", (_SEEN_THROUGH,)),
}


@lru_cache(maxsize=16)
def illustration(name: str) -> Cutout:
    """The pixels of a drawing, on neutral grey, with `MARGIN` pixels around it.

    Drawn once per process (about 3 MB each); nobody writes into it.
    """
    paint, share = ILLUSTRATIONS[name].draw()
    around = ((MARGIN, MARGIN), (MARGIN, MARGIN))
    alpha = np.rint(255.0 * np.pad(np.clip(share, 0.0, 1.0), around)).astype(np.uint8)
    foreground = np.rint(255.0 * np.pad(np.clip(paint, 0.0, 1.0), (*around, (0, 0)), mode="edge")).astype(np.uint8)
    weight = alpha[..., None] / 255.0
    image = np.rint(weight * foreground + (1.0 - weight) * 128.0).astype(np.uint8)
    return Cutout(image=image, alpha=alpha, foreground=foreground)
