"""MMFashion's vocabulary of clothes, and the everyday word for each of its categories."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from refmatte_engine.lexicon.inflection import article


@dataclass(frozen=True, slots=True)
class FashionCategory:
    """One of the 50 categories.

    Attributes:
        name: as MMFashion prints it.
        covers: the upper or the lower body, or both.
        garment: what a person says, a name of ``lexicon/garments.toml``.
        prompts: texts that CLIP compares a picture with.
    """

    name: str
    covers: Literal["upper", "lower", "both"]
    garment: str
    prompts: tuple[str, ...]


@cache
def fashion_categories() -> tuple[FashionCategory, ...]:
    """``mmfashion.toml``, in its order."""
    text = (
        resources.files("refmatte_engine.labellers.people").joinpath("mmfashion.toml").read_text(encoding="utf-8")
    )
    document = tomllib.loads(text)
    return tuple(
        FashionCategory(
            name,
            entry["covers"],
            entry["garment"],
            tuple(prompt.format(garment=_spoken(entry)) for prompt in document["prompts"]),
        )
        for name, entry in document["category"].items()
    )


def _spoken(entry: dict[str, str]) -> str:
    return entry.get("words") or f"{article(entry['garment'])} {entry['garment']}"


def garment_of(word: str) -> str:
    """The everyday word for a category of MMFashion ("Tee" -> "t-shirt"); any other word stays, in lower case."""
    by_name = {category.name.lower(): category.garment for category in fashion_categories()}
    text = " ".join(word.lower().replace("_", " ").split())
    return by_name.get(text, text)
