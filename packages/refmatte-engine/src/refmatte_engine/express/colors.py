"""Which colour words are true of an entity, and which another entity may fit (DESIGN 5.1)."""

from __future__ import annotations

from collections import defaultdict

from refmatte_engine.attributes.labels import ColorShare, Labels
from refmatte_engine.config import Color
from refmatte_engine.express.ciede2000 import within
from refmatte_engine.express.geometry import MAYBE, NO
from refmatte_engine.lexicon import Lexicon
from refmatte_engine.lexicon.dialect import Style

SHADE_SHARE = 0.1
"""Clusters from this share on must agree before "light" or "dark" is said."""


def claimed(labels: Labels, style: Style, color: Color, shades: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Colour words that certainly hold, best first.

    The largest named colour is an attribute when it covers ``claim_share`` and leads the next by ``claim_lead``.
    Basic terms add up the clusters that share them; CSS3 names are taken as ranked, further candidates down to
    ``fit_share``.
    """
    if style.color_names == "basic":
        return _claimed_basic(labels.colors, color, shades)
    shares: dict[str, float] = defaultdict(float)
    for cluster in labels.colors:
        shares[cluster.css3] += cluster.share
    ranked = sorted(shares, key=lambda name: -shares[name])
    if not ranked or not _leads([shares[name] for name in ranked], color):
        return ()
    return tuple(
        name for i, name in enumerate(ranked[: style.colors_said]) if i == 0 or shares[name] >= color.fit_share
    )


def _leads(shares: list[float], color: Color) -> bool:
    return shares[0] >= color.claim_share and (len(shares) == 1 or shares[0] >= color.claim_lead * shares[1])


def _claimed_basic(
    colors: tuple[ColorShare, ...], color: Color, shades: dict[str, tuple[str, ...]]
) -> tuple[str, ...]:
    shares: dict[str, float] = defaultdict(float)
    for cluster in colors:
        shares[cluster.basic] += cluster.share
    ranked = sorted(shares, key=lambda term: -shares[term])
    if not ranked or not _leads([shares[term] for term in ranked], color):
        return ()
    term = ranked[0]
    modifiers = {c.modifier for c in colors if c.basic == term and c.share >= SHADE_SHARE}
    if len(modifiers) == 1 and (modifier := modifiers.pop()) in shades.get(term, ()):
        return (term, f"{modifier} {term}")
    return (term,)


def reference(word: str, labels: Labels, lexicon: Lexicon, color: Color) -> tuple[ColorShare, ...]:
    """The clusters that a colour word means when it is said of this entity: those of its term worth seeing."""
    term = lexicon.basic_color(word)
    named = [c for c in labels.colors if c.css3 == word] or [c for c in labels.colors if c.basic == term]
    return tuple(c for i, c in enumerate(named) if i == 0 or c.share >= color.fit_share)


def fits(word: str, labels: Labels, meant: tuple[ColorShare, ...], lexicon: Lexicon, color: Color) -> int:
    """Whether a colour word may be said of an entity: YES never comes from here (that is :func:`claimed`).

    Args:
        meant: what the word means in this phrase (:func:`reference` of its target).
    """
    if not labels.colors:
        return MAYBE
    terms = {lexicon.basic_color(word), *(cluster.basic for cluster in meant)}
    same = sum(cluster.share for cluster in labels.colors if cluster.basic in terms or cluster.css3 == word)
    if same >= color.fit_share:
        return MAYBE
    near = sum(
        cluster.share
        for cluster in labels.colors
        if cluster.basic not in terms
        and cluster.css3 != word
        and any(within(cluster.lab, other.lab, color.fit_delta_e) for other in meant)
    )
    return MAYBE if same + near >= color.fit_share else NO
