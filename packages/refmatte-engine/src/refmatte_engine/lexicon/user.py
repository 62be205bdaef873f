"""What a user adds to the lexicon: his categories and his attributes."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from string import Formatter
from typing import Any, Literal

from refmatte_engine.errors import BadInputError, UsageError
from refmatte_engine.manifest.vocabulary import EntityKind

MAX_FILE_BYTES = 1_000_000
MAX_PHRASE = 200
MAX_NAME = 100
RESERVED_NOUNS = frozenset({"image", "picture", "photo"})
"""Nouns that stand for the picture itself in every phrase, so nothing in it can be called so."""
_SLOTS = {"value", "a_value", "be"}


def check_name(word: str) -> None:
    """Raises BadInputError for what cannot be a word for a category."""
    if not _is_name(word):
        raise BadInputError(
            f"'{word[:60]}' cannot name a category: use up to 100 letters, digits, spaces, . ' - _"
        )


def _is_name(word: str) -> bool:
    """Marks that follow a letter count as letters: accents as a Mac writes them, vowels of many scripts."""
    first, rest = word[:1], word[1:]
    marks = (c for c in rest if not (c.isalnum() or c in "_ .'-"))
    return (first.isalnum() or first == "_") and len(word) <= MAX_NAME and all(map(_is_mark, marks))


def _is_mark(c: str) -> bool:
    return unicodedata.category(c).startswith("M")


def check_speakable(word: str) -> None:
    """Raises UsageError for a category word that phrases could not tell from the picture itself."""
    if word.lower() in RESERVED_NOUNS:
        raise UsageError(f"a category cannot be called '{word}': phrases use that word for the whole picture")


@dataclass(frozen=True, slots=True)
class UserCategory:
    """A category of the user's own.

    Attributes:
        plural: the name itself names several things ("my marbles").
        synonyms: further words for exactly this category.
    """

    name: str
    kind: EntityKind = EntityKind.OBJECT
    plural: bool = False
    synonyms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for word in (self.name, *self.synonyms):
            check_name(word)


@dataclass(frozen=True, slots=True)
class UserAttribute:
    """How an attribute of the user's own is said.

    Attributes:
        name: as in the column ``attr:<name>``.
        place: ``before`` the noun ("the striped mug") or ``after`` it ("the woman holding a cup").
        phrase: with ``{value}``, or ``{a_value}`` for the value with a/an; ``{be}`` is "is" or "are".
        rank: order before the noun; colour has rank 0, size words stand before it (< 0), materials after (> 0).
        quiet: values that are said only when nothing else tells two things apart ("plain").
        values: values known beforehand, for reading phrases without a scene.
    """

    name: str
    place: Literal["before", "after"] = "before"
    phrase: str = "{value}"
    rank: int = 1
    quiet: tuple[str, ...] = ()
    values: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        where = f"attribute '{self.name[:60]}'"
        if not _is_name(self.name):
            raise UsageError(f"{where}: a name has up to 100 letters, digits, spaces, . ' - _")
        if self.place not in ("before", "after"):
            raise UsageError(f"{where}: place is 'before' or 'after', not '{self.place}'")
        if len(self.phrase) > MAX_PHRASE:
            raise UsageError(f"{where}: the phrase is longer than {MAX_PHRASE} characters")
        try:
            parts = list(Formatter().parse(self.phrase))
        except ValueError as error:
            raise UsageError(f"{where}: the phrase '{self.phrase}' has unmatched braces") from error
        slots = [name for _, name, _, _ in parts if name is not None]
        if any(spec or conversion for _, _, spec, conversion in parts) or not set(slots) <= _SLOTS:
            raise UsageError(f"{where}: a phrase has the slots {{value}}, {{a_value}} and {{be}} only")
        if sum(slot != "be" for slot in slots) != 1:
            raise UsageError(f"{where}: the phrase '{self.phrase}' must name {{value}} or {{a_value}} once")


_TYPES: dict[str, type] = {"place": str, "phrase": str, "rank": int, "quiet": list, "values": list}


def load_user_attributes(path: Path) -> tuple[UserAttribute, ...]:
    """Read ``[attributes.<name>]`` tables from a TOML file; keys as in :class:`UserAttribute`.

    Raises:
        BadInputError: the file cannot be read.
        UsageError: it is not such a TOML file; the message names the key.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise BadInputError(f"cannot read the attributes file {path}: {error.strerror}") from error
    if len(data) > MAX_FILE_BYTES:
        raise UsageError(f"{path} is larger than {MAX_FILE_BYTES} bytes: that is no attributes file")
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text (byte {error.start})") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from error
    unknown = sorted(set(document) - {"attributes"})
    if unknown:
        raise UsageError(f"{path}: unknown key '{unknown[0]}'; write tables [attributes.<name>]")
    tables = document.get("attributes", {})
    if not isinstance(tables, dict):
        raise UsageError(f"{path}: 'attributes' must hold tables [attributes.<name>]")
    return tuple(_attribute(path, name, table) for name, table in sorted(tables.items()))


def _attribute(path: Path, name: str, table: object) -> UserAttribute:
    where = f"{path}: attributes.{name}"
    if not isinstance(table, dict):
        raise UsageError(f"{where} must be a table")
    allowed = {f.name for f in fields(UserAttribute)} - {"name"}
    for key, value in table.items():
        if key not in allowed:
            raise UsageError(f"{where}.{key} is not a key; known keys: {', '.join(sorted(allowed))}")
        if not isinstance(value, _TYPES[key]) or isinstance(value, bool):
            raise UsageError(
                f"{where}.{key} must be {'a list of words' if _TYPES[key] is list else _TYPES[key].__name__}"
            )
        if isinstance(value, list) and not all(isinstance(word, str) for word in value):
            raise UsageError(f"{where}.{key} must be a list of words")
    return user_attribute(name, table)


def user_attribute(name: str, table: Mapping[str, Any]) -> UserAttribute:
    """An attribute from a checked TOML table."""
    options: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in table.items()
    }
    return UserAttribute(name=name, **options)
