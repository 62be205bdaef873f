"""The ranked colours of an entity: k-means over its pixels, each cluster with its names and its share.

Section 3.1: "cluster all the foreground pixels", the largest cluster is named by ``webcolors``. Space, k, alpha
threshold and what becomes of ties are unpublished; ours are in ``[color]`` and below.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from refmatte_engine.attributes.color_names import basic_color, nearest_css3, to_lab
from refmatte_engine.attributes.labels import ColorShare
from refmatte_engine.config import Color

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from refmatte_engine.sources.base import Cutout

RANDOM_STATE = 0
N_INIT = 4
"""Starts of k-means; one start finds another optimum in every tenth picture (performance.md section 3)."""

MIN_COVERAGE = 0.5
"""Pixels opaque enough to show a colour hold at least this share of the alpha mass, else the colour is unknown."""

SHADING_FROM = 0.15
"""White of this share makes light gray its shade, black of this share makes dark gray its gloss."""

GLOSS_BELOW = 30.0
"""Lightness of the brightest gloss of black."""


def dominant_colors(cutout: Cutout, settings: Color) -> tuple[ColorShare, ...]:
    """The colours of a cut-out, largest share first; empty when too little of it is opaque enough to tell.

    Where pixels are half transparent a photograph shows the background through them, so they are not asked.
    They still count in the shares: 60 % of a net's mass without a visible colour leaves at most 40 % to any.
    Clusters with one CSS3 name are one. Pure: equal pixels give equal colours on any number of threads.
    """
    chosen, coverage = _pixels_to_ask(cutout, settings)
    if coverage < MIN_COVERAGE:
        return ()
    colors = cutout.image if cutout.foreground is None else cutout.foreground
    rgb = colors.reshape(-1, 3)[chosen]
    return _without_shading(_named(rgb, _clusters(rgb, settings), coverage, settings))


def _pixels_to_ask(cutout: Cutout, settings: Color) -> tuple[NDArray[np.intp], float]:
    """Flat indices of at most ``max_pixels`` pixels, and the share of the alpha mass that they stand for."""
    alpha = cutout.alpha.ravel()
    supported = int(np.count_nonzero(alpha))
    if supported == 0:
        return np.zeros(0, np.intp), 0.0
    thresholds = [settings.alpha_threshold, settings.fallback_alpha]
    if cutout.foreground is not None:
        thresholds.append(1 / 255)  # shipped colours are right under any alpha
    chosen = np.zeros(0, np.intp)
    for threshold in thresholds:
        chosen = np.flatnonzero(alpha >= round(threshold * 255))
        if chosen.size >= settings.fallback_below * supported and chosen.size:
            break
    mass = np.sum(alpha, dtype=np.int64)
    coverage = float(np.sum(alpha[chosen], dtype=np.int64) / mass)
    return chosen[:: -(-chosen.size // settings.max_pixels) or 1], coverage


def _clusters(rgb: NDArray[np.uint8], settings: Color) -> NDArray[np.intp]:
    """The cluster (n,) of every pixel (n, 3), by k-means in the space in which colours are named."""
    from sklearn.cluster import KMeans  # type: ignore[import-untyped]  # ships no types
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

    points = to_lab(rgb) if settings.distance == "lab" else rgb.astype(np.float64)
    k = min(settings.clusters, len(np.unique(rgb, axis=0)))
    # Several threads add in another order, which can turn a tie.
    with threadpool_limits(limits=1):
        model = KMeans(n_clusters=k, n_init=N_INIT, random_state=RANDOM_STATE).fit(points)
    return np.asarray(model.labels_, dtype=np.intp)


def _named(
    rgb: NDArray[np.uint8], cluster: NDArray[np.intp], coverage: float, settings: Color
) -> tuple[ColorShare, ...]:
    names = np.array([_css3_of(rgb[cluster == index], settings) for index in range(int(cluster.max()) + 1)])
    shares = []
    for name in sorted(set(names)):
        pixels = rgb[np.isin(cluster, np.flatnonzero(names == name))]
        lab = _mean_lab(pixels)
        color = basic_color(lab)
        shares.append(ColorShare(str(name), color.term, color.modifier, len(pixels) / len(rgb) * coverage, lab))
    # Ties go to the lower centre.
    return tuple(sorted(shares, key=lambda share: (-share.share, share.lab)))


def _css3_of(pixels: NDArray[np.uint8], settings: Color) -> str:
    red, green, blue = pixels.mean(axis=0)
    return nearest_css3(_mean_lab(pixels), (float(red), float(green), float(blue)), settings.distance)


def _mean_lab(pixels: NDArray[np.uint8]) -> tuple[float, float, float]:
    # Rounded so that the last bit of a sum never reaches a table.
    lightness, a, b = np.round(to_lab(pixels).mean(axis=0), 3)
    return float(lightness), float(a), float(b)


def _without_shading(shares: tuple[ColorShare, ...]) -> tuple[ColorShare, ...]:
    """A white thing has gray shades and a black one gray highlights; nobody calls them gray for that."""
    white, black = (sum(share.share for share in shares if share.basic == term) for term in ("white", "black"))

    def seen_as(share: ColorShare) -> ColorShare:
        if share.basic == "gray" and share.modifier == "light" and white >= SHADING_FROM:
            return replace(share, basic="white", modifier="")
        if share.basic == "gray" and share.lab[0] < GLOSS_BELOW and black >= SHADING_FROM:
            return replace(share, basic="black", modifier="")
        return share

    return tuple(seen_as(share) for share in shares)
