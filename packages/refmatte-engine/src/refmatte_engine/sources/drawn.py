"""The drawn source: shape x colour x pattern x translucency, with exact alpha and exact labels, any number.

Nothing is stored: the address ``drawn/<seed>/<index>`` in ``CutoutFiles.image`` says all, so entity i is the
same whatever the number asked for. It feeds tests, benchmarks and learning experiments.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from refmatte_engine.errors import BadInputError, UsageError
from refmatte_engine.manifest.vocabulary import EntityKind, Split
from refmatte_engine.randomness import generator_for
from refmatte_engine.sources import scenery
from refmatte_engine.sources.base import (
    AlphaReading,
    BackgroundCandidate,
    BackgroundReading,
    Candidate,
    Cutout,
    CutoutFiles,
    StatedLabel,
)
from refmatte_engine.sources.outlines import OUTLINES, coverage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Color = tuple[int, int, int]

VERSION = 1
"""Raised whenever equal addresses would draw other pixels."""
LICENSE = "CC0-1.0"
MARGIN = 24
"""Empty pixels around a drawn entity."""
SIZES = (300, 700)
"""Longest side of a drawn entity's outline box, in pixels."""


class Pattern(StrEnum):
    """How the second colour lies on the first; the first always covers most."""

    PLAIN = "plain"
    STRIPED = "striped"
    DOTTED = "dotted"
    CHECKERED = "checkered"


@dataclass(frozen=True, slots=True)
class Paint:
    """One basic colour term: two sRGB ends between which entities of it vary, and the colour of its patterns."""

    ends: tuple[Color, Color]
    second: Color


PAINTS: dict[str, Paint] = {
    "red": Paint(((190, 22, 30), (222, 38, 38)), (250, 244, 238)),
    "orange": Paint(((238, 118, 14), (250, 142, 26)), (252, 246, 236)),
    "yellow": Paint(((244, 206, 30), (252, 224, 58)), (60, 58, 62)),
    "green": Paint(((34, 128, 52), (62, 160, 66)), (248, 248, 240)),
    "blue": Paint(((28, 72, 176), (44, 104, 214)), (246, 248, 252)),
    "purple": Paint(((104, 38, 146), (136, 60, 178)), (248, 244, 252)),
    "pink": Paint(((250, 150, 190), (255, 176, 206)), (252, 250, 250)),
    "brown": Paint(((98, 56, 26), (128, 76, 38)), (244, 236, 222)),
    "black": Paint(((18, 18, 20), (36, 36, 40)), (244, 244, 244)),
    "white": Paint(((247, 247, 247), (255, 255, 252)), (52, 54, 60)),
    "gray": Paint(((118, 120, 122), (146, 147, 149)), (246, 246, 246)),
}
"""The 11 basic colour terms (Berlin and Kay); every mixture of two ends is still named by the term."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that is drawn for one entity; lengths in pixels, angles in radians."""

    category: str
    color: str
    pattern: Pattern
    transparent: bool
    size: int
    turn: float
    main: Color
    opacity: float
    pitch: float
    pattern_turn: float
    phase: tuple[float, float]


TURNS: dict[str, float] = {
    "ring": 0.0,
    "circle": 0.0,
    "square": 0.2,
    "diamond": 0.15,
    "cross": 0.2,
    "arrow": 3.1416,
}
"""How far a shape may turn either way and keep its name; 0.35 when not listed."""

TRANSLUCENT_SHARE = 0.25


def drawing(seed: int, index: int, category: str | None = None, scale: float = 1.0) -> Drawing:
    """What entity ``index`` looks like. Shapes take turns, so that any stretch of indices holds them all.

    At another ``scale`` the same things are drawn smaller.
    """
    rng = generator_for(seed, "drawn", index)
    shapes = tuple(OUTLINES)
    color = str(rng.choice(tuple(PAINTS)))
    pattern = Pattern(str(rng.choice(tuple(Pattern))))
    transparent = bool(rng.uniform() < TRANSLUCENT_SHARE)
    first, last = (np.array(end, dtype=np.float64) for end in PAINTS[color].ends)
    mixed = np.rint(first + (last - first) * rng.uniform())
    size = round(int(rng.integers(SIZES[0], SIZES[1] + 1)) * scale)
    shape = shapes[index % len(shapes)] if category is None else category
    reach = TURNS.get(shape, 0.35)
    return Drawing(
        category=shape,
        color=color,
        pattern=pattern,
        transparent=transparent,
        size=size,
        turn=float(rng.uniform(-reach, reach)),
        main=(int(mixed[0]), int(mixed[1]), int(mixed[2])),
        opacity=float(rng.uniform(0.6, 0.72)) if transparent else 1.0,
        pitch=size * float(rng.uniform(0.12, 0.17)),
        pattern_turn=float(rng.choice((0.0, np.pi / 4, np.pi / 2, -np.pi / 4))),
        phase=(float(rng.uniform()), float(rng.uniform())),
    )


