"""Reads the lexicon's TOML files. Only :func:`load_lexicon` touches the disk, once per process."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from importlib import resources
from typing import Any

from refmatte_engine.errors import UsageError
from refmatte_engine.lexicon.core import Lexicon
from refmatte_engine.lexicon.dialect import Dialect, Style
from refmatte_engine.lexicon.inflection import plural
from refmatte_engine.lexicon.model import (
    Category,
    Form,
    Frame,
    Garment,
    HumanWord,
    Number,
    Profile,
    RelationPhrase,
    Scope,
)
from refmatte_engine.lexicon.taxonomy import Span, add_human_words, build_nouns
from refmatte_engine.lexicon.user import UserAttribute, UserCategory, check_speakable, user_attribute
from refmatte_engine.lexicon.user_words import NO_WORDS, UserWords, merged, user_words
from refmatte_engine.manifest.vocabulary import EntityKind, ExpressionKind, Position

Table = dict[str, Any]

PHRASES = {Profile.PAPER: "table4_relation_phrases", Profile.MODERN: "modern_relation_phrases"}
TEMPLATES = {Profile.PAPER: "table3_templates", Profile.MODERN: "modern_templates"}


def load_lexicon(
    *,
    user_categories: Iterable[UserCategory] = (),
    user_attributes: Iterable[UserAttribute] = (),
    user_words: UserWords = NO_WORDS,
) -> Lexicon:
    """The lexicon of the project with a user's additions.

    Args:
        user_categories: names alone, as labels bring them in.
        user_words: categories that he described; they are treated like the project's own.

    Raises:
        UsageError: a name is given twice, is one of the words for the picture itself, or refers to a category
            that there is not.
    """
    project = _assembled(json.dumps(user_words.as_document(), sort_keys=True))
    categories: dict[str, UserCategory] = {}
    for category in user_categories:
        if category.name in categories:
            raise UsageError(f"category '{category.name}' is given twice")
        for word in (category.name, *category.synonyms):
            check_speakable(word)
        categories[category.name] = category
    attributes = dict(project.attributes)
    seen: set[str] = set()
    for attribute in user_attributes:
        if attribute.name in seen:
            raise UsageError(f"attribute '{attribute.name}' is given twice")
        seen.add(attribute.name)
        attributes[attribute.name] = attribute
    if not categories and not seen:
        return project
    return replace(project, user_categories=categories, attributes=attributes, cache={})


@lru_cache(maxsize=4)
def _assembled(user_document: str) -> Lexicon:
    """The project's lexicon with the categories of a user's document (JSON of ``UserWords.as_document``)."""
    words = user_words(json.loads(user_document), "lexicon.toml")
    for name, entry in words.categories.items():
        for word in filter(None, (name, entry.common, *entry.modern, *entry.paper)):
            check_speakable(word)
    for word in words.hypernyms:
        check_speakable(word)
    project, numbers = _categories()
    categories = merged(project, words)
    numbers |= {word: hypernym.number for word, hypernym in words.hypernyms.items()}
    broad = _read("hypernyms")
    hypernyms = {name: _by_profile(table) for name, table in broad.items()}
    generic = frozenset({"human", "object", *(name for name, table in broad.items() if table.get("generic"))})
    confusable = _read("confusable")
    nouns = build_nouns(
        categories,
        {name: [w for words in table.values() for w in words] for name, table in hypernyms.items()},
        confusable["groups"],
        generic,
        frozenset(confusable["not_heads"]),
        numbers,
        {word: Span(hypernym.denotes, hypernym.may_be) for word, hypernym in words.hypernyms.items()},
    )
    human_words = {Profile.PAPER: _table2(), Profile.MODERN: _modern_human_words()}
    lookalikes = frozenset(
        name for group in confusable["groups"] if "human" in group for name in group if name != "human"
    )
    colors = _read("colors")
    opacity = _read("opacity")
    facet_words = _read("attributes")
    return Lexicon(
        categories=categories,
        generic=generic,
        user_categories={},
        dialects={
            profile: _dialect(
                profile,
                add_human_words(nouns, human_words, profile, categories, lookalikes, numbers),
                human_words[profile],
                _broad_words(profile, hypernyms, words),
            )
            for profile in Profile
        },
        basic_colors={name: term for term, names in colors["basic"].items() for name in (term, *names)},
        shades={term: tuple(modifiers) for term, modifiers in colors["shades"].items()},
        garments=_garments(),
        attributes={name: user_attribute(name, table) for name, table in facet_words.pop("user").items()},
        facet_words=facet_words,
        transparent_words=frozenset(opacity["transparent"]),
        non_salient_words=frozenset(opacity["non_salient"]),
        source_classes=_read("source_classes"),
    )


def _broad_words(
    profile: Profile, hypernyms: Mapping[str, Mapping[Profile, tuple[str, ...]]], words: UserWords
) -> dict[str, tuple[str, ...]]:
    """Category -> words that come down from it: those of hypernyms.toml and a user's hypernyms."""
    found = {name: table[profile] for name, table in hypernyms.items() if profile in table}
    for word, hypernym in words.hypernyms.items():
        if hypernym.modern or profile is Profile.PAPER:
            for name in hypernym.denotes:
                found[name] = (*found.get(name, ()), word)
    return found


