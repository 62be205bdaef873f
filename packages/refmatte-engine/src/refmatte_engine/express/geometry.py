"""Where entities stand: the predicates behind relation phrases (dataset.md section 8), three-valued.

Values are 0 no, 1 maybe, 2 yes, so that "and" is ``min`` and "or" is ``max``. A direction holds certainly when
the centres differ by at least ``MARGIN`` of that canvas side, and certainly not when they stand in the opposite
order; in between a reader may see it either way. Centres that may be off (``Scene.slack``) widen that band.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from refmatte_engine.express.scene import Scene, Truth
from refmatte_engine.manifest.vocabulary import ORDER, Position, Relation

NO: Final = 0
MAYBE: Final = 1
YES: Final = 2
TRUTHS: Final = (Truth.NO, Truth.MAYBE, Truth.YES)
"""Index with the number to get the name."""

MARGIN = 0.05
"""Centres differ by this share of the canvas side, at least."""

_EPSILON = 1e-9

Absolute = Callable[[Scene, int], int]
Relative = Callable[[Scene, int, int], int]


def _ordered(gap: float, slack: float) -> int:
    """``gap``: how far the second centre lies beyond the first, as a share of the canvas side."""
    if gap >= MARGIN + 2 * slack - _EPSILON:
        return YES
    return NO if gap <= -2 * slack + _EPSILON else MAYBE


def _below_limit(value: float, limit: float, slack: float) -> int:
    if value <= limit - slack:
        return YES
    return NO if value > limit + slack else MAYBE


def _share(scene: Scene, i: int, axis: int) -> float:
    return scene.actors[i].centre[axis] / (scene.width, scene.height)[axis]


def _before(scene: Scene, i: int, j: int, axis: int) -> int:
    if i == j:
        return NO
    return _ordered(_share(scene, j, axis) - _share(scene, i, axis), scene.slack)


def left_of(scene: Scene, i: int, j: int) -> int:
    """Entity i stands to the left of entity j: any pair, neighbours or not."""
    return _before(scene, i, j, 0)


def right_of(scene: Scene, i: int, j: int) -> int:
    return _before(scene, j, i, 0)


def above(scene: Scene, i: int, j: int) -> int:
    return _before(scene, i, j, 1)


def below(scene: Scene, i: int, j: int) -> int:
    return _before(scene, j, i, 1)


def beside(scene: Scene, i: int, j: int) -> int:
    """Next to, close to, near: either way round, neighbours of a left/right image; elsewhere a matter of taste."""
    if i == j:
        return NO
    if scene.relation is not Relation.LEFT_RIGHT:
        return MAYBE
    between = [
        min(left_of(scene, a, k), left_of(scene, k, b)) for k in _others(scene, i, j) for a, b in ((i, j), (j, i))
    ]
    return YES - max(between, default=NO)


def in_front_of(scene: Scene, i: int, j: int) -> int:
    """By the order of the overlapping pair; entities that do not overlap are not in front of each other."""
    if i == j or scene.relation is not Relation.FRONT_BEHIND:
        return NO
    return YES if i < j else NO


def behind(scene: Scene, i: int, j: int) -> int:
    return in_front_of(scene, j, i)


def _others(scene: Scene, *apart: int) -> list[int]:
    return [k for k in range(len(scene.actors)) if k not in apart]


def _first_of_all(direction: Relative) -> Absolute:
    def extreme(scene: Scene, i: int) -> int:
        """The extreme entity of the order."""
        return min((direction(scene, i, j) for j in _others(scene, i)), default=YES)

    return extreme


leftmost = _first_of_all(left_of)
rightmost = _first_of_all(right_of)
topmost = _first_of_all(above)
bottommost = _first_of_all(below)


def left_part(scene: Scene, i: int) -> int:
    """The leftmost, and its centre in the left half."""
    return min(leftmost(scene, i), _below_limit(_share(scene, i, 0), 0.5, scene.slack))


def right_part(scene: Scene, i: int) -> int:
    return min(rightmost(scene, i), _below_limit(1 - _share(scene, i, 0), 0.5, scene.slack))


def upper_part(scene: Scene, i: int) -> int:
    return min(topmost(scene, i), _below_limit(_share(scene, i, 1), 0.5, scene.slack))


def lower_part(scene: Scene, i: int) -> int:
    return min(bottommost(scene, i), _below_limit(1 - _share(scene, i, 1), 0.5, scene.slack))


def between(scene: Scene, i: int) -> int:
    """The centre entity of three."""
    others = _others(scene, i)
    if len(others) != 2:
        return NO
    direction = {Relation.LEFT_RIGHT: left_of, Relation.TOP_BOTTOM: above}.get(scene.relation)
    if direction is None:
        return MAYBE
    a, b = others
    return max(
        min(direction(scene, a, i), direction(scene, i, b)),
        min(direction(scene, b, i), direction(scene, i, a)),
    )


def middle(scene: Scene, i: int) -> int:
    """The centre entity of three, and in the middle third of that axis."""
    axis = 1 if scene.relation is Relation.TOP_BOTTOM else 0
    share = _share(scene, i, axis)
    inside = min(_below_limit(share, 2 / 3, scene.slack), _below_limit(1 - share, 2 / 3, scene.slack))
    return min(between(scene, i), inside)


def _depth(scene: Scene, i: int, at: int) -> int:
    if scene.relation is not Relation.FRONT_BEHIND:
        return MAYBE
    return YES if i == at else NO


def nearest(scene: Scene, i: int) -> int:
    """The front one of an overlapping pair; where nothing overlaps, a matter of taste."""
    return _depth(scene, i, 0)


def rear(scene: Scene, i: int) -> int:
    return _depth(scene, i, len(scene.actors) - 1)


ABSOLUTE: dict[str, Absolute] = {
    "leftmost": leftmost,
    "left_part": left_part,
    "rightmost": rightmost,
    "right_part": right_part,
    "topmost": topmost,
    "upper_part": upper_part,
    "bottommost": bottommost,
    "lower_part": lower_part,
    "middle": middle,
    "between": between,
    "nearest": nearest,
    "rear": rear,
}
"""Predicates of phrases about the whole picture."""

RELATIVE: dict[str, Relative] = {
    "left_of": left_of,
    "right_of": right_of,
    "above": above,
    "below": below,
    "beside": beside,
    "in_front_of": in_front_of,
    "behind": behind,
}
"""Predicates of phrases about two entities."""


def absolute_position(scene: Scene, i: int) -> Position:
    """Where entity i stands in its image's relation, by the order of the actors."""
    order = ORDER[scene.relation]
    if len(order) == 3 and 0 < i < len(scene.actors) - 1:
        return order[1]
    return order[0] if i == 0 else order[-1]


def relative_position(scene: Scene, i: int, j: int) -> Position:
    """Where entity i stands seen from entity j."""
    order = ORDER[scene.relation]
    return order[0] if i < j else order[-1]
