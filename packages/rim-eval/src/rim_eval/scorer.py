"""`score`: predictions against ground truth, from folders to a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rim_eval.definition import choose_definition, choose_metrics
from rim_eval.errors import GroundTruthError, UsageError
from rim_eval.ground_truth.dataset import DatasetOptions, is_dataset, load_dataset
from rim_eval.ground_truth.folder import load_folder
from rim_eval.ground_truth.released import ReleasedOptions, find_released, load_released
from rim_eval.ground_truth.scenes import GroundTruth, matte_files
from rim_eval.matching import Matching, match
from rim_eval.report import Report, build_report
from rim_eval.scene_scoring import RESIZE_POLICIES, SceneScoring
from rim_eval.trimap import DEFAULT_RADIUS
from rim_eval.workers import Progress, score_scenes

LAYOUTS = ("auto", "folder", "dataset", "released")


def score(
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
    image_id: str | None = None,
    photos: Path | str | None = None,
    group_by: Sequence[str] = (),
    metrics: Sequence[str] | None = None,
    region: str | None = None,
    trimaps: Path | str | None = None,
    trimap_radius: int = DEFAULT_RADIUS,
    compat: str = "rim",
    conn: str | None = None,
    grad: str | None = None,
    missing: str = "error",
    resize: str | None = None,
    allow_partial: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> Report:
    """Score a folder of predictions.

    `predictions`: folder of one file a matte or expression. `ground_truth`: a plain folder of mattes, a dataset
    folder, or a released RefMatte folder (`layout` says which, `auto` looks). `manifest`: a dataset folder whose
    tables describe the mattes in `ground_truth`, or that is scored itself without one. `metrics`: names among SAD,
    MSE, MAD, GRAD, CONN (all). `progress(done, total)` is called after every few images.

    The rows, and so the report, are bit for bit the same for any `workers`. Raises subclasses of RimEvalError.
    """
    run = prepare(
        predictions, ground_truth, manifest=manifest, layout=layout, split=split, setting=setting,
        protocol=protocol, index=index, labels=labels, image_id=image_id, photos=photos, group_by=group_by,
        trimaps=trimaps, missing=missing, allow_partial=allow_partial,
    )  # fmt: skip
    if resize is not None and resize not in RESIZE_POLICIES:
        raise UsageError(f"unknown policy --resize {resize!r}. Choose {', '.join(RESIZE_POLICIES)}.")
    definition = choose_definition(
        compat, region=region, conn=conn, grad=grad, trimap_radius=trimap_radius, trimap_files=trimaps is not None
    )
    notes = []
    if trimaps is not None and definition.region == "whole":
        raise UsageError("--trimaps has no effect on the region `whole`. Choose --region unknown, fg or bg.")
    chosen = choose_metrics(metrics)
    if definition.undefined & set(chosen):
        names = ", ".join(sorted(definition.undefined & set(chosen)))
        notes.append(f"the {definition.name} implementation has no {names}.")
    scoring = SceneScoring(definition, chosen, resize)
    rows = score_scenes(run.matching.tasks, scoring, workers=workers, progress=progress)
    return build_report(
        rows, run.truth, run.matching, definition, chosen, missing=missing, resize=resize, notes=notes
    )


@dataclass(frozen=True, slots=True)
class PreparedRun:
    """A ground truth and its predictions, matched but not yet opened."""

    truth: GroundTruth
    matching: Matching


def prepare(
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
    image_id: str | None = None,
    photos: Path | str | None = None,
    group_by: Sequence[str] = (),
    trimaps: Path | str | None = None,
    missing: str = "error",
    allow_partial: bool = False,
) -> PreparedRun:
    """Find the ground truth and match the predictions with it; see `score`. Opens no image."""
    folder = Path(predictions)
    files = matte_files(folder, "predictions")
    truth = load_ground_truth(
        files, ground_truth, manifest=manifest, layout=layout, split=split, setting=setting, protocol=protocol,
        index=index, labels=labels, image_id=image_id, photos=photos, group_by=group_by,
        allow_partial=allow_partial,
    )  # fmt: skip
    trimap_files = matte_files(Path(trimaps), "trimaps") if trimaps is not None else None
    return PreparedRun(truth, match(truth, files, folder, missing=missing, trimaps=trimap_files))


def load_ground_truth(
    predicted: dict[str, Path],
    ground_truth: Path | str | None,
    *,
    manifest: Path | str | None = None,
    layout: str = "auto",
    split: str = "test",
    setting: str = "auto",
    protocol: str = "auto",
    index: Path | str | None = None,
    labels: Path | str | None = None,
    image_id: str | None = None,
    photos: Path | str | None = None,
    group_by: Sequence[str] = (),
    allow_partial: bool = False,
) -> GroundTruth:
    """The ground truth of a run, from whichever layout it has."""
    if ground_truth is None and manifest is None:
        raise UsageError("name a ground truth folder, or a dataset with --manifest.")
    if layout not in LAYOUTS:
        raise UsageError(f"unknown layout {layout!r}. Choose one of {', '.join(LAYOUTS)}.")
    root = Path(manifest if manifest is not None else ground_truth or "")
    if not root.is_dir():
        raise GroundTruthError(f"{root}: no such folder (ground truth).")
    released = find_released(root, split) if layout in ("auto", "released") and manifest is None else None
    plain = (
        manifest is None
        and released is None
        and layout != "dataset"
        and (layout == "folder" or not is_dataset(root))
    )
    if not plain:
        _refuse_folder_options(image_id, photos)
    index_file, labels_file = (Path(path) if path is not None else None for path in (index, labels))
    if manifest is not None or layout == "dataset" or (layout == "auto" and is_dataset(root)):
        if not is_dataset(root):
            raise GroundTruthError(f"{root}: is not a dataset folder: it has neither MANIFEST.json nor tables.")
        only = Path(ground_truth) if manifest is not None and ground_truth is not None else None
        return load_dataset(
            root,
            predicted,
            DatasetOptions(split, setting, protocol, index_file, tuple(group_by), allow_partial, only),
        )
    if layout == "released" or released is not None:
        if released is None:
            raise GroundTruthError(f"{root}: has no mask/ folder beside a *label*.json file, here or below.")
        return load_released(
            released,
            predicted,
            ReleasedOptions(split, setting, protocol, labels_file, index_file, tuple(group_by)),
        )
    _refuse_table_options(group_by, setting, protocol, labels_file, index_file)
    return load_folder(root, predicted, image_id=image_id, photos=Path(photos) if photos is not None else None)


def _refuse_folder_options(image_id: str | None, photos: Path | str | None) -> None:
    """Tables already say what an image is and where its photo lies."""
    for given, option in ((image_id, "--image-id"), (photos, "--photos")):
        if given is not None:
            raise UsageError(f"{option} is for plain folders; the tables of this ground truth say it already.")


def _refuse_table_options(
    group_by: Sequence[str], setting: str, protocol: str, labels: Path | None, index: Path | None
) -> None:
    """A plain folder has no tables: an option that needs them is a mistake, not something to ignore."""
    for given, option in (
        (bool(group_by), "--group-by"),
        (setting != "auto", "--setting"),
        (protocol == "rim", "--protocol rim"),
        (labels is not None, "--labels"),
        (index is not None, "--index"),
    ):
        if given:
            raise UsageError(
                f"{option} needs a dataset folder or a released RefMatte folder; "
                "this ground truth is a plain folder."
            )