def is_held_out(what: Drawing) -> bool:
    """Whether the drawing's shape and colour are one of the pairs kept from training.

    Every shape lacks three of the eleven colours, every colour four or five of the sixteen shapes; all shapes and
    colours are trained on. Three, so that two things of one shape can differ in colour in the test split as well.
    """
    shape, color = tuple(OUTLINES).index(what.category), tuple(PAINTS).index(what.color)
    return (shape - color) % len(PAINTS) in (0, 3, 7)


def draw(what: Drawing) -> Cutout:
    """The pixels of a drawing: the entity on neutral grey, its exact alpha, its colours without the grey."""
    alpha, rim = _alpha_and_rim(what)
    height, width = alpha.shape
    y, x = np.mgrid[0:height, 0:width] + 0.5
    second = _pattern_share(what, x - width / 2, y - height / 2)[..., None]
    paint = np.array(what.main) * (1.0 - second) + np.array(PAINTS[what.color].second) * second
    light = 1.03 - 0.08 * (0.4 * x / width + 0.6 * y / height) - 0.07 * rim
    foreground = np.clip(np.rint(paint * light[..., None]), 0, 255).astype(np.uint8)

    share = alpha[..., None].astype(np.float64) / 255.0
    image = np.rint(share * foreground + (1.0 - share) * 200.0).astype(np.uint8)
    return Cutout(image=image, alpha=alpha, foreground=foreground)


def _alpha_and_rim(what: Drawing) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """The alpha of a drawing, and how near the inside of its outline is."""
    outline = tuple(_turned(contour, what.turn) for contour in OUTLINES[what.category]())
    corners = np.concatenate(outline)
    low, high = corners.min(axis=0), corners.max(axis=0)
    scale = what.size / float((high - low).max())
    width, height = (int(np.ceil(side)) + 2 * MARGIN for side in (high - low) * scale)
    covered = coverage(tuple((contour - low) * scale + MARGIN for contour in outline), width, height)
    rim = _rim(covered, 0.035 * what.size)
    # A translucent thing is denser at its rim, as glass and jelly are.
    density = what.opacity + (1.0 - what.opacity) * 0.55 * rim if what.transparent else 1.0
    return np.rint(255.0 * covered * density).astype(np.uint8), rim


def _turned(contour: NDArray[np.float64], angle: float) -> NDArray[np.float64]:
    c, s = np.cos(angle), np.sin(angle)
    turned: NDArray[np.float64] = contour @ np.array([[c, s], [-s, c]])
    return turned


def _rim(covered: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """How near the inside of the outline is, 1 at the edge, 0 from ``width`` pixels on."""
    import cv2

    inside = (covered > 0.5).astype(np.uint8)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 5).astype(np.float64)
    rim: NDArray[np.float64] = np.clip(1.0 - depth / width, 0.0, 1.0)
    return rim


