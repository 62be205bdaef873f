"""A known dataset: pairs of folders, one file of equal stem in each; what an adapter adds are facts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from refmatte_engine.manifest.vocabulary import EntityKind, Split
from refmatte_engine.sources.base import Candidate, CutoutFiles, Rejection, SourceCard, StatedLabel
from refmatte_engine.sources.card import source_card
from refmatte_engine.sources.cutout_tree import CutoutTree
from refmatte_engine.sources.locate import SourceMissingError
from refmatte_engine.sources.tree import Misfit, Pair, find_folder, join, key_of, pair_up


@dataclass(frozen=True, slots=True)
class Part:
    """A pair of folders of a dataset, relative to its root.

    Attributes:
        name: what counts of files are given for, e.g. ``"train"``.
        split: the dataset's own split.
        image, alpha, foreground: folders; the foreground may be the image folder itself.
        prefix: put before every stem where stems are unique within this part only.
        group: the dataset's own class for all of the part, if it has one.
    """

    name: str
    split: Split | None
    image: str
    alpha: str
    foreground: str | None = None
    prefix: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a dataset says of one cut-out."""

    kind: EntityKind
    category: str | None
    labels: tuple[StatedLabel, ...] = ()
    identifiable_face: bool = False


@dataclass(frozen=True, slots=True)
class Unfit:
    """A cut-out that is left out for what the dataset says of it."""

    reason: str
    detail: str


Describe = Callable[[Part, str], Facts | Unfit]
"""Facts of one cut-out by its part and its file's stem."""


@dataclass(frozen=True, slots=True)
class PairedDataset(CutoutTree, ABC):
    """A dataset at ``root``, the folder that holds its parts."""

    card_name: ClassVar[str]

    @property
    def name(self) -> str:
        return self.card_name

    @property
    def card(self) -> SourceCard:
        return source_card(self.card_name)

    @abstractmethod
    def parts(self) -> Iterator[Part | Rejection]:
        """The parts that are there, and folders that are refused."""

    @abstractmethod
    def describer(self) -> Describe:
        """Reads the dataset's own tables, once, and tells facts from then on."""

    def layout_problem(self) -> str | None:
        """Why this folder cannot be the dataset; None when at least one part is there."""
        parts = list(self.parts())
        if any(isinstance(part, Part) for part in parts):
            return None
        refused = [part.detail for part in parts if isinstance(part, Rejection)]
        return "; ".join([f"{self.root} does not hold the expected folders", *refused])

    def file_counts(self) -> dict[str, int]:
        """Pairs of files by name of part, and ``all`` of them, whatever becomes of them later."""
        counts = Counter(part.name for part, found in self._found() if isinstance(found, Pair))
        return {**dict(sorted(counts.items())), "all": counts.total()}

    def candidates(self) -> Iterator[Candidate | Rejection]:
        """Every candidate sorted by stem (EntitySource.candidates)."""
        if (problem := self.layout_problem()) is not None:
            raise SourceMissingError(self.card, problem)
        yield from (part for part in self.parts() if isinstance(part, Rejection))
        describe = self.describer()
        by_stem: dict[str, list[tuple[Part, Pair | Misfit]]] = defaultdict(list)
        for part, found in self._found():
            by_stem[key_of(part.prefix + found.stem)].append((part, found))
        for key in sorted(by_stem):
            (part, found), *others = by_stem[key]
            stem = part.prefix + found.stem
            if others:
                folders = " and ".join(each.image for each, _ in by_stem[key])
                yield Rejection(self.name, stem, "duplicate_stem", f"in {folders}: which is meant?")
            elif isinstance(found, Misfit):
                yield Rejection(self.name, stem, found.reason, found.detail)
            else:
                yield self._candidate(part, stem, found, describe(part, found.stem))

    def _candidate(self, part: Part, stem: str, pair: Pair, facts: Facts | Unfit) -> Candidate | Rejection:
        if isinstance(facts, Unfit):
            return Rejection(self.name, stem, facts.reason, facts.detail)
        return Candidate(
            source=self.name,
            stem=stem,
            split=part.split,
            kind=facts.kind,
            category=facts.category,
            files=CutoutFiles(pair.image, pair.alpha, pair.foreground),
            license=self.card.license,
            identifiable_face=facts.identifiable_face,
            labels=facts.labels,
        )

    def _found(self) -> Iterator[tuple[Part, Pair | Misfit]]:
        for part in self.parts():
            if isinstance(part, Part):
                for found in pair_up(self.root, part.image, part.alpha, part.foreground):
                    yield part, found

    def folder(self, inside: str, *names: str) -> str | None:
        """The folder of ``inside`` (relative, ``""`` is the root) by any of ``names``, relative to the root."""
        found = find_folder(self.root / inside, *names)
        return None if found is None else join(inside, found)


def category_word(name: str) -> str:
    """A dataset's or a folder's name as a word: ``"Plastic_bag"`` is ``"plastic bag"``."""
    return " ".join(name.replace("_", " ").split()).lower()
