"""What there is to say about a build, counted from its tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from refmatte_engine.cards.provenance import Credit, MatteTally, SourceFacts, credits_needed, source_facts
from refmatte_engine.manifest.build_manifest import BuildManifest, SplitCounts, count_split
from refmatte_engine.manifest.records import BackgroundRow, EntityRow, ExpressionRow, QuarantineRow
from refmatte_engine.manifest.schema import EXPRESSION_KINDS, SCHEMA_VERSION
from refmatte_engine.manifest.tables import Stamp, read_rows
from refmatte_engine.manifest.vocabulary import EntityKind, Split
from refmatte_engine.sources.card import join_levels, join_licenses

if TYPE_CHECKING:
    from refmatte_engine.manifest.dataset import Dataset

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class ExampleFacts:
    """One image with its phrases, for the page's first example."""

    file_name: str
    phrases: tuple[tuple[str, str, str], ...]
    """(matte id, kind, text) of each expression."""


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """All numbers and words of the cards; nothing in it tells time, host or path.

    Attributes:
        origin: ``build``, ``refmatte``, ``rw100`` or ``csv``.
        categories: per split, category -> mattes.
        kinds: entity kind -> mattes over all splits.
        expression_kinds: kind -> (expressions, mean number of words).
        licenses: licence -> images.
        identifiable_faces, faces_unknown: images in which a face can be recognised; of which nobody said.
        entity_reuse: (mean, largest) number of images that one used entity is in.
        known_attributes: attribute -> mattes of which it is known.
        origins: who says the known attributes: correction, dataset, computed, model -> values.
        short_sides: smallest, median and largest short side of the images in pixels.
        unseen_test_categories: categories of test that no train image shows.
        shared_entities, shared_backgrounds: number of those that are in both splits.
    """

    origin: str
    plan_hash: str
    engine_version: str
    schema_version: str
    seed: int | None
    preset: str | None
    splits: dict[Split, SplitCounts]
    categories: dict[Split, dict[str, int]]
    kinds: dict[EntityKind, int]
    expression_kinds: dict[str, tuple[int, float]]
    licenses: dict[str, int]
    license: str
    license_level: str
    sources: tuple[SourceFacts, ...]
    credits: tuple[Credit, ...]
    identifiable_faces: int
    faces_unknown: int
    floating_cut: int
    rejected: dict[str, int]
    entities_used: int
    entity_reuse: tuple[float, int]
    known_attributes: dict[str, int]
    origins: dict[str, int]
    short_sides: tuple[int, int, int]
    unseen_test_categories: tuple[str, ...]
    shared_entities: int
    shared_backgrounds: int
    example: ExampleFacts | None
    versions: dict[str, str]

    @property
    def total(self) -> SplitCounts:
        """The numbers of all splits together."""
        return SplitCounts(
            *(
                sum(getattr(counts, name) for counts in self.splits.values())
                for name in SplitCounts.__dataclass_fields__
            )
        )

    def manifest(self) -> BuildManifest:
        """The facts as ``MANIFEST.json`` keeps them; `write_manifest` adds the digests."""
        return BuildManifest(
            plan_hash=self.plan_hash,
            schema_version=self.schema_version,
            engine_version=self.engine_version,
            origin=self.origin,
            seed=self.seed,
            preset=self.preset,
            splits=self.splits,
            rejected=self.rejected,
            license=self.license,
            license_level=self.license_level,
            identifiable_faces=self.identifiable_faces,
            versions=self.versions,
        )


