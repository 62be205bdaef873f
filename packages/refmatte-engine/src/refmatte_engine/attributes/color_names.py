"""Names for colours: the nearest CSS3 name, and the basic term with ``light`` or ``dark`` that a person says.

Colours are sRGB, 0..255, or CIELAB (D65, 2 degree observer).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import atan2, degrees, hypot
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Lab = tuple[float, float, float]

TWINS = frozenset({"aqua", "fuchsia"})
"""Second names of cyan and magenta, left out like the seven "grey" spellings (dataset.md section 5)."""


@dataclass(frozen=True, slots=True)
class BasicColor:
    """A basic colour term with its modifier, ``"light"``, ``"dark"`` or ``""``."""

    term: str
    modifier: str

    @property
    def word(self) -> str:
        """E.g. ``"dark blue"``."""
        return f"{self.modifier} {self.term}".strip()


def to_lab(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """sRGB uint8 (..., 3) to CIELAB float64 of the same shape."""
    from skimage.color import rgb2lab

    return np.asarray(rgb2lab(rgb.astype(np.float64) / 255.0), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Css3Table:
    """The 138 distinct colours of CSS3, sorted by name.

    Attributes:
        names: one token each.
        rgb: uint8 (138, 3).
        lab: float64 (138, 3).
    """

    names: tuple[str, ...]
    rgb: NDArray[np.uint8]
    lab: NDArray[np.float64]


@cache
def css3_table() -> Css3Table:
    """CSS3's names by ``webcolors``, without the nine second spellings of one colour."""
    import webcolors  # type: ignore[import-untyped]  # ships no types

    every = sorted(webcolors.names(webcolors.CSS3))
    names = tuple(name for name in every if "grey" not in name and name not in TWINS)
    rgb = np.array([tuple(webcolors.name_to_rgb(name, webcolors.CSS3)) for name in names], dtype=np.uint8)
    return Css3Table(names, rgb, to_lab(rgb))


def nearest_css3(lab: Lab, rgb: tuple[float, float, float], distance: Literal["rgb", "lab"]) -> str:
    """The CSS3 name nearest to a colour given in both spaces; of equally near ones the first by name."""
    table = css3_table()
    offsets = table.lab - np.asarray(lab) if distance == "lab" else table.rgb.astype(np.float64) - np.asarray(rgb)
    return table.names[int(np.argmin((offsets**2).sum(axis=1)))]


@dataclass(frozen=True, slots=True)
class Region:
    """A box in lightness, chroma and hue that carries a basic term."""

    term: str
    lightness: tuple[float, float]
    chroma: tuple[float, float]
    hue: tuple[float, float]

    def holds(self, lightness: float, chroma: float, hue: float) -> bool:
        """Lower bounds belong to the region, upper ones to the next. ``hue`` in degrees, 0..360."""
        low, high = self.hue
        return (
            self.lightness[0] <= lightness < self.lightness[1]
            and self.chroma[0] <= chroma < self.chroma[1]
            and (low <= hue < high or low <= hue + 360.0 < high)
        )


@dataclass(frozen=True, slots=True)
class Modifiers:
    """When a term is dark (below a lightness) or light (above a lightness, and pale: below a chroma)."""

    dark_below: float
    light_above: float
    light_below_chroma: float

    def of(self, lightness: float, chroma: float) -> str:
        if lightness < self.dark_below:
            return "dark"
        return "light" if lightness > self.light_above and chroma < self.light_below_chroma else ""


NO_MODIFIERS = Modifiers(-1.0, 101.0, 0.0)
"""Black and white."""


@dataclass(frozen=True, slots=True)
class BasicColors:
    """``basic_colors.toml``.

    Attributes:
        regions: in their order.
        modifiers: when a term is dark and when light.
        typical: CIELAB of a typical surface of each term.
        shift: what ``light`` and ``dark`` do to the lightness of a typical surface.
    """

    regions: tuple[Region, ...]
    modifiers: dict[str, Modifiers]
    typical: dict[str, Lab]
    shift: dict[str, float]


@cache
def basic_colors() -> BasicColors:
    """The table of basic terms that ships with the package."""
    text = files("refmatte_engine.attributes").joinpath("basic_colors.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    regions = tuple(
        Region(
            term=row["term"],
            lightness=(float(row["lightness"][0]), float(row["lightness"][1])),
            chroma=(float(row["chroma"][0]), float(row["chroma"][1])),
            hue=(float(row["hue"][0]), float(row["hue"][1])) if "hue" in row else (0.0, 360.0),
        )
        for row in table["region"]
    )
    typical = {term: (float(lab[0]), float(lab[1]), float(lab[2])) for term, lab in table["typical"].items()}
    modifiers = {term: Modifiers(*bounds) for term, bounds in table["modifiers"].items()}
    return BasicColors(regions, modifiers, typical, table["typical_shift"])


def basic_color(lab: Lab) -> BasicColor:
    """What a person calls a surface of this colour.

    Raises:
        LookupError: the table has a hole there (a test walks through all of sRGB).
    """
    lightness, a, b = lab
    chroma, hue = hypot(a, b), degrees(atan2(b, a)) % 360.0
    table = basic_colors()
    for region in table.regions:
        if region.holds(lightness, chroma, hue):
            return BasicColor(region.term, table.modifiers.get(region.term, NO_MODIFIERS).of(lightness, chroma))
    raise LookupError(f"no basic colour term for L {lightness:.1f}, C {chroma:.1f}, h {hue:.1f}")


@dataclass(frozen=True, slots=True)
class NamedColor:
    """What a colour word given by a person stands for."""

    css3: str
    basic: BasicColor
    lab: Lab


ALIASES = {"golden": "gold", "cream": "beige", "off-white": "ivory", "off white": "ivory", "navy blue": "navy"}
"""Common words beside CSS3's."""


def color_words() -> tuple[str, ...]:
    """All words that :func:`named_color` knows but the light and dark ones of basic terms, sorted."""
    return tuple(sorted({*css3_table().names, *basic_colors().typical, *ALIASES}))


def named_color(word: str) -> NamedColor | None:
    """A basic term, alone or light or dark, or a CSS3 name ("lightpink", "sky blue"); None for anything else.

    A basic term stands for a typical surface, not for CSS3's screen colour of that name: nobody who writes
    "green" of a plant means (0, 128, 0). "dark gray" is darker than gray, unlike CSS3's darkgray.
    """
    text = " ".join(word.lower().replace("grey", "gray").split())
    text = ALIASES.get(text, text)
    table = basic_colors()
    modifier, _, term = text.rpartition(" ")
    if term in table.typical and modifier in {"", *table.shift}:
        return _typical(term, modifier)
    css3 = css3_table()
    name = {"aqua": "cyan", "fuchsia": "magenta"}.get(text, text).replace(" ", "")
    if name not in css3.names:
        return None
    lightness, a, b = css3.lab[css3.names.index(name)]
    lab = (float(lightness), float(a), float(b))
    return NamedColor(name, basic_color(lab), lab)


def _typical(term: str, modifier: str) -> NamedColor:
    table = basic_colors()
    if term not in table.modifiers:  # black and white
        modifier = ""
    lightness, a, b = table.typical[term]
    lab = (min(max(lightness + table.shift.get(modifier, 0.0), 0.0), 100.0), a, b)
    css3 = css3_table()
    if not modifier:
        return NamedColor(term, BasicColor(term, ""), lab)
    nearest = css3.names[int(np.argmin(((css3.lab - np.asarray(lab)) ** 2).sum(axis=1)))]
    return NamedColor(nearest, BasicColor(term, modifier), lab)
