"""The result of a run: one frozen value that every output is a view of."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rim_eval import __version__
from rim_eval.averaging import average, average_groups
from rim_eval.definition import Definition, Metric
from rim_eval.ground_truth.scenes import GroundTruth
from rim_eval.matching import Matching, SceneTask
from rim_eval.rows import Means, Row
from rim_eval.targets import RULE, WITH_TARGET, WITHOUT_TARGET, TargetClass

SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class TargetSplit:
    """How often the right thing was found, and what each outcome costs."""

    n: int
    """Items that have a target."""
    accuracy: float | None
    """Share of `right` among them; None without any."""
    classes: Mapping[TargetClass, Means]
    with_siblings: bool
    """Whether neighbours were known at all; without them nothing can be `wrong` or `both`."""

    def to_json(self) -> dict[str, Any]:
        """As it stands in the JSON report."""
        return {
            "rule": RULE,
            "n": self.n,
            "accuracy": self.accuracy,
            "with_siblings": self.with_siblings,
            "classes": {
                kind.value: {"n": means.n, "SAD": means.values["SAD"], "MSE": means.values["MSE"]}
                for kind, means in self.classes.items()
            },
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Everything one run found."""

    signature: str
    overall: Means
    groups: Mapping[str, Mapping[str, Means]]
    targets: TargetSplit
    rows: tuple[Row, ...]
    missing: tuple[str, ...]
    setting: str
    protocol: str
    source: str
    depths: Mapping[str, int]
    notes: tuple[str, ...]
    """Sentences a reader of the numbers should know."""
    tasks: Mapping[str, SceneTask]
    """Item id -> the image it was scored in: where the pictures of the HTML report come from; not in the JSON."""

    def metric_value(self, name: str) -> float | None:
        """A number by its column name, such as `SAD(E)`, or `accuracy`; KeyError for others."""
        if name == "accuracy":
            return self.targets.accuracy
        return self.overall.values[name]

    def to_json(self) -> dict[str, Any]:
        """One JSON document in full precision; keys never change within a schema."""
        return {
            "signature": self.signature,
            "schema": SCHEMA,
            "rim_eval_version": __version__,
            "n": self.overall.n,
            "counts": {
                "predictions": self.overall.n,
                "entities": self.overall.entities,
                "images": self.overall.images,
                "missing": len(self.missing),
                "undefined": dict(self.overall.undefined),
                "depths": dict(self.depths),
            },
            "setting": self.setting,
            "protocol": self.protocol,
            "ground_truth": self.source,
            "overall": dict(self.overall.values),
            "groups": {
                column: {value: means_to_json(means) for value, means in values.items()}
                for column, values in self.groups.items()
            },
            "targets": self.targets.to_json(),
            "notes": list(self.notes),
            "missing": list(self.missing),
            "items": [row.to_json() for row in self.rows],
        }


def means_to_json(means: Means) -> dict[str, Any]:
    """One line of a group table."""
    return {"n": means.n, "entities": means.entities, "images": means.images, **means.values}


def build_report(
    rows: Sequence[Row],
    truth: GroundTruth,
    matching: Matching,
    definition: Definition,
    metrics: Sequence[Metric],
    *,
    missing: str,
    resize: str | None,
    notes: Sequence[str] = (),
) -> Report:
    """Average the rows, in whatever order they come."""
    ordered = tuple(sorted(rows, key=lambda row: (row.image_id, row.id)))
    siblings = any(len(task.scene.mattes) > 1 and task.scene.split_targets for task in matching.tasks)
    return Report(
        signature=signature(ordered, truth, definition, metrics, missing=missing, resize=resize),
        overall=average(ordered),
        groups=average_groups(ordered),
        targets=split_targets(ordered, siblings),
        rows=ordered,
        missing=matching.missing,
        setting=truth.setting,
        protocol=truth.protocol,
        source=truth.source,
        depths=dict(sorted(Counter(row.depths for row in ordered).items())),
        notes=(
            *truth.notes,
            *notes,
            *_depth_note(ordered),
            *_row_notes(ordered),
            *_missing_note(matching.missing, missing),
        ),
        tasks={name: task for task in matching.tasks for name in task.predictions},
    )


def signature(
    rows: Sequence[Row],
    truth: GroundTruth,
    definition: Definition,
    metrics: Sequence[Metric],
    *,
    missing: str,
    resize: str | None,
) -> str:
    """The one line that fixes everything the numbers depend on; `ids` is a digest of the scored names."""
    parts = definition.signature_parts(metrics)
    parts.insert(parts.index(definition.region_label) + 1, f"resize:{resize}" if resize else "gt-size")
    digest = hashlib.sha256("\n".join(sorted(row.id for row in rows)).encode()).hexdigest()[:8]
    expression = {"none": truth.setting, "index": "index", "all": "all"}[truth.protocol]
    parts += [f"expr:{expression}", f"images:{truth.grouping}", RULE]
    if missing != "error":
        parts.append(f"missing:{missing}")
    return "|".join([*parts, f"ids:{digest}", f"n={len(rows)}"])


def split_targets(rows: Sequence[Row], with_siblings: bool) -> TargetSplit:
    """Counts and errors per outcome; outcomes that cannot occur are left out, others are listed with n = 0."""
    having = [row for row in rows if row.target in WITH_TARGET]
    lacking = [row for row in rows if row.target in WITHOUT_TARGET]
    listed = (*(WITH_TARGET if having else ()), *(WITHOUT_TARGET if lacking else ()))
    right = sum(row.target is TargetClass.RIGHT for row in having)
    return TargetSplit(
        n=len(having),
        accuracy=right / len(having) if having else None,
        classes={kind: average([row for row in rows if row.target is kind]) for kind in listed},
        with_siblings=with_siblings,
    )


def _row_notes(rows: Sequence[Row]) -> list[str]:
    counts = Counter(note for row in rows for note in row.notes)
    first: dict[str, str] = {}
    for row in rows:
        for note in row.notes:
            first.setdefault(note, row.id)
    return [
        f"{note}: {count:,} of {len(rows):,} predictions, first {first[note]}."
        for note, count in sorted(counts.items())
    ]


def _depth_note(rows: Sequence[Row]) -> list[str]:
    counts = Counter(row.depths.split("/")[0] for row in rows)
    if len(counts) < 2:
        return []
    parts = ", ".join(
        f"{count:,} of {depth} bits" if depth != "float" else f"{count:,} of floats"
        for depth, count in sorted(counts.items())
    )
    return [f"the predictions have different bit depths: {parts}. Each is compared exactly; was it meant so?"]


def _missing_note(names: Sequence[str], policy: str) -> list[str]:
    if not names:
        return []
    done = {"zero": "scored as empty mattes", "skip": "left out of every mean"}[policy]
    return [f"{len(names):,} predictions are missing, {done}; first {names[0]}."]
