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
    "foot": "feet", "tooth": "teeth", "leaf": "leaves", "knife": "knives", "sheep": "sheep", "fish": "fish",
}  # fmt: skip


def plural(word: str) -> str:
    """The plural of a word, or of the last word of several.

    >>> [plural(w) for w in ("cat", "fox", "butterfly", "toy car", "ray", "old woman")]
    ['cats', 'foxes', 'butterflies', 'toy cars', 'rays', 'old women']
    """
    first, space, last = word.rpartition(" ")
    if last in _IRREGULAR:
        return first + space + _IRREGULAR[last]
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return word[:-1] + "ies"
    return word + "s"
