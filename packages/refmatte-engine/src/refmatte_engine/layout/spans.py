"""Positions along one axis under difference constraints.

Each position has a range; some must lie at least a distance behind another. Narrowing ranges until nothing
changes either shows that there is no solution, or leaves ranges whose every value extends to one, so that
positions can be drawn one after the other and never need a second try.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class Span:
    """Allowed whole positions, both ends included; empty when ``lo > hi``."""

    lo: int
    hi: int

    def within(self, other: Span) -> Span:
        return Span(max(self.lo, other.lo), min(self.hi, other.hi))


Distances = Mapping[tuple[int, int], int]
"""(a, b) -> least value of position b - position a, for a before b in the line."""


def narrowed(spans: Sequence[Span], distances: Distances) -> list[Span] | None:
    """The spans without values that no solution uses; None when there is no solution.

    Items are in the order of the line, so one sweep up and one down reach the fixed point.
    """
    lo, hi = [span.lo for span in spans], [span.hi for span in spans]
    for (a, b), least in sorted(distances.items()):
        lo[b] = max(lo[b], lo[a] + least)
    for (a, b), least in sorted(distances.items(), reverse=True):
        hi[a] = min(hi[a], hi[b] - least)
    if any(low > high for low, high in zip(lo, hi, strict=True)):
        return None
    return [Span(low, high) for low, high in zip(lo, hi, strict=True)]


def draw_positions(
    spans: Sequence[Span],
    distances: Distances,
    order: Sequence[int],
    rng: np.random.Generator,
) -> list[int] | None:
    """One position per span; the items are drawn in ``order``, rather from the inside of their spans."""
    left = narrowed(spans, distances)
    for item in order:
        if left is None:
            return None
        span = left[item]
        at = span.lo + round(float(rng.beta(2.0, 2.0)) * (span.hi - span.lo))
        left[item] = Span(at, at)
        left = narrowed(left, distances)
    return None if left is None else [span.lo for span in left]
