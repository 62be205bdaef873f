"""Keep, or say why not: one small rule per reason code, thresholds from the preset.

The thresholds of the paper are unpublished (dataset.md section 2); ours are in ``[filters]``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from refmatte_engine.config import Filters
from refmatte_engine.manifest.vocabulary import Side

if TYPE_CHECKING:
    from refmatte_engine.ingest.measure import AlphaMeasures

Verdict = tuple[str, str]
"""Why something is dropped: (reason code, detail for a person)."""

Rule = Callable[["AlphaMeasures", Filters], str | None]
"""None keeps; a text drops, and says what was found."""


def short_side_below_min(alpha: AlphaMeasures, settings: Filters) -> str | None:
    return low_resolution(alpha.width, alpha.height, settings)


def alpha_empty(alpha: AlphaMeasures, settings: Filters) -> str | None:
    return "no pixel has alpha above 0" if alpha.box is None else None


def alpha_opaque(alpha: AlphaMeasures, settings: Filters) -> str | None:
    if alpha.opaque_share <= settings.max_opaque_share:
        return None
    return f"{alpha.opaque_share:.1%} of the pixels are opaque: a photograph without a matte"


def alpha_binary(alpha: AlphaMeasures, settings: Filters) -> str | None:
    if settings.allow_binary_alpha or alpha.soft_share > 0.0:
        return None
    return "alpha is 0 or 255 everywhere"


def box_below_min(alpha: AlphaMeasures, settings: Filters) -> str | None:
    if alpha.box is None or max(alpha.box.w, alpha.box.h) >= settings.min_box_side:
        return None
    return f"alpha box {alpha.box.w}x{alpha.box.h}, longer side below {settings.min_box_side}"


def area_below_min(alpha: AlphaMeasures, settings: Filters) -> str | None:
    if alpha.area >= settings.min_area:
        return None
    return f"covers {alpha.area:.2%} of its image, below {settings.min_area:.2%}"


def cut_on_opposite_sides(alpha: AlphaMeasures, settings: Filters) -> str | None:
    cut = cut_sides(alpha, settings)
    if not settings.drop_cut_on_opposite_sides:
        return None
    for pair in ((Side.LEFT, Side.RIGHT), (Side.TOP, Side.BOTTOM)):
        if cut.issuperset(pair):
            return f"cut {pair[0]} and {pair[1]}: stands in no other frame"
    return None


RULES: tuple[tuple[str, Rule], ...] = (
    ("short_side_below_min", short_side_below_min),
    ("alpha_empty", alpha_empty),
    ("alpha_opaque", alpha_opaque),
    ("alpha_binary", alpha_binary),
    ("box_below_min", box_below_min),
    ("area_below_min", area_below_min),
    ("cut_on_opposite_sides", cut_on_opposite_sides),
)
"""In the order in which they are asked; the first that objects gives the reason."""


def judge(alpha: AlphaMeasures, settings: Filters) -> Verdict | None:
    """None to keep, else the first (reason, detail) of ``RULES``."""
    for reason, rule in RULES:
        detail = rule(alpha, settings)
        if detail is not None:
            return reason, detail
    return None


def judge_background(width: int, height: int, settings: Filters) -> Verdict | None:
    """None to keep a background of ``width`` x ``height`` pixels, else (reason, detail)."""
    detail = low_resolution(width, height, settings)
    return None if detail is None else ("short_side_below_min", detail)


def low_resolution(width: int, height: int, settings: Filters) -> str | None:
    if min(width, height) >= settings.min_short_side:
        return None
    return f"{width}x{height} pixels, short side below {settings.min_short_side}"


OPPOSITE = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT, Side.TOP: Side.BOTTOM, Side.BOTTOM: Side.TOP}


def cut_sides(alpha: AlphaMeasures, settings: Filters) -> frozenset[Side]:
    """The sides of its source's frame that the entity is cut by (dataset.md section 7).

    The border of a trimmed cut-out touches the alpha all around, cut or not. There only a long straight edge
    counts (a bust's lower one), and straight edges that face each other are the thing's own (a book, a bottle).
    """
    if not alpha.trimmed:
        return frozenset(side for side, share in alpha.border_shares if share >= settings.cut_border_share)
    straight = {side for side, share in alpha.border_shares if share >= settings.trimmed_border_share}
    return frozenset(side for side in straight if OPPOSITE[side] not in straight)
