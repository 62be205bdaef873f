"""All tables of a dataset, read once for the rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from refmatte_engine.manifest.build_manifest import BuildManifest
from refmatte_engine.manifest.dataset import Dataset
from refmatte_engine.manifest.records import (
    BackgroundRow,
    EntityRow,
    ExpressionRow,
    ImageRow,
    MatteRow,
    PlanRow,
)
from refmatte_engine.manifest.tables import read_rows
from refmatte_engine.manifest.vocabulary import Split
from refmatte_engine.pipeline.asked import read_asked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from refmatte_engine.config import Preset
    from refmatte_engine.lexicon import UserAttribute, UserWords

R = TypeVar("R")


@dataclass(frozen=True)
class Contents:
    """The tables of a finished dataset.

    ``images``, ``mattes`` and ``expressions`` are those of all splits, in table order. ``entities``,
    ``backgrounds`` and ``plan`` are empty for an import. ``preset`` is the build's, from ``plan.json``, and the
    default one where there is none; ``user_attributes`` is how the user's own attributes are said,
    ``user_words`` what he says of his categories.
    """

    root: Path
    manifest: BuildManifest
    images: tuple[ImageRow, ...]
    mattes: tuple[MatteRow, ...]
    expressions: tuple[ExpressionRow, ...]
    entities: Mapping[str, EntityRow]
    backgrounds: Mapping[str, BackgroundRow]
    plan: Mapping[str, PlanRow]
    preset: Preset
    user_attributes: tuple[UserAttribute, ...]
    user_words: UserWords

    @classmethod
    def read(cls, dataset: Dataset, manifest: BuildManifest) -> Contents:
        """Read everything; BadInputError names the table that cannot be read."""
        root = dataset.root
        splits = dataset.splits
        asked = read_asked(root)
        return cls(
            root=root,
            manifest=manifest,
            images=tuple(row for split in splits for row in dataset.images(split)),
            mattes=tuple(row for split in splits for row in dataset.mattes(split)),
            expressions=tuple(row for split in splits for row in dataset.expressions(split)),
            entities={row.entity_id: row for row in _optional(root / "entities.parquet", EntityRow)},
            backgrounds={row.background_id: row for row in _optional(root / "backgrounds.parquet", BackgroundRow)},
            plan={row.image_id: row for row in _optional(root / "plan.parquet", PlanRow)},
            preset=asked.preset,
            user_attributes=asked.user_attributes,
            user_words=asked.user_words,
        )

    @property
    def composed(self) -> bool:
        """Whether the engine made the images; an import keeps what its makers did."""
        return self.manifest.origin == "build"

    @cached_property
    def mattes_of(self) -> Mapping[str, tuple[MatteRow, ...]]:
        """Mattes by image id."""
        return _grouped(self.mattes)

    @cached_property
    def expressions_of(self) -> Mapping[str, tuple[ExpressionRow, ...]]:
        """Expressions by image id."""
        return _grouped(self.expressions)

    def of_split(self, split: Split) -> tuple[list[ImageRow], list[MatteRow], list[ExpressionRow]]:
        """Images, mattes and expressions of one split."""
        return (
            [row for row in self.images if row.split is split],
            [row for row in self.mattes if row.split is split],
            [row for row in self.expressions if row.split is split],
        )


@dataclass(frozen=True, eq=False)
class Shown:
    """One image with its rows and decoded mattes, uint8 (H, W) each, in the order of the rows."""

    contents: Contents
    image: ImageRow
    mattes: tuple[MatteRow, ...]
    alphas: tuple[NDArray[np.uint8], ...]
    expressions: tuple[ExpressionRow, ...]
    planned: PlanRow | None


def _grouped(rows: tuple[Any, ...]) -> dict[str, tuple[Any, ...]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.image_id, []).append(row)
    return {image_id: tuple(members) for image_id, members in found.items()}


def _optional(path: Path, kind: type[R]) -> Iterator[R]:
    return read_rows(path, kind) if path.is_file() else iter(())
