"""The inventory and the labels of a build as tables of its folder: entities, backgrounds, quarantine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from refmatte_engine import __version__
from refmatte_engine.attributes.labels import Labels
from refmatte_engine.ingest.stage import Inventory
from refmatte_engine.manifest.fingerprint import fingerprint
from refmatte_engine.manifest.records import BackgroundRow, EntityRow, QuarantineRow
from refmatte_engine.manifest.tables import Stamp, read_rows, write_table
from refmatte_engine.rows.inventory import (
    background_of,
    background_row,
    entity_of,
    entity_row,
    inventory_digests,
    labels_of,
    quarantine_row,
    rejection_of,
)
from refmatte_engine.sources.base import Rejection


def holds_inventory(folder: Path) -> bool:
    """Whether an earlier run has written all three tables (quarantine comes last)."""
    return (folder / "quarantine.parquet").is_file()


def read_inventory(folder: Path) -> Inventory:
    """The inventory as written, perhaps corrected by a person."""
    return Inventory(
        tuple(entity_of(row) for row in read_rows(folder / "entities.parquet", EntityRow)),
        tuple(background_of(row) for row in read_rows(folder / "backgrounds.parquet", BackgroundRow)),
        tuple(rejection_of(row) for row in read_rows(folder / "quarantine.parquet", QuarantineRow)),
    )


def read_labels(folder: Path) -> dict[str, Labels]:
    """The labels of those entities that have been through the label stage."""
    stored = {row.entity_id: labels_of(row) for row in read_rows(folder / "entities.parquet", EntityRow)}
    return {name: labels for name, labels in stored.items() if labels is not None}


def add_rejections(folder: Path, rejections: Iterable[Rejection]) -> None:
    """Further rows of the quarantine table."""
    inventory = read_inventory(folder)
    more = sorted([*inventory.rejections, *rejections], key=lambda r: (r.source, r.item, r.reason))
    write_inventory(folder, replace(inventory, rejections=tuple(more)), read_labels(folder))


def write_inventory(folder: Path, inventory: Inventory, labels: Mapping[str, Labels]) -> None:
    """Write the tables of an inventory, with the labels where there are any; quarantine last."""
    stamp = Stamp(fingerprint(inventory_digests(inventory.entities, inventory.backgrounds)), __version__)
    rows = [entity_row(entity, labels.get(entity.entity_id)) for entity in inventory.entities]
    write_table(folder / "entities.parquet", EntityRow, rows, stamp)
    write_table(folder / "backgrounds.parquet", BackgroundRow, map(background_row, inventory.backgrounds), stamp)
    write_table(folder / "quarantine.parquet", QuarantineRow, map(quarantine_row, inventory.rejections), stamp)
