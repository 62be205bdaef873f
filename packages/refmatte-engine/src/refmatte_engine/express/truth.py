"""Whether what a noun phrase says holds for an entity: true strictly, unique loosely (DESIGN 5.1).

Values are 0 no, 1 maybe, 2 yes (``express.geometry``). ``about`` is the entity that the phrase is said of: its
colours are what a colour word means, so that another entity may fit it ("gray" said of a bluish gray).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from refmatte_engine.attributes.labels import Labels
from refmatte_engine.config import Color, Words
from refmatte_engine.express.claims import USER, Attribute, Facet, Thing
from refmatte_engine.express.colors import claimed, fits, reference
from refmatte_engine.express.denotation import denotes
from refmatte_engine.express.geometry import MAYBE, NO, YES
from refmatte_engine.lexicon import Lexicon
from refmatte_engine.manifest.vocabulary import EntityKind

T = TypeVar("T")


class Judge:
    """Judges phrases in one profile. Pure; what it computes is remembered.

    Attributes:
        lexicon, words, color: what words mean, which profile, when colours count.
    """

    def __init__(self, lexicon: Lexicon, words: Words, color: Color) -> None:
        self.lexicon = lexicon
        self.words = words
        self.color = color
        self.dialect = lexicon.dialect(words.profile)
        # Keyed by identity, which is quick; the labels are kept so that an identity is never given again.
        self._nouns: dict[int, tuple[Labels, dict[str, int]]] = {}
        self._nouns_of_alike: dict[tuple[object, ...], dict[str, int]] = {}
        self._plain_words = built_in_words(lexicon)
        self._claimed: dict[int, tuple[Labels, tuple[str, ...]]] = {}
        self._by_facet: dict[str, Callable[[Attribute, Labels, Labels], int]] = {
            Facet.COLOR: self._color,
            Facet.CLOTHES_COLOR: self._clothes_color,
            Facet.OPACITY: self._opacity,
            Facet.SALIENCY: self._saliency,
            Facet.GENDER: self._gender,
            Facet.AGE: self._age,
            Facet.CLOTHES_TYPE: self._clothes_type,
        }

    def thing(self, thing: Thing, labels: Labels, about: Labels) -> int:
        """Whether a noun phrase said of ``about`` holds for ``labels``."""
        truth = self.noun(thing.noun, labels, about)
        for attribute in thing.attributes:
            if truth == NO:
                break
            truth = min(truth, self.attribute(attribute, labels, about))
        return truth

    def noun(self, text: str, labels: Labels, about: Labels) -> int:
        """Whether a word names an entity."""
        if text in about.synonyms and about.category == labels.category:
            return YES
        found = self._nouns.get(id(labels))
        if found is None or found[0] is not labels:
            found = keep(self._nouns, labels, (labels, self._shared_nouns(labels)))
        known = found[1].get(text)
        if known is None:
            known = found[1][text] = denotes(self.lexicon.noun(text, self.words.profile), labels, self.lexicon)
        return known

    def _shared_nouns(self, labels: Labels) -> dict[str, int]:
        """What nouns mean for all entities alike in what nouns are about."""
        alike = (labels.category, labels.kind, labels.plural, labels.gender, labels.age_group, labels.synonyms)
        return self._nouns_of_alike.setdefault(alike, {})

    def attribute(self, attribute: Attribute, labels: Labels, about: Labels) -> int:
        """Whether one attribute holds; a word that says two things ("light") holds when one of them does."""
        facet = attribute.facet
        truth = (
            self._user(attribute, labels)
            if facet.startswith(USER)
            else self._by_facet[facet](attribute, labels, about)
        )
        if (
            truth == YES
            or not (labels.custom or about.custom)
            or facet in (Facet.CLOTHES_COLOR, Facet.CLOTHES_TYPE)
        ):
            return truth
        return max(truth, self._other_readings(attribute, labels, about))

    def claimed_colors(self, labels: Labels) -> tuple[str, ...]:
        """Colour words that certainly hold, best first."""
        found = self._claimed.get(id(labels))
        if found is None or found[0] is not labels:
            found = (labels, claimed(labels, self.dialect.style, self.color, dict(self.lexicon.shades)))
            keep(self._claimed, labels, found)
        return found[1]

    def surface(self, attribute: Attribute) -> str:
        """The words an attribute is said with, ``{be}`` left open."""
        if not attribute.facet.startswith(USER):
            return attribute.value
        form = self.lexicon.attribute(attribute.facet.removeprefix(USER))
        value = " ".join(attribute.value.split())
        return form.phrase.format(value=value, a_value=f"{self.lexicon.article(value)} {value}", be="{be}")

    # One method per facet -----------------------------------------------------------------------

    def _color(self, attribute: Attribute, labels: Labels, about: Labels) -> int:
        return MAYBE if labels.kind is EntityKind.HUMAN else self._named_color(attribute.value, labels, about)

    def _clothes_color(self, attribute: Attribute, labels: Labels, about: Labels) -> int:
        return self._named_color(attribute.value, labels, about) if labels.kind is EntityKind.HUMAN else MAYBE

    def _named_color(self, word: str, labels: Labels, about: Labels) -> int:
        if word in self.claimed_colors(labels):
            return YES
        return fits(word, labels, reference(word, about, self.lexicon, self.color), self.lexicon, self.color)

    def _opacity(self, attribute: Attribute, labels: Labels, about: Labels) -> int:
        words = self.lexicon.facet_words["opacity"]
        return _holds(labels.transparent, attribute.value == words["transparent"])

    def _saliency(self, attribute: Attribute, labels: Labels, about: Labels) -> int:
        words = self.lexicon.facet_words["saliency"]
        return _holds(labels.salient, attribute.value == words["salient"])

    def _gender(self, attribute: Attribute, labels: Labels, about: Labels) -> int:
        category = self.lexicon.category(labels.category) if labels.category else None
        gender = labels.gender or (category.gender if category else None)
        return MAYBE if gender is None else YES if gender == attribute.value else NO

    def _age(self, attribute: Attribute, labels: Labels, about: Labels) -> int:
        if labels.age_group is None:
            return MAYBE
        return YES if self.lexicon.facet_words["age"].get(labels.age_group) == attribute.value else NO

    def _clothes_type(self, attribute: Attribute, labels: Labels, about: Labels) -> int:
        worn = labels.clothes_type
        if worn is None or labels.kind is not EntityKind.HUMAN:
            return MAYBE
        said = attribute.value
        if worn == said or worn.endswith(" " + said):
            return YES
        alike = said in self.lexicon.garment(worn).like or worn in self.lexicon.garment(said).like
        return MAYBE if alike or said.endswith(" " + worn) else NO

    def _user(self, attribute: Attribute, labels: Labels) -> int:
        name = attribute.facet.removeprefix(USER)
        values = [custom.value for custom in labels.custom if custom.name == name]
        if not values:
            return MAYBE
        return YES if attribute.value in values else NO

    def _other_readings(self, attribute: Attribute, labels: Labels, about: Labels) -> int:
        """The same words, meant as another attribute (shade = red of a user's, beside the colour red)."""
        surface = self.surface(attribute)
        plain = self._plain_words.get(surface) if attribute.facet.startswith(USER) else None
        best = self._by_facet[plain.facet](plain, labels, about) if plain is not None else NO
        for custom in {*labels.custom, *about.custom}:
            reading = Attribute(USER + custom.name, custom.value)
            if reading != attribute and self.surface(reading) == surface:
                best = max(best, self._user(reading, labels))
        return best


def built_in_words(lexicon: Lexicon) -> dict[str, Attribute]:
    """Words that stand before a noun or after "is", and what they say: colours, opacity, gender and the like."""
    words: dict[str, Attribute] = {}
    for term, modifiers in lexicon.shades.items():
        for modifier in modifiers:
            words[f"{modifier} {term}"] = Attribute(Facet.COLOR, f"{modifier} {term}")
    for color in lexicon.basic_colors:
        words[color] = Attribute(Facet.COLOR, color)
    for facet, values in lexicon.facet_words.items():
        for word in values.values():
            words.setdefault(word, Attribute(facet, word))
    return words


def _holds(known: bool | None, claimed_value: bool) -> int:
    if known is None:
        return MAYBE
    return YES if known is claimed_value else NO


REMEMBERED_ENTITIES = 20_000
"""Entities whose words are kept at a time; the paper's whole collection has 13,187."""


def keep(memory: dict[int, T], labels: Labels, found: T) -> T:
    """Remember something of an entity by its identity, for so many entities at a time."""
    if len(memory) >= REMEMBERED_ENTITIES:
        memory.clear()
    memory[id(labels)] = found
    return found


def judge_for(lexicon: Lexicon, words: Words, color: Color) -> Judge:
    """The judge of these settings, kept with the lexicon."""
    judge: Judge = remembered(lexicon, Judge, words, color)
    return judge


def remembered(lexicon: Lexicon, make: Callable[[Lexicon, Words, Color], Any], words: Words, color: Color) -> Any:
    """One object per lexicon and settings."""
    quick = (make, id(words), id(color))
    found = lexicon.cache.get(quick)
    if found is not None and found[0] is words and found[1] is color:
        return found[2]
    key = (make, words, color)
    made = lexicon.cache.get(key)
    if made is None:
        made = lexicon.cache[key] = make(lexicon, words, color)
    lexicon.cache[quick] = (words, color, made)
    return made