def _read(name: str) -> Table:
    text = resources.files("refmatte_engine.lexicon").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _by_profile(table: Table) -> dict[Profile, tuple[str, ...]]:
    return {profile: tuple(table[profile.value]) for profile in Profile if profile.value in table}


def _categories() -> tuple[dict[str, Category], dict[str, Number]]:
    document = _read("categories")
    numbers = {
        word: number
        for number in (Number.MASS, Number.PLURAL)
        for word in document["number"].get(number.value, ())
    }
    categories: dict[str, Category] = {}
    for kind in EntityKind:
        for name, entry in document[kind.value].items():
            number = Number(entry.get("number", "singular"))
            categories[name] = Category(
                name=name,
                kind=kind,
                number=number,
                plural=entry.get("plural", plural(name)) if number is Number.SINGULAR else name,
                size=entry["size"],
                is_a=tuple(entry.get("is_a", ())),
                common=entry.get("common"),
                synonyms=_by_profile(entry),
                gender=entry.get("gender"),
                ages=frozenset(entry["ages"]) if "ages" in entry else None,
                see_through=entry.get("see_through", False),
                may_be=tuple(entry.get("may_be", ())),
                synset=entry.get("synset"),
            )
    return categories, numbers


def _table2() -> tuple[HumanWord, ...]:
    """Supplement Table 2: "all the candidate words are used to form the expression randomly"."""
    document = _read("table2_human_synonyms")
    everyone = frozenset({"", *(age for group in document["group"] for age in group["ages"])})
    words = [HumanWord(text, None, everyone, None, frozenset(), 1.0) for text in document["base"]]
    meant: dict[tuple[str, str], set[str]] = {}
    genders: dict[str, set[str]] = {}
    for group in document["group"]:
        for gender in ("female", "male"):
            for text in group[gender]:
                meant.setdefault((text, gender), set()).update(group["ages"])
                genders.setdefault(text, set()).add(gender)
    for (text, gender), ages in sorted(meant.items()):
        if gender == min(genders[text]):
            said_of = gender if len(genders[text]) == 1 else None
            words.append(HumanWord(text, said_of, frozenset(ages), frozenset(ages), frozenset(), 1.0))
    return tuple(words)


def _modern_human_words() -> tuple[HumanWord, ...]:
    return tuple(
        HumanWord(
            text=word["text"],
            gender=word.get("gender"),
            said=frozenset(word["said"]),
            true=frozenset(word["true"]) if word["text"] != "person" else None,
            may=frozenset(word.get("may", ())),
            weight=word["weight"],
        )
        for word in _read("modern_human_words")["word"]
    )


def _dialect(
    profile: Profile,
    nouns: Mapping[str, Any],
    human_words: tuple[HumanWord, ...],
    broad_words: Mapping[str, tuple[str, ...]],
) -> Dialect:
    templates = _read(TEMPLATES[profile])
    kinds = [kind.value for kind in ExpressionKind]
    return Dialect(
        profile=profile,
        style=_style(templates["style"]),
        nouns=nouns,
        human_words=human_words,
        broad_words=broad_words,
        phrases=relation_phrases(_read(PHRASES[profile])),
        forms=tuple(
            Form(
                name=form["name"],
                people=form["people"],
                text=form["text"],
                needs=form.get("needs", ""),
                weights={ExpressionKind(kind): form[kind] for kind in kinds if kind in form},
            )
            for form in templates["form"]
        ),
        frames=tuple(
            Frame(ExpressionKind(frame["kind"]), frame["name"], frame["text"]) for frame in templates["frame"]
        ),
    )


def _style(table: Table) -> Style:
    def counts(name: str) -> dict[ExpressionKind, tuple[float, ...]]:
        return {ExpressionKind(kind): tuple(weights) for kind, weights in table[name].items()}

    plain: Table = {
        key: table[key] for key in ("color_names", "colors_said", "joiner", "unique_related", "near_first")
    }
    weighted: Table = {key: dict(table[key]) for key in ("articles", "images", "who", "facet_weights")}
    return Style(
        **plain,
        **weighted,
        **table["nouns"],
        says=frozenset(table["says"]),
        order=tuple(table["order"]),
        people_order=tuple(table["people_order"]),
        spaced=frozenset(table["spaced"]),
        counts=counts("counts"),
        related_counts=counts("related_counts"),
        clothes_counts=counts("clothes_counts"),
    )


def relation_phrases(document: Table) -> tuple[RelationPhrase, ...]:
    """The cells of a table of relation phrases, in its order."""
    return tuple(
        RelationPhrase(text, Position(position), Scope(scope), **_meaning(entry))
        for position, scopes in document.items()
        for scope, phrases in scopes.items()
        for text, entry in phrases.items()
    )


def _meaning(entry: str | Table) -> Table:
    return {"means": entry} if isinstance(entry, str) else entry


def _garments() -> dict[str, Garment]:
    document = _read("garments")
    like: dict[str, set[str]] = {name: set() for name in document["garment"]}
    for group in document["like"]["groups"]:
        for name in group:
            like[name] |= set(group) - {name}
    return {
        name: Garment(
            name,
            Number(entry.get("number", "singular")),
            frozenset(like[name]),
            entry.get("modern", True),
            entry.get("small", False),
        )
        for name, entry in document["garment"].items()
    }
