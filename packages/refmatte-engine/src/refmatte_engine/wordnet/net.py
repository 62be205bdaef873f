"""WordNet as far as this room needs it: nouns, their senses, and what is above them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Sense:
    """One meaning of a noun: a synset.

    Attributes:
        key: WordNet's name of the synset in nltk's spelling, ``"mouse.n.04"``.
        lemmas: its words in WordNet's order, with spaces.
        counts: how often each word has this meaning in WordNet's tagged texts (``cntlist.rev``).
        gloss: its definition.
        field: the lexicographer file without part of speech: ``animal``, ``artifact``, ``food`` ...
        above: keys of its direct hypernyms.
        instance: one person or place (the poet Crane), not a kind of thing.
    """

    key: str
    lemmas: tuple[str, ...]
    counts: tuple[int, ...]
    gloss: str
    field: str
    above: tuple[str, ...]
    instance: bool = False

    def count(self, word: str) -> int:
        """How often ``word`` has this meaning; 0 when it is none of its words."""
        return dict(zip((lemma.lower() for lemma in self.lemmas), self.counts, strict=True)).get(word.lower(), 0)


class Net(Protocol):
    """Where senses come from: WordNet through nltk, or a handful written out in a test."""

    def senses(self, name: str) -> tuple[Sense, ...]:
        """All meanings of a noun in WordNet's order; a plural has those of its singular. Empty: not in WordNet."""
        ...

    def sense(self, key: str) -> Sense | None:
        """The synset with this key."""
        ...

    def base(self, name: str) -> str | None:
        """The dictionary form: ``mouse`` of ``mice``; None when WordNet has no such noun."""
        ...

    def irregular_plurals(self, word: str) -> tuple[str, ...]:
        """Plurals of one word that no rule gives (``noun.exc``)."""
        ...

    def nouns(self) -> Iterator[str]:
        """Every noun of WordNet, with spaces."""
        ...


def closure(sense: Sense, net: Net) -> tuple[Sense, ...]:
    """Everything above a sense, nearest first (breadth first, each once), without itself."""
    found: dict[str, Sense] = {}
    rank = [sense]
    while rank:
        keys = dict.fromkeys(key for each in rank for key in each.above if key not in found)
        rank = [above for key in keys if (above := net.sense(key)) is not None]
        found.update((above.key, above) for above in rank)
    return tuple(found.values())
