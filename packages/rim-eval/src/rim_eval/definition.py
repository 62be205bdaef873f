"""What a score means: every choice that changes a number, as one frozen value with a name.

`rim` is the standard of this package; the other names reproduce what published code does (docs/scoring.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from rim_eval.connectivity import CONN_RULES, ConnRule, conn_rule
from rim_eval.errors import UsageError
from rim_eval.gradient import GRAD_RULES, GradRule, grad_rule
from rim_eval.trimap import DEFAULT_RADIUS, REGIONS

VERSION: Final = "1.0"
"""Of the definitions, not of the package: it changes whenever a number could."""


class Metric(StrEnum):
    """The errors of one pair; lower is better for all of them."""

    SAD = "SAD"
    MSE = "MSE"
    MAD = "MAD"
    GRAD = "GRAD"
    CONN = "CONN"


@dataclass(frozen=True, slots=True)
class Definition:
    """How a pair of mattes becomes numbers. The defaults are the standard."""

    name: str = "rim"
    region: str = "whole"
    """One of `REGIONS`: where errors are summed."""
    allowed_regions: tuple[str, ...] = tuple(REGIONS)
    conn: ConnRule = CONN_RULES["dim-exact"]
    grad: GradRule = GRAD_RULES["dim"]
    undefined: frozenset[Metric] = field(default_factory=frozenset)
    """Metrics this implementation does not have: reported as null."""
    sum_everywhere: bool = False
    """Sum SAD, MSE and MAD over the whole image although the denominator is the region."""
    needs_masked: bool = False
    """Refuse a prediction that differs from 0 and 1 in the known areas of the trimap."""
    masks_unknown: bool = False
    """Region `unknown` also forces the prediction to 0 and 1 in the known areas."""
    whole_maps: bool = False
    """GRAD and CONN exist only for the whole image."""
    mean_scale: float = 1.0
    """Factor on MSE and MAD."""
    denominator_bias: float = 0.0
    """Added to the pixel count of MSE and MAD."""
    empty_is_zero: bool = False
    """An empty region gives MSE 0 instead of null."""
    trimap_radius: int = DEFAULT_RADIUS
    trimap_files: bool = False

    @property
    def masks_prediction(self) -> bool:
        """Whether the prediction is overwritten in the known areas before anything is computed."""
        return self.region == "unknown-masked" or (self.masks_unknown and self.region == "unknown")

    @property
    def region_label(self) -> str:
        """The region with the trimap it comes from, as the signature prints it."""
        if self.region == "whole":
            return "whole"
        side = 2 * self.trimap_radius + 1
        return f"{self.region}(trimap:{'files' if self.trimap_files else f'gt-ellipse{side}'})"

    def signature_parts(self, metrics: Iterable[Metric]) -> list[str]:
        """The pixel half of the signature line."""
        chosen = set(metrics)
        parts = [f"rim-eval {VERSION}"]
        if self.name != "rim":
            parts.append(f"compat:{self.name}")
        parts += ["sad/1000", self.region_label]
        parts.append(f"conn:{self.conn.name}" if Metric.CONN in chosen - self.undefined else "conn:off")
        parts.append(f"grad:{self.grad.name}" if Metric.GRAD in chosen - self.undefined else "grad:off")
        if self.mean_scale != 1.0:
            parts.insert(-2, f"mse*{self.mean_scale:g}")
        return parts


NO_MAD: Final = frozenset({Metric.MAD})

DEFINITIONS: Final = {
    definition.name: definition
    for definition in (
        Definition(),
        # Xu et al. 2017, MATLAB: the unknown region, prediction not masked, MSE / #(t == 128).
        Definition(
            "dim",
            region="unknown",
            allowed_regions=("unknown",),
            conn=CONN_RULES["matlab-tie"],
            undefined=NO_MAD,
        ),
        # open-mmlab/mmagic: sums over the image of a prediction that must come masked.
        Definition(
            "mmagic",
            region="unknown",
            allowed_regions=("unknown", "unknown-masked"),
            conn=CONN_RULES["float64"],
            undefined=NO_MAD,
            sum_everywhere=True,
            needs_masked=True,
            empty_is_zero=True,
        ),
        # JizhiziLi/GFM, P3M, AIM, ViTAE P3M-Net: the practice of the paper's authors.
        Definition(
            "gfm",
            allowed_regions=("whole", "unknown"),
            conn=CONN_RULES["gfm"],
            grad=GRAD_RULES["gfm"],
            sum_everywhere=True,
            masks_unknown=True,
            whole_maps=True,
        ),
        # GCA-Matting, MGMatting, Matting-Anything utils/evaluate.py (only the last has a MAD).
        Definition(
            "gca",
            region="unknown",
            allowed_regions=("unknown", "whole"),
            conn=CONN_RULES["gca"],
            grad=GRAD_RULES["plain"],
            denominator_bias=1e-8,
        ),
        # PeterL1n/RobustVideoMatting evaluation, low resolution: no SAD, means times 1000.
        Definition(
            "rvm",
            allowed_regions=("whole",),
            undefined=frozenset({Metric.SAD}),
            mean_scale=1000.0,
        ),
    )
}


def choose_definition(
    compat: str = "rim",
    *,
    region: str | None = None,
    conn: str | None = None,
    grad: str | None = None,
    trimap_radius: int = DEFAULT_RADIUS,
    trimap_files: bool = False,
) -> Definition:
    """The definition of that name with single choices replaced. UsageError says what can be chosen."""
    if compat not in DEFINITIONS:
        raise UsageError(f"unknown compatibility mode {compat!r}. Choose one of {', '.join(DEFINITIONS)}.")
    chosen = DEFINITIONS[compat]
    if region is not None and region not in REGIONS:
        raise UsageError(f"unknown region {region!r}. Choose one of {', '.join(REGIONS)}.")
    if region is not None and region not in chosen.allowed_regions:
        raise UsageError(
            f"the {compat} implementation has no region {region!r}, only {', '.join(chosen.allowed_regions)}."
        )
    if trimap_radius < 1:
        raise UsageError(f"a trimap radius of {trimap_radius} pixels is too small: use 1 or more.")
    return replace(
        chosen,
        region=region or chosen.region,
        conn=conn_rule(conn) if conn else chosen.conn,
        grad=grad_rule(grad) if grad else chosen.grad,
        trimap_radius=trimap_radius,
        trimap_files=trimap_files,
    )


def choose_metrics(names: Sequence[str] | None) -> tuple[Metric, ...]:
    """The metrics to compute, in their usual order; all of them for None."""
    if names is None:
        return tuple(Metric)
    wanted = {name.strip().upper() for name in names if name.strip()}
    unknown = sorted(wanted - {metric.value for metric in Metric})
    if unknown or not wanted:
        raise UsageError(
            f"unknown metric {', '.join(unknown) or '(none given)'}. Choose among {', '.join(Metric)}; "
            "the (E) forms come with their metric."
        )
    return tuple(metric for metric in Metric if metric.value in wanted)
