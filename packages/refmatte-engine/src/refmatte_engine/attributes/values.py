"""Reads what a dataset, a user's table or a correction states: one reader per attribute.

A reader takes labels and a text and gives labels with that value. The value ``unknown`` takes back what is
known, and keeps a computation from filling it in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from refmatte_engine.attributes.color_names import NamedColor, basic_colors, color_words, named_color
from refmatte_engine.attributes.human import AGE_GROUPS, GENDERS, PERSON_WORDS, age_group_of
from refmatte_engine.attributes.labels import ColorShare, CustomAttribute, Labels, Origin
from refmatte_engine.errors import BadInputError, UsageError
from refmatte_engine.lexicon.user import check_name, check_speakable
from refmatte_engine.manifest.vocabulary import EntityKind

UNKNOWN = "unknown"

YES = frozenset({"yes", "true", "1", "y"})
NO = frozenset({"no", "false", "0", "n"})

_NUMBER_AT_END = re.compile(r"[ _-]+\d+$")
_SHARE = re.compile(r"(?P<word>.*?)(?:\s+(?P<share>[0-9.]+)(?P<percent>\s*%)?)?")


class StatedValueError(BadInputError):
    """A stated value is not legal; the message says what is."""

    def __init__(self, name: str, value: str, why: str) -> None:
        super().__init__(f"{name} = {value!r}: {why}")


@dataclass(frozen=True, slots=True)
class Reader:
    """How one attribute is read, and how it is forgotten.

    Attributes:
        origin_name: what the origin is noted under.
        read: labels with the value of a text.
        forget: labels without it.
    """

    origin_name: str
    read: Callable[[Labels, str], Labels]
    forget: Callable[[Labels], Labels]


def state(labels: Labels, name: str, value: str, origin: Origin) -> Labels:
    """``labels`` with one stated value and its origin.

    Args:
        name: a built-in attribute (a key of ``READERS``) or a user's own, without ``attr:``.
        value: as written.

    Raises:
        StatedValueError: the value is not legal, or the attribute is not one of that kind of entity.
    """
    reader = READERS.get(name) or _custom_reader(name)
    text = " ".join(value.split())
    changed = reader.forget(labels) if text.lower() == UNKNOWN else reader.read(labels, text)
    rest = [pair for pair in changed.origins if pair[0] != reader.origin_name]
    return replace(changed, origins=tuple(sorted([*rest, (reader.origin_name, origin)])))


def is_stated(labels: Labels, name: str) -> bool:
    """Somebody said what the attribute ``name`` is, or that it is unknown."""
    return any(known == name for known, _ in labels.origins)


def settled(labels: Labels) -> Labels:
    """``labels`` with the origins of known values only, once nothing more is filled in."""

    def is_known(name: str) -> bool:
        reader = READERS.get(name) or _custom_reader(name.removeprefix("attr:"))
        return name in {"kind", "plural"} or reader.forget(labels) != labels

    return replace(labels, origins=tuple(pair for pair in labels.origins if is_known(pair[0])))


# --- values ------------------------------------------------------------------------------------------------


def yes_or_no(name: str, text: str) -> bool:
    """Raises StatedValueError unless ``text`` is a word for yes or no."""
    word = text.lower()
    if word not in YES | NO:
        raise StatedValueError(name, text, "write yes, no or unknown")
    return word in YES


def one_of(name: str, text: str, legal: Sequence[str]) -> str:
    """``text`` as one of ``legal``, spaces and hyphens read as underscores.

    Raises:
        StatedValueError: it is none of them.
    """
    word = text.lower().replace(" ", "_").replace("-", "_")
    if word not in legal:
        raise StatedValueError(name, text, f"{_did_you_mean(word, legal)}legal are {', '.join(legal)}")
    return word


def ranked_colors(name: str, text: str) -> tuple[ColorShare, ...]:
    """``"brown"``, ``"white; black"`` or ``"white 60%; black 40%"``: the largest first.

    Colours without shares get harmonic ones (1 : 1/2 : 1/3 ...), so that the first leads.

    Raises:
        StatedValueError: not a colour word, shares for some only, or shares over 1.
    """
    parts = [part.strip() for part in text.split(";") if part.strip()]
    named = []
    shares: list[float] = []
    for part in parts:
        match = _SHARE.fullmatch(part)
        assert match is not None  # the pattern takes any text
        named.append(_color(name, match["word"]))
        if match["share"]:
            shares.append(_share(name, part, match["share"], percent=bool(match["percent"])))
    if not named or len(shares) not in {0, len(named)}:
        raise StatedValueError(name, text, "give colours separated by ';', with a share each or with none")
    if not shares:
        total = sum(1 / rank for rank in range(1, len(named) + 1))
        shares = [1 / rank / total for rank in range(1, len(named) + 1)]
    if sum(shares) > 1.0 + 1e-9:
        raise StatedValueError(name, text, f"the shares are {sum(shares):.2f} in all, more than 1")
    return tuple(
        sorted(
            (
                ColorShare(color.css3, color.basic.term, color.basic.modifier, round(share, 4), color.lab)
                for color, share in zip(named, shares, strict=True)
            ),
            key=lambda color: -color.share,
        )
    )


def _color(name: str, word: str) -> NamedColor:
    color = named_color(word)
    if color is None:
        near = _did_you_mean(word.lower(), color_words())
        terms = ", ".join(sorted(basic_colors().typical))
        raise StatedValueError(name, word, f"{near}write a CSS3 name or a basic term, light or dark: {terms}")
    return color


def _share(name: str, part: str, number: str, *, percent: bool) -> float:
    try:
        share = float(number) / (100.0 if percent else 1.0)
    except ValueError:
        share = -1.0
    if not 0.0 < share <= 1.0:
        raise StatedValueError(name, part, "a share is over 0 and at most 1 (or 100%)")
    return share


def _did_you_mean(word: str, legal: Sequence[str]) -> str:
    near = get_close_matches(word, legal, n=1, cutoff=0.6)
    return f"did you mean {str(near[0])!r}? " if near else ""


# --- readers -----------------------------------------------------------------------------------------------


def _of_humans(name: str, labels: Labels, text: str) -> None:
    if labels.kind is not EntityKind.HUMAN:
        raise StatedValueError(
            name,
            text,
            f"that is for humans, and this is {labels.kind.value}: if it is a person, let its category or its "
            "kind say so (kind = human); else leave the cell empty",
        )


def _read_kind(labels: Labels, text: str) -> Labels:
    return replace(labels, kind=EntityKind(one_of("kind", text, tuple(EntityKind))))


def _read_category(labels: Labels, text: str) -> Labels:
    name = text.lower().replace("_", " ").strip()
    if not name:
        raise StatedValueError("category", text, "a category has letters")
    _check_word("category", name)
    return replace(labels, category=name)


def _read_synonyms(labels: Labels, text: str) -> Labels:
    words = tuple(dict.fromkeys(word for each in text.split(";") if (word := each.strip().lower())))
    for word in words:
        _check_word("synonyms", word)
    return replace(labels, synonyms=words)


def _check_word(name: str, word: str) -> None:
    """Raises StatedValueError for a word that no phrase could say."""
    try:
        check_name(word)
        check_speakable(without_number(word))
    except (BadInputError, UsageError) as error:
        raise StatedValueError(name, word, f"{error}; use another word") from error


def without_number(name: str) -> str:
    """A name as people count its files: "mug_12" is "mug"."""
    return _NUMBER_AT_END.sub("", name)


def _read_gender(labels: Labels, text: str) -> Labels:
    _of_humans("gender", labels, text)
    word = {"f": "female", "m": "male", "woman": "female", "man": "male"}.get(text.lower(), text)
    return replace(labels, gender=one_of("gender", word, GENDERS))


def _read_age_group(labels: Labels, text: str) -> Labels:
    _of_humans("age_group", labels, text)
    if text.isdecimal() and int(text) <= 130:
        return replace(labels, age_group=age_group_of(int(text)))
    person = PERSON_WORDS.get(text.lower())
    word = text if person is None or person.age_group is None else person.age_group
    return replace(labels, age_group=one_of("age_group", word, AGE_GROUPS))


def _read_clothes_type(labels: Labels, text: str) -> Labels:
    _of_humans("clothes_type", labels, text)
    return replace(labels, clothes_type=text.lower())


def _read_clothes_color(labels: Labels, text: str) -> Labels:
    _of_humans("clothes_color", labels, text)
    return replace(labels, colors=ranked_colors("clothes_color", text))


READERS: dict[str, Reader] = {
    "kind": Reader("kind", _read_kind, lambda labels: labels),
    "category": Reader("category", _read_category, lambda labels: replace(labels, category=None)),
    "plural": Reader(
        "plural",
        lambda labels, text: replace(labels, plural=yes_or_no("plural", text)),
        lambda labels: replace(labels, plural=False),
    ),
    "synonyms": Reader("synonyms", _read_synonyms, lambda labels: replace(labels, synonyms=())),
    "color": Reader(
        "color",
        lambda labels, text: replace(labels, colors=ranked_colors("color", text)),
        lambda labels: replace(labels, colors=()),
    ),
    "transparent": Reader(
        "transparent",
        lambda labels, text: replace(labels, transparent=yes_or_no("transparent", text)),
        lambda labels: replace(labels, transparent=None),
    ),
    "salient": Reader(
        "salient",
        lambda labels, text: replace(labels, salient=yes_or_no("salient", text)),
        lambda labels: replace(labels, salient=None),
    ),
    "gender": Reader("gender", _read_gender, lambda labels: replace(labels, gender=None)),
    "age_group": Reader("age_group", _read_age_group, lambda labels: replace(labels, age_group=None)),
    "clothes_type": Reader("clothes_type", _read_clothes_type, lambda labels: replace(labels, clothes_type=None)),
    "clothes_color": Reader("color", _read_clothes_color, lambda labels: replace(labels, colors=())),
}
"""Built-in attributes, in the order in which they are read: a kind decides what else may be said."""

HUMAN_ONLY = frozenset({"gender", "age_group", "clothes_type", "clothes_color"})


def _custom_reader(name: str) -> Reader:
    def without(labels: Labels) -> tuple[CustomAttribute, ...]:
        return tuple(attribute for attribute in labels.custom if attribute.name != name)

    def read(labels: Labels, text: str) -> Labels:
        stated = [*without(labels), CustomAttribute(name, text)]
        return replace(labels, custom=tuple(sorted(stated, key=lambda attribute: attribute.name)))

    return Reader(f"attr:{name}", read, lambda labels: replace(labels, custom=without(labels)))
