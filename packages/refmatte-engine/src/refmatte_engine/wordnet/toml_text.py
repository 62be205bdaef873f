"""Values as TOML text, on one line each, in the way the lexicon's files are written by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

Value = str | bool | int | float | Sequence[str]

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def key(name: str) -> str:
    """A key, quoted where TOML asks for it."""
    return name if _BARE.fullmatch(name) else text(name)


def text(value: str) -> str:
    """A basic string. JSON's escapes are TOML's, but for DEL, which JSON leaves as it is."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def value(of: Value) -> str:
    """A string, a truth value, a number or a list of strings."""
    if isinstance(of, bool):
        return "true" if of else "false"
    if isinstance(of, str):
        return text(of)
    if isinstance(of, int | float):
        return repr(of)
    return f"[{', '.join(text(each) for each in of)}]"


def inline(table: Mapping[str, Value]) -> str:
    """``{ size = 1.6, is_a = ["animal"] }``."""
    return f"{{ {', '.join(f'{key(name)} = {value(of)}' for name, of in table.items())} }}"


def comment(line: str) -> str:
    """A line of comment; what would end it, or is not legal in TOML, becomes a space."""
    return "# " + re.sub(r"[\x00-\x1f\x7f]", " ", line)
