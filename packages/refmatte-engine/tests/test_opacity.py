from __future__ import annotations

import pytest

from refmatte_engine.attributes.labels import Labels, Origin
from refmatte_engine.attributes.opacity import with_opacity
from refmatte_engine.lexicon import load_lexicon
from refmatte_engine.manifest.vocabulary import EntityKind

LEXICON = load_lexicon()


@pytest.mark.parametrize(
    ("kind", "category", "transparent", "salient"),
    [
        (EntityKind.HUMAN, "human", False, True),
        (EntityKind.ANIMAL, "cat", False, True),
        (EntityKind.OBJECT, "teddy bear", False, True),
        (EntityKind.OBJECT, "smoke", True, False),
        (EntityKind.OBJECT, "beer", True, True),
        (EntityKind.OBJECT, "spider web", True, False),
        (EntityKind.OBJECT, "leaves", False, False),
        (EntityKind.OBJECT, "maple leaves", False, False),  # a kind of leaves
        (EntityKind.OBJECT, "water splash", True, False),  # a kind of water
        (EntityKind.OBJECT, "fog", True, True),  # in no list, but nobody takes it for opaque
        (EntityKind.OBJECT, "blicket", None, None),
    ],
)
def test_word_lists_decide(
    kind: EntityKind, category: str, transparent: bool | None, salient: bool | None
) -> None:
    labels = with_opacity(Labels(kind, category), LEXICON)
    assert (labels.transparent, labels.salient) == (transparent, salient)
    known = {name for name, value in (("transparent", transparent), ("salient", salient)) if value is not None}
    assert dict(labels.origins) == dict.fromkeys(known, Origin.COMPUTED)


def test_a_users_synonym_counts() -> None:
    labels = with_opacity(Labels(EntityKind.OBJECT, "blicket", synonyms=("veil",)), LEXICON)
    assert labels.transparent is True and labels.salient is None


def test_what_is_stated_stays() -> None:
    stated = Labels(EntityKind.OBJECT, "smoke", transparent=False, origins=(("transparent", Origin.DATASET),))
    labels = with_opacity(stated, LEXICON)
    assert labels.transparent is False
    assert labels.origins == (("salient", Origin.COMPUTED), ("transparent", Origin.DATASET))
