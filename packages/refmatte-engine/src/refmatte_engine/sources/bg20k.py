"""BG-20k: photographs without salient objects (dataset.md section 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import ClassVar

from refmatte_engine.known_data import known_data_root
from refmatte_engine.manifest.vocabulary import Split
from refmatte_engine.sources.base import BackgroundCandidate, Rejection, SourceCard
from refmatte_engine.sources.card import source_card
from refmatte_engine.sources.csv_table import Columns, read_csv
from refmatte_engine.sources.cutout_tree import BackgroundTree
from refmatte_engine.sources.folder import contained
from refmatte_engine.sources.locate import SourceMissingError
from refmatte_engine.sources.tree import find_folder, image_files, join, key_of

PARTS = (("train", Split.TRAIN), ("testval", Split.TEST))
CONTAINS_TABLE = "backgrounds/bg20k_contains.csv"


@dataclass(frozen=True, slots=True)
class BG20k(BackgroundTree):
    """``{train,testval}`` flat; ``train`` serves train composites, ``testval`` test composites."""

    card_name: ClassVar[str] = "bg20k"

    @property
    def name(self) -> str:
        return self.card_name

    @property
    def card(self) -> SourceCard:
        return source_card(self.card_name)

    def layout_problem(self) -> str | None:
        """Why this folder cannot be the dataset; None when at least one part is there."""
        return None if any(True for _ in self._parts()) else f"{self.root} does not hold the expected folders"

    def file_counts(self) -> dict[str, int]:
        """Pictures by part, and ``all`` of them."""
        counts = {folder: len(image_files(self.root / folder)) for folder, _ in self._parts()}
        return {**counts, "all": sum(counts.values())}

    def backgrounds(self) -> Iterator[BackgroundCandidate | Rejection]:
        """Every picture sorted by stem (BackgroundSource.backgrounds)."""
        if (problem := self.layout_problem()) is not None:
            raise SourceMissingError(self.card, problem)
        contains = _known_contents()
        groups: dict[str, list[tuple[str, Split]]] = {}
        for folder, split in self._parts():
            for name in image_files(self.root / folder):
                groups.setdefault(key_of(PurePosixPath(name).stem), []).append((join(folder, name), split))
        for key in sorted(groups):
            (file, split), *others = groups[key]
            stem = PurePosixPath(file).stem
            if others:
                names = " and ".join(each for each, _ in groups[key])
                yield Rejection(self.name, stem, "duplicate_stem", f"{names} have one stem: which is meant?")
                continue
            yield BackgroundCandidate(self.name, stem, split, file, self.card.license, contains.get(stem))

    def _parts(self) -> Iterator[tuple[str, Split]]:
        for name, split in PARTS:
            if (folder := find_folder(self.root, name)) is not None and image_files(self.root / folder):
                yield folder, split


def _known_contents() -> dict[str, tuple[str, ...] | None]:
    """What people saw in pictures of BG-20k, by stem."""
    path = known_data_root() / CONTAINS_TABLE
    rows = read_csv(path, Columns(required=("file", "contains"))) if path.is_file() else ()
    return {PurePosixPath(row["file"]).stem: contained(row) for row in rows}