def collect_facts(
    root: Path,
    *,
    stamp: Stamp,
    origin: str = "build",
    seed: int | None = None,
    preset: str | None = None,
    rejected: Mapping[str, int] | None = None,
) -> BuildFacts:
    """Count the tables under ``root`` (a build whose tables are all written, the manifest not yet).

    Args:
        root: the dataset's folder.
        stamp: plan hash and engine version.
        origin, seed, preset: of the build; None where an import has none.
        rejected: layouts that failed, per reason; items in quarantine are added from their table.
    """
    from refmatte_engine.manifest.dataset import open_dataset

    dataset = open_dataset(root, allow_partial=True)
    images = {split: tuple(dataset.images(split)) for split in dataset.splits}
    all_images = [row for rows in images.values() for row in rows]
    tallies = {split: MatteTally.of(dataset.mattes(split)) for split in dataset.splits}
    tally = MatteTally.together(tallies.values())
    entities = _optional(root / "entities.parquet", EntityRow)
    backgrounds = _optional(root / "backgrounds.parquet", BackgroundRow)
    quarantine = _optional(root / "quarantine.parquet", QuarantineRow)
    categories = {split: dict(sorted(tally.categories.items())) for split, tally in tallies.items()}
    sides = sorted(min(row.width, row.height) for row in all_images) or [0]
    uses = tally.entities
    return BuildFacts(
        origin=origin,
        plan_hash=stamp.plan_hash,
        engine_version=stamp.engine_version,
        schema_version=SCHEMA_VERSION,
        seed=seed,
        preset=preset,
        splits={
            split: count_split(rows, dataset.mattes(split), dataset.expressions(split))
            for split, rows in images.items()
        },
        categories=categories,
        kinds={kind: tally.kinds[kind] for kind in EntityKind},
        expression_kinds=_expression_kinds(dataset),
        licenses=dict(sorted(Counter(row.license for row in all_images).items())),
        license=join_licenses(row.license for row in all_images),
        license_level=join_levels(row.license_level for row in all_images).value,
        sources=source_facts(all_images, tally, entities, backgrounds),
        credits=credits_needed(all_images, tally, entities, backgrounds),
        identifiable_faces=sum(row.contains_identifiable_faces is True for row in all_images),
        faces_unknown=sum(row.contains_identifiable_faces is None for row in all_images),
        floating_cut=sum(row.floating_cut for row in all_images),
        rejected=dict(sorted((Counter(row.reason for row in quarantine) + Counter(rejected or {})).items())),
        entities_used=len(uses),
        entity_reuse=(round(uses.total() / len(uses), 2), max(uses.values())) if uses else (0.0, 0),
        known_attributes=dict(sorted(tally.known.items())),
        origins=dict(sorted(tally.origins.items())),
        short_sides=(sides[0], sides[len(sides) // 2], sides[-1]),
        unseen_test_categories=tuple(
            sorted(categories.get(Split.TEST, {}).keys() - categories.get(Split.TRAIN, {}).keys())
        ),
        shared_entities=_shared(tally.entities.keys() for tally in tallies.values()),
        shared_backgrounds=_shared(
            {row.background_id for row in rows if row.background_id is not None} for rows in images.values()
        ),
        example=_example(dataset),
        versions=library_versions(),
    )


def library_versions() -> dict[str, str]:
    """Versions of the libraries that shape the bytes of a build."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in ("numpy", "opencv-python-headless", "pillow", "pyarrow", "pymatting", "isal", "scikit-learn"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # a trainer's environment may lack those it does not need
            found[name] = "absent"
    return found


def _optional(path: Path, kind: type[R]) -> tuple[R, ...]:
    return tuple(read_rows(path, kind)) if path.is_file() else ()


def _shared(names: Iterable[Set[str]]) -> int:
    """How many names are in more than one set."""
    counts = Counter(name for members in names for name in members)
    return sum(count > 1 for count in counts.values())


def _expression_kinds(dataset: Dataset) -> dict[str, tuple[int, float]]:
    words: dict[str, list[int]] = {}
    for split in dataset.splits:
        table = dataset.arrow(ExpressionRow, split, ["kind", "text"])
        for kind, text in zip(table["kind"].to_pylist(), table["text"].to_pylist(), strict=True):
            words.setdefault(str(kind), []).append(len(str(text).split()))
    in_order = [kind for kind in EXPRESSION_KINDS if kind in words]
    return {kind: (len(words[kind]), round(sum(words[kind]) / len(words[kind]), 2)) for kind in in_order}


def _example(dataset: Dataset) -> ExampleFacts | None:
    for split in dataset.splits:
        image = next(dataset.images(split))
        phrases = tuple(
            (row.matte_id, row.kind, row.text)
            for row in dataset.expressions(split)
            if row.image_id == image.image_id
        )
        return ExampleFacts(image.file_name, phrases)
    return None
