"""Text as the parser sees it."""

from __future__ import annotations

import re

Tokens = tuple[str, ...]


def tokens_of(text: str) -> Tokens:
    """Lower-case words and commas; full stops and the like at the end of a word do not count.

    >>> tokens_of("The gray, striped cat.")
    ('the', 'gray', ',', 'striped', 'cat')
    """
    return tuple(word.rstrip(".!?;:") or word for word in re.findall(r"[^\s,]+|,", text.lower()))
