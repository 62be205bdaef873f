"""What a user says of his categories: ``lexicon.toml``, written by ``refmatte lexicon propose`` and by hand."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from refmatte_engine.errors import BadInputError, UsageError
from refmatte_engine.lexicon.inflection import plural
from refmatte_engine.lexicon.model import Category, Number, Profile
from refmatte_engine.lexicon.user import MAX_FILE_BYTES, UserCategory
from refmatte_engine.manifest.vocabulary import EntityKind

Words = tuple[str, ...]


class _FromFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class UserEntry(_FromFile):
    """One category of the user's, described as the project's own are. It wins over the project's of the same name.

    Attributes:
        kind: human, animal or object.
        synset: what it is in WordNet 3.0; kept so that later categories find their place beside it.
        is_a: categories right above it, the project's or the user's; the kind itself when empty.
        may_be: categories whose words may be understood of it.
        number: of the name: ``singular``, ``plural`` ("sneakers") or ``mass`` ("foam").
        plural: when it is not regular.
        common: what people say in place of the name.
        modern, paper: further words that the preset says.
        size: longest side in metres as it is usually photographed.
        see_through: transparent by nature.
    """

    kind: EntityKind = EntityKind.OBJECT
    synset: str | None = None
    is_a: Words = ()
    may_be: Words = ()
    number: Number = Number.SINGULAR
    plural: str | None = None
    common: str | None = None
    modern: Words = ()
    paper: Words = ()
    size: float | None = Field(default=None, ge=0.001, le=1000)
    see_through: bool = False

    def category(self, name: str) -> Category:
        """The entry as a category of the lexicon."""
        several = (self.plural or plural(name)) if self.number is Number.SINGULAR else name
        return Category(
            name=name,
            kind=self.kind,
            number=self.number,
            plural=several,
            size=self.size,
            is_a=self.is_a or (self.kind.value,),
            common=self.common,
            synonyms={Profile.MODERN: self.modern, Profile.PAPER: self.paper},
            see_through=self.see_through,
            known=False,
            may_be=self.may_be,
            synset=self.synset,
        )


class UserHypernym(_FromFile):
    """A word for a broader thing that is no category ("kitchen appliance").

    Attributes:
        denotes: every category it is true of, the project's and the user's; it never tells two of them apart.
        may_be: categories that some would call so; it does not tell those apart either.
        number: ``mass`` for "footwear".
        modern: whether ``modern`` says it, too; ``paper`` always does.
    """

    denotes: Words = Field(min_length=1)
    may_be: Words = ()
    number: Number = Number.SINGULAR
    modern: bool = False


class UserWords(_FromFile):
    """The whole file: tables ``[categories.<name>]`` and ``[hypernyms."<word>"]``."""

    categories: dict[str, UserEntry] = {}
    hypernyms: dict[str, UserHypernym] = {}

    def as_document(self) -> dict[str, Any]:
        """What ``plan.json`` keeps and :func:`user_words` reads."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def joined(self, other: UserWords, where: str) -> UserWords:
        """Both together.

        Raises:
            UsageError: both describe a word, and differently.
        """
        for mine, theirs in ((self.categories, other.categories), (self.hypernyms, other.hypernyms)):
            for name in sorted(set(mine) & set(theirs)):
                if mine[name] != theirs[name]:
                    raise UsageError(f"{where}: '{name}' is described otherwise in another lexicon.toml")
        return UserWords(categories=self.categories | other.categories, hypernyms=self.hypernyms | other.hypernyms)


NO_WORDS = UserWords()


def load_user_words(path: Path) -> UserWords:
    """Read a ``lexicon.toml``.

    Raises:
        BadInputError: the file cannot be read.
        UsageError: it is not such a file; the message names the key.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise BadInputError(f"cannot read the lexicon file {path}: {error.strerror}") from error
    if len(data) > MAX_FILE_BYTES:
        raise UsageError(f"{path} is larger than {MAX_FILE_BYTES} bytes: that is no lexicon file")
    try:
        return user_words(tomllib.loads(data.decode("utf-8")), str(path))
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text (byte {error.start})") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from error


def user_words(document: Mapping[str, Any], where: str) -> UserWords:
    """A checked document; ``where`` names it in messages.

    Raises:
        UsageError: a key, a value or a word is not legal.
    """
    try:
        words = UserWords.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"{where}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    try:
        for name, entry in words.categories.items():
            several = filter(None, (entry.plural, entry.common))
            UserCategory(name, synonyms=(*several, *entry.modern, *entry.paper))
        for word in words.hypernyms:
            UserCategory(word)
    except BadInputError as error:
        raise UsageError(f"{where}: {error}") from error
    return words


def merged(project: Mapping[str, Category], words: UserWords) -> dict[str, Category]:
    """The project's categories with the user's.

    Raises:
        UsageError: a category is said to be one that there is not, one of another kind, or itself.
    """
    categories = dict(project) | {name: entry.category(name) for name, entry in words.categories.items()}
    for name in words.categories:
        category = categories[name]
        for above in (*category.is_a, *category.may_be):
            _check_known(above, categories, f"category '{name}'")
            if categories[above].kind is not category.kind:
                raise UsageError(
                    f"category '{name}' is of kind {category.kind}, '{above}' of kind {categories[above].kind}"
                )
    _check_order(categories)
    for word, hypernym in words.hypernyms.items():
        for name in (*hypernym.denotes, *hypernym.may_be):
            _check_known(name, categories, f"hypernym '{word}'")
    return categories


def _check_known(name: str, categories: Collection[str], where: str) -> None:
    if name not in categories:
        near = get_close_matches(name, categories, n=3)
        hint = f"; near: {', '.join(near)}" if near else ""
        raise UsageError(f"{where}: there is no category '{name}'{hint}")


def _check_order(categories: Mapping[str, Category]) -> None:
    """No category is above itself."""
    try:
        TopologicalSorter({name: category.is_a for name, category in categories.items()}).prepare()
    except CycleError as error:
        raise UsageError(f"is_a leads in a circle: {' -> '.join(error.args[1])}") from error
