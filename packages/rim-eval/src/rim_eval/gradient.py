"""GRAD, the gradient error of Rhemann et al. (CVPR 2009) as DIM computes it.

    GRAD = sum (|grad p| - |grad g|)^2 / 1000

with first-order Gaussian derivatives of sigma 1.4. Each matte is first stretched to [0, 1] by its own minimum and
maximum (a constant matte becomes 0). An inverted matte scores 0, so GRAD is never reported alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rim_eval.alpha import Matte, as_pair
from rim_eval.errors import UsageError

SIGMA: Final = 1.4


@dataclass(frozen=True, slots=True)
class GradRule:
    """What an implementation decides about gradients; the defaults are the standard."""

    name: str
    radius: int = 4
    """Half-width: ceil(sigma sqrt(-2 ln(sqrt(2 pi) sigma 0.01))) = 4 in DIM, int(4 sigma + 0.5) = 6 in scipy."""
    stretch: bool = True
    """Normalise each matte by its own minimum and maximum."""
    l2_norm: bool = True
    """Divide the two-dimensional kernel by its L2 norm; otherwise the Gaussian taps sum to 1, as in scipy."""
    reflect: bool = False
    """Mirror the border (scipy's `reflect`) instead of repeating the edge pixel."""
    divisor: float = 1000.0


GRAD_RULES: Final = {
    rule.name: rule
    for rule in (
        GradRule("dim"),
        GradRule("plain", stretch=False),
        GradRule("gfm", radius=6, stretch=False, l2_norm=False, reflect=True, divisor=10.0),
    )
}


def grad_rule(name: str) -> GradRule:
    """The rule of that name; UsageError lists the names."""
    if name not in GRAD_RULES:
        raise UsageError(f"unknown gradient rule {name!r}. Choose one of {', '.join(GRAD_RULES)}.")
    return GRAD_RULES[name]


def grad(prediction: Any, target: Any, *, rule: str = "dim") -> float:
    """Gradient error of a prediction, /1000, in float64.

    `prediction`, `target`: (H, W), uint8, uint16 or floats in [0, 1]. Returns a float >= 0.
    Source: Rhemann et al. 2009, section 4; constants of Xu et al. (DIM) 2017.

    >>> import numpy as np
    >>> truth = np.array([[0, 0, 255, 255]], np.uint8)
    >>> grad(truth, truth), grad(255 - truth, truth)  # blind to inversion
    (0.0, 0.0)
    """
    p, g, scale = as_pair(prediction, target)
    return gradient_error(p, g, scale, grad_rule(rule))


def gradient_error(p: Matte, g: Matte, scale: int, rule: GradRule, mask: NDArray[np.bool_] | None = None) -> float:
    """The error of a checked pair of one dtype; `mask` (H, W) restricts the sum, never the filters."""
    from rim_eval.gradient_kernels import squared_gradient_difference

    smooth, slope = gaussian_taps(rule)
    p_offset, p_gain = _stretch(p, scale, rule)
    g_offset, g_gain = _stretch(g, scale, rule)
    where = np.empty((0, 0), np.bool_) if mask is None else mask
    total = squared_gradient_difference(
        p, g, p_offset, p_gain, g_offset, g_gain, smooth, slope, rule.reflect, where
    )
    return float(total) / rule.divisor


def gaussian_taps(rule: GradRule) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Taps 0..radius of the smoothing and of the derivative filter; the outer product is the 2-D kernel.

    h_x = outer(g, g') / sqrt(sum g^2 sum g'^2) in DIM; g sums to 1 in scipy.
    """
    i = np.arange(-rule.radius, rule.radius + 1, dtype=np.float64)
    g = np.exp(-(i**2) / (2 * SIGMA**2)) / (SIGMA * np.sqrt(2 * np.pi))
    if not rule.l2_norm:
        g /= g.sum()
    derivative = i / SIGMA**2 * g  # the sign of a tap does not change the magnitude
    if rule.l2_norm:
        g, derivative = g / np.sqrt((g**2).sum()), derivative / np.sqrt((derivative**2).sum())
    return g[rule.radius :].copy(), derivative[rule.radius :].copy()


def _stretch(alpha: Matte, scale: int, rule: GradRule) -> tuple[float, float]:
    """(offset, gain): a value k counts as (k - offset) * gain."""
    if not rule.stretch:
        return 0.0, 1.0 / scale
    low, high = float(alpha.min()), float(alpha.max())
    return (low, 1.0 / (high - low)) if high > low else (low, 0.0)
