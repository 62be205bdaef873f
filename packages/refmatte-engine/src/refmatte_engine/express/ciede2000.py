"""CIEDE2000, the distance at which two colours look different (Sharma, Wu and Dalal 2005)."""

from __future__ import annotations

from math import atan2, cos, degrees, exp, hypot, radians, sin, sqrt

Lab = tuple[float, float, float]

_25_TO_7 = 25.0**7


def delta_e(first: Lab, second: Lab) -> float:
    """Distance of two CIELAB colours, kL = kC = kH = 1.

    >>> round(delta_e((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485)), 4)
    2.0425
    """
    l1, a1, b1 = first
    l2, a2, b2 = second
    mean_c7 = ((hypot(a1, b1) + hypot(a2, b2)) / 2) ** 7
    stretch = 1 + 0.5 * (1 - sqrt(mean_c7 / (mean_c7 + _25_TO_7)))
    c1, c2 = hypot(a1 * stretch, b1), hypot(a2 * stretch, b2)
    h1, h2 = _hue(b1, a1 * stretch), _hue(b2, a2 * stretch)
    colored = c1 * c2 != 0
    turn = h2 - h1 if colored else 0.0
    if abs(turn) > 180:
        turn -= 360 if turn > 0 else -360
    if not colored:
        hue = h1 + h2
    elif abs(h1 - h2) <= 180:
        hue = (h1 + h2) / 2
    else:
        hue = (h1 + h2 + (360 if h1 + h2 < 360 else -360)) / 2
    mean_c = (c1 + c2) / 2
    t = (
        1
        - 0.17 * cos(radians(hue - 30))
        + 0.24 * cos(radians(2 * hue))
        + 0.32 * cos(radians(3 * hue + 6))
        - 0.20 * cos(radians(4 * hue - 63))
    )
    c7 = mean_c**7
    rotation = -2 * sqrt(c7 / (c7 + _25_TO_7)) * sin(radians(60 * exp(-(((hue - 275) / 25) ** 2))))
    lightness = (l2 - l1) / lightness_weight(l1, l2)
    chroma = (c2 - c1) / (1 + 0.045 * mean_c)
    hue_part = 2 * sqrt(c1 * c2) * sin(radians(turn) / 2) / (1 + 0.015 * mean_c * t)
    return sqrt(lightness**2 + chroma**2 + hue_part**2 + rotation * chroma * hue_part)


def _hue(b: float, a: float) -> float:
    return degrees(atan2(b, a)) % 360 if a or b else 0.0


def lightness_weight(l1: float, l2: float) -> float:
    """S_L. Chroma and hue only add to the distance, so it is never below ``abs(l1 - l2) / S_L``."""
    off = ((l1 + l2) / 2 - 50) ** 2
    return 1 + 0.015 * off / sqrt(20 + off)


def within(first: Lab, second: Lab, limit: float) -> bool:
    """Whether two colours are at most ``limit`` apart; cheap for colours of different lightness."""
    if abs(first[0] - second[0]) > limit * lightness_weight(first[0], second[0]):
        return False
    return delta_e(first, second) <= limit
