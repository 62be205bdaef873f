"""What `Vocabulary.fits` answers by, as a hash: part of the fingerprint of models that ask it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from refmatte_engine.labellers.vocabulary import Vocabulary
from refmatte_engine.manifest.fingerprint import canonical_json


def fitting_digest(vocabulary: Vocabulary, categories: Iterable[str]) -> str:
    """sha256 over the kinds of ``categories`` and the classes of datasets that hold them.

    Other categories do not count, so a new name of a user asks no detector again.
    """
    asked = set(categories)
    kinds = {name.category: name.kind for name in vocabulary.names if name.category in asked}
    classes = {name: sorted(group & asked) for name, group in vocabulary.classes.items()}
    return hashlib.sha256(canonical_json([kinds, classes])).hexdigest()
