"""Example photos and backgrounds, drawn here: nobody's pixels but ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

Colour = tuple[int, int, int]
RED, GREEN, BLUE = (205, 30, 35), (45, 145, 60), (35, 85, 200)
YELLOW, PINK, BLACK = (248, 215, 45), (252, 165, 198), (25, 25, 28)
SIZE: Final = (640, 512)
"""Width and height of what is drawn."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A shape of one colour; place and size are shares of the width."""

    shape: str
    colour: Colour
    x: float
    y: float
    side: float


@dataclass(frozen=True, slots=True)
class Example:
    """A drawn photo and what to ask of it."""

    name: str
    phrases: tuple[str, ...]
    base: Colour
    things: tuple[Thing, ...]


EXAMPLES: Final = (
    Example(
        "circle-and-square",
        ("the circle on the left", "the square on the right"),
        (128, 140, 120),
        (Thing("circle", RED, 0.26, 0.44, 0.36), Thing("square", BLUE, 0.74, 0.36, 0.34)),
    ),
    Example(
        "triangles",
        ("the triangle on the right", "the triangle to the left of the pink triangle"),
        (110, 120, 145),
        (Thing("triangle", YELLOW, 0.25, 0.38, 0.38), Thing("triangle", PINK, 0.72, 0.45, 0.40)),
    ),
    Example(
        "square-and-circle",
        ("the square on the left",),
        (160, 130, 110),
        (Thing("square", GREEN, 0.27, 0.42, 0.32), Thing("circle", BLACK, 0.73, 0.40, 0.38)),
    ),
)


def photo(example: Example) -> NDArray[np.uint8]:
    """uint8 (H, W, 3)."""
    width, height = SIZE
    tilt = np.linspace(-16, 16, height)[:, None, None]
    grain = np.random.default_rng(len(example.name)).normal(0, 3, (height, width, 3))
    picture = np.array(example.base, np.float64) + tilt + grain
    y, x = np.mgrid[:height, :width] + 0.5
    for thing in example.things:
        half = thing.side * width / 2
        inside = _INSIDE[thing.shape]((x - thing.x * width) / half, (y - thing.y * width) / half)
        alpha = np.clip(inside * half + 0.5, 0.0, 1.0)[..., None]
        picture = alpha * np.array(thing.colour) + (1 - alpha) * picture
    return _pixels(picture)


def dusk() -> NDArray[np.uint8]:
    """A background: the sun goes down behind hills."""
    return _landscape((28, 32, 74), (250, 150, 88), ((92, 56, 92), (54, 38, 70), (28, 24, 46)), (255, 226, 150))


def morning() -> NDArray[np.uint8]:
    """A background: hills in a clear morning."""
    return _landscape((116, 176, 232), (236, 244, 250), ((136, 178, 168), (88, 144, 116), (48, 104, 76)), None)


BACKGROUNDS: Final[dict[str, Callable[[], NDArray[np.uint8]]]] = {"dusk": dusk, "morning": morning}


def _landscape(top: Colour, horizon: Colour, hills: tuple[Colour, ...], sun: Colour | None) -> NDArray[np.uint8]:
    width, height = SIZE
    y, x = np.mgrid[:height, :width] / np.array([height, width])[:, None, None]
    down = np.clip(y / 0.7, 0, 1)[..., None]
    picture = (1 - down) * np.array(top, np.float64) + down * np.array(horizon)
    if sun is not None:
        away = np.hypot((x - 0.68) * width, (y - 0.52) * height)
        disc = np.clip(34 - away + 0.5, 0, 1)[..., None]
        glow = 0.55 * np.exp(-away / 90)[..., None]
        picture = np.maximum(disc, glow) * np.array(sun) + (1 - np.maximum(disc, glow)) * picture
    for i, colour in enumerate(hills):
        ridge = 0.60 + 0.13 * i + 0.05 * np.sin(5.2 * x + 1.9 * i) + 0.02 * np.sin(13.7 * x + 4.1 * i)
        alpha = np.clip((y - ridge) * height + 0.5, 0, 1)[..., None]
        picture = alpha * np.array(colour) + (1 - alpha) * picture
    return _pixels(picture)


def _pixels(picture: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.asarray(np.rint(np.clip(picture, 0, 255)), np.uint8)


_INSIDE: Final[dict[str, Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]]] = {
    "circle": lambda x, y: 0.95 - np.hypot(x, y),
    "square": lambda x, y: 0.88 - np.maximum(abs(x), abs(y)),
    "triangle": lambda x, y: np.minimum(((y + 0.95) / 2 - abs(x)) * 0.9, 0.95 - y),
}
"""Distance to the outline in half sides, positive inside; x and y run from -1 to 1."""
