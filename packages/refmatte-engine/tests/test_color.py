from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from refmatte_engine.attributes.color import dominant_colors
from refmatte_engine.attributes.labels import ColorShare
from refmatte_engine.config import Color
from refmatte_engine.sources.base import Cutout

SETTINGS = Color()
OPAQUE = np.full((100, 100), 255, np.uint8)


def stripes(*colors: tuple[tuple[int, int, int], int]) -> NDArray[np.uint8]:
    """100 x 100 pixels: rows of each colour, with a little noise that any photograph has."""
    rows = [np.tile(np.array(rgb, np.int16), (n, 100, 1)) for rgb, n in colors]
    image = np.concatenate(rows)
    noise = np.random.default_rng(3).integers(-4, 5, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def by_term(colors: tuple[ColorShare, ...]) -> dict[str, float]:
    shares: dict[str, float] = {}
    for color in colors:
        shares[color.basic] = shares.get(color.basic, 0.0) + color.share
    return shares


def test_shares_are_those_of_the_pixels() -> None:
    image = stripes(((200, 30, 30), 60), ((30, 60, 190), 30), ((20, 20, 20), 10))
    colors = dominant_colors(Cutout(image, OPAQUE), SETTINGS)
    assert by_term(colors) == pytest.approx({"red": 0.6, "blue": 0.3, "black": 0.1}, abs=1e-9)
    assert [color.share for color in colors] == sorted((color.share for color in colors), reverse=True)


def test_shares_agree_with_counting_pixels_one_by_one() -> None:
    """k-means on a gradient against naming every pixel: an independent way to the same shares."""
    from refmatte_engine.attributes.color_names import basic_color, to_lab

    ramp = np.linspace(0, 1, 100)[None, :, None]
    image = np.round((1 - ramp) * np.array([190, 25, 25]) + ramp * np.array([25, 25, 190]))
    image = np.tile(image, (100, 1, 1)).astype(np.uint8)
    counted: dict[str, float] = {}
    for lab in to_lab(image[0]):
        term = basic_color((lab[0], lab[1], lab[2])).term
        counted[term] = counted.get(term, 0.0) + 0.01
    computed = by_term(dominant_colors(Cutout(image, OPAQUE), Color(clusters=12)))
    for term in set(counted) | set(computed):
        assert computed.get(term, 0.0) == pytest.approx(counted.get(term, 0.0), abs=0.12)


def test_equal_pixels_give_equal_colors() -> None:
    image = stripes(((200, 30, 30), 50), ((30, 60, 190), 50))
    first = dominant_colors(Cutout(image, OPAQUE), SETTINGS)
    assert first == dominant_colors(Cutout(image.copy(), OPAQUE), SETTINGS)
    # A tie goes to the lower centre.
    assert abs(first[0].share - first[1].share) > 1e-9 or first[0].lab < first[1].lab


def test_one_color_is_one_cluster() -> None:
    image = np.full((50, 50, 3), (34, 139, 34), np.uint8)
    (color,) = dominant_colors(Cutout(image, np.full((50, 50), 255, np.uint8)), SETTINGS)
    assert (color.css3, color.basic, color.share) == ("forestgreen", "green", 1.0)


def test_only_opaque_pixels_are_asked() -> None:
    image = stripes(((200, 30, 30), 70), ((30, 60, 190), 30))
    alpha = OPAQUE.copy()
    alpha[70:] = 40
    shares = by_term(dominant_colors(Cutout(image, alpha), SETTINGS))
    mass = 70 * 255 / (70 * 255 + 30 * 40)
    # What shows the background through counts as neither colour.
    assert shares == pytest.approx({"red": mass})


def test_what_is_mostly_transparent_has_no_color() -> None:
    image = stripes(((200, 30, 30), 100))
    alpha = np.full((100, 100), 90, np.uint8)
    assert dominant_colors(Cutout(image, alpha), SETTINGS) == ()
    # Shipped foreground colours are right under any alpha.
    assert by_term(dominant_colors(Cutout(image, alpha, image), SETTINGS)) == pytest.approx({"red": 1.0})
    assert dominant_colors(Cutout(image, np.zeros_like(alpha)), SETTINGS) == ()


def test_a_half_opaque_thing_is_read_at_the_lower_threshold() -> None:
    image = stripes(((200, 30, 30), 100))
    assert by_term(dominant_colors(Cutout(image, np.full((100, 100), 160, np.uint8)), SETTINGS)) == {"red": 1.0}


def test_shade_of_white_and_gloss_of_black_are_not_gray() -> None:
    white = stripes(((244, 244, 242), 50), ((185, 186, 188), 50))
    assert by_term(dominant_colors(Cutout(white, OPAQUE), SETTINGS)) == pytest.approx({"white": 1.0})
    black = stripes(((14, 14, 15), 60), ((58, 57, 58), 40))
    assert by_term(dominant_colors(Cutout(black, OPAQUE), SETTINGS)) == pytest.approx({"black": 1.0})
    gray = stripes(((90, 90, 92), 60), ((185, 186, 188), 40))
    assert by_term(dominant_colors(Cutout(gray, OPAQUE), SETTINGS)) == pytest.approx({"gray": 1.0})


def test_many_pixels_are_sampled_by_a_fixed_stride() -> None:
    image = np.repeat(np.repeat(stripes(((200, 30, 30), 60), ((30, 60, 190), 40)), 3, axis=0), 3, axis=1)
    alpha = np.full(image.shape[:2], 255, np.uint8)
    shares = by_term(dominant_colors(Cutout(image, alpha), Color(max_pixels=1000)))
    assert shares == pytest.approx({"red": 0.6, "blue": 0.4}, abs=0.01)


def test_rgb_distance_names_another_color_where_the_paper_would() -> None:
    image = np.full((20, 20, 3), (54, 160, 114), np.uint8)
    alpha = np.full((20, 20), 255, np.uint8)
    (lab,) = dominant_colors(Cutout(image, alpha), Color(distance="lab"))
    (rgb,) = dominant_colors(Cutout(image, alpha), Color(distance="rgb"))
    assert (lab.css3, rgb.css3) == ("seagreen", "mediumseagreen")
