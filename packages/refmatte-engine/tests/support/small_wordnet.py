"""A WordNet of two dozen synsets, written out, and the real one where its data is."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from refmatte_engine.errors import BadInputError
from refmatte_engine.lexicon.inflection import plural
from refmatte_engine.wordnet.data import NltkNet, open_wordnet
from refmatte_engine.wordnet.net import Sense

ROWS = """
entity.n.01        | entity                     | 0      | Tops      |                  | what is
object.n.01        | object, physical object    | 51     | Tops      | entity.n.01      | a tangible entity
animal.n.01        | animal, beast, fauna       | 60 2 0 | Tops      | object.n.01      | a living organism
person.n.01        | person, individual         | 90 9   | Tops      | object.n.01      | a human being
artifact.n.01      | artifact                   | 3      | Tops      | object.n.01      | a man-made object
rodent.n.01        | rodent                     | 1      | animal    | animal.n.01      | gnawing mammals
mouse.n.01         | mouse                      | 14     | animal    | rodent.n.01      | small rodents
shiner.n.01        | shiner, mouse              | 2 0    | state     | entity.n.01      | a bruise
mouse.n.04         | mouse, computer mouse      | 0 0    | artifact  | artifact.n.01    | a device
genus_Mus.n.01     | Mus, genus Mus             | 0 0    | animal    | animal.n.01      | a genus
house_mouse.n.01   | house mouse, Mus musculus  | 0 0    | animal    | mouse.n.01       | a mouse of houses
appliance.n.02     | appliance                  | 4      | artifact  | artifact.n.01    | a device for a task
kitchen_app.n.01   | kitchen appliance          | 0      | artifact  | appliance.n.02   | appliances for food
griddle.n.01       | griddle                    | 0      | person    | person.n.01      | a speaker
griddle.n.02       | griddle                    | 0      | artifact  | kitchen_app.n.01 | it fries cakes
rotisserie.n.01    | rotisserie                 | 3      | artifact  | kitchen_app.n.01 | it bakes
footwear.n.01      | footwear                   | 2      | artifact  | artifact.n.01    | clothing of feet
shoe.n.01          | shoe                       | 27     | artifact  | footwear.n.01    | footwear
gym_shoe.n.01      | gym shoe, sneaker          | 1 2    | artifact  | shoe.n.01        | a canvas shoe
sofa.n.01          | sofa, couch, lounge        | 5 4 0  | artifact  | artifact.n.01    | a seat
lounge.n.02        | lounge                     | 3      | artifact  | artifact.n.01    | a room
crane.n.01         | Crane                      | 0      | person    | person.n.01 !    | a poet
crane.n.04         | crane                      | 0      | artifact  | artifact.n.01    | lifts heavy things
crane.n.05         | crane                      | 0      | animal    | animal.n.01      | a wading bird
substance.n.01     | substance                  | 9      | Tops      | entity.n.01      | matter
foam.n.01          | foam, froth                | 2 1    | substance | substance.n.01   | small bubbles
walrus.n.01        | walrus                     | 1      | animal    | animal.n.01      | it has tusks
octopus.n.01       | octopus                    | 0      | animal    | animal.n.01      | it has eight arms
corpus.n.01        | corpus                     | 0      | artifact  | artifact.n.01    | writings
vertex.n.01        | ox-eye, crux               | 0 0    | artifact  | artifact.n.01    | a point
"""

EXCEPTIONS = {"octopus": ("octopi",), "mouse": ("mice",), "corpus": ("corpora",), "bus": ("busses",)}


class SmallNet:
    """The senses above, as `refmatte_engine.wordnet.net.Net`."""

    def __init__(self) -> None:
        self._senses: dict[str, Sense] = {}
        for row in ROWS.strip().splitlines():
            key, lemmas, counts, field, above, gloss = (cell.strip() for cell in row.split("|"))
            words = tuple(word.strip() for word in lemmas.split(","))
            numbers = tuple(map(int, counts.split()))
            numbers += (0,) * (len(words) - len(numbers))
            uppers = tuple(name for name in above.split() if name != "!")
            self._senses[key] = Sense(key, words, numbers, gloss, field, uppers, "!" in above)

    def senses(self, name: str) -> tuple[Sense, ...]:
        base = self.base(name)
        return tuple(s for s in self._senses.values() if base in (lemma.lower() for lemma in s.lemmas))

    def sense(self, key: str) -> Sense | None:
        return self._senses.get(key)

    def base(self, name: str) -> str | None:
        lower = name.lower()
        words = sorted(self.nouns())
        forms = {plural(word): word for word in words} | {word: word for word in words}
        forms |= {form: word for word, many in EXCEPTIONS.items() for form in many if word in words}
        return forms.get(lower)

    def irregular_plurals(self, word: str) -> tuple[str, ...]:
        return EXCEPTIONS.get(word, ())

    def nouns(self) -> Iterator[str]:
        return iter({lemma.lower() for sense in self._senses.values() for lemma in sense.lemmas})


def real_wordnet() -> NltkNet:
    """WordNet through nltk; the test is skipped where it is not, unless REFMATTE_REQUIRE_WORDNET asks for it."""
    try:
        return open_wordnet()
    except BadInputError as error:
        if os.environ.get("REFMATTE_REQUIRE_WORDNET"):
            raise
        pytest.skip(str(error))
