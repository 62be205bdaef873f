"""What a model sees of an entity, and what it says: proposals with scores, never decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from refmatte_engine.manifest.vocabulary import EntityKind

LOOK_SIDE = 2048
"""Longest side in pixels of what a model is shown."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A file of weights that was found; its hash was checked where its card has one (a user's own file has none).

    Attributes:
        name: of its card in `data_manifests/models`.
        path: where it lies.
        sha256: of its bytes, 64 hex digits; part of the address of everything computed with it.
    """

    name: str
    path: Path
    sha256: str


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One entity as a model sees it.

    Attributes:
        entity_id: ``source/stem``.
        image: uint8 (H, W, 3) RGB, the source photograph, not cut out, reduced to `LOOK_SIDE` at most.
        alpha: uint8 (H, W), 0 background, 255 foreground.
        kind, category: what is known before the model looks; models of people pass over everything else.
    """

    entity_id: str
    image: NDArray[np.uint8]
    alpha: NDArray[np.uint8]
    kind: EntityKind
    category: str | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that a model considered, with its score in [0, 1]."""

    value: str
    score: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a model says of one attribute of one entity.

    Attributes:
        attribute: name as in a table of corrections: category, gender, age_group, clothes_type, clothes_color.
        value: as a table of corrections writes it; None is unknown, which is never guessed.
        score: of the value, in [0, 1]; None when unknown.
        candidates: best first, the value among them when there is one.
        reason: why unknown, for people ("no face inside the alpha"); empty otherwise.
    """

    attribute: str
    value: str | None
    score: float | None
    candidates: tuple[Candidate, ...] = ()
    reason: str = ""


class Labeller(Protocol):
    """A model, or several that are asked together, behind one name."""

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names of the attributes it proposes."""
        ...

    @property
    def fingerprint(self) -> str:
        """Model, hashes of its weights and settings: equal fingerprints say the same of equal entities."""
        ...

    def propose(self, looks: Sequence[Look]) -> list[tuple[Proposal, ...]]:
        """One tuple per look, one proposal per attribute."""
        ...
