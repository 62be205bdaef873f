"""What becomes of proposals: thresholds, several models, and who wins over whom."""

from __future__ import annotations

import pytest

from refmatte_engine.attributes.labels import ColorShare, Labels, Origin
from refmatte_engine.attributes.proposed import (
    Heard,
    agreed,
    is_open,
    with_proposed_category,
    with_proposed_rest,
)
from refmatte_engine.config import Labelling
from refmatte_engine.labellers.base import Candidate, Proposal
from refmatte_engine.lexicon import load_lexicon
from refmatte_engine.manifest.vocabulary import EntityKind

LEXICON = load_lexicon()
SETTINGS = Labelling()
RED = ColorShare("red", "red", "", 0.9, (50.0, 0.0, 0.0))


def said(value: str | None, score: float | None = 0.9, attribute: str = "category", reason: str = "") -> Heard:
    candidates = (Candidate(value, score or 0.0),) if value else ()
    return Heard("fake", Proposal(attribute, value, score if value else None, candidates, reason))


def named(*heard: Heard, labels: Labels | None = None, source: str = "folder") -> tuple[str | None, str]:
    start = labels or Labels(EntityKind.OBJECT, None)
    after, reason = with_proposed_category(start, heard, SETTINGS, source, LEXICON)
    return after.category, reason


def test_below_its_score_a_value_is_not_taken() -> None:
    assert named(said("mug", 0.5)) == ("mug", "")
    category, reason = named(said("mug", 0.49), said(None, reason="the detector finds nothing"))
    assert category is None
    assert reason == "no model is sure (mug 0.49; asked for is 0.5); the detector finds nothing"


@pytest.mark.parametrize(
    ("detector", "clip", "category"),
    [
        (("dog", 0.9), ("dog", 0.6), "dog"),
        (("bird", 0.9), ("parrot", 0.6), "parrot"),  # both are right, the second says more
        (("parrot", 0.6), ("bird", 0.9), "parrot"),
        (("dog", 0.9), ("fox", 0.3), "dog"),  # only one is sure
        (("dog", 0.3), ("fox", 0.9), "fox"),
        (("dog", 0.9), ("fox", 0.9), None),  # one of them is wrong
        (("dog", 0.3), ("fox", 0.3), None),
        (("traffic light", 0.9), ("lamp", 0.9), None),
    ],
)
def test_two_models(detector: tuple[str, float], clip: tuple[str, float], category: str | None) -> None:
    found, reason = named(said(*detector), said(*clip))
    assert found == category
    assert bool(reason) == (category is None)


def test_a_disagreement_is_told_with_both_scores() -> None:
    assert named(said("dog", 0.62), said("fox", 0.81))[1] == "the models disagree: dog 0.62, fox 0.81"


def test_three_models_agree_in_any_order() -> None:
    proposals = [Proposal("category", value, 0.9) for value in ("a", "b", "c")]
    chain = {"a": 0, "b": 1, "c": 2}

    def closer(one: str, other: str) -> str:
        return max(one, other, key=lambda name: chain[name])

    assert agreed(proposals, 0.5, closer).value == agreed(proposals[::-1], 0.5, closer).value == "c"
    assert agreed([], 0.5, closer).value is None


def test_dataset_and_correction_win() -> None:
    for origin in (Origin.DATASET, Origin.CORRECTION):
        stated = Labels(EntityKind.OBJECT, "mug", origins=(("category", origin),))
        assert named(said("cup", 1.0), labels=stated) == ("mug", "")
    unknown = Labels(EntityKind.OBJECT, None, origins=(("category", Origin.CORRECTION),))
    assert named(said("cup", 1.0), labels=unknown) == (None, "")  # a person has taken it back


def test_a_datasets_class_is_no_name_so_a_model_may_say_which() -> None:
    plant = Labels(EntityKind.OBJECT, "plant", origins=(("category", Origin.DATASET),))
    assert named(said("dahlia"), labels=plant, source="aim500") == ("dahlia", "")
    assert named(said("dahlia"), labels=plant, source="folder") == ("plant", "")  # a user's own word
    category, reason = named(said("cat"), labels=plant, source="aim500")
    assert (category, reason) == ("plant", "cat is no closer name of plant")
    assert named(said("plant"), labels=plant, source="aim500")[0] == "plant"
    corrected = Labels(EntityKind.OBJECT, "plant", origins=(("category", Origin.CORRECTION),))
    assert named(said("dahlia"), labels=corrected, source="aim500") == ("plant", "")


def test_a_known_kind_is_not_contradicted() -> None:
    assert named(said("mug"), labels=Labels(EntityKind.ANIMAL, None)) == (None, "mug is no animal")
    stated = Labels(EntityKind.OBJECT, None, origins=(("kind", Origin.DATASET),))
    assert named(said("cat"), labels=stated) == (None, "cat is no object")
    assert named(said("cat")) == ("cat", "")  # nobody said that it is an object


def rest(labels: Labels, *heard: Heard) -> Labels:
    return with_proposed_rest(labels, heard, SETTINGS, "folder", LEXICON)


def test_human_attributes_are_taken_of_humans_with_their_own_scores() -> None:
    person = Labels(EntityKind.HUMAN, "human")
    after = rest(
        person,
        said("female", 0.95, "gender"),
        said("adult", 0.6, "age_group"),
        said("t-shirt", 0.3, "clothes_type"),
        said("white 60%; blue 20%", 0.6, "clothes_color"),
    )
    assert (after.gender, after.age_group, after.clothes_type) == ("female", "adult", None)
    assert [color.basic for color in after.colors] == ["white", "blue"]
    assert dict(after.origins) == {"gender": Origin.MODEL, "age_group": Origin.MODEL, "color": Origin.MODEL}
    assert rest(person, said("female", 0.89, "gender")).gender is None
    assert rest(Labels(EntityKind.ANIMAL, "cat"), said("female", 1.0, "gender")).gender is None


def test_what_is_measured_or_stated_stays() -> None:
    dressed = Labels(EntityKind.HUMAN, "human", colors=(RED,), origins=(("color", Origin.COMPUTED),))
    assert rest(dressed, said("blue", 1.0, "clothes_color")) == dressed
    man = Labels(EntityKind.HUMAN, "human", gender="male", origins=(("gender", Origin.DATASET),))
    assert rest(man, said("female", 1.0, "gender")) == man


def test_a_word_that_is_not_ours_stays_a_candidate() -> None:
    person = Labels(EntityKind.HUMAN, "human")
    assert rest(person, said("blurple", 1.0, "clothes_color")) == person


def test_who_is_asked() -> None:
    def is_asked(labels: Labels, attribute: str = "category", source: str = "folder") -> bool:
        return is_open(labels, attribute, source, LEXICON)

    assert is_asked(Labels(EntityKind.OBJECT, None))
    assert is_asked(Labels(EntityKind.ANIMAL, "animal"))  # a kind, which nobody stated as a name
    assert not is_asked(Labels(EntityKind.HUMAN, "human"))
    assert not is_asked(Labels(EntityKind.OBJECT, "mug", origins=(("category", Origin.DATASET),)))
    assert is_asked(Labels(EntityKind.HUMAN, "human"), "gender")
    assert not is_asked(Labels(EntityKind.OBJECT, "mug"), "gender")
    leaves = Labels(EntityKind.OBJECT, "spider web", origins=(("category", Origin.DATASET),))
    assert not is_asked(leaves, source="sim")  # there is nothing closer to say
