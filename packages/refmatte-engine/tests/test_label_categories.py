from __future__ import annotations

import pytest

from refmatte_engine.attributes.categories import with_category
from refmatte_engine.attributes.labels import Labels, Origin
from refmatte_engine.attributes.values import state
from refmatte_engine.lexicon import load_lexicon
from refmatte_engine.manifest.vocabulary import EntityKind

LEXICON = load_lexicon()
HUMAN, ANIMAL, OBJECT = EntityKind


def labelled(kind: EntityKind, category: str | None, *, settled: bool = False) -> Labels:
    labels = Labels(kind, None)
    if category is not None:
        labels = state(labels, "category", category, Origin.DATASET)
    if settled:
        labels = state(labels, "kind", kind.value, Origin.DATASET)
    return with_category(labels, LEXICON)


@pytest.mark.parametrize(
    ("kind", "stated", "expected"),
    [
        (HUMAN, "man portrait", (HUMAN, "human", False, "male", "adult")),
        (HUMAN, "woman in dungarees", (HUMAN, "human", False, "female", "adult")),
        (HUMAN, "human", (HUMAN, "human", False, None, None)),
        (HUMAN, None, (HUMAN, "human", False, None, None)),
        (HUMAN, "astronaut", (HUMAN, "astronaut", False, None, None)),
        (HUMAN, "bride", (HUMAN, "bride", False, "female", None)),
        (OBJECT, "woman", (HUMAN, "human", False, "female", "adult")),
        (OBJECT, "portrait", (OBJECT, "portrait", False, None, None)),
        (OBJECT, "cat", (ANIMAL, "cat", False, None, None)),
        (OBJECT, "Cats", (ANIMAL, "cat", False, None, None)),
        (OBJECT, "cat_12", (ANIMAL, "cat", False, None, None)),
        (OBJECT, "walruses", (ANIMAL, "walruses", True, None, None)),
        (OBJECT, "bunny", (ANIMAL, "rabbit", False, None, None)),
        (OBJECT, "blicket", (OBJECT, "blicket", False, None, None)),
        (OBJECT, "woman statue", (OBJECT, "woman statue", False, None, None)),
        (OBJECT, None, (OBJECT, None, False, None, None)),
        (ANIMAL, None, (ANIMAL, "animal", False, None, None)),
    ],
)
def test_stated_categories_become_the_lexicons(
    kind: EntityKind, stated: str | None, expected: tuple[EntityKind, str | None, bool, str | None, str | None]
) -> None:
    labels = labelled(kind, stated)
    assert (labels.kind, labels.category, labels.plural, labels.gender, labels.age_group) == expected


def test_a_stated_kind_wins_over_the_lexicon() -> None:
    assert labelled(OBJECT, "cat", settled=True).kind is OBJECT
    assert labelled(OBJECT, "woman", settled=True).category == "woman"


def test_what_the_word_says_yields_to_what_is_stated() -> None:
    labels = state(Labels(HUMAN, None), "category", "girl", Origin.DATASET)
    labels = state(labels, "age_group", "youth", Origin.CORRECTION)
    labels = with_category(labels, LEXICON)
    assert (labels.gender, labels.age_group) == ("female", "youth")
    assert dict(labels.origins)["gender"] is Origin.DATASET
    assert dict(labels.origins)["age_group"] is Origin.CORRECTION