def _pattern_share(what: Drawing, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the second colour at every pixel; about a quarter to a third of a patterned area."""
    turn = what.turn + what.pattern_turn
    u = (x * np.cos(turn) + y * np.sin(turn)) / what.pitch + what.phase[0]
    v = (-x * np.sin(turn) + y * np.cos(turn)) / what.pitch + what.phase[1]
    match what.pattern:
        case Pattern.PLAIN:
            return np.zeros_like(x)
        case Pattern.STRIPED:
            inside = 0.15 - np.abs(u % 1.0 - 0.5)
        case Pattern.DOTTED:
            # Every other row is shifted by half a dot.
            across = (u + 0.5 * (np.floor(v) % 2)) % 1.0 - 0.5
            inside = 0.29 - np.hypot(across, v % 1.0 - 0.5)
        case Pattern.CHECKERED:
            field = (np.floor(u) + np.floor(v)) % 2
            square = 0.4 - np.maximum(np.abs(u % 1.0 - 0.5), np.abs(v % 1.0 - 0.5))
            inside = np.where(field == 1, square, -1.0)
    share: NDArray[np.float64] = np.clip(inside * what.pitch + 0.5, 0.0, 1.0)
    return share


def _address(seed: int, index: int) -> str:
    return f"drawn/{seed}/{index:05d}"


def _at(address: str) -> tuple[int, int]:
    """(seed, index) of an address."""
    parts = address.split("/")
    if len(parts) != 3 or parts[0] != "drawn" or not all(part.isdigit() for part in parts[1:]):
        raise BadInputError(f"'{address}' is not the address of a drawn picture; expected drawn/SEED/INDEX")
    return int(parts[1]), int(parts[2])


def _check(n: int, seed: int) -> None:
    if n < 1:
        raise UsageError(f"drawn:N needs N of at least 1, not {n}")
    if seed < 0:
        raise UsageError(f"the seed of drawn pictures is 0 or more, not {seed}")


@dataclass(frozen=True, slots=True)
class DrawnSource:
    """``n`` drawn entities.

    Args:
        scale: of their sizes.
        hold_out_combinations: state a split for every entity: test for the pairs of `is_held_out`, train for the
            others; False: no split is stated.

    Raises:
        UsageError: ``n`` below 1 or ``seed`` below 0.
    """

    n: int
    seed: int = 0
    scale: float = 1.0
    hold_out_combinations: bool = False

    def __post_init__(self) -> None:
        _check(self.n, self.seed)

    @property
    def name(self) -> str:
        return "drawn"

    def candidates(self) -> Iterator[Candidate]:
        for index in range(self.n):
            what = drawing(self.seed, index)
            address = _address(self.seed, index)
            yield Candidate(
                source=self.name,
                stem=f"{index:05d}",
                split=self._split(what),
                kind=EntityKind.OBJECT,
                category=what.category,
                files=CutoutFiles(image=address, foreground=address),
                license=LICENSE,
                labels=(
                    StatedLabel("color", what.color),
                    StatedLabel("transparent", str(what.transparent).lower()),
                    StatedLabel("pattern", what.pattern.value),
                ),
            )

    def _drawing(self, address: str) -> Drawing:
        return drawing(*_at(address), scale=self.scale)

    def _split(self, what: Drawing) -> Split | None:
        if not self.hold_out_combinations:
            return None
        return Split.TEST if is_held_out(what) else Split.TRAIN

    def read(self, files: CutoutFiles, *, max_pixels: int) -> Cutout:
        return draw(self._drawing(files.image))

    def inspect(self, files: CutoutFiles, *, max_pixels: int) -> AlphaReading:
        what = self._drawing(files.image)
        alpha, _ = _alpha_and_rim(what)
        # There is no file: what decides every pixel stands for its bytes.
        digest = hashlib.sha256(f"drawn cut-out, version {VERSION}: {what!r}".encode())
        return AlphaReading(alpha=alpha, content_hash=digest.hexdigest())


BACKGROUND_SIZES = ((1200, 800), (1280, 960), (1440, 960), (960, 1200), (1080, 1080))
"""Sizes (width, height) that drawn backgrounds take in turn."""


@dataclass(frozen=True, slots=True)
class DrawnBackgrounds:
    """``n`` smooth scenes in which nothing can be mistaken for an entity (``contains`` is known to be nothing).

    Args:
        scale: of their sizes.
    """

    n: int
    seed: int = 0
    scale: float = 1.0

    def __post_init__(self) -> None:
        _check(self.n, self.seed)

    @property
    def name(self) -> str:
        return "drawn"

    def backgrounds(self) -> Iterator[BackgroundCandidate]:
        for index in range(self.n):
            yield BackgroundCandidate(
                source=self.name,
                stem=f"background_{index:05d}",
                split=None,
                file=_address(self.seed, index),
                license=LICENSE,
                contains=(),
            )

    def read_background(self, file: str, *, max_pixels: int) -> NDArray[np.uint8]:
        seed, index = _at(file)
        return _backdrop(seed, index, *self._size(index))

    def inspect_background(self, file: str, *, max_pixels: int) -> BackgroundReading:
        width, height = self._size(_at(file)[1])
        digest = hashlib.sha256(f"drawn background, version {VERSION}: {file} {width}x{height}".encode())
        return BackgroundReading(width=width, height=height, content_hash=digest.hexdigest())

    def _size(self, index: int) -> tuple[int, int]:
        width, height = BACKGROUND_SIZES[index % len(BACKGROUND_SIZES)]
        return round(width * self.scale), round(height * self.scale)


@lru_cache(maxsize=16)
def _backdrop(seed: int, index: int, width: int, height: int) -> NDArray[np.uint8]:
    """The last few are kept: rows of a plan share backgrounds; nobody writes into them."""
    rng = generator_for(seed, "drawn-background", index)
    scene = scenery.BACKDROPS[int(rng.integers(len(scenery.BACKDROPS)))]
    return scenery.to_pixels(scene(rng, height, width), rng)


def write_cutouts(
    folder: Path,
    n: int,
    *,
    seed: int = 0,
    categories: Sequence[str] | None = None,
    csv_name: str = "labels.csv",
) -> Path:
    """Write ``n`` drawn cut-outs as RGBA PNG files with a CSV, in the form that ``folder:PATH`` reads.

    Args:
        folder: made when missing; files of the same names are replaced.
        categories: names to use in turn in place of the shapes' own, so that any number of categories can be
            had; each name keeps one shape.
        csv_name: the table's name; columns file, category, attr:color, attr:transparent, attr:pattern.

    Returns:
        The path of the CSV.
    """
    from PIL import Image

    _check(n, seed)
    folder.mkdir(parents=True, exist_ok=True)
    shapes = tuple(OUTLINES)
    table = folder / csv_name
    with table.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(["file", "category", "attr:color", "attr:transparent", "attr:pattern"])
        for index in range(n):
            shape = None if categories is None else shapes[index % len(categories) % len(shapes)]
            what = drawing(seed, index, shape)
            cutout = draw(what)
            assert cutout.foreground is not None
            name = f"{index:05d}.png"
            Image.fromarray(np.dstack([cutout.foreground, cutout.alpha])).save(folder / name, compress_level=1)
            word = what.category if categories is None else categories[index % len(categories)]
            rows.writerow([name, word, what.color, str(what.transparent).lower(), what.pattern.value])
    return table
