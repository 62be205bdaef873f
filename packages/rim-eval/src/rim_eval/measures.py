"""All numbers of one pair under one definition."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rim_eval.alpha import Matte
from rim_eval.alpha_errors import ErrorSums, error_sums
from rim_eval.connectivity import connectivity_sum
from rim_eval.definition import Definition, Metric
from rim_eval.errors import NotAMatteError
from rim_eval.gradient import gradient_error
from rim_eval.trimap import REGIONS, Trimap, masked_by


@dataclass(frozen=True, slots=True)
class Measures:
    """The errors of one pair; None where the region is empty or the implementation has no such metric."""

    sad: float | None = None
    mse: float | None = None
    mad: float | None = None
    grad: float | None = None
    conn: float | None = None
    sad_int: int | None = None
    """sum |kp - kg| in units of 1/scale; None for float mattes."""
    sse_int: int | None = None
    """sum (kp - kg)^2 in units of 1/scale^2."""
    conn_int: int | None = None
    """sum |d(kp, l) - d(kg, l)| in units of 1/(10 scale)."""
    pixels: int = 0
    """The denominator of MSE and MAD."""
    scale: int = 255


def measure(
    p: Matte,
    g: Matte,
    scale: int,
    definition: Definition,
    metrics: Collection[Metric] = tuple(Metric),
    trimap: Trimap | None = None,
    where: str = "prediction",
) -> Measures:
    """Score one checked pair of one dtype and shape (H, W); see `alpha.as_pair`.

    `trimap` (H, W) uint8 is needed by every region but `whole`. `where` names the prediction in errors.
    """
    cut = REGIONS[definition.region]
    wanted = set(metrics) - definition.undefined
    if cut is None:
        return _numbers(
            error_sums(p, g, scale), p.size, *_maps(p, g, scale, definition, wanted, None), definition, wanted
        )
    if trimap is None:
        raise ValueError(f"the region {definition.region!r} needs a trimap")
    region = cut(trimap)
    if definition.masks_prediction:
        p = masked_by(p, trimap, scale)
    elif definition.needs_masked and not np.array_equal(p, masked_by(p, trimap, scale)):
        raise NotAMatteError(
            where,
            "differs from 0 and 1 where its trimap is known, which the mmagic implementation refuses.",
            "Choose --region unknown-masked to have it masked.",
        )
    sums = error_sums(p, g, scale, None if definition.sum_everywhere else region)
    maps = (None, None) if definition.whole_maps else _maps(p, g, scale, definition, wanted, region)
    return _numbers(sums, int(np.count_nonzero(region)), *maps, definition, wanted)


def _maps(
    p: Matte, g: Matte, scale: int, definition: Definition, wanted: set[Metric], region: NDArray[np.bool_] | None
) -> tuple[float | None, int | float | None]:
    """(GRAD, connectivity sum): filtered and labelled on the whole image, summed over the region."""
    if region is not None and not region.any():
        return None, None
    gradient = gradient_error(p, g, scale, definition.grad, region) if Metric.GRAD in wanted else None
    connectivity = connectivity_sum(p, g, scale, definition.conn, region) if Metric.CONN in wanted else None
    return gradient, connectivity


def _numbers(
    sums: ErrorSums,
    pixels: int,
    gradient: float | None,
    connectivity: int | float | None,
    definition: Definition,
    wanted: set[Metric],
) -> Measures:
    scale, exact = sums.scale, sums.scale != 1
    empty = pixels == 0
    bias, factor = definition.denominator_bias, definition.mean_scale
    if empty:
        mse, mad = (0.0 if definition.empty_is_zero else None), None
    elif bias or factor != 1.0:
        mse = sums.squared / (scale * scale) / (pixels + bias) * factor
        mad = sums.absolute / scale / (pixels + bias) * factor
    else:
        mse, mad = ErrorSums(sums.absolute, sums.squared, pixels, scale).mse, sums.absolute / (scale * pixels)
    no_sum = empty and not definition.sum_everywhere
    conn = None
    if connectivity is not None:
        conn = connectivity / (10_000 * scale) if exact else connectivity / 1000
    return Measures(
        sad=sums.sad if Metric.SAD in wanted and not no_sum else None,
        mse=mse if Metric.MSE in wanted else None,
        mad=mad if Metric.MAD in wanted else None,
        grad=gradient,
        conn=conn,
        sad_int=int(sums.absolute) if exact else None,
        sse_int=int(sums.squared) if exact else None,
        conn_int=int(connectivity) if exact and connectivity is not None else None,
        pixels=pixels,
        scale=scale,
    )
