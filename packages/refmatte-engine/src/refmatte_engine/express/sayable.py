"""What may be said of one entity: its nouns and its attributes, all of which certainly hold."""

from __future__ import annotations

from dataclasses import dataclass

from refmatte_engine.attributes.labels import Labels
from refmatte_engine.config import Color, Words
from refmatte_engine.express.claims import CLOTHES, USER, Attribute, Facet
from refmatte_engine.express.denotation import ages_of, is_plural
from refmatte_engine.express.geometry import YES
from refmatte_engine.express.tokens import tokens_of
from refmatte_engine.express.truth import Judge, judge_for, keep
from refmatte_engine.lexicon import KIND_WORDS, Category, Lexicon, Number, Profile
from refmatte_engine.lexicon.inflection import plural
from refmatte_engine.lexicon.taxonomy import ancestors
from refmatte_engine.manifest.vocabulary import EntityKind

SHADE_WEIGHT = 0.15
"""How readily "light gray" is said in place of "gray"."""

FURTHER_COLOR_WEIGHT = 0.4
"""How readily each further candidate of a ranked list of colours is said (Figure 3: lightgray, then linen)."""

QUIET_WEIGHT = 0.0
"""Values such as "plain" are said only to tell two things apart."""

OTHER_COLORS = 0.25
"""Clothes of which this share has other colours are of several colours."""

MAX_WORDS = 8
"""Longer values of a user's are kept in the tables and left unsaid."""

NAMED_PERSON_WEIGHT = 3.0
"""A person of a category of its own (astronaut) is mostly called by it."""


@dataclass(frozen=True, slots=True)
class SayableNoun:
    """A word for an entity and how readily it is said; ``says``: facets it covers itself (woman: gender, age)."""

    text: str
    plural: bool
    says: frozenset[str]
    weight: float


@dataclass(frozen=True, slots=True)
class SayableAttribute:
    """An attribute of an entity.

    Attributes:
        before: stands before the noun, else behind it.
        small: a garment that covers little.
        with_garment: a colour of one of several garments, said only of the garment ("blue dungarees").
    """

    attribute: Attribute
    surface: str
    before: bool
    clothes: bool
    small: bool
    with_garment: bool
    weight: float


@dataclass(frozen=True, slots=True, eq=False)
class Sayable:
    """All that may be said of one entity, nouns and attributes from the most to the least readily said."""

    labels: Labels
    nouns: tuple[SayableNoun, ...]
    attributes: tuple[SayableAttribute, ...]


def _is_many_colored(labels: Labels) -> bool:
    """Somebody in blue dungarees and an orange jumper is not "in blue"."""
    if not labels.colors:
        return False
    first = labels.colors[0].basic
    return sum(color.share for color in labels.colors if color.basic != first) >= OTHER_COLORS


def speakable(words: str) -> bool:
    """Whether a user's words can stand in a phrase."""
    return 0 < len(tokens_of(words)) <= MAX_WORDS and "," not in words


