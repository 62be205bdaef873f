"""Planning from a table of entities alone: no files, no pixels, no attributes.

One row per (source, split, kind, category) with a count; ``data_manifests/refmatte_inventory.csv`` describes the
paper's 13,187 entities in this way.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from refmatte_engine.attributes.labels import Labels
from refmatte_engine.config import Preset
from refmatte_engine.errors import BadInputError
from refmatte_engine.known_data import known_data_root
from refmatte_engine.manifest.vocabulary import EntityKind, Side, Split
from refmatte_engine.plan.planner import Plan, plan_subjects
from refmatte_engine.plan.subjects import Backdrop, Subject, Tellable

REQUIRED = ("source", "split", "kind", "category", "count")
OPTIONAL = ("status", "cut_sides")
STATUSES = ("published", "assumed", "")
MAX_CSV_BYTES = 20_000_000
MAX_ENTITIES = 5_000_000


@dataclass(frozen=True, slots=True)
class InventoryRow:
    """``count`` entities of one kind and category in one part of one source.

    Attributes:
        part: the source's own name for its split, e.g. ``"test-1"``; ``split`` is what it counts as, None when
            the source has none.
        status: ``"published"``, ``"assumed"`` or ``""``.
        cut_sides: sides of the source frame by which all of them are cut.
    """

    source: str
    part: str
    split: Split | None
    kind: EntityKind
    category: str
    count: int
    status: str = ""
    cut_sides: frozenset[Side] = frozenset()


def plan_inventory(
    inventory_csv: Path,
    preset: Preset,
    seed: int,
    images: int | None = None,
    *,
    tellable: Tellable | None = None,
    backgrounds: Mapping[Split, int] | None = None,
) -> Plan:
    """A plan for the entities that a table describes; it stops before layout.

    Args:
        inventory_csv: columns source, split (empty, train, test or test-...), kind, category, count; optional
            status and cut_sides (``bottom+left``).
        tellable: as for `draw_plan`; None: entities of different categories can be told apart, others cannot.
        backgrounds: how many there are of each split; None: BG-20k's.

    Raises:
        BadInputError: the table cannot be read (with its line), or no plan can be made from it.
    """
    subjects = subjects_of_rows(read_inventory(inventory_csv))
    pictures = known_backgrounds() if backgrounds is None else backgrounds
    return plan_subjects(
        subjects, list(_numbered_backdrops(pictures)), preset, seed, images, tellable or _different_categories
    )


def read_inventory(path: Path) -> tuple[InventoryRow, ...]:
    """The rows of an inventory table.

    Raises:
        BadInputError: missing or not a table of this form; the message names the line.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_CSV_BYTES + 1)
    except OSError as error:
        raise BadInputError(f"inventory {path} cannot be read: {error.strerror or error}") from error
    if len(raw) > MAX_CSV_BYTES:
        raise BadInputError(f"inventory {path} is larger than {MAX_CSV_BYTES // 1_000_000} MB")
    try:
        table = csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True)
        columns = table.fieldnames or ()
        missing = [name for name in REQUIRED if name not in columns]
        unknown = [name for name in columns if name not in REQUIRED + OPTIONAL]
        if missing or unknown:
            raise BadInputError(
                f"inventory {path}: columns {', '.join(REQUIRED)} are needed and {', '.join(OPTIONAL)} allowed; "
                f"missing: {', '.join(missing) or 'none'}; unknown: {', '.join(unknown) or 'none'}"
            )
        rows = tuple(_row(cells, f"inventory {path}, line {table.line_num}") for cells in table)
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInputError(f"inventory {path} is not a CSV table in UTF-8: {error}") from error
    _check_rows(rows, path)
    return rows


def subjects_of_rows(rows: Iterable[InventoryRow]) -> tuple[Subject, ...]:
    """One subject per counted entity, sorted by id: ``source/part-kind-category-00001``."""
    subjects = []
    for row in rows:
        labels = Labels(kind=row.kind, category=row.category)
        for number in range(row.count):
            name = f"{row.source}/{row.part or 'all'}-{row.kind}-{row.category}-{number + 1:05d}"
            subjects.append(
                Subject(name, row.source, row.split, row.kind, row.category, row.cut_sides, name, labels)
            )
    return tuple(sorted(subjects, key=lambda subject: subject.entity_id))


def known_backgrounds() -> dict[Split, int]:
    """How many pictures each part of BG-20k is assumed to have (``expected_counts.toml``)."""
    text = (known_data_root() / "expected_counts.toml").read_text(encoding="utf-8")
    return {Split(part): count for part, count in tomllib.loads(text)["backgrounds"].items()}


def _numbered_backdrops(counts: Mapping[Split, int]) -> Iterator[Backdrop]:
    for split in Split:
        for number in range(counts.get(split, 0)):
            name = f"bg20k/{split}-{number + 1:05d}"
            yield Backdrop(name, "bg20k", split, name, None)


def _different_categories(labels: Sequence[Labels]) -> bool:
    return len({known.category for known in labels}) == len(labels)


def _row(cells: Mapping[str | None, str | None], where: str) -> InventoryRow:
    if None in cells or None in cells.values():
        raise BadInputError(f"{where}: not as many cells as columns")
    values = {str(name): (cell or "").strip() for name, cell in cells.items()}
    for name in ("source", "category"):
        if not values[name]:
            raise BadInputError(f"{where}: {name} is empty")
    part = values["split"]
    if part and part.partition("-")[0] not in tuple(Split):
        raise BadInputError(f"{where}: split {part!r} is neither train nor test nor test-... nor empty")
    if values["kind"] not in tuple(EntityKind):
        raise BadInputError(f"{where}: kind {values['kind']!r} is not one of {', '.join(EntityKind)}")
    if not values["count"].isascii() or not values["count"].isdigit() or len(values["count"]) > 9:
        raise BadInputError(f"{where}: count {values['count']!r} is not a whole number")
    status = values.get("status", "")
    if status not in STATUSES:
        raise BadInputError(f"{where}: status {status!r} is neither published nor assumed nor empty")
    sides = [side.strip() for side in values.get("cut_sides", "").split("+") if side.strip()]
    if any(side not in tuple(Side) for side in sides):
        raise BadInputError(f"{where}: cut_sides {values['cut_sides']!r}: write sides of {', '.join(Side)} with +")
    return InventoryRow(
        source=values["source"],
        part=part,
        split=Split(part.partition("-")[0]) if part else None,
        kind=EntityKind(values["kind"]),
        category=values["category"],
        count=int(values["count"]),
        status=status,
        cut_sides=frozenset(map(Side, sides)),
    )


def _check_rows(rows: Sequence[InventoryRow], path: Path) -> None:
    if sum(row.count for row in rows) > MAX_ENTITIES:
        raise BadInputError(f"inventory {path}: more than {MAX_ENTITIES:,} entities")
    seen: set[tuple[str, str, str, str]] = set()
    for row in rows:
        key = row.source, row.part, row.kind.value, row.category
        if key in seen:
            raise BadInputError(f"inventory {path}: two rows for {', '.join(key)}: add their counts")
        seen.add(key)
