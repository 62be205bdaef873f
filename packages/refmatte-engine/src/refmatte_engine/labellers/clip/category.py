"""Category by CLIP, zero-shot: which name of the whole vocabulary fits the cut-out best."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from refmatte_engine.labellers.base import Candidate, Look, Proposal
from refmatte_engine.labellers.clip.image_text import ImageTextModel
from refmatte_engine.labellers.clip.zero_shot import prompt_points, prompts_of, softmax, views
from refmatte_engine.labellers.fitting import fitting_digest
from refmatte_engine.labellers.vocabulary import Vocabulary
from refmatte_engine.manifest.fingerprint import canonical_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from refmatte_engine.lexicon import Lexicon

VERSION = 1
"""Part of the fingerprint: raised whenever the same points would give other proposals."""

CANDIDATES = 5
"""How many candidates a proposal keeps."""


@dataclass(frozen=True)
class ClipCategory:
    """The softmax over the names that fit, of the mean cosine of the two `views`; the first is the value.

    A name's point is the mean of its prompts' points.

    Attributes:
        points: folder where those are kept; None keeps nothing.
    """

    model: ImageTextModel
    vocabulary: Vocabulary
    lexicon: Lexicon
    points: Path | None = None

    @property
    def attributes(self) -> tuple[str, ...]:
        return ("category",)

    @cached_property
    def fingerprint(self) -> str:
        asked = canonical_json([[name, *texts] for name, texts in self._prompts])
        prompts = f"prompts sha256:{hashlib.sha256(asked).hexdigest()}"
        kinds = f"kinds sha256:{fitting_digest(self.vocabulary, (name for name, _ in self._prompts))}"
        return f"clip category {VERSION}: {self.model.fingerprint}, {prompts}, {kinds}"

    @cached_property
    def _prompts(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(name.category, prompts_of(name, self.lexicon)) for name in self.vocabulary.names]

    @cached_property
    def _points(self) -> NDArray[np.float32]:
        """float32 (names, d), unit vectors."""
        return prompt_points(self.model, [texts for _, texts in self._prompts], self.points)

    def propose(self, looks: Sequence[Look]) -> list[tuple[Proposal, ...]]:
        """See `refmatte_engine.labellers.base.Labeller`."""
        pictures = [view for look in looks for view in views(look, self.model.side)]
        points = self.model.embed_images(pictures).reshape(len(looks), 2, -1)
        cosines = (points @ self._points.T).mean(axis=1)
        return [(self._proposal(look, row),) for look, row in zip(looks, cosines, strict=True)]

    def _proposal(self, look: Look, cosines: NDArray[np.float32]) -> Proposal:
        names = self.vocabulary.names
        fitting = [i for i, name in enumerate(names) if self.vocabulary.fits(name.category, look)]
        if not fitting:
            return Proposal("category", None, None, reason="no name of the vocabulary fits its kind")
        shares = softmax(cosines[fitting].astype(np.float64) * self.model.scale)
        order = sorted(range(len(fitting)), key=lambda i: (-shares[i], names[fitting[i]].category))
        candidates = tuple(
            Candidate(names[fitting[i]].category, round(float(shares[i]), 4)) for i in order[:CANDIDATES]
        )
        return Proposal("category", candidates[0].value, candidates[0].score, candidates)
