"""What models said, on disk, addressed by what they saw and who they were: nothing is asked twice."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from refmatte_engine import atomic
from refmatte_engine.labellers.base import Candidate, Proposal
from refmatte_engine.manifest.fingerprint import canonical_json

VERSION = 1
"""Part of every address: raised whenever the form of a file changes."""

Saying = tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class Memory:
    """One small JSON file per question, written whole; a file that cannot be read back is asked anew.

    Any number of processes may use one folder.
    """

    folder: Path

    def path_of(self, *question: str) -> Path:
        """Where the answer to ``question`` (who is asked, what about, what is known) lies."""
        digest = hashlib.sha256(canonical_json([VERSION, *question])).hexdigest()
        return self.folder / digest[:2] / f"{digest}.json"

    def recall(self, *question: str) -> Saying | None:
        """What was said, None when nobody was asked."""
        try:
            rows = json.loads(self.path_of(*question).read_bytes())
            return tuple(
                Proposal(
                    attribute=row["attribute"],
                    value=row["value"],
                    score=row["score"],
                    candidates=tuple(Candidate(one["value"], one["score"]) for one in row["candidates"]),
                    reason=row["reason"],
                )
                for row in rows
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, saying: Saying, *question: str) -> None:
        """Remember an answer.

        Raises:
            DiskError: the folder cannot be written.
        """
        data = canonical_json([asdict(proposal) for proposal in saying])
        atomic.write_bytes(self.path_of(*question), data, durable=False)
