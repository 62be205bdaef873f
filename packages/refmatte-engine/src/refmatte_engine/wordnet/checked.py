"""What a person has checked of the project's names: ``checked.toml``, the corrections to what WordNet gives."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from refmatte_engine.errors import UsageError
from refmatte_engine.lexicon.model import Number
from refmatte_engine.manifest.vocabulary import EntityKind

Words = tuple[str, ...]


class _Checked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CheckedCategory(_Checked):
    """One of the project's names. What is None comes from WordNet.

    Attributes:
        size: longest side of the thing as it is usually photographed, metres.
        sense: the synset that is meant, where the best ranked one is not; empty: WordNet has no such thing.
        is_a: the categories right above it.
        not_a: categories that WordNet counts it under, and which nobody would call it.
        number, plural: where the guess is wrong.
        common: what people say in place of the name.
        gender, ages: what the name itself says of a person.
        see_through: everyone knows that it is transparent.
        modern: further words that ``modern`` says.
        refused: words of the synset that ``paper`` does not say.
        paper: all words that ``paper`` says, where they are not what is left of the synset's.
    """

    size: float
    sense: str | None = None
    is_a: Words | None = None
    not_a: Words = ()
    number: Number | None = None
    plural: str | None = None
    common: str | None = None
    gender: str | None = None
    ages: Words | None = None
    see_through: bool = False
    modern: Words = ()
    refused: Words = ()
    paper: Words | None = None


class CheckedGroup(_Checked):
    """Names under one heading."""

    kind: EntityKind
    about: str = ""
    names: dict[str, CheckedCategory]


class CheckedHypernym(_Checked):
    """A category whose words are also said of everything below it.

    Attributes:
        generic: it is also a label for what nobody named more closely.
        modern: the words that ``modern`` says.
        refused, paper: as for a category; ``paper`` begins with the name.
    """

    generic: bool = False
    modern: Words = ()
    refused: Words = ()
    paper: Words | None = None


class Checked(_Checked):
    """The file: groups of names, hypernyms, and the number of words that are no names."""

    group: tuple[CheckedGroup, ...]
    hypernym: dict[str, CheckedHypernym]
    number: dict[Number, Words]

    def categories(self) -> dict[str, tuple[EntityKind, CheckedCategory]]:
        """All names in the order of the file."""
        return {name: (group.kind, entry) for group in self.group for name, entry in group.names.items()}


def load_checked() -> Checked:
    """The project's file."""
    return checked(
        tomllib.loads(resources.files(__package__).joinpath("checked.toml").read_text(encoding="utf-8"))
    )


def checked(document: dict[str, Any]) -> Checked:
    """A document of this form.

    Raises:
        UsageError: a key or a value is not legal, a name is given twice, or one refers to a name that is none.
    """
    try:
        found = Checked.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"checked.toml: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    names = [name for group in found.group for name in group.names]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"checked.toml: '{twice[0]}' is given twice")
    told = {above for _, entry in found.categories().values() for above in (*(entry.is_a or ()), *entry.not_a)}
    unknown = sorted((told | set(found.hypernym)) - set(names))
    if unknown:
        raise UsageError(f"checked.toml: '{unknown[0]}' is not a name of the file")
    return found
