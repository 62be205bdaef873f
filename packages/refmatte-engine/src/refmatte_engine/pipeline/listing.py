"""What sources list before any picture is opened, as a hash: tells when files or tables have changed since."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict

from refmatte_engine.manifest.fingerprint import canonical_json
from refmatte_engine.sources.base import BackgroundCandidate, BackgroundSource, Candidate, EntitySource, Rejection


def listing_digests(
    sources: Iterable[EntitySource], backgrounds: Iterable[BackgroundSource]
) -> dict[str, dict[str, str]]:
    """sha256 of every source's list: names of files and what the dataset's own tables say of them.

    A picture that changes under its name is not seen.

    Raises:
        BadInputError: a table of a source is wrong.
    """
    return {
        "sources": {source.name: _digest(source.candidates()) for source in sources},
        "backgrounds": {place.name: _digest(place.backgrounds()) for place in backgrounds},
    }


def _digest(items: Iterable[Candidate | BackgroundCandidate | Rejection]) -> str:
    digest = hashlib.sha256()
    for item in items:
        digest.update(canonical_json(_row(item)) + b"\n")
    return digest.hexdigest()


def _row(item: Candidate | BackgroundCandidate | Rejection) -> object:
    # The detail of a rejection is prose, and may name a path of this machine.
    return [item.item, item.reason] if isinstance(item, Rejection) else asdict(item)
