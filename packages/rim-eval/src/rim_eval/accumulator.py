"""Scores without files: update, merge and compute, for training loops."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rim_eval.alpha import as_matte, as_pair, check_same_shape
from rim_eval.averaging import average
from rim_eval.definition import Definition, Metric, choose_definition, choose_metrics
from rim_eval.errors import DuplicateError
from rim_eval.measures import measure
from rim_eval.rows import Row
from rim_eval.targets import WITH_TARGET, TargetClass, classify, overlap
from rim_eval.trimap import check_trimap, derive_trimap


class Accumulator:
    """Collects the errors of single predictions and averages them as `rim-eval score` does.

    The result does not depend on the order of updates or merges.

    >>> import numpy as np
    >>> truth = np.full((10, 10), 255, np.uint8)
    >>> scores = Accumulator(metrics=["SAD", "MSE"])
    >>> scores.update(truth, truth, id="a_0", image_id="a")
    >>> scores.update(truth // 5 * 4, truth, id="b_0", image_id="b")
    >>> scores.compute()["SAD"]  # (0 + 100 * 0.2 / 1000) / 2
    0.01
    """

    def __init__(
        self, metrics: Sequence[str] | None = None, *, compat: str = "rim", region: str | None = None
    ) -> None:
        """`metrics`: names among SAD, MSE, MAD, GRAD, CONN (all); `compat`, `region`: as in `score`."""
        self.metrics: tuple[Metric, ...] = choose_metrics(metrics)
        self.definition: Definition = choose_definition(compat, region=region)
        self._rows: dict[str, Row] = {}

    def update(
        self,
        prediction: Any,
        target: Any,
        *,
        id: str | None = None,
        image_id: str | None = None,
        entity_id: str | None = None,
        siblings: Iterable[Any] = (),
        trimap: Any = None,
    ) -> None:
        """Add one prediction.

        `prediction`, `target`: (H, W), uint8, uint16 or floats in [0, 1], arrays or tensors. `id`: unique name (a
        running number by default). `image_id`, `entity_id`: what (E) and expressions are averaged over; the id
        by default. `siblings`: mattes of the other entities, for the target split. `trimap`: (H, W) uint8 for
        regions other than `whole`; derived from the target by default.
        """
        name = id if id is not None else str(len(self._rows))
        if name in self._rows:
            raise DuplicateError(f"{name}: was added before.")
        stored_p, stored_g = as_matte(prediction, name), as_matte(target, f"{name} (ground truth)")
        check_same_shape(stored_p, stored_g, name)
        p, g, scale = as_pair(stored_p, stored_g)
        others = [as_matte(sibling, f"{name} (sibling)") for sibling in siblings]
        for other in others:
            check_same_shape(stored_p, other, name)
        if trimap is not None:
            trimap, _ = check_trimap(trimap, f"{name} (trimap)")
            check_same_shape(trimap, stored_g, f"{name} (trimap)")
        elif self.definition.region != "whole":
            trimap = derive_trimap(stored_g, radius=self.definition.trimap_radius)
        masses = overlap(p, g, scale)
        self._rows[name] = Row(
            id=name,
            entity_id=entity_id if entity_id is not None else name,
            image_id=image_id if image_id is not None else name,
            measures=measure(p, g, scale, self.definition, self.metrics, trimap, name),
            target=classify(stored_p, stored_g, others),
            iou=masses.common / masses.union if masses.union else 1.0,
        )

    def merge(self, other: Accumulator) -> None:
        """Add everything another accumulator holds (of another process, say). DuplicateError for a shared id."""
        if (self.definition, self.metrics) != (other.definition, other.metrics):
            raise ValueError("accumulators of different definitions or metrics cannot be merged")
        shared = sorted(self._rows.keys() & other._rows.keys())
        if shared:
            raise DuplicateError(f"{shared[0]}: is in both accumulators. Give every prediction its own id.")
        self._rows.update(other._rows)

    def compute(self) -> dict[str, float | None]:
        """The means so far: SAD, MSE, MAD, SAD(E), MSE(E), MAD(E), GRAD, CONN, and target `accuracy`."""
        rows = sorted(self._rows.values(), key=lambda row: row.id)
        having = [row for row in rows if row.target in WITH_TARGET]
        right = sum(row.target is TargetClass.RIGHT for row in having)
        return {**average(rows).values, "accuracy": right / len(having) if having else None}

    def rows(self) -> list[Row]:
        """The collected rows, sorted by id."""
        return [self._rows[name] for name in sorted(self._rows)]
