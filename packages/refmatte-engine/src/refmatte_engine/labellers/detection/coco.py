"""COCO's 80 names and what we call the same things (``coco.toml``)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Thing:
    """One of the 80.

    Attributes:
        id: COCO's own number, 1 to 90 with gaps.
        name: COCO's name.
        category: our entry-level name.
    """

    id: int
    name: str
    category: str


@cache
def things() -> tuple[Thing, ...]:
    """All 80 in COCO's order."""
    text = resources.files("refmatte_engine.labellers.detection").joinpath("coco.toml").read_text(encoding="utf-8")
    return tuple(
        Thing(row["id"], row["name"], row.get("category", row["name"])) for row in tomllib.loads(text)["thing"]
    )
