"""Labels of a model that ran elsewhere, such as MMFashion, from a CSV file: proposals like any model's.

Columns: ``entity_id``, at least one of category, gender, age_group, clothes_type, clothes_color, and for each an
optional ``<attribute>_score`` in [0, 1]. Without a score the model counts as sure (1). An empty cell and
``unknown`` say nothing. Unlike a table of corrections, it yields to what the dataset states and to what a person
says. Of clothes, MMFashion's own names may be written ("Tee").
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from refmatte_engine.attributes.labels import Labels, Origin
from refmatte_engine.attributes.values import HUMAN_ONLY, UNKNOWN, state
from refmatte_engine.errors import BadInputError
from refmatte_engine.labellers.base import Candidate, Look, Proposal
from refmatte_engine.labellers.people.mmfashion import garment_of
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.sources.csv_table import Columns, CsvRow, read_csv

ATTRIBUTES = ("category", "gender", "age_group", "clothes_type", "clothes_color")
SCORE = "_score"

COLUMNS = Columns(required=("entity_id",), optional=(*ATTRIBUTES, *(name + SCORE for name in ATTRIBUTES)))


@dataclass(frozen=True)
class LabelFile:
    """A file of labels as a labeller (`refmatte_engine.labellers.base.Labeller`).

    Attributes:
        attributes: columns of the file that hold labels.
        fingerprint: hash of its bytes.
        rows: proposals by entity id, one per attribute.
    """

    name: str
    attributes: tuple[str, ...]
    fingerprint: str
    rows: dict[str, tuple[Proposal, ...]]

    def only(self, attributes: Sequence[str]) -> LabelFile:
        """Those of ``attributes`` that the file has.

        Raises:
            BadInputError: it has none of them.
        """
        kept = tuple(name for name in self.attributes if name in attributes)
        if not kept:
            raise BadInputError(
                f"{self.name}: no column {' or '.join(attributes)}: it has {', '.join(self.attributes)}"
            )
        rows = {
            entity_id: tuple(each for each in proposals if each.attribute in kept)
            for entity_id, proposals in self.rows.items()
        }
        return LabelFile(self.name, kept, f"{self.fingerprint}, {', '.join(kept)}", rows)

    def of(self, entity_id: str) -> tuple[Proposal, ...]:
        """What the file says of an entity: no picture is needed. One without a row is unknown."""
        if entity_id in self.rows:
            return self.rows[entity_id]
        return tuple(Proposal(name, None, None, reason=f"no row in {self.name}") for name in self.attributes)

    def unmatched(self, entity_ids: Collection[str]) -> str:
        """For people, how many rows are of none of ``entity_ids``, and the first of them; empty when all are."""
        unknown = sorted(self.rows.keys() - set(entity_ids))
        if not unknown:
            return ""
        near = get_close_matches(unknown[0], sorted(entity_ids), n=1)
        guess = f"; did you mean {near[0]}?" if near else ""
        return (
            f"{self.name}: {len(unknown):,} of {len(self.rows):,} rows are of no entity that is left to label, "
            f"such as {unknown[0]}{guess}"
        )

    def propose(self, looks: Sequence[Look]) -> list[tuple[Proposal, ...]]:
        """See `refmatte_engine.labellers.base.Labeller`."""
        return [self.of(look.entity_id) for look in looks]


def read_label_file(path: Path) -> LabelFile:
    """The labels of a file.

    Raises:
        BadInputError: not such a file; the message names file, line and what is legal.
    """
    rows = read_csv(path, COLUMNS)
    attributes = tuple(name for name in ATTRIBUTES if any(name in row.cells for row in rows))
    if rows and not attributes:
        raise BadInputError(f"{path.name}: no column with labels: name one {', '.join(ATTRIBUTES)}")
    proposals: dict[str, tuple[Proposal, ...]] = {}
    places: dict[str, str] = {}
    for row in rows:
        name = row["entity_id"]
        if not name:
            raise BadInputError(f"{row.place}: entity_id is empty: write source/stem, such as p3m10k/p_0a1b2c3d")
        if name in places:
            raise BadInputError(f"{row.place}: {name} is also in {places[name]}: keep one row")
        places[name] = row.place
        proposals[name] = tuple(_proposal(row, attribute) for attribute in attributes)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return LabelFile(path.name, attributes, f"label file sha256:{digest}", proposals)


def _proposal(row: CsvRow, attribute: str) -> Proposal:
    value, score = row[attribute], _score(row, attribute)
    if not value or value.lower() == UNKNOWN:
        return Proposal(attribute, None, None, reason=f"{row.place} says nothing")
    if attribute == "clothes_type":
        value = garment_of(value)
    kind = EntityKind.HUMAN if attribute in HUMAN_ONLY else EntityKind.OBJECT
    try:
        state(Labels(kind=kind, category=None), attribute, value, Origin.MODEL)
    except BadInputError as error:
        raise BadInputError(f"{row.place}: {error}") from error
    return Proposal(attribute, value, score, (Candidate(value, score),))


def _score(row: CsvRow, attribute: str) -> float:
    text = row[attribute + SCORE]
    if not text:
        return 1.0
    try:
        score = float(text)
    except ValueError:
        score = -1.0
    if not 0.0 <= score <= 1.0:
        raise BadInputError(f"{row.place}: {attribute}{SCORE} is {text!r}: write a number from 0 to 1")
    return score