class Speaker:
    """Finds what is sayable in one profile, and remembers it per entity."""

    def __init__(self, lexicon: Lexicon, words: Words, color: Color) -> None:
        self.judge: Judge = judge_for(lexicon, words, color)
        self.lexicon = lexicon
        self.profile = Profile(words.profile)
        self.shades = frozenset(
            f"{modifier} {term}" for term, modifiers in lexicon.shades.items() for modifier in modifiers
        )
        self.nouns = frozenset(
            {
                *self.judge.dialect.nouns,
                *(word for user in lexicon.user_categories.values() for word in (user.name, *user.synonyms)),
            }
        )
        self._known: dict[int, Sayable] = {}

    def sayable(self, labels: Labels) -> Sayable:
        """What may be said of an entity."""
        found = self._known.get(id(labels))
        if found is None or found.labels is not labels:
            found = keep(self._known, labels, Sayable(labels, self._nouns(labels), self._attributes(labels)))
        return found

    def _nouns(self, labels: Labels) -> tuple[SayableNoun, ...]:
        weights: dict[str, float] = {}
        style = self.judge.dialect.style
        name = labels.category or KIND_WORDS[labels.kind]
        category = self.lexicon.category(name)
        many = is_plural(labels, self.lexicon)
        if labels.kind is EntityKind.HUMAN:
            weights |= self._human_words(labels)
        if category is None:
            weights[name] = style.own_name
            user = self.lexicon.user_categories.get(name)
            weights |= dict.fromkeys(user.synonyms if user else (), style.synonym)
        elif name not in self.lexicon.generic or labels.kind is not EntityKind.HUMAN:
            weights |= self._category_words(category, broad=not many or labels.kind is EntityKind.ANIMAL)
        if labels.kind is EntityKind.HUMAN and weights.get(name):
            weights[name] = NAMED_PERSON_WEIGHT
        weights |= dict.fromkeys((word for word in labels.synonyms if speakable(word)), style.synonym)
        kept = labels.synonyms if category is not None else (name, *labels.synonyms)
        nouns = [
            self._noun(self._inflected(word) if many and word not in kept else word, many, weight)
            for word, weight in weights.items()
        ]
        true = [noun for noun in nouns if self.judge.noun(noun.text, labels, labels) == YES]
        # Labels from elsewhere may contradict themselves; then the category is all there is to say.
        return tuple(sorted(true or [self._noun(name, many, 1.0)], key=lambda noun: -noun.weight))

    def _noun(self, text: str, many: bool, weight: float) -> SayableNoun:
        noun = self.lexicon.noun(text, self.profile)
        return SayableNoun(
            text=text,
            plural=many and noun.number is not Number.MASS,
            says=frozenset(
                facet for facet, said in ((Facet.GENDER, noun.gender), (Facet.AGE, noun.ages)) if said is not None
            ),
            weight=weight,
        )

    def _human_words(self, labels: Labels) -> dict[str, float]:
        ages = ages_of(labels, self.lexicon) or {""}
        return {word.text: word.weight for word in self.judge.dialect.human_words if ages <= word.said}

    def _category_words(self, category: Category, *, broad: bool) -> dict[str, float]:
        style = self.judge.dialect.style
        first = category.common if category.common and self.profile is Profile.MODERN else category.name
        weights = {first: style.common if first == category.common else style.own_name}
        for word in category.synonyms.get(self.profile, ()):
            weights.setdefault(word, style.synonym)
        # Nobody calls maple leaves plants.
        for above in sorted(ancestors(category.name, self.lexicon.categories) | {category.name}) if broad else ():
            for word in self.judge.dialect.broad_words.get(above, ()):
                weights.setdefault(word, style.broad)
        return weights

    def _inflected(self, word: str) -> str:
        if self.lexicon.noun(word, self.profile).number is not Number.SINGULAR:
            return word
        known = self.lexicon.category(word)
        return known.plural if known else plural(word)

    def _attributes(self, labels: Labels) -> tuple[SayableAttribute, ...]:
        style = self.judge.dialect.style
        weights: dict[Attribute, float] = {}
        person = labels.kind is EntityKind.HUMAN
        for rank, word in enumerate(self.judge.claimed_colors(labels)):
            shade = SHADE_WEIGHT if " " in word else FURTHER_COLOR_WEIGHT
            weights[Attribute(Facet.CLOTHES_COLOR if person else Facet.COLOR, word)] = 1.0 if rank == 0 else shade
        for attribute in self._stated(labels, person):
            weights[attribute] = 1.0
        for custom in labels.custom:
            quiet = custom.value in self.lexicon.attribute(custom.name).quiet
            weights[Attribute(USER + custom.name, custom.value)] = QUIET_WEIGHT if quiet else 1.0
        many_colored = (
            self.profile is Profile.MODERN and labels.clothes_type is not None and _is_many_colored(labels)
        )
        said = [
            SayableAttribute(
                attribute=attribute,
                surface=self.judge.surface(attribute),
                before=self._before(attribute),
                clothes=attribute.facet in CLOTHES,
                small=attribute.facet == Facet.CLOTHES_TYPE and self.lexicon.garment(attribute.value).small,
                with_garment=many_colored and attribute.facet == Facet.CLOTHES_COLOR,
                weight=weight * style.facet_weights.get(attribute.facet, 1.0),
            )
            for attribute, weight in weights.items()
            if self._spoken_of(attribute.facet, person)
            and speakable(self.judge.surface(attribute))
            and self.judge.attribute(attribute, labels, labels) == YES
        ]
        return tuple(sorted(said, key=lambda each: -each.weight))

    def _stated(self, labels: Labels, person: bool) -> list[Attribute]:
        """Opacity, saliency, gender, age and garment, as far as they are known and worth saying."""
        words = self.lexicon.facet_words
        modern = self.profile is Profile.MODERN
        category = self.lexicon.category(labels.category) if labels.category else None
        found: list[Attribute] = []
        if labels.transparent and not (modern and category is not None and category.see_through):
            found.append(Attribute(Facet.OPACITY, words["opacity"]["transparent"]))
        if labels.transparent is False and not modern:
            found.append(Attribute(Facet.OPACITY, words["opacity"]["opaque"]))
        if labels.salient is not None:
            found.append(
                Attribute(Facet.SALIENCY, words["saliency"]["salient" if labels.salient else "unsalient"])
            )
        if not person:
            return found
        if labels.gender is not None and labels.gender in words["gender"]:
            found.append(Attribute(Facet.GENDER, words["gender"][labels.gender]))
        if labels.age_group is not None and labels.age_group in words["age"]:
            found.append(Attribute(Facet.AGE, words["age"][labels.age_group]))
        if labels.clothes_type is not None and (not modern or self.lexicon.garment(labels.clothes_type).modern):
            found.append(Attribute(Facet.CLOTHES_TYPE, labels.clothes_type))
        return found

    def _spoken_of(self, facet: str, person: bool) -> bool:
        style = self.judge.dialect.style
        if facet.startswith(USER):
            return "user" in style.says
        return facet in style.says and (
            facet in CLOTHES or facet in (style.people_order if person else style.order)
        )

    def _before(self, attribute: Attribute) -> bool:
        if attribute.facet.startswith(USER):
            return self.lexicon.attribute(attribute.facet.removeprefix(USER)).place == "before"
        return attribute.facet not in CLOTHES
