"""What is there of the weights: for `refmatte models list` and `check`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from refmatte_engine.progress import Progress, Silent
from refmatte_engine.weights.card import ModelCard, model_card, model_names
from refmatte_engine.weights.find import how_to_get, own_file, wrong_hash
from refmatte_engine.weights.folder import models_folder
from refmatte_engine.weights.hashed import sha256_of


class State(StrEnum):
    """How a file stands to its card."""

    MISSING = "missing"
    PRESENT = "present"
    """There, not looked into."""
    AS_PUBLISHED = "as published"
    NO_PUBLISHED_HASH = "no published hash"
    """There; nobody publishes a hash to compare with."""
    OWN = "your own"
    """The user's own weights are there (`refmatte_engine.weights.find.own_file`) and are used."""
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One card and its file.

    Attributes:
        card: what is known.
        path: where the file lies, or has to be put.
        state: see :class:`State`.
        sha256: found, when the file was hashed.
    """

    card: ModelCard
    path: Path
    state: State
    sha256: str | None = None

    @property
    def advice(self) -> str:
        """What to do about it; empty when all is well."""
        if self.state is State.MISSING:
            return how_to_get(self.card, self.path.parent)
        if self.state is State.WRONG and self.sha256 is not None:
            return wrong_hash(self.card, self.path, self.sha256)
        return ""

    def as_json(self) -> dict[str, Any]:
        """A document for scripts."""
        return self.card.model_dump() | {
            "path": str(self.path),
            "state": self.state.value,
            "found_sha256": self.sha256,
            "advice": self.advice,
        }


def list_models(folder: Path | None = None) -> tuple[ModelFile, ...]:
    """Every card and whether its file is there; no file is read.

    Raises:
        BadInputError: a card of the user in ``folder`` is wrong.
    """
    place = models_folder(folder)
    files = []
    for name in model_names(place):
        card = model_card(name, place)
        if own := own_file(name, place, card.file):
            files.append(ModelFile(card, own, State.OWN))
            continue
        path = place / card.file
        files.append(ModelFile(card, path, State.PRESENT if path.is_file() else State.MISSING))
    return tuple(files)


def check_models(
    names: Sequence[str] = (), folder: Path | None = None, *, progress: Progress | None = None
) -> tuple[ModelFile, ...]:
    """Hash every file that is there, anew.

    Args:
        names: only these; all cards when empty.

    Raises:
        UsageError: no such model.
        BadInputError: a file or a card cannot be read.
    """
    place = models_folder(folder)
    cards = [model_card(name, place) for name in names or model_names(place)]
    checked = []
    with (progress or Silent()).stage("hash", len(cards)) as stage:
        for card in cards:
            checked.append(_checked(card, place))
            stage.advance()
    return tuple(checked)


def _checked(card: ModelCard, place: Path) -> ModelFile:
    if own := own_file(card.name, place, card.file):
        return ModelFile(card, own, State.OWN, sha256_of(own))
    path = place / card.file
    if not path.is_file():
        return ModelFile(card, path, State.MISSING)
    found = sha256_of(path)
    by_fit = {None: State.NO_PUBLISHED_HASH, True: State.AS_PUBLISHED, False: State.WRONG}
    return ModelFile(card, path, by_fit[card.fits(found)], found)
