from __future__ import annotations

from math import cos, radians, sin

import matplotlib.colors
import numpy as np
import pytest

from refmatte_engine.attributes.color_names import (
    basic_color,
    basic_colors,
    color_words,
    css3_table,
    named_color,
    nearest_css3,
    to_lab,
)

TERMS = {"black", "white", "red", "green", "yellow", "blue", "brown", "purple", "pink", "orange", "gray"}

# What a person says of these colours, on a wall, a shirt or a fur.
SAID = {
    "black": "black", "white": "white", "red": "red", "yellow": "yellow", "blue": "blue", "orange": "orange",
    "pink": "light pink", "purple": "dark purple", "gray": "gray", "green": "green",
    "dimgray": "gray", "silver": "light gray", "lightgray": "light gray", "darkslategray": "dark gray",
    "slategray": "gray", "whitesmoke": "white", "ivory": "white", "snow": "white", "beige": "white",
    "sienna": "brown", "saddlebrown": "brown", "tan": "light brown", "peru": "light brown",
    "burlywood": "light brown", "wheat": "light brown",
    "navy": "dark blue", "midnightblue": "dark blue", "steelblue": "blue", "royalblue": "blue",
    "lightblue": "light blue", "skyblue": "light blue", "cornflowerblue": "blue", "dodgerblue": "blue",
    "maroon": "dark red", "darkred": "dark red", "firebrick": "red", "crimson": "red", "tomato": "red",
    "salmon": "pink", "hotpink": "pink", "deeppink": "pink", "palevioletred": "pink", "mistyrose": "light pink",
    "darkorange": "orange", "coral": "orange", "sandybrown": "orange", "chocolate": "orange",
    "gold": "yellow", "goldenrod": "yellow", "khaki": "light yellow", "lemonchiffon": "light yellow",
    "lime": "green", "forestgreen": "green", "olive": "green", "seagreen": "green", "darkseagreen": "green",
    "lightgreen": "light green", "palegreen": "light green", "aquamarine": "light green", "yellowgreen": "green",
    "teal": "blue", "cyan": "light blue", "indigo": "dark purple", "darkviolet": "purple", "plum": "light purple",
    "orchid": "purple", "mediumpurple": "purple", "slateblue": "purple",
}  # fmt: skip

# Surfaces of real animals and clothes, sRGB as photographed.
SURFACES = {
    (38, 33, 31): "black", (28, 28, 33): "black", (62, 60, 60): "dark gray",
    (120, 72, 38): "brown", (70, 42, 26): "dark brown", (196, 160, 118): "light brown",
    (110, 100, 94): "gray", (228, 222, 214): "white", (200, 202, 205): "light gray",
    (58, 74, 104): "blue", (24, 32, 58): "dark blue", (110, 148, 198): "blue",
    (226, 130, 52): "orange", (176, 36, 30): "red", (84, 20, 28): "dark red",
    (60, 98, 50): "green", (32, 60, 34): "dark green", (246, 214, 60): "yellow",
}  # fmt: skip


def test_css3_has_138_distinct_colors() -> None:
    table = css3_table()
    assert len(table.names) == 138 == len({tuple(rgb) for rgb in table.rgb.tolist()})
    assert list(table.names) == sorted(table.names)
    assert not {"aqua", "fuchsia"} & set(table.names) and not any("grey" in name for name in table.names)


@pytest.mark.parametrize("distance", ["rgb", "lab"])
def test_a_css3_color_is_nearest_to_itself(distance: str) -> None:
    table = css3_table()
    for name, rgb, lab in zip(table.names, table.rgb.tolist(), table.lab.tolist(), strict=True):
        assert nearest_css3(tuple(lab), tuple(rgb), distance) == name  # type: ignore[arg-type]


def test_lab_of_known_colors() -> None:
    # Reference values of Lindbloom's calculator (sRGB, D65).
    lab = to_lab(np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0], [0, 0, 255]], np.uint8))
    assert lab == pytest.approx(
        np.array([[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20], [32.30, 79.19, -107.86]]), abs=0.05
    )


@pytest.mark.parametrize(("name", "said"), sorted(SAID.items()))
def test_what_a_person_says_of_a_css3_color(name: str, said: str) -> None:
    table = css3_table()
    assert basic_color(tuple(table.lab[table.names.index(name)].tolist())).word == said


@pytest.mark.parametrize(("rgb", "said"), sorted(SURFACES.items()))
def test_what_a_person_says_of_a_surface(rgb: tuple[int, int, int], said: str) -> None:
    assert basic_color(tuple(to_lab(np.array(rgb, np.uint8)).tolist())).word == said


def test_agreement_with_the_xkcd_color_survey() -> None:
    """453 names of the survey end in one basic term ("dark sea green"); disagreements are the borderline ones."""
    asked = agreed = 0
    for name, hex_code in matplotlib.colors.XKCD_COLORS.items():
        words = name.removeprefix("xkcd:").replace("grey", "gray").split()
        terms = [word for word in words if word in TERMS]
        if len(terms) != 1 or words[-1] not in TERMS or any(word.endswith("ish") for word in words):
            continue
        rgb = np.round(np.array(matplotlib.colors.to_rgb(hex_code)) * 255).astype(np.uint8)
        asked += 1
        agreed += basic_color(tuple(to_lab(rgb).tolist())).term == terms[0]
    assert asked == 453
    assert agreed / asked >= 0.90


def test_every_color_has_a_term() -> None:
    for lightness in range(0, 101, 2):
        for chroma in range(0, 150, 5):
            for hue in range(0, 360, 5):
                lab = (lightness, chroma * cos(radians(hue)), chroma * sin(radians(hue)))
                assert basic_color(lab).term in TERMS


@pytest.mark.parametrize("term", sorted(TERMS))
def test_a_typical_surface_is_called_by_its_term(term: str) -> None:
    color = named_color(term)
    assert color is not None
    assert color.basic.word == basic_color(color.lab).word == term == color.css3


@pytest.mark.parametrize("word", ["dark blue", "light gray", "dark green", "light brown", "dark red"])
def test_light_and_dark_words_stand_for_such_surfaces(word: str) -> None:
    color = named_color(word)
    assert color is not None and color.basic.word == basic_color(color.lab).word == word


def test_words_people_write() -> None:
    def said(word: str) -> tuple[str, str] | None:
        color = named_color(word)
        return None if color is None else (color.css3, color.basic.word)

    assert said("Light Grey") == ("silver", "light gray")
    assert said("sky blue") == said("skyblue") == ("skyblue", "light blue")
    assert said("grey") == ("gray", "gray")
    assert said("aqua") == ("cyan", "light blue")
    assert said("dark white") == ("white", "white")
    assert said("golden") == ("gold", "yellow")
    assert said("striped") is None and said("") is None
    assert all(named_color(word) is not None for word in color_words())


def test_the_table_names_the_eleven_terms() -> None:
    table = basic_colors()
    assert {region.term for region in table.regions} == set(table.typical) == TERMS
    assert set(table.modifiers) == TERMS - {"black", "white"}
