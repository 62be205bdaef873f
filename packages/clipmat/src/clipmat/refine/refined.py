"""A predictor whose mattes are refined; `Refiner` is all that a refiner has to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, overload

from clipmat.prediction.matter import Matte, Predictor, photo_pixels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import nn


class Refiner(Protocol):
    """Sharpens a matte by looking at the photo at its own size."""

    def refine(self, image: NDArray[np.uint8], matte: Matte) -> NDArray[np.float32]:
        """A better alpha.

        Args:
            image: uint8 (H, W, 3) RGB.
            matte: of the same size.

        Returns:
            float32 (H, W) in [0, 1].
        """
        ...

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """What sharpens, by name, as a predictor's networks."""
        ...


class RefinedMatter:
    """Mattes phrases as its predictor does, then refines each matte; scores and trimaps stay the predictor's."""

    def __init__(self, predictor: Predictor, refiner: Refiner) -> None:
        self._predictor = predictor
        self._refiner = refiner

    @overload
    def predict(self, image: NDArray[np.uint8] | str | Path, phrases: str) -> Matte: ...  # type: ignore[overload-overlap]  # a str is a Sequence[str] too
    @overload
    def predict(self, image: NDArray[np.uint8] | str | Path, phrases: Sequence[str]) -> list[Matte]: ...
    def predict(self, image: NDArray[np.uint8] | str | Path, phrases: str | Sequence[str]) -> Matte | list[Matte]:
        """The refined mattes of one or several phrases; see `Matter.predict`."""
        pixels = photo_pixels(image)
        texts = [phrases] if isinstance(phrases, str) else list(phrases)
        mattes = [
            replace(matte, alpha=self._refiner.refine(pixels, matte))
            for matte in self._predictor.predict(pixels, texts)
        ]
        return mattes[0] if isinstance(phrases, str) else mattes

    def tokens_read(self, phrase: str) -> int | None:
        """How many tokens of a phrase are read when it is too long, else None."""
        return self._predictor.tokens_read(phrase)

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """The predictor's and the refiner's."""
        return {
            **self._predictor.networks,
            **{f"refine {name}": network for name, network in self._refiner.networks.items()},
        }
