"""Scoring one image: each ground truth is decoded once for all its expressions and all its siblings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rim_eval.alpha import SCALE, Matte, as_float, check_same_shape, depth_of, promoted, same_type
from rim_eval.alpha_files import read_matte
from rim_eval.averaging import size_group
from rim_eval.definition import Definition, Metric
from rim_eval.errors import GroundTruthError, NotAMatteError, ShapeMismatchError
from rim_eval.ground_truth.scenes import Item, Scene
from rim_eval.inspection import ADVICE, Finding, inspect, misscaled
from rim_eval.matching import SceneTask
from rim_eval.measures import measure
from rim_eval.rows import Row
from rim_eval.targets import classify, overlap
from rim_eval.trimap import Trimap, derive_trimap, read_trimap

BILINEAR = "pred-to-gt:bilinear"
RESIZE_POLICIES = (BILINEAR,)


@dataclass(frozen=True, slots=True)
class SceneScoring:
    """What is computed for every scene of a run."""

    definition: Definition
    metrics: tuple[Metric, ...]
    resize: str | None = None
    group_by_size: bool = True


def score_scene(task: SceneTask, scoring: SceneScoring, *, inspected: bool = False) -> list[Row]:
    """The rows of one image, in the order of its items. `inspected` also looks for accidents of saving."""
    truths = SceneTruths(task.scene)
    rows = []
    for item in task.scene.items:
        if item.id in task.predictions:
            rows.append(_score_item(item, task, truths, scoring, inspected))
    return rows


class SceneTruths:
    """The mattes of one scene, decoded on first use and kept while the scene is scored."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._decoded: dict[str, Matte] = {}
        self._trimaps: dict[tuple[str, ...], tuple[Trimap, bool]] = {}

    def matte(self, matte_id: str) -> Matte:
        """One matte, checked against the other mattes of the image and against its table."""
        if matte_id not in self._decoded:
            path = self.scene.mattes[matte_id]
            matte = read_matte(path)
            height, width = matte.shape
            if self.scene.size is not None and self.scene.size != (width, height):
                raise GroundTruthError(
                    f"{path}: is {width} x {height} pixels, its table says "
                    f"{self.scene.size[0]} x {self.scene.size[1]}."
                )
            for other_id, other in self._decoded.items():
                if other.shape != matte.shape:
                    raise GroundTruthError(
                        f"{path}: differs in size from {self.scene.mattes[other_id].name} of the same image."
                    )
            self._decoded[matte_id] = matte
        return self._decoded[matte_id]

    def target(self, item: Item) -> Matte:
        """The ground truth of an item: one matte, the clipped sum of several, or nothing at all."""
        if len(item.target_ids) == 1:
            return self.matte(item.target_ids[0])
        if not item.target_ids:
            return self._nothing(item)
        return clipped_sum([self.matte(matte_id) for matte_id in item.target_ids])

    def _nothing(self, item: Item) -> Matte:
        if self.scene.size is not None:
            width, height = self.scene.size
            return np.zeros((height, width), np.uint8)
        if self.scene.mattes:
            return np.zeros_like(self.matte(next(iter(self.scene.mattes))))
        raise GroundTruthError(f"{item.id}: has no target, and nothing says how large its image is.")

    def siblings(self, item: Item) -> list[Matte]:
        """The mattes of the image that are not the item's target."""
        if not self.scene.split_targets:
            return []
        return [self.matte(matte_id) for matte_id in self.scene.mattes if matte_id not in item.target_ids]

    def trimap(self, item: Item, task: SceneTask, scoring: SceneScoring) -> tuple[Trimap | None, bool]:
        """(trimap, whether its file writes 127), or (None, False) for the whole image."""
        definition = scoring.definition
        if definition.region == "whole":
            return None, False
        if item.target_ids not in self._trimaps:
            target = self.target(item)
            if definition.trimap_files:
                if len(item.target_ids) != 1 or item.target_ids[0] not in task.trimaps:
                    raise GroundTruthError(f"{item.id}: has no trimap file.")
                path = task.trimaps[item.target_ids[0]]
                trimap, has_127 = read_trimap(path)
                if trimap.shape != target.shape:
                    raise GroundTruthError(f"{path}: the trimap differs in size from its ground truth.")
                self._trimaps[item.target_ids] = trimap, has_127
            else:
                self._trimaps[item.target_ids] = derive_trimap(target, radius=definition.trimap_radius), False
        return self._trimaps[item.target_ids]


