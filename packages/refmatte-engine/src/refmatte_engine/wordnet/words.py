"""The words for one meaning: synonyms, plural, article, countability."""

from __future__ import annotations

from dataclasses import dataclass

from refmatte_engine.lexicon.inflection import article, irregular, plural
from refmatte_engine.lexicon.model import Number
from refmatte_engine.wordnet.net import Net, Sense, closure
from refmatte_engine.wordnet.senses import meaning

MASS_ITSELF = frozenset(
    {
        "clothing.n.01", "cutlery.n.02", "dew.n.01", "fire.n.01", "foam.n.01", "footwear.n.01",
        "footwear.n.02", "furniture.n.01", "ice.n.01", "jewelry.n.01", "luggage.n.01", "rice.n.01",
        "seaweed.n.01", "smog.n.01", "sushi.n.01", "tableware.n.01",
    }
)  # fmt: skip
"""Mass, while their kinds are counted: some furniture, a chair."""

MASS = frozenset(
    {
        "aerosol.n.01", "beverage.n.01", "bread.n.01", "candy.n.01", "cheese.n.01", "condiment.n.01",
        "dairy_product.n.01", "electrical_discharge.n.01", "fabric.n.01", "fluid.n.01", "fluid.n.02",
        "foodstuff.n.02", "frozen_dessert.n.01", "gas.n.02", "gramineous_plant.n.01", "greens.n.01",
        "meat.n.01", "moss.n.01", "paper.n.01", "pasta.n.01", "pasta.n.02", "precipitation.n.03",
        "smoke.n.01", "substance.n.01",
    }
)  # fmt: skip
"""Below these a word is mass (smoke, bread), unless something nearer is counted."""

COUNTED = frozenset(
    {
        "animal.n.01", "artifact.n.01", "bun.n.01", "cocktail.n.01", "cracker.n.01", "crockery.n.01",
        "dish.n.02", "edible_fruit.n.01", "garment.n.01", "gem.n.02", "lollipop.n.02", "loaf_of_bread.n.01",
        "organ.n.01", "person.n.01", "piece_of_cloth.n.01", "sandwich.n.01",
    }
)  # fmt: skip
"""Below these a word is counted."""

MASS_ENDINGS = ("clothing", "equipment", "food", "furniture", "jewelry", "produce", "apparel", "ware", "wear")

_LATIN_ENDINGS = (("us", "i"), ("a", "ae"), ("is", "ides"), ("um", "a"), ("on", "a"), ("x", "ces"))

SINGULAR_ENDINGS = ("ss", "us", "is", "as", "os", "lens", "news", "series", "species")
PAIRS = frozenset({"pajamas", "pyjamas", "bellows", "binoculars", "shambles"})


@dataclass(frozen=True, slots=True)
class WordForms:
    """How one word is used.

    Attributes:
        number: of the word itself; mass words have no plural and no a/an.
        plural: the word itself when it is plural or mass.
        article: ``a``, ``an``, or empty before what is not counted.
    """

    number: Number
    plural: str
    article: str


def word_forms(word: str, sense: Sense | None, net: Net) -> WordForms:
    """Number, plural and article of a word for ``sense``.

    WordNet says none of the three. Plural: ``noun.exc`` for irregular ones, else the rules of
    :func:`~refmatte_engine.lexicon.inflection.plural`. Countability: by what the thing is a kind of.
    """
    if _names_several(word, sense, net):
        return WordForms(Number.PLURAL, word, "")
    if word.endswith(MASS_ENDINGS) or (sense is not None and _is_mass(sense, net)):
        return WordForms(Number.MASS, word, "")
    return WordForms(Number.SINGULAR, plural_of(word, net), article(word))


def plural_of(word: str, net: Net) -> str:
    """The everyday plural of a word or of the last word of several."""
    first, space, last = word.rpartition(" ")
    if irregular(last) is None:
        for form in net.irregular_plurals(last):
            if not _is_bookish(last, form):
                return first + space + form
    return plural(word)


def synonyms(name: str, sense: Sense, net: Net) -> tuple[str, ...]:
    """The other words of a synset in WordNet's order, without scientific names and spellings of ``name``."""
    own = {_letters(name), _letters(net.base(name) or name)}
    words = []
    for lemma in sense.lemmas:
        if _letters(lemma) in own or is_latin(lemma, sense, net):
            continue
        own.add(_letters(lemma))
        words.append(lemma)
    return tuple(words)


def everyday(words: tuple[str, ...], sense: Sense, net: Net) -> tuple[str, ...]:
    """Those of ``words`` that people say and understand so: counted in texts, and meaning this first of all.

    "couch" of a sofa; not "lounge" (a room first) and not "camelopard" (never counted).
    """
    found = []
    for word in words:
        first = meaning(word, net).chosen
        if sense.count(word) > 0 and first is not None and first.sense.key == sense.key:
            found.append(word)
    return tuple(found)


def is_latin(lemma: str, sense: Sense, net: Net) -> bool:
    """A scientific name ("Panthera leo", beside the genus Panthera): nobody says it in a phrase."""
    genus = lemma.split()[0]
    return sense.field in ("animal", "plant") and genus[:1].isupper() and bool(net.senses(f"genus {genus}"))


def as_plural(words: tuple[str, ...], sense: Sense, net: Net) -> tuple[str, ...]:
    """The words as they are said of several things: "gym shoes" beside "sneakers"."""
    forms = ((word, word_forms(word, sense, net)) for word in words)
    return tuple(dict.fromkeys(form.plural if form.number is Number.SINGULAR else word for word, form in forms))


def _letters(word: str) -> str:
    return "".join(letter for letter in word.lower() if letter.isalnum())


def _names_several(word: str, sense: Sense | None, net: Net) -> bool:
    """Such as "sneakers" and "scissors"; not "glass", "walrus", "lens"."""
    last = word.split()[-1].lower()
    if last in PAIRS:
        return True
    base = net.base(last) or last
    if base != last and last in (plural(base), *net.irregular_plurals(base)):
        return True  # geese
    return last.endswith("s") and not last.endswith(SINGULAR_ENDINGS)


def _is_mass(sense: Sense, net: Net) -> bool:
    """The nearest thing above that tells says so."""
    if sense.key in MASS_ITSELF:
        return True
    for each in (sense, *closure(sense, net)):
        if each.key in MASS:
            return True
        if each.key in COUNTED:
            return False
    return False


def _is_bookish(word: str, form: str) -> bool:
    """A plural of ``noun.exc`` beside which the rule's is the one people write: octopi, busses, flamingoes."""
    latin = any(word.endswith(one) and form.endswith(many) for one, many in _LATIN_ENDINGS)
    doubled = word.endswith(("s", "z")) and form == word + word[-1] + "es"
    return latin or doubled or (word.endswith("o") and form == word + "es")
