"""What models said of entities and backgrounds as a table of the folder, ``proposals.parquet``.

A table of its own: it also speaks of entities that were left out and of backgrounds, and keeps what nobody took.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from refmatte_engine import __version__
from refmatte_engine.attributes.proposed import Heard
from refmatte_engine.labellers.base import Candidate, Proposal
from refmatte_engine.labellers.detection.contents import CONTAINS
from refmatte_engine.manifest.fingerprint import fingerprint
from refmatte_engine.manifest.records import CandidateRecord, ProposalRow, to_row
from refmatte_engine.manifest.tables import Stamp, read_rows, write_table

FILE = "proposals.parquet"


def write_proposals(
    folder: Path, heard: Mapping[str, Iterable[Heard]], seen: Mapping[str, Iterable[Heard]]
) -> None:
    """Write what was heard of entities and seen in backgrounds, by id."""
    rows = [_row(item_id, one) for about in (heard, seen) for item_id in sorted(about) for one in about[item_id]]
    stamp = Stamp(fingerprint({"proposals": [to_row(row) for row in rows]}), __version__)
    write_table(folder / FILE, ProposalRow, rows, stamp)


def read_proposals(folder: Path) -> dict[str, tuple[Heard, ...]]:
    """What was heard of entities, by entity id; empty when no model was asked."""
    heard: dict[str, tuple[Heard, ...]] = {}
    if (folder / FILE).is_file():
        for row in read_rows(folder / FILE, ProposalRow):
            if row.attribute == CONTAINS:
                continue
            heard[row.item_id] = (*heard.get(row.item_id, ()), Heard(row.model, _proposal(row)))
    return heard


def _row(item_id: str, heard: Heard) -> ProposalRow:
    said = heard.proposal
    return ProposalRow(
        item_id=item_id,
        attribute=said.attribute,
        value=said.value,
        score=said.score,
        candidates=tuple(CandidateRecord(one.value, one.score) for one in said.candidates),
        reason=said.reason,
        model=heard.model,
    )


def _proposal(row: ProposalRow) -> Proposal:
    candidates = tuple(Candidate(one.value, one.score) for one in row.candidates)
    return Proposal(row.attribute, row.value, row.score, candidates, row.reason)
