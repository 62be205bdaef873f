"""Choosing a noun phrase for one entity that leaves no other entity in doubt.

What a noun or an attribute rules out is a bit mask over the entities of the scene: bit j is set when entity j
certainly is not meant. A phrase rules out what its parts rule out together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from refmatte_engine.attributes.labels import Labels
from refmatte_engine.express.claims import CLOTHES, Facet, Thing
from refmatte_engine.express.draws import NounPhraseDraws, pick
from refmatte_engine.express.geometry import NO
from refmatte_engine.express.sayable import Sayable, SayableAttribute, SayableNoun, Speaker


@dataclass(frozen=True, slots=True)
class Limits:
    """How many attributes a noun phrase takes.

    Attributes:
        counts: weights of saying 0, 1, 2 ... attributes.
        clothes_counts: the same for clothes alone; None counts them with the others.
        most: no more than this, clothes counted apart excepted.
    """

    counts: tuple[float, ...]
    clothes_counts: tuple[float, ...] | None
    most: int

    def allow(self, attributes: Sequence[SayableAttribute]) -> bool:
        """Whether so many may be said."""
        if self.clothes_counts is None:
            return len(attributes) <= min(self.most, len(self.counts) - 1)
        clothes = sum(each.clothes for each in attributes)
        return clothes <= len(self.clothes_counts) - 1 and len(attributes) - clothes <= self.most


class View:
    """One entity among the others of its scene, and what each of its words rules out."""

    __slots__ = ("attribute_masks", "everyone_else", "noun_masks", "sayable", "scene_words", "speaker")

    def __init__(
        self, index: int, labels: Sequence[Labels], speaker: Speaker, scene_words: frozenset[str]
    ) -> None:
        mine = labels[index]
        judge = speaker.judge
        others = [(1 << j, other) for j, other in enumerate(labels) if j != index]
        self.speaker = speaker
        self.scene_words = scene_words
        self.sayable: Sayable = speaker.sayable(mine)
        self.everyone_else = sum(bit for bit, _ in others)
        self.noun_masks = [
            sum(bit for bit, other in others if judge.noun(noun.text, other, mine) == NO)
            for noun in self.sayable.nouns
        ]
        self.attribute_masks = [
            sum(bit for bit, other in others if judge.attribute(each.attribute, other, mine) == NO)
            for each in self.sayable.attributes
        ]

    def unique_with_one(self) -> bool:
        """A noun with at most one attribute rules out everyone else."""
        everyone = self.everyone_else
        if any(mask == everyone for mask in self.noun_masks):
            return True
        return any(
            noun_mask | mask == everyone and self.together(noun, (attribute,))
            for noun, noun_mask in zip(self.sayable.nouns, self.noun_masks, strict=True)
            for attribute, mask in zip(self.sayable.attributes, self.attribute_masks, strict=True)
        )

    def together(self, noun: SayableNoun, attributes: Sequence[SayableAttribute]) -> bool:
        """Whether these words can be said in one breath and be read back as they were meant."""
        if not attributes:
            return True
        facets = {each.attribute.facet for each in attributes}
        if len(facets) < len(attributes) or not facets.isdisjoint(noun.says):
            return False
        if facets.issuperset(CLOTHES) and any(each.small for each in attributes):
            return False  # the clothes are pink, the scarf need not be
        if Facet.CLOTHES_TYPE not in facets and any(each.with_garment for each in attributes):
            return False
        before = [each.surface for each in attributes if each.before]
        # "plastic" of a bag would be read as a plastic bag, "light" before "gray" as light gray.
        return not any(self._is_word(f"{word} {noun.text}") for word in before) and not any(
            f"{first} {second}" in self.speaker.shades for first in before for second in before
        )

    def _is_word(self, text: str) -> bool:
        return text in self.speaker.nouns or text in self.scene_words

    def describe(self, draws: NounPhraseDraws, limits: Limits, required: int) -> tuple[Thing, bool]:
        """A noun phrase that rules out ``required``, as drawn where that does; whether it does.

        Raises:
            ValueError: nothing may be said of the entity.
        """
        nouns = self.sayable.nouns
        if not nouns:
            raise ValueError(f"no word for {self.sayable.labels}")
        noun_index = pick(range(len(nouns)), [noun.weight for noun in nouns], draws.noun)
        ranked = self._ranked(draws.attributes)
        chosen = self._drawn(noun_index, ranked, draws, limits)
        if self._covers(noun_index, chosen, required):
            return self._thing(noun_index, chosen), True
        for noun, needed in self._coverings(noun_index, chosen, ranked, limits, required):
            return self._thing(noun, self._filled(noun, needed, chosen, limits)), True
        return self._thing(noun_index, chosen), False

    def _ranked(self, numbers: Sequence[float]) -> list[int]:
        """Attributes in the order in which they are taken: heavier ones sooner (Efraimidis and Spirakis)."""
        keys = [
            numbers[i % len(numbers)] ** (1.0 / each.weight) if each.weight > 0 else -1.0
            for i, each in enumerate(self.sayable.attributes)
        ]
        return sorted(range(len(keys)), key=lambda i: -keys[i])

    def _drawn(self, noun: int, ranked: Sequence[int], draws: NounPhraseDraws, limits: Limits) -> tuple[int, ...]:
        attributes = self.sayable.attributes
        wanted = pick(range(len(limits.counts)), limits.counts, draws.count)
        wanted_clothes = (
            pick(range(len(limits.clothes_counts)), limits.clothes_counts, draws.clothes_count)
            if limits.clothes_counts is not None
            else 0
        )
        taken: tuple[int, ...] = ()
        for i in ranked:
            if attributes[i].weight <= 0:
                break
            apart = attributes[i].clothes and limits.clothes_counts is not None
            if (wanted_clothes if apart else wanted) <= 0:
                continue
            if self._may_say(noun, (*taken, i), limits):
                taken = (*taken, i)
                wanted, wanted_clothes = (wanted, wanted_clothes - 1) if apart else (wanted - 1, wanted_clothes)
        return taken

    def _coverings(
        self, noun: int, chosen: tuple[int, ...], ranked: Sequence[int], limits: Limits, required: int
    ) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Nouns with the fewest attributes that rule out ``required``, what was drawn first."""
        nouns = [noun, *(i for i in range(len(self.sayable.nouns)) if i != noun)]
        order = [*chosen, *(i for i in ranked if i not in chosen)]
        enough = max(1, required.bit_count())
        for size in range(enough + 1):
            for index in nouns:
                missing = required & ~self.noun_masks[index]
                useful = [i for i in order if self.attribute_masks[i] & missing]
                for needed in combinations(useful, size) if missing else ((),):
                    if self._covers(index, needed, required) and self._may_say(index, needed, limits):
                        yield index, tuple(needed)

    def _filled(
        self, noun: int, needed: tuple[int, ...], chosen: Iterable[int], limits: Limits
    ) -> tuple[int, ...]:
        """What is needed, with what was drawn as far as there is room."""
        taken = needed
        for i in chosen:
            if i not in taken and self._may_say(noun, (*taken, i), limits):
                taken = (*taken, i)
        return taken

    def _may_say(self, noun: int, attributes: tuple[int, ...], limits: Limits) -> bool:
        said = [self.sayable.attributes[i] for i in attributes]
        return limits.allow(said) and self.together(self.sayable.nouns[noun], said)

    def _covers(self, noun: int, attributes: Iterable[int], required: int) -> bool:
        mask = self.noun_masks[noun]
        for i in attributes:
            mask |= self.attribute_masks[i]
        return mask & required == required

    def _thing(self, noun: int, attributes: Iterable[int]) -> Thing:
        said = self.sayable.nouns[noun]
        return Thing.of(said.text, *(self.sayable.attributes[i].attribute for i in attributes), plural=said.plural)

    def not_ruled_out(self, thing: Thing) -> int:
        """Which of the others a noun phrase may mean."""
        noun = next(i for i, each in enumerate(self.sayable.nouns) if each.text == thing.noun)
        mask = self.noun_masks[noun]
        for i, each in enumerate(self.sayable.attributes):
            if each.attribute in thing.attributes:
                mask |= self.attribute_masks[i]
        return self.everyone_else & ~mask


def scene_words(labels: Sequence[Labels]) -> frozenset[str]:
    """Names of several words that the scene itself brings in."""
    names = {name for each in labels for name in (each.category, *each.synonyms) if name}
    return frozenset(name for name in names if " " in name)
