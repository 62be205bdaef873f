from __future__ import annotations

import pytest

from refmatte_engine.attributes.human import AGE_GROUPS, PERSON_WORDS, Person, age_group_of, person_in


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("man portrait", Person("male", "adult")),
        ("Woman in dungarees", Person("female", "adult")),
        ("old man with a dog", Person("male", "senior")),
        ("young woman", Person("female", "youth")),
        ("person sitting", Person()),
        ("group of women", Person("female", "adult", plural=True)),
        ("snowman", None),
        ("mannequin", None),
        ("human hair", Person()),
        ("statue", None),
    ],
)
def test_the_person_in_a_free_text(text: str, person: Person | None) -> None:
    assert person_in(text) == person


@pytest.mark.parametrize(
    ("age", "group"),
    [
        (0, "baby"), (2, "baby"), (3, "baby"), (4, "little_child"), (7, "little_child"), (9, "child"),
        (13, "child"), (13.6, "youth"), (17, "youth"), (22, "youth"), (23, "adult"), (35, "adult"),
        (46, "adult"), (56, "adult"), (57, "senior"), (60, "senior"), (104, "senior"),
    ],
)  # fmt: skip
def test_ages_go_to_the_nearest_bin_ties_to_the_younger(age: float, group: str) -> None:
    assert age_group_of(age) == group


def test_words_say_legal_things() -> None:
    assert {person.age_group for person in PERSON_WORDS.values()} <= {None, *AGE_GROUPS}
    assert {person.gender for person in PERSON_WORDS.values()} == {None, "female", "male"}
