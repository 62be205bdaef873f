"""Where a dataset lies on this machine, and the error that helps whoever does not have it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from refmatte_engine.errors import BadInputError
from refmatte_engine.sources.base import SourceCard
from refmatte_engine.sources.tree import dataset_folders


class SourceMissingError(BadInputError):
    """A dataset is not there, or not in its layout; the message says where to get it and how it must lie."""

    def __init__(self, card: SourceCard, found: str) -> None:
        super().__init__(card, found)
        self.card = card
        self.found = found

    def __str__(self) -> str:
        tree = "\n".join(f"    {line}" for line in self.card.layout.splitlines())
        return (
            f"{self.card.name}: {self.found}\n"
            f"  expected tree:\n{tree}\n"
            f"  download page: {self.card.origin}\n"
            f"  agreement: {self.card.agreement}\n"
            f"  if it lies elsewhere: {self.card.name}=PATH, or --sources-root DIR (REFMATTE_SOURCES)"
        )


def locate(card: SourceCard, given: Path, problem: Callable[[Path], str | None], *, exact: bool) -> Path:
    """The folder of a dataset; archives are often unpacked into a folder of their own name, so one more is tried.

    Args:
        given: with ``exact`` the dataset itself or its parent, else the folder in which all datasets lie.
        problem: why a folder cannot be the dataset, None when it can.

    Raises:
        SourceMissingError: none can.
    """
    if not given.is_dir():
        raise SourceMissingError(card, f"there is no folder {given}")
    named = dataset_folders(given, card.folders)
    nested = [inner for outer in named for inner in dataset_folders(outer, card.folders)]
    problems = []
    for folder in [*named, *nested, *([given] if exact else [])]:
        found = problem(folder)
        if found is None:
            return folder
        problems.append(found)
    raise SourceMissingError(card, problems[0] if problems else f"there is no folder {card.folders[0]} in {given}")
