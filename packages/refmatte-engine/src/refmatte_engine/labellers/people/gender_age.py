"""Gender and age group of a face, by GoogLeNets for Levi and Hassner's task (ONNX, OpenCV).

The crop, the size and the mean are those of onnx/models (body_analysis/age_gender): the face's box made square by
its longer side, 224 x 224 pixels, blue-green-red minus (104, 117, 123). Its README says BGR, as Caffe's networks
take, and is followed here; its script turns the channels round once more, with the same blue-first mean.

These are guesses from a picture of a face, wrong for many people. They are off unless asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from refmatte_engine.attributes.human import AGE_BINS, AGE_GROUPS
from refmatte_engine.labellers.base import Candidate, Look, Proposal, Weights
from refmatte_engine.labellers.people.faces import Face
from refmatte_engine.labellers.people.onnx_net import OnnxClassifier

if TYPE_CHECKING:
    from numpy.typing import NDArray

VERSION = 1
"""Part of the fingerprint: raised whenever the same pixels would give other proposals."""

SIDE = 224
MEAN_BGR = (104.0, 117.0, 123.0)

GENDER_CLASSES = ("male", "female")
"""In the order of the network's output."""

AGE_CLASSES = tuple(f"{low:.0f}-{high:.0f}" for low, high, _ in AGE_BINS)
"""The eight ages of Adience, youngest first, as the network gives them."""


@dataclass(frozen=True)
class FaceModel:
    """Proposes one attribute from a face (a `refmatte_engine.labellers.people.people.PersonModel`).

    Attributes:
        attribute: what it proposes.
        net: from a face to a probability per class.
        read: from those to a probability per value of the attribute.
    """

    attribute: str
    net: OnnxClassifier
    read: Callable[[Mapping[str, float]], Mapping[str, float]]

    @property
    def attributes(self) -> tuple[str, ...]:
        return (self.attribute,)

    @property
    def fingerprint(self) -> str:
        return f"{self.attribute} {VERSION} {self.net.weights.sha256}"

    def judge(self, looks: Sequence[Look], faces: Sequence[Face | None]) -> list[tuple[Proposal, ...]]:
        """The most probable value of every look; unknown without a face that can be judged."""
        return [(self._judged(look, face),) for look, face in zip(looks, faces, strict=True)]

    def _judged(self, look: Look, face: Face | None) -> Proposal:
        if face is None or face.doubt:
            why = "no face inside the alpha" if face is None else face.doubt
            return Proposal(self.attribute, None, None, reason=why)
        scores = self.read(self.net.probabilities(face_crop(look.image, face)))
        ranked = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
        candidates = tuple(Candidate(value, min(score, 1.0)) for value, score in ranked)
        return Proposal(self.attribute, candidates[0].value, candidates[0].score, candidates)


def open_gender(weights: Weights) -> FaceModel:
    """The model that proposes ``gender``.

    Raises:
        BadInputError: the file is no such network.
    """
    return FaceModel("gender", OnnxClassifier(weights, GENDER_CLASSES, SIDE, MEAN_BGR), dict)


def open_age(weights: Weights) -> FaceModel:
    """The model that proposes ``age_group``.

    Raises:
        BadInputError: the file is no such network.
    """
    return FaceModel("age_group", OnnxClassifier(weights, AGE_CLASSES, SIDE, MEAN_BGR), age_groups)


def age_groups(ages: Mapping[str, float]) -> dict[str, float]:
    """Probability of each age group: the sum over the ages that belong to it (`AGE_BINS`).

    Three of the eight ages are adults', so a face that may be 25 or 50 is an adult all the same.
    """
    groups = dict.fromkeys(AGE_GROUPS, 0.0)
    for name, (_, _, group) in zip(AGE_CLASSES, AGE_BINS, strict=True):
        groups[group] += ages[name]
    return {group: round(score, 4) for group, score in groups.items()}


def face_crop(image: NDArray[np.uint8], face: Face) -> NDArray[np.uint8]:
    """The square around a face, uint8 (n, n, 3); beyond the picture its border goes on.

    Args:
        image: uint8 (H, W, 3) RGB.
    """
    side = max(round(max(face.w, face.h)), 1)
    left, top = round(face.x + face.w / 2 - side / 2), round(face.y + face.h / 2 - side / 2)
    height, width = image.shape[:2]
    rows = np.clip(np.arange(top, top + side), 0, height - 1)
    columns = np.clip(np.arange(left, left + side), 0, width - 1)
    return image[np.ix_(rows, columns)]
