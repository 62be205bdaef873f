"""Validation on the way: native-size mattes of held-out images, scored by rim_eval, with pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from clipmat.engine_errors import engine_errors
from clipmat.prediction.matter import Matte, Predictor, save_picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from refmatte_engine.manifest.dataset import Sample
    from rim_eval import Accumulator

PICTURES: Final = 4
MEASURES: Final = ("SAD", "MSE", "MAD", "accuracy")


def validate(
    predictor: Predictor, scenes: Sequence[Sequence[Sample]], pictures: Path | None = None
) -> dict[str, float]:
    """Scores of whatever answers phrases with mattes.

    Args:
        predictor: a model under training is put into evaluation mode by the caller.
        scenes: all samples of one image together.
        pictures: folder for strips of photo, truth and answer.

    Returns:
        SAD (in thousands), MSE, MAD and target accuracy, as `rim_eval.Accumulator` defines them.

    Raises:
        ClipmatError: what `refmatte_engine` or `rim_eval` say of a file, with its exit code.
    """
    from rim_eval import Accumulator

    scores = Accumulator(metrics=["SAD", "MSE", "MAD"])
    with engine_errors():
        for number, scene in enumerate(scenes):
            alphas = {sample.matte_id: sample.alpha for sample in scene}
            mattes = predictor.predict(scene[0].image, [sample.phrase for sample in scene])
            # Two datasets may call their images the same: the number tells them apart, and keeps the order.
            _add(scores, f"{number:06d} ", scene, mattes, alphas)
            if pictures is not None and number < PICTURES:
                strip = _strip(mattes[0], alphas[scene[0].matte_id])
                save_picture(pictures / f"{number + 1}_{scene[0].sample_id}.jpg", strip)
        computed = scores.compute()
    return {name: value for name in MEASURES if (value := computed[name]) is not None}


def _add(
    scores: Accumulator,
    prefix: str,
    scene: Sequence[Sample],
    mattes: Sequence[Matte],
    alphas: Mapping[str, NDArray[np.float32]],
) -> None:
    for sample, matte in zip(scene, mattes, strict=True):
        siblings = [alpha for name, alpha in alphas.items() if name != sample.matte_id]
        scores.update(
            matte.levels(),
            _levels(alphas[sample.matte_id]),
            id=prefix + sample.sample_id,
            image_id=prefix + sample.image_id,
            entity_id=prefix + sample.matte_id,
            siblings=[_levels(sibling) for sibling in siblings],
        )


def _levels(alpha: NDArray[np.float32]) -> NDArray[np.uint8]:
    levels: NDArray[np.uint8] = np.rint(alpha * 255.0).astype(np.uint8)
    return levels


def _strip(matte: Matte, truth: NDArray[np.float32]) -> NDArray[np.uint8]:
    grey = [np.repeat(_levels(alpha)[..., None], 3, axis=2) for alpha in (truth, matte.alpha)]
    strip = np.hstack([matte.image, *grey])
    step = max(1, strip.shape[0] // 320)
    return np.ascontiguousarray(strip[::step, ::step])
