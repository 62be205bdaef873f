"""Joining predictions with the items of a ground truth: every name is accounted for, none is guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rim_eval.errors import ExtraPredictionsError, MissingPredictionsError, UsageError
from rim_eval.ground_truth.scenes import GroundTruth, Scene

MISSING_POLICIES = ("error", "zero", "skip")


@dataclass(frozen=True, slots=True)
class SceneTask:
    """One image to score: its scene and the prediction file of each item (None: scored as an empty matte)."""

    scene: Scene
    predictions: Mapping[str, Path | None]
    trimaps: Mapping[str, Path]
    """matte id -> trimap file; empty unless trimaps come from files."""


@dataclass(frozen=True, slots=True)
class Matching:
    """All tasks in order, and what was not there."""

    tasks: tuple[SceneTask, ...]
    missing: tuple[str, ...]


def match(
    truth: GroundTruth,
    predictions: Mapping[str, Path],
    folder: Path,
    *,
    missing: str = "error",
    trimaps: Mapping[str, Path] | None = None,
) -> Matching:
    """Pair every item with its prediction file.

    `predictions`: stem -> path of everything in `folder`. Raises ExtraPredictionsError for names that belong to no
    item and MissingPredictionsError under `error`; `zero` keeps the item without a file, `skip` drops it.
    """
    if missing not in MISSING_POLICIES:
        raise UsageError(f"unknown policy --missing {missing!r}. Choose one of {', '.join(MISSING_POLICIES)}.")
    wanted = {item.id for item in truth.items()}
    extra = sorted(set(predictions) - wanted - truth.unused)
    absent = sorted(wanted - set(predictions))
    if extra:
        raise ExtraPredictionsError([predictions[name].name for name in extra], folder, truth.expected)
    if absent and missing == "error":
        raise MissingPredictionsError([f"{name}.png" for name in absent], folder)
    if absent and missing == "skip" and len(absent) == len(wanted):
        raise MissingPredictionsError([f"{name}.png" for name in absent], folder)
    tasks = []
    for scene in truth.scenes:
        files = {
            item.id: predictions.get(item.id)
            for item in scene.items
            if item.id in predictions or missing == "zero"
        }
        if files:
            named = {name: trimaps[name] for name in scene.mattes if name in trimaps} if trimaps else {}
            tasks.append(SceneTask(scene, files, named))
    return Matching(tuple(tasks), tuple(absent))
