"""One row a scored item: the numbers, and what they are grouped by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rim_eval.definition import Metric
from rim_eval.measures import Measures
from rim_eval.targets import TargetClass


@dataclass(frozen=True, slots=True)
class Row:
    """The result for one prediction."""

    id: str
    entity_id: str
    image_id: str
    measures: Measures
    target: TargetClass
    iou: float
    """sum min / sum max of prediction and ground truth, in [0, 1]; 1 when both are empty."""
    groups: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None
    depths: str = "8/8"
    """Bits of prediction and ground truth as stored."""
    notes: tuple[str, ...] = ()
    """Peculiarities of this file; see `inspection`."""

    def value(self, metric: Metric) -> float | None:
        """The row's value of one metric."""
        number: float | None = getattr(self.measures, metric.value.lower())
        return number

    def to_json(self) -> dict[str, Any]:
        """The item as it stands in the JSON report."""
        m = self.measures
        return {
            "id": self.id,
            "entity_id": self.entity_id,
            "image_id": self.image_id,
            **{metric.value: self.value(metric) for metric in Metric},
            "sad_int": m.sad_int,
            "sse_int": m.sse_int,
            "conn_int": m.conn_int,
            "pixels": m.pixels,
            "scale": m.scale,
            "target": self.target.value,
            "iou": self.iou,
            "depths": self.depths,
            "groups": dict(self.groups),
            "text": self.text,
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Means:
    """Means over entities and, with (E), over images. None where nothing is defined."""

    n: int
    """Scored items."""
    entities: int
    images: int
    values: Mapping[str, float | None]
    """`SAD`, `MSE`, `MAD`, `SAD(E)`, `MSE(E)`, `MAD(E)`, `GRAD`, `CONN`."""
    undefined: Mapping[str, int] = field(default_factory=dict)
    """Metric -> rows without a value (empty region)."""
