"""`compare`: is run B better than run A on the same items?

Images are the units of chance: entities and expressions of one image are not independent. The interval is a
bootstrap over images (percentile), the p-value a two-sided sign-flip test over images; both from a stated seed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rim_eval.averaging import PER_IMAGE, mean
from rim_eval.definition import Metric
from rim_eval.errors import ReportFileError, UsageError, counted, listed
from rim_eval.saved_runs import SavedItem, SavedRun, load_run

BLOCK: Final = 200  # resamples drawn at a time, to keep memory flat


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric of two runs. Differences are B - A, so a negative one means B is better."""

    metric: str
    a: float
    b: float
    difference: float
    low: float
    high: float
    """Bounds of the confidence interval of the difference."""
    p_value: float
    wins: int
    """Items where B is better."""
    losses: int
    ties: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs compared metric by metric."""

    a: str
    b: str
    signature: str
    n: int
    images: int
    resamples: int
    confidence: float
    seed: int
    differences: tuple[Difference, ...]
    moves: dict[str, int]
    """`wrong -> right` and so on: how many items changed their target class."""

    def to_json(self) -> dict[str, Any]:
        """One JSON document."""
        return {
            "a": self.a,
            "b": self.b,
            "signature": self.signature,
            "n": self.n,
            "images": self.images,
            "resamples": self.resamples,
            "confidence": self.confidence,
            "seed": self.seed,
            "differences": {
                d.metric: {
                    "a": d.a,
                    "b": d.b,
                    "difference": d.difference,
                    "low": d.low,
                    "high": d.high,
                    "p_value": d.p_value,
                    "wins": d.wins,
                    "losses": d.losses,
                    "ties": d.ties,
                }
                for d in self.differences
            },
            "moves": self.moves,
        }


def compare(
    a: Path | str | SavedRun,
    b: Path | str | SavedRun,
    *,
    resamples: int = 10_000,
    confidence: float = 0.95,
    seed: int = 0,
    common: bool = False,
) -> Comparison:
    """Compare two saved runs. `common`: compare the shared items only, instead of refusing different ones.

    Raises ReportFileError when definitions or items differ, UsageError for senseless numbers.
    """
    if resamples < 100 or not 0.5 <= confidence < 1.0 or seed < 0:
        raise UsageError("compare needs --resamples >= 100, 0.5 <= --confidence < 1 and --seed >= 0.")
    run_a, run_b = (run if isinstance(run, SavedRun) else load_run(run) for run in (a, b))
    if run_a.definition != run_b.definition:
        raise ReportFileError(
            "the runs measure different things and cannot be compared:\n"
            f"  {run_a.name}: {run_a.definition}\n  {run_b.name}: {run_b.definition}"
        )
    pairs = _paired(run_a, run_b, common)
    differences = []
    for metric in Metric:
        both = [(x, y) for x, y in pairs if x.values[metric] is not None and y.values[metric] is not None]
        if both:
            differences += _differences(metric, both, resamples, confidence, seed)
    if not differences:
        raise ReportFileError("the runs share no metric.")
    moves: dict[str, int] = defaultdict(int)
    for x, y in pairs:
        if x.target != y.target:
            moves[f"{x.target} -> {y.target}"] += 1
    return Comparison(
        run_a.name, run_b.name, run_a.definition, len(pairs), len({x.image_id for x, _ in pairs}),
        resamples, confidence, seed, tuple(differences), dict(sorted(moves.items())),
    )  # fmt: skip


def _paired(a: SavedRun, b: SavedRun, common: bool) -> list[tuple[SavedItem, SavedItem]]:
    in_a, in_b = ({item.id: item for item in run.items} for run in (a, b))
    shared = sorted(in_a.keys() & in_b.keys())
    if not shared:
        raise ReportFileError(f"{a.name} and {b.name} share no item.")
    for run, lone in ((a, sorted(in_a.keys() - in_b.keys())), (b, sorted(in_b.keys() - in_a.keys()))):
        if lone and not common:
            raise ReportFileError(
                f"{counted(len(lone), 'item')} only in {run.name}: {listed(lone)}. "
                "Score the same items, or compare the shared ones with --common."
            )
    return [(in_a[name], in_b[name]) for name in shared]


def _differences(
    metric: Metric, pairs: Sequence[tuple[SavedItem, SavedItem]], resamples: int, confidence: float, seed: int
) -> list[Difference]:
    """X and, where the paper has it, X(E)."""
    changes = [_value(y, metric) - _value(x, metric) for x, y in pairs]
    counts = (sum(c < 0 for c in changes), sum(c > 0 for c in changes), sum(c == 0 for c in changes))
    per_image_a, per_image_b = (_entity_means([pair[i] for pair in pairs], metric) for i in (0, 1))
    found = []
    for name, by_image in ((metric.value, False), (f"{metric.value}(E)", True)):
        if by_image and metric not in PER_IMAGE:
            continue
        sums_a, weights = _image_sums(per_image_a, by_image)
        sums_b, _ = _image_sums(per_image_b, by_image)
        change = sums_b - sums_a
        low, high, p_value = _resampled(change, weights, resamples, confidence, seed)
        total = weights.sum()
        found.append(
            Difference(
                name,
                float(sums_a.sum() / total),
                float(sums_b.sum() / total),
                float(change.sum() / total),
                low,
                high,
                p_value,
                *counts,
            )
        )
    return found


def _value(item: SavedItem, metric: Metric) -> float:
    value = item.values[metric]
    assert value is not None  # filtered by the caller
    return value


def _entity_means(items: Sequence[SavedItem], metric: Metric) -> list[list[float]]:
    """Per image (sorted), the means of its entities over their expressions."""
    entities: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        entities[item.image_id][item.entity_id].append(_value(item, metric))
    return [[mean(values) for _, values in sorted(entities[image].items())] for image in sorted(entities)]


def _image_sums(per_image: list[list[float]], by_image: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(numerator, denominator) of each image in X or X(E)."""
    if by_image:
        return np.array([mean(values) for values in per_image]), np.ones(len(per_image))
    return np.array([sum(values) for values in per_image]), np.array([float(len(values)) for values in per_image])


def _resampled(
    change: NDArray[np.float64], weights: NDArray[np.float64], resamples: int, confidence: float, seed: int
) -> tuple[float, float, float]:
    """(low, high, p) of sum(change) / sum(weights)."""
    n = change.size
    draw = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 1])))
    means = np.empty(resamples)
    for first in range(0, resamples, BLOCK):
        chosen = draw.integers(0, n, (min(BLOCK, resamples - first), n))
        means[first : first + len(chosen)] = change[chosen].sum(axis=1) / weights[chosen].sum(axis=1)
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high), _sign_flip(change, resamples, seed)


def _sign_flip(change: NDArray[np.float64], resamples: int, seed: int) -> float:
    """Two-sided p of the null hypothesis that each image's difference is as likely positive as negative.

    All sign patterns when there are no more than `resamples`, else random ones and the observed one.
    """
    n, observed = change.size, abs(float(change.sum()))
    least = observed * (1 - 1e-12)  # equal sums may differ in the last digit
    if 2**n <= resamples:
        patterns = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
        return float(np.mean(np.abs((1 - 2 * patterns) @ change) >= least))
    draw = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 2])))
    extreme = 0
    for first in range(0, resamples, BLOCK):
        signs = 1 - 2 * draw.integers(0, 2, (min(BLOCK, resamples - first), n))
        extreme += int(np.count_nonzero(np.abs(signs @ change) >= least))
    return (1 + extreme) / (1 + resamples)
