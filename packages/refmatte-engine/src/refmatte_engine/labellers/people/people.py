"""Models of people as a labeller: the face is looked for, then each says what it sees.

They pass over everything that is no person. Every name of ``--models`` is a labeller of its own, so that another
name asks nobody again who has answered; the picture is then read, and the face looked for, once per name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from refmatte_engine.labellers.base import Look, Proposal
from refmatte_engine.labellers.people.faces import Face, FaceFinder
from refmatte_engine.manifest.vocabulary import EntityKind


class PersonModel(Protocol):
    """One model of people."""

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names of the attributes it proposes."""
        ...

    @property
    def fingerprint(self) -> str:
        """Model, hashes of its weights and settings."""
        ...

    def judge(self, looks: Sequence[Look], faces: Sequence[Face | None]) -> list[tuple[Proposal, ...]]:
        """One tuple per person, one proposal per attribute; ``faces`` as found, with what speaks against them."""
        ...


@dataclass(frozen=True)
class People:
    """Several models of people as one labeller (`refmatte_engine.labellers.base.Labeller`)."""

    finder: FaceFinder
    models: tuple[PersonModel, ...]

    @property
    def attributes(self) -> tuple[str, ...]:
        return tuple(name for model in self.models for name in model.attributes)

    @property
    def fingerprint(self) -> str:
        return "; ".join([self.finder.fingerprint, *(model.fingerprint for model in self.models)])

    def propose(self, looks: Sequence[Look]) -> list[tuple[Proposal, ...]]:
        """See `refmatte_engine.labellers.base.Labeller`."""
        people = [look for look in looks if look.kind is EntityKind.HUMAN]
        faces = [self.finder.find(look) for look in people]
        judged = [model.judge(people, faces) for model in self.models] if people else []
        said = iter(
            tuple(proposal for several in judged for proposal in several[index]) for index in range(len(people))
        )
        nothing = tuple(Proposal(name, None, None, reason="not a person") for name in self.attributes)
        return [next(said) if look.kind is EntityKind.HUMAN else nothing for look in looks]