def clipped_sum(mattes: list[Matte]) -> Matte:
    """The matte of several targets: their sum, clipped at 1. 8 bits beside 16 are promoted; floats stay floats."""
    if any(matte.dtype not in SCALE for matte in mattes):
        return np.asarray(np.minimum(np.sum([as_float(matte) for matte in mattes], axis=0), 1.0))
    if len({matte.dtype for matte in mattes}) > 1:
        mattes = [promoted(matte) for matte in mattes]
    dtype = mattes[0].dtype
    total = np.sum(mattes, axis=0, dtype=np.int64)
    return np.asarray(np.minimum(total, SCALE[dtype]).astype(dtype))


def _score_item(item: Item, task: SceneTask, truths: SceneTruths, scoring: SceneScoring, inspected: bool) -> Row:
    target = truths.target(item)
    path = task.predictions[item.id]
    notes: list[str] = []
    if path is None:
        prediction = np.zeros_like(target)
        notes.append("missing, scored as empty")
    else:
        prediction, resized = read_prediction(path, target, scoring.resize)
        if resized:
            notes.append(Finding.RESIZED)
        if path.suffix.lower() in (".jpg", ".jpeg"):
            notes.append(Finding.LOSSY)
        if inspected:
            notes.extend(inspect(prediction, target))
    trimap, has_127 = truths.trimap(item, task, scoring)
    if has_127:
        notes.append(Finding.TRIMAP_127)
    p, g, scale = same_type(prediction, target)
    masses = overlap(p, g, scale)
    groups = dict(item.groups)
    if scoring.group_by_size:
        groups["size"] = size_group(masses.mass / (scale * g.size))
    return Row(
        id=item.id,
        entity_id=item.entity_id,
        image_id=task.scene.image_id,
        measures=measure(p, g, scale, scoring.definition, scoring.metrics, trimap, str(path)),
        target=classify(prediction, target, truths.siblings(item)),
        iou=masses.common / masses.union if masses.union else 1.0,
        groups=groups,
        text=item.text,
        depths=f"{depth_of(prediction)}/{depth_of(target)}",
        notes=tuple(str(note) for note in notes),
    )


def read_prediction(path: Path, target: Matte, resize: str | None) -> tuple[Matte, bool]:
    """The prediction at the size of its ground truth, and whether it had to be resized for that.

    Raises ShapeMismatchError without a policy, NotAMatteError when its values are 255 times too small.
    """
    prediction = read_matte(path)
    resized = prediction.shape != target.shape
    if resized:
        if resize is None:
            check_same_shape(prediction, target, str(path))
        prediction = _resize_bilinear(prediction, target.shape, path)
    finding = misscaled(prediction, target)
    if finding is not None:
        raise NotAMatteError(path, f"has {finding}.", f"Its score would be meaningless: {ADVICE[finding]}")
    return prediction, resized


def _resize_bilinear(prediction: Matte, shape: tuple[int, ...], path: Path) -> Matte:
    """Bilinear with pixel centres at half integers, rounded to the depth of the file."""
    import cv2

    if min(prediction.shape) < 2:
        raise ShapeMismatchError(path, f"is only {prediction.shape[1]} x {prediction.shape[0]} pixels.")
    height, width = shape
    return np.asarray(cv2.resize(prediction, (width, height), interpolation=cv2.INTER_LINEAR))
