"""English word forms: a or an, regular plurals."""

from __future__ import annotations

_AN_IN_SPITE_OF_SPELLING = ("hour", "honest", "heir", "x-ray", "mp3")
_A_IN_SPITE_OF_SPELLING = ("uni", "use", "eu", "one", "once", "ufo", "u-", "utensil", "ukulele")
_UN_WITH_AN = ("unin", "unim", "unidentified")


def article(word: str) -> str:
    """``a`` or ``an`` before a word.

    >>> [article(w) for w in ("apple", "cat", "hourglass", "unicorn", "umbrella", "unidentified object")]
    ['an', 'a', 'an', 'a', 'an', 'an']
    """
    lower = word.lower()
    if lower.startswith(_AN_IN_SPITE_OF_SPELLING) or lower.startswith(_UN_WITH_AN):
        return "an"
    if lower.startswith(_A_IN_SPITE_OF_SPELLING):
        return "a"
    return "an" if lower[:1] in tuple("aeiou") else "a"


_IRREGULAR = {
    "person": "people", "man": "men", "woman": "women", "child": "children", "lady": "ladies", "mouse": "mice",
    "foot": "feet", "tooth": "teeth", "goose": "geese", "ox": "oxen", "louse": "lice", "die": "dice",
    "leaf": "leaves", "calf": "calves", "half": "halves", "knife": "knives", "loaf": "loaves", "scarf": "scarves",
    "shelf": "shelves", "thief": "thieves", "wife": "wives", "wolf": "wolves", "hoof": "hooves", "elf": "elves",
    "potato": "potatoes", "tomato": "tomatoes", "hero": "heroes", "mosquito": "mosquitoes", "echo": "echoes",
    "buffalo": "buffaloes", "torpedo": "torpedoes", "cactus": "cacti", "fungus": "fungi", "quiz": "quizzes",
    "sheep": "sheep", "deer": "deer", "reindeer": "reindeer", "moose": "moose", "bison": "bison", "squid": "squid",
    "salmon": "salmon", "trout": "trout", "aircraft": "aircraft", "hovercraft": "hovercraft",
    "spacecraft": "spacecraft", "series": "series", "species": "species",
}  # fmt: skip
_NOT_MEN = ("human", "german", "roman", "norman", "shaman", "talisman", "caiman", "ottoman", "brahman")


def irregular(word: str) -> str | None:
    """The plural of one word where no rule of spelling gives it.

    >>> [irregular(w) for w in ("wolf", "jellyfish", "snowman", "cat")]
    ['wolves', 'jellyfish', 'snowmen', None]
    """
    lower = word.lower()
    if lower in _IRREGULAR:
        return _IRREGULAR[lower]
    if lower.endswith("fish"):
        return word
    if lower.endswith("man") and not lower.endswith(_NOT_MEN):
        return word[:-3] + "men"
    return None


def plural(word: str) -> str:
    """The plural of a word, or of the last word of several.

    >>> [plural(w) for w in ("cat", "fox", "butterfly", "toy car", "ray", "old woman")]
    ['cats', 'foxes', 'butterflies', 'toy cars', 'rays', 'old women']
    """
    first, space, last = word.rpartition(" ")
    known = irregular(last)
    if known is not None:
        return first + space + known
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return word[:-1] + "ies"
    return word + "s"
