"""Mirror words: an image may be flipped when left and right change places in its text as well."""

from __future__ import annotations

import re

_SWAP = {"left": "right", "right": "left"}
_SIDE = re.compile(
    r"\b(left|right)(?=(?:most|ward|wards|side|hand)?\b)",
    re.IGNORECASE,
)
"""left, rightmost, left-hand, leftward; not bright, upright, leftover."""
_UNCLEAR = re.compile(
    # "what is left over", "all right", "right now"; turns and points of the compass.
    r"\b(?:(?:is|are|was|were|been)\s+(?:left|right)(?!\s+of\b)"
    r"|left[\s-]+(?:over|behind|alone|open)|all\s+right|right\s+(?:now|away|angle)|right-angled"
    r"|(?:counter-?|anti-?)?clockwise|east\w*|west\w*|o'clock)\b",
    re.IGNORECASE,
)


def mirrored(text: str) -> str | None:
    """The text of the mirrored image, or None when it cannot be told and the image must stay as it is.

    >>> mirrored("the cat to the left of the rightmost dog")
    'the cat to the right of the leftmost dog'
    >>> mirrored("the bright red car")
    'the bright red car'
    >>> mirrored("the piece that is left over") is None
    True
    """
    if _UNCLEAR.search(text):
        return None
    return _SIDE.sub(lambda side: _cased(side.group(), _SWAP[side.group().lower()]), text)


def _cased(like: str, word: str) -> str:
    if like.isupper():
        return word.upper()
    return word.capitalize() if like[0].isupper() else word
