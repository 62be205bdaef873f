"""Models that say what a test tells them to, and count how often they are asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from refmatte_engine.entities import Box
from refmatte_engine.labellers.base import Candidate, Look, Proposal
from refmatte_engine.labellers.detection.detection import Instance
from refmatte_engine.manifest.vocabulary import EntityKind


@dataclass
class FakeLabeller:
    """Says ``says(look)``: value and score by attribute, or None."""

    says: Callable[[Look], dict[str, tuple[str, float] | None]]
    attributes: tuple[str, ...] = ("category",)
    fingerprint: str = "fake 1"
    seen: list[Look] = field(default_factory=list)

    def propose(self, looks: Sequence[Look]) -> list[tuple[Proposal, ...]]:
        self.seen += looks
        return [
            tuple(self._proposal(name, self.says(look).get(name)) for name in self.attributes) for look in looks
        ]

    def _proposal(self, name: str, said: tuple[str, float] | None) -> Proposal:
        if said is None:
            return Proposal(name, None, None, reason="nothing is seen")
        return Proposal(name, *said, (Candidate(*said), Candidate("other", round(said[1] / 2, 4))))

    def asked(self) -> list[str]:
        return [look.entity_id for look in self.seen]


@dataclass
class FakeDetector:
    """Finds the same in every picture, as if all were of one size."""

    found: tuple[Instance, ...] = ()
    fingerprint: str = "fake detector 1"
    shown: list[tuple[int, int]] = field(default_factory=list)

    def detect(self, images: Sequence[NDArray[np.uint8]]) -> list[tuple[Instance, ...]]:
        self.shown += [(image.shape[1], image.shape[0]) for image in images]
        return [self.found for _ in images]


@dataclass
class FakeClip:
    """A picture's point is its mean colour, a text's point the colour that it names."""

    colors: dict[str, tuple[float, float, float]]
    side: int = 16
    scale: float = 10.0
    fingerprint: str = "fake clip 1"
    texts: list[str] = field(default_factory=list)

    def embed_images(self, images: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        assert all(image.shape == (self.side, self.side, 3) and image.dtype == np.uint8 for image in images)
        return unit(np.stack([image.mean(axis=(0, 1)) for image in images]))

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.texts += texts
        points = [next((c for word, c in self.colors.items() if word in text), (1, 1, 1)) for text in texts]
        return unit(np.array(points, np.float32))


def unit(points: NDArray[np.float32]) -> NDArray[np.float32]:
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


def instance(name: str, score: float, picture: Sequence[Sequence[int]], at: tuple[int, int] = (0, 0)) -> Instance:
    """An instance with a mask written as numbers from 0 to 255, its first pixel at (x, y)."""
    mask = np.array(picture, np.uint8)
    return Instance(name, score, Box(*at, mask.shape[1], mask.shape[0]), mask)


def look(
    alpha: Sequence[Sequence[int]] | NDArray[np.uint8],
    *,
    kind: EntityKind = EntityKind.OBJECT,
    category: str | None = None,
    color: tuple[int, int, int] = (90, 90, 90),
) -> Look:
    """A look at a picture of one colour."""
    shares = np.array(alpha, np.uint8)
    return Look("made/1", np.full((*shares.shape, 3), color, np.uint8), shares, kind, category)
