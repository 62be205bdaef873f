"""What backgrounds show, by the detector: an entity never meets a background that holds one of its category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from refmatte_engine.entities import Background
from refmatte_engine.labellers.asking import Question, ask
from refmatte_engine.labellers.base import LOOK_SIDE, Candidate, Proposal
from refmatte_engine.labellers.detection.coco import things
from refmatte_engine.labellers.detection.detection import Detector, best_by_category, detector_size
from refmatte_engine.labellers.detection.pictures import shrunk, size_within
from refmatte_engine.labellers.memory import Memory, Saying
from refmatte_engine.progress import Progress
from refmatte_engine.runner import StopFlag
from refmatte_engine.sources.base import BackgroundSource

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VERSION = 1
"""Part of the fingerprint: raised whenever the same detections would give other proposals."""

CONTAINS = "contains"
"""The one attribute that is asked about backgrounds, and about nothing else."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Proposes what a background contains; its candidates are the categories found, best first.

    Attributes:
        short_side: of pictures as the detector sees them.
        least: a category counts as contained from this score on.
    """

    detector: Detector
    short_side: int
    least: float

    @property
    def fingerprint(self) -> str:
        return f"contents {VERSION}: {self.detector.fingerprint}"

    def propose(self, pictures: Sequence[NDArray[np.uint8]]) -> list[Saying]:
        """One proposal per picture, uint8 (H, W, 3) RGB. It has no value: what is sure enough is asked later."""
        sizes = [detector_size(picture.shape[1], picture.shape[0], self.short_side) for picture in pictures]
        found = self.detector.detect(
            [shrunk(picture, size) for picture, size in zip(pictures, sizes, strict=True)]
        )
        category_of = {thing.name: thing.category for thing in things()}
        return [
            (
                Proposal(
                    CONTAINS,
                    None,
                    None,
                    tuple(
                        Candidate(name, score)
                        for name, score in best_by_category(
                            (category_of[one.name], one.score) for one in instances
                        )
                    ),
                ),
            )
            for instances in found
        ]

    def look_into(
        self,
        backgrounds: Sequence[Background],
        sources: Mapping[str, BackgroundSource],
        memory: Memory,
        *,
        max_pixels: int,
        progress: Progress,
        flag: StopFlag | None = None,
    ) -> tuple[tuple[Background, ...], dict[str, Saying]]:
        """``backgrounds`` with ``contains`` where nobody had looked, and what was found by background id.

        A picture that cannot be read stays one at which nobody looked.

        Raises:
            StoppedError: the flag was set; what was answered is kept.
        """

        def question(background: Background) -> Question[NDArray[np.uint8]]:
            def read() -> NDArray[np.uint8]:
                picture = sources[background.source].read_background(background.file, max_pixels=max_pixels)
                return shrunk(picture, size_within(picture.shape[1], picture.shape[0], LOOK_SIDE))

            return Question(background.background_id, (background.content_hash,), read)

        said = ask(
            self.fingerprint,
            self.propose,
            lambda why: (Proposal(CONTAINS, None, None, reason=why),),
            [question(background) for background in backgrounds if background.contains is None],
            memory,
            title="backgrounds",
            progress=progress,
            flag=flag,
        )
        known = {
            item_id: tuple(sorted(one.value for one in proposal.candidates if one.score >= self.least))
            for item_id, (proposal,) in said.items()
            if not proposal.reason
        }
        looked = (
            replace(background, contains=known.get(background.background_id, background.contains))
            for background in backgrounds
        )
        return tuple(looked), said
