from __future__ import annotations

import pytest

from refmatte_engine.attributes.labels import CustomAttribute, Labels, Origin
from refmatte_engine.attributes.values import READERS, StatedValueError, is_stated, state
from refmatte_engine.manifest.vocabulary import EntityKind

HUMAN = Labels(EntityKind.HUMAN, "human")
THING = Labels(EntityKind.OBJECT, "mug")


def said(labels: Labels, name: str, value: str) -> Labels:
    return state(labels, name, value, Origin.CORRECTION)


def test_values_are_read_as_people_write_them() -> None:
    assert said(HUMAN, "gender", "Woman").gender == "female"
    assert said(HUMAN, "age_group", "little child").age_group == "little_child"
    assert said(HUMAN, "age_group", "37").age_group == "adult"
    assert said(HUMAN, "age_group", "teenager").age_group == "youth"
    assert said(HUMAN, "clothes_type", " Denim  Jacket").clothes_type == "denim jacket"
    assert said(THING, "transparent", "YES").transparent is True
    assert said(THING, "salient", "0").salient is False
    assert said(THING, "category", "Water_Splash").category == "water splash"
    assert said(THING, "synonyms", "cup; beaker;cup").synonyms == ("cup", "beaker")
    assert said(THING, "kind", "animal").kind is EntityKind.ANIMAL


def test_a_users_own_attributes_are_kept_by_name() -> None:
    labels = said(said(THING, "pattern", "striped"), "material", "steel")
    assert labels.custom == (CustomAttribute("material", "steel"), CustomAttribute("pattern", "striped"))
    assert said(labels, "pattern", "plain").custom[1] == CustomAttribute("pattern", "plain")
    assert said(labels, "pattern", "unknown").custom == (CustomAttribute("material", "steel"),)
    assert ("attr:pattern", Origin.CORRECTION) in labels.origins


def test_one_color_is_the_whole_thing() -> None:
    (color,) = said(THING, "color", "Dark Blue").colors
    assert (color.basic, color.modifier, color.share) == ("blue", "dark", 1.0)


def test_colors_without_shares_are_ranked() -> None:
    colors = said(THING, "color", "white; black; red").colors
    assert [color.basic for color in colors] == ["white", "black", "red"]
    assert [color.share for color in colors] == pytest.approx([6 / 11, 3 / 11, 2 / 11], abs=1e-4)


def test_colors_with_shares_are_sorted_and_need_not_fill_up() -> None:
    colors = said(THING, "color", "red 0.2; white 60%").colors
    assert [(color.basic, color.share) for color in colors] == [("white", 0.6), ("red", 0.2)]


def test_clothes_colors_are_the_colors_of_a_human() -> None:
    labels = said(HUMAN, "clothes_color", "crimson")
    assert labels.colors[0].css3 == "crimson"
    assert is_stated(labels, "color")


@pytest.mark.parametrize(
    ("labels", "name", "value", "message"),
    [
        (THING, "color", "bleu", "did you mean 'blue'"),
        (THING, "color", "red 60%; blue", "a share each or with none"),
        (THING, "color", "red 60%; blue 60%", "more than 1"),
        (THING, "color", "red 0", "a share is over 0"),
        (THING, "color", "red 1.2.3", "a share is over 0"),
        (THING, "color", ";", "give colours"),
        (THING, "transparent", "maybe", "write yes, no or unknown"),
        (THING, "kind", "animl", "did you mean 'animal'"),
        (THING, "gender", "female", "for humans, and this is object: if it is a person"),
        (THING, "category", "mug (blue)", "cannot name a category"),
        (THING, "category", "photo", "for the whole picture"),
        (THING, "category", "photo_12", "for the whole picture"),
        (THING, "synonyms", "cup; coffee/tea", "'coffee/tea' cannot name a category"),
        (THING, "clothes_color", "red", "for humans"),
        (HUMAN, "gender", "fmale", "did you mean 'female'"),
        (HUMAN, "age_group", "grown", "legal are baby, little_child"),
        (HUMAN, "age_group", "300", "legal are baby"),
    ],
)
def test_wrong_values_are_refused_with_the_nearest_legal_one(
    labels: Labels, name: str, value: str, message: str
) -> None:
    with pytest.raises(StatedValueError, match=message):
        said(labels, name, value)


@pytest.mark.parametrize("name", sorted(set(READERS) - {"kind"}))
def test_unknown_takes_a_value_back_and_is_remembered(name: str) -> None:
    value = {
        "category": "cat", "plural": "yes", "synonyms": "a;b", "color": "red", "transparent": "yes",
        "salient": "no", "gender": "male", "age_group": "adult", "clothes_type": "coat", "clothes_color": "red",
    }[name]  # fmt: skip
    bare = Labels(EntityKind.HUMAN, None)
    known = state(bare, name, value, Origin.DATASET)
    assert known != bare
    forgotten = said(known, name, "Unknown")
    origin_name = READERS[name].origin_name
    assert forgotten == Labels(EntityKind.HUMAN, None, origins=((origin_name, Origin.CORRECTION),))
    assert is_stated(forgotten, origin_name)
