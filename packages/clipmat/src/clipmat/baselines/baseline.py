"""What a baseline is, and how it becomes a predictor like any model of this package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from clipmat.errors import EmptyPhraseError
from clipmat.prediction.matter import Matte

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import nn


class Baseline(Protocol):
    """Image and text in, alpha out."""

    def predict(self, image: NDArray[np.uint8], text: str) -> NDArray[np.float32]:
        """The alpha of one text: float32 (H, W) in [0, 1]; ``image`` is uint8 (H, W, 3) RGB."""
        ...

    def predict_many(self, image: NDArray[np.uint8], texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """The alphas of several texts, which share whatever depends on the image alone."""
        ...

    def tokens_read(self, text: str) -> int | None:
        """How many tokens of a text are read when it is too long, else None."""
        ...

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """What answers, by name, as a predictor's networks."""
        ...


class BaselinePredictor:
    """A baseline as a predictor of this package: its score is the largest alpha, it draws no trimap."""

    def __init__(self, baseline: Baseline) -> None:
        self._baseline = baseline

    def predict(self, image: NDArray[np.uint8], phrases: Sequence[str]) -> list[Matte]:
        """The mattes of several phrases.

        Raises:
            BadInputError: an empty phrase.
        """
        if not all(phrase.strip() for phrase in phrases):
            raise EmptyPhraseError
        alphas = self._baseline.predict_many(image, phrases)
        return [
            Matte(image=image, alpha=alpha, phrase=phrase, score=float(alpha.max()))
            for phrase, alpha in zip(phrases, alphas, strict=True)
        ]

    def tokens_read(self, phrase: str) -> int | None:
        """How many tokens of a phrase are read when it is too long, else None."""
        return self._baseline.tokens_read(phrase)

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """The baseline's."""
        return self._baseline.networks
