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
"""CSS3 spellings left out beside the seven "grey" ones: aqua is cyan, fuchsia is magenta (dataset.md section 5)."""


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
    import webcolors

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
    """``basic_colors.toml``: the regions in their order, and per term when it is dark and when light."""

    regions: tuple[Region, ...]
    modifiers: dict[str, Modifiers]


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
            hue=tuple(row.get("hue", (0.0, 360.0))),
        )
        for row in table["region"]
    )
    return BasicColors(regions, {term: Modifiers(*bounds) for term, bounds in table["modifiers"].items()})


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
