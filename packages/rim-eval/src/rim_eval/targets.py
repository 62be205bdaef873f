"""Did the prediction find the thing the phrase means? Decided from the mattes of its neighbours in the image.

With J(g) = sum min(p, g) / sum max(p, g), tested in this order (rule `targets:1`):
  both     p covers at least half the mass of the target and of a sibling
  empty    sum p < 5 % of sum g
  right    J(target) >= 0.5 and above every sibling's
  wrong    some sibling's J is above J(target)
  partial  none of these
A phrase without a target is answered `quiet` (less than 5 % of the lightest sibling's mass, or nothing at all when
no sibling is known) or with a `false alarm`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np

from rim_eval.alpha import Matte, as_matte, check_same_shape, same_type

RULE: Final = "targets:1"


class TargetClass(StrEnum):
    """What a prediction turned out to be a matte of."""

    RIGHT = "right"
    WRONG = "wrong"
    BOTH = "both"
    EMPTY = "empty"
    PARTIAL = "partial"
    QUIET = "quiet"
    FALSE_ALARM = "false alarm"


WITH_TARGET: Final = tuple(TargetClass)[:5]
WITHOUT_TARGET: Final = tuple(TargetClass)[5:]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Masses of a prediction p against one matte g: integers for integer mattes, so comparisons are exact."""

    common: int | float
    """sum min(p, g)."""
    union: int | float
    """sum max(p, g)."""
    mass: int | float
    """sum g."""
    predicted: int | float
    """sum p."""

    def covers_half(self) -> bool:
        """p covers at least half of g, which is not empty."""
        return self.mass > 0 and 2 * self.common >= self.mass

    def above(self, other: Overlap) -> bool:
        """J of this pair is above J of the other; J is 0 when both mattes are empty."""
        return self.common * max(other.union, _TINY) > other.common * max(self.union, _TINY)


_TINY: Final = 1e-300  # stands for an empty union, whose common part is 0 too


def overlap(p: Matte, g: Matte, scale: int) -> Overlap:
    """Masses of a checked pair of one dtype."""
    if scale == 1:
        return Overlap(
            float(np.minimum(p, g).sum()), float(np.maximum(p, g).sum()), float(g.sum()), float(p.sum())
        )
    import cv2

    mass_p, mass_g = round(cv2.norm(p, cv2.NORM_L1)), round(cv2.norm(g, cv2.NORM_L1))
    distance = round(cv2.norm(p, g, cv2.NORM_L1))
    # min + max = p + g and max - min = |p - g|, pixel by pixel.
    return Overlap((mass_p + mass_g - distance) // 2, (mass_p + mass_g + distance) // 2, mass_g, mass_p)


def target_class(prediction: Any, target: Any, siblings: Iterable[Any] = ()) -> TargetClass:
    """Class of one prediction; `siblings` are the mattes of the other entities of the image, all (H, W).

    >>> import numpy as np
    >>> cat, dog = np.array([[255, 0]], np.uint8), np.array([[0, 255]], np.uint8)
    >>> str(target_class(dog, cat, [dog])), str(target_class(cat, cat, [dog]))
    ('wrong', 'right')
    """
    p = as_matte(prediction, "prediction")
    g = as_matte(target, "ground truth")
    others = [as_matte(sibling, "sibling") for sibling in siblings]
    for other in (g, *others):
        check_same_shape(p, other, "prediction")
    return classify(p, g, others)


def classify(p: Matte, g: Matte, siblings: Iterable[Matte]) -> TargetClass:
    """`target_class` for checked mattes of one shape."""
    mine = overlap(*same_type(p, g))
    others = [overlap(*same_type(p, sibling)) for sibling in siblings]
    if mine.mass == 0:
        return _without_target(mine, others)
    if mine.covers_half() and any(other.covers_half() for other in others):
        return TargetClass.BOTH
    if 20 * mine.predicted < mine.mass:
        return TargetClass.EMPTY
    beaten = any(other.above(mine) for other in others)
    if 2 * mine.common >= mine.union and all(mine.above(other) for other in others):
        return TargetClass.RIGHT
    return TargetClass.WRONG if beaten else TargetClass.PARTIAL


def _without_target(mine: Overlap, others: list[Overlap]) -> TargetClass:
    loud = [20 * other.predicted >= other.mass for other in others if other.mass > 0]
    alarm = any(loud) if loud else mine.predicted > 0
    return TargetClass.FALSE_ALARM if alarm else TargetClass.QUIET
