"""`check`: everything wrong with a folder of predictions at once, before it is scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from rim_eval.errors import BadMatteError, RimEvalError, ShapeMismatchError
from rim_eval.ground_truth.scenes import GroundTruth, matte_files
from rim_eval.inspection import ADVICE, Finding, inspect
from rim_eval.matching import SceneTask
from rim_eval.scene_scoring import SceneTruths, read_prediction
from rim_eval.scorer import load_ground_truth
from rim_eval.workers import Progress


class Severity(StrEnum):
    """Whether `score` would refuse it."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing about one file."""

    severity: Severity
    name: str
    what: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """All problems of a folder, errors first."""

    n: int
    """Predictions that are expected."""
    setting: str
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether `score` would accept the folder."""
        return all(problem.severity is not Severity.ERROR for problem in self.problems)

    def to_json(self) -> dict[str, Any]:
        """One JSON document."""
        return {
            "ok": self.ok,
            "n": self.n,
            "setting": self.setting,
            "problems": [
                {"severity": problem.severity.value, "name": problem.name, "what": problem.what}
                for problem in self.problems
            ],
        }


def check(
    predictions: Path | str,
    ground_truth: Path | str | None = None,
    *,
    manifest: Path | str | None = None,
    layout: str = "auto",
    split: str = "test",
    setting: str = "auto",
    protocol: str = "auto",
    index: Path | str | None = None,
    labels: Path | str | None = None,
    allow_partial: bool = False,
    progress: Progress | None = None,
) -> CheckResult:
    """Look at names, sizes, kinds and values of all predictions. The options are those of `score`.

    Raises RimEvalError only for a ground truth that cannot be used; what is wrong with predictions is returned.
    """
    folder = Path(predictions)
    files = matte_files(folder, "predictions")
    truth = load_ground_truth(
        files, ground_truth, manifest=manifest, layout=layout, split=split, setting=setting, protocol=protocol,
        index=index, labels=labels, allow_partial=allow_partial,
    )  # fmt: skip
    problems = [*_names(truth, files)]
    for done, scene in enumerate(truth.scenes, 1):
        task = SceneTask(scene, {item.id: files.get(item.id) for item in scene.items}, {})
        problems += _scene_problems(task)
        if progress is not None:
            progress(done, len(truth.scenes))
    problems.sort(key=lambda problem: (problem.severity is not Severity.ERROR, problem.name, problem.what))
    return CheckResult(len(truth.items()), truth.setting, tuple(problems))


def _names(truth: GroundTruth, files: dict[str, Path]) -> Sequence[Problem]:
    wanted = {item.id for item in truth.items()}
    extra = sorted(set(files) - wanted - truth.unused)
    absent = sorted(wanted - set(files))
    return [
        *(Problem(Severity.ERROR, files[name].name, "belongs to no ground truth") for name in extra),
        *(Problem(Severity.ERROR, f"{name}.png", "is missing") for name in absent),
    ]


def _scene_problems(task: SceneTask) -> list[Problem]:
    truths = SceneTruths(task.scene)
    problems = []
    for item in task.scene.items:
        path = task.predictions[item.id]
        if path is None:
            continue
        try:
            target = truths.target(item)
        except RimEvalError as problem:
            problems.append(Problem(Severity.ERROR, item.id, f"ground truth: {problem}"))
            continue
        try:
            prediction, _ = read_prediction(path, target, None)
        except ShapeMismatchError as problem:
            problems.append(Problem(Severity.ERROR, path.name, problem.problem))
            continue
        except BadMatteError as problem:
            problems.append(Problem(Severity.ERROR, path.name, f"{problem.problem} {problem.way_out}".strip()))
            continue
        findings = list(inspect(prediction, target))
        if path.suffix.lower() in (".jpg", ".jpeg"):
            findings.append(Finding.LOSSY)
        problems += [Problem(Severity.WARNING, path.name, f"{finding}: {ADVICE[finding]}") for finding in findings]
    return problems
