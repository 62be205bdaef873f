"""Category by a detector: the detection that covers the alpha best names the entity (Section 3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from refmatte_engine.labellers.base import Candidate, Look, Proposal
from refmatte_engine.labellers.detection.coco import things
from refmatte_engine.labellers.detection.detection import Detector, best_by_category, detector_size, overlap
from refmatte_engine.labellers.detection.pictures import shrunk
from refmatte_engine.labellers.fitting import fitting_digest
from refmatte_engine.labellers.vocabulary import Vocabulary

VERSION = 1
"""Part of the fingerprint: raised whenever the same detections would give other proposals."""

MIN_OVERLAP = 0.5
"""Less of a soft IoU is another thing (COCO's own least IoU of a match)."""

CANDIDATES = 5
"""How many candidates a proposal keeps."""

NOTHING = "the detector finds nothing that covers the cut-out"


@dataclass(frozen=True)
class DetectedCategory:
    """Detections that cover at least half of what they and the alpha cover together speak for their category.

    Each speaks with its score times its overlap. Overlap alone would not tell "dog" from "cat" on one outline, and
    the score alone would name a person's guitar "person"; of a category the best detection counts.

    Attributes:
        short_side: of pictures as the detector sees them.
    """

    detector: Detector
    vocabulary: Vocabulary
    short_side: int

    @property
    def attributes(self) -> tuple[str, ...]:
        return ("category",)

    @cached_property
    def fingerprint(self) -> str:
        fitting = fitting_digest(self.vocabulary, (thing.category for thing in things()))
        return f"detected category {VERSION}: {self.detector.fingerprint}, kinds sha256:{fitting}"

    def propose(self, looks: Sequence[Look]) -> list[tuple[Proposal, ...]]:
        """See `refmatte_engine.labellers.base.Labeller`."""
        sizes = [detector_size(look.alpha.shape[1], look.alpha.shape[0], self.short_side) for look in looks]
        found = self.detector.detect([shrunk(look.image, size) for look, size in zip(looks, sizes, strict=True)])
        category_of = {thing.name: thing.category for thing in things()}
        proposals: list[tuple[Proposal, ...]] = []
        for look, size, instances in zip(looks, sizes, found, strict=True):
            alpha = shrunk(look.alpha, size)
            scored = [(category_of[one.name], one.score, overlap(one, alpha)) for one in instances]
            ranked = best_by_category(
                (category, score * covered)
                for category, score, covered in scored
                if covered >= MIN_OVERLAP and self.vocabulary.fits(category, look)
            )
            proposals.append((_proposal(ranked),))
        return proposals


def _proposal(ranked: Sequence[tuple[str, float]]) -> Proposal:
    if not ranked:
        return Proposal("category", None, None, reason=NOTHING)
    candidates = tuple(Candidate(name, score) for name, score in ranked[:CANDIDATES])
    return Proposal("category", candidates[0].value, candidates[0].score, candidates)
