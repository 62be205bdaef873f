"""What a word says of a person: gender and age group (supp. Table 2), and the age groups behind numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

GENDERS = ("female", "male")

AGE_GROUPS = ("baby", "little_child", "child", "youth", "adult", "senior")

AGE_BINS: tuple[tuple[float, float, str], ...] = (
    (0, 2, "baby"),
    (4, 6, "little_child"),
    (8, 12, "child"),
    (15, 20, "youth"),
    (25, 32, "adult"),
    (38, 43, "adult"),
    (48, 53, "adult"),
    (60, 100, "senior"),
)
"""The Levi-Hassner classes in years; ages between them go to the nearest, ties to the younger (dataset.md 4)."""


@dataclass(frozen=True, slots=True)
class Person:
    """What one word says; None is nothing."""

    gender: str | None = None
    age_group: str | None = None
    plural: bool = False


_WOMAN, _MAN = Person("female", "adult"), Person("male", "adult")
_GIRL, _BOY = Person("female", "child"), Person("male", "child")

PERSON_WORDS: dict[str, Person] = {
    "human": Person(), "human being": Person(), "person": Person(), "individual": Person(), "portrait": Person(),
    "people": Person(plural=True), "persons": Person(plural=True), "humans": Person(plural=True),
    "female": Person("female"), "male": Person("male"),
    "woman": _WOMAN, "lady": _WOMAN, "man": _MAN, "gentleman": _MAN, "guy": _MAN, "adult": Person(None, "adult"),
    "women": Person("female", "adult", plural=True), "men": Person("male", "adult", plural=True),
    "girl": _GIRL, "boy": _BOY, "child": Person(None, "child"), "kid": Person(None, "child"),
    "girls": Person("female", "child", plural=True), "boys": Person("male", "child", plural=True),
    "children": Person(None, "child", plural=True), "kids": Person(None, "child", plural=True),
    "little girl": Person("female", "little_child"), "little boy": Person("male", "little_child"),
    "toddler": Person(None, "little_child"),
    "baby": Person(None, "baby"), "infant": Person(None, "baby"),
    "baby girl": Person("female", "baby"), "baby boy": Person("male", "baby"),
    "teenager": Person(None, "youth"), "teen": Person(None, "youth"), "adolescent": Person(None, "youth"),
    "young woman": Person("female", "youth"), "young lady": Person("female", "youth"),
    "young man": Person("male", "youth"),
    "senior": Person(None, "senior"), "senior citizen": Person(None, "senior"),
    "pensioner": Person(None, "senior"),
    "old woman": Person("female", "senior"), "old lady": Person("female", "senior"),
    "elderly woman": Person("female", "senior"), "grandmother": Person("female", "senior"),
    "old man": Person("male", "senior"), "elderly man": Person("male", "senior"),
    "grandfather": Person("male", "senior"),
}  # fmt: skip
"""Words and what they say. "girl" and "boy" are taken for children, where supp. Table 2 lists them first."""

_LONGEST_FIRST = sorted(PERSON_WORDS, key=lambda word: (-len(word), word))
_ANY_WORD = re.compile(r"\b(" + "|".join(re.escape(word) for word in _LONGEST_FIRST) + r")\b")


def person_in(text: str) -> Person | None:
    """The first word for a person in ``text`` ("man portrait", "woman in dungarees"); None when there is none."""
    found = _ANY_WORD.search(text.lower())
    return None if found is None else PERSON_WORDS[found.group(1)]


def age_group_of(age: float) -> str:
    """The group of an age in years."""
    return min(AGE_BINS, key=lambda age_bin: (max(age_bin[0] - age, age - age_bin[1], 0.0), age_bin[0]))[2]
