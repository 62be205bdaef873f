"""A classifier in ONNX form, run by OpenCV on the CPU."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from refmatte_engine.errors import BadInputError
from refmatte_engine.labellers.base import Weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUM_TOLERANCE = 1e-3
"""An output that sums to 1 within this, without a negative, is taken for probabilities; else for logits."""


def read_bytes(weights: Weights) -> NDArray[np.uint8]:
    """The file as uint8 (n,), for OpenCV's readers (which take no path that is not of the system's encoding).

    Raises:
        BadInputError: it cannot be read.
    """
    try:
        return np.frombuffer(weights.path.read_bytes(), np.uint8)
    except OSError as error:
        raise BadInputError(f"{weights.path}: cannot be read: {error.strerror}") from error


@contextmanager
def opencv_quiet() -> Iterator[None]:
    """OpenCV writes no lines of its own to stderr; what it finds wrong it raises as well."""
    from cv2.utils import logging

    level = logging.getLogLevel()
    logging.setLogLevel(logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        logging.setLogLevel(level)


def unusable(weights: Weights, why: object) -> BadInputError:
    """The error for a file that is no such network."""
    text = " ".join(str(why).split())
    return BadInputError(
        f"{weights.path} cannot be used as {weights.name}: {text[:300]}. `refmatte models check {weights.name}` "
        "says if it is the published file"
    )


class OnnxClassifier:
    """A network from one picture to a score per class."""

    def __init__(self, weights: Weights, classes: Sequence[str], side: int, mean_bgr: tuple[float, float, float]):
        """Read the network and try it on an empty picture.

        Args:
            weights: an ONNX file with one input (1, 3, side, side) and an output of len(classes) numbers.
            classes: names in the order of the output.
            side: of the input, pixels.
            mean_bgr: subtracted from the pixels (0..255), blue, green, red.

        Raises:
            BadInputError: not such a network; the message says what it is instead.
        """
        import cv2

        self.weights = weights
        self.classes = tuple(classes)
        self.side = side
        self.mean_bgr = mean_bgr
        data = read_bytes(weights)
        try:
            with opencv_quiet():
                self._net = cv2.dnn.readNetFromONNX(data)
                self._outputs(np.zeros((side, side, 3), np.uint8))
        except cv2.error as error:
            raise unusable(weights, error.err or error) from error

    def probabilities(self, rgb: NDArray[np.uint8]) -> dict[str, float]:
        """Probability of every class, by name, rounded to 4 digits.

        Args:
            rgb: uint8 (H, W, 3), scaled to the network's input.
        """
        scores = self._outputs(rgb)
        if scores.min() < 0.0 or abs(float(scores.sum()) - 1.0) > SUM_TOLERANCE:
            scores = np.exp(scores - scores.max())
            scores /= scores.sum()
        return {name: round(float(score), 4) for name, score in zip(self.classes, scores, strict=True)}

    def _outputs(self, rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
        import cv2

        shrinks = max(rgb.shape[:2]) > self.side
        scaled = cv2.resize(
            rgb, (self.side, self.side), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        )
        self._net.setInput(cv2.dnn.blobFromImage(scaled[..., ::-1].astype(np.float32), 1.0, mean=self.mean_bgr))
        scores = np.asarray(self._net.forward(), np.float64).ravel()
        if scores.size != len(self.classes) or not np.isfinite(scores).all():
            raise unusable(
                self.weights, f"it gives {scores.size} numbers instead of {len(self.classes)} finite ones"
            )
        return scores
