"""The chance in a phrase, drawn at once, each number for one purpose: a new template shifts no other choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

from refmatte_engine.manifest.vocabulary import ExpressionKind
from refmatte_engine.randomness import generator_for

T = TypeVar("T")

ATTRIBUTE_DRAWS = 12
"""Numbers kept for choosing among attributes; more attributes than this share them."""


@dataclass(frozen=True, slots=True)
class NounPhraseDraws:
    """Numbers in [0, 1) for one noun phrase."""

    noun: float
    form: float
    article: float
    count: float
    clothes_count: float
    attributes: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PhraseDraws:
    """Numbers in [0, 1) for one expression."""

    phrase: float
    image: float
    who: float
    related_entity: float
    target: NounPhraseDraws
    related: NounPhraseDraws

    def shifted(self, step: int) -> PhraseDraws:
        """Other numbers, for a second try."""

        def move(value: float) -> float:
            return (value + 0.381966 * step) % 1.0

        def moved(draws: NounPhraseDraws) -> NounPhraseDraws:
            return NounPhraseDraws(
                move(draws.noun),
                move(draws.form),
                move(draws.article),
                draws.count,
                draws.clothes_count,
                draws.attributes,
            )

        return PhraseDraws(
            move(self.phrase),
            move(self.image),
            move(self.who),
            move(self.related_entity),
            moved(self.target),
            moved(self.related),
        )


_FOR_NOUN_PHRASE = 5 + ATTRIBUTE_DRAWS


def draw(seed: int, matte_id: str, kind: ExpressionKind) -> PhraseDraws:
    """The numbers of one expression, addressed (seed, "express", matte, kind)."""
    generator = generator_for(seed, "express", matte_id, kind.value)
    numbers: list[float] = generator.random(4 + 2 * _FOR_NOUN_PHRASE).tolist()
    phrase, image, who, related_entity, *rest = numbers
    target, related = _noun_phrase(rest[:_FOR_NOUN_PHRASE]), _noun_phrase(rest[_FOR_NOUN_PHRASE:])
    return PhraseDraws(phrase, image, who, related_entity, target, related)


def _noun_phrase(numbers: list[float]) -> NounPhraseDraws:
    noun, form, article, count, clothes_count, *attributes = numbers
    return NounPhraseDraws(noun, form, article, count, clothes_count, tuple(attributes))


def pick(items: Sequence[T], weights: Sequence[float], number: float) -> T:
    """The item a number in [0, 1) falls on; by equal weights when all are zero."""
    if len(items) == 1:
        return items[0]
    total = sum(weights)
    if total <= 0:
        return items[min(int(number * len(items)), len(items) - 1)]
    limit = number * total
    for item, reached in zip(items, accumulate(weights), strict=True):
        if limit < reached:
            return item
    return next(item for item, weight in zip(reversed(items), reversed(weights), strict=True) if weight > 0)
