"""Cards of weight files: `data_manifests/models/*.toml`, and a user's own beside his files."""

from __future__ import annotations

import re
import tomllib
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from refmatte_engine.errors import BadInputError, UsageError
from refmatte_engine.known_data import known_data_root

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
"""Of a model: also a legal name of a file."""

MIN_PREFIX = 8
"""Hex digits of a hash that say something: torchvision and open_clip publish eight, in the file name."""


class ModelCard(BaseModel):
    """What is known of one file of weights.

    Attributes:
        name: how commands call it; also the name of the card's file.
        title: model, data and format in a line.
        purpose: what the engine uses it for.
        origin: page of those who publish it.
        url: address of the file itself; None where there is no stable one, then it is placed by hand.
        file: name of the file in the folder of weights; a bare name.
        format: what the file is, for people ("ONNX", "state dict of PyTorch").
        license: SPDX identifier or ``LicenseRef-...`` of the weights.
        license_note: a sentence on it.
        sha256: of the whole file, 64 hex digits, as published.
        sha256_prefix: its first digits, where only those are published.
        hash_source: where the hash was published, or why there is none.
        size: bytes, as published.
        citation: the paper.
        notes: anything else.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(pattern=rf"^{NAME.pattern}$")]
    title: Text
    purpose: Text
    origin: Annotated[str, StringConstraints(pattern=r"^https?://")]
    url: Annotated[str, StringConstraints(pattern=r"^https?://")] | None = None
    file: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._+-]*$")]
    format: Text
    license: Text
    license_note: Text
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    sha256_prefix: Annotated[str, StringConstraints(pattern=rf"^[0-9a-f]{{{MIN_PREFIX},63}}$")] | None = None
    hash_source: Text
    size: Annotated[int, Field(ge=1)] | None = None
    citation: Text
    notes: Annotated[str, StringConstraints(strip_whitespace=True)] = ""

    @model_validator(mode="after")
    def _hash_fits_the_address(self) -> Self:
        if self.sha256 is not None and self.sha256_prefix is not None:
            raise ValueError("give sha256 or sha256_prefix, not both")
        if self.url is not None and self.expected is None:
            raise ValueError("an address without sha256 or sha256_prefix: what it yields could not be checked")
        return self

    @property
    def expected(self) -> str | None:
        """The published hash, or its published first digits."""
        return self.sha256 or self.sha256_prefix

    def fits(self, sha256: str) -> bool | None:
        """``sha256`` of a file is the published one; None where none is published."""
        return None if self.expected is None else sha256.startswith(self.expected)


def built_in_names() -> tuple[str, ...]:
    """Names of the cards that come with the project, sorted."""
    return tuple(sorted(path.stem for path in (known_data_root() / "models").glob("*.toml")))


def model_names(folder: Path) -> tuple[str, ...]:
    """Built-in names and those of the user's own cards in ``folder``, sorted."""
    own = (path.stem for path in folder.glob("*.toml")) if folder.is_dir() else ()
    return tuple(sorted({*built_in_names(), *own}))


def model_card(name: str, folder: Path) -> ModelCard:
    """The card ``name``: the project's, or ``folder/name.toml``.

    Raises:
        UsageError: there is none of that name (with the nearest one).
        BadInputError: the user's card is wrong, or takes the name of one of the project's, whose hash would no
            longer protect him.
    """
    own = folder / f"{name}.toml"
    if name in built_in_names():
        if own.exists():
            raise BadInputError(f"{own}: {name} is a card of the project: give your own another name")
        return _built_in(name)
    if NAME.fullmatch(name) and own.is_file():
        return _read(own)
    names = model_names(folder)
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise UsageError(f"no model is called {name!r}: {hint}There are {', '.join(names)}")


@cache
def _built_in(name: str) -> ModelCard:
    return _read(known_data_root() / "models" / f"{name}.toml")


def _read(path: Path) -> ModelCard:
    try:
        card = ModelCard(**tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInputError(f"{path}: not a readable card: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "card"
        raise BadInputError(f"{path}: {where}: {first['msg']}") from error
    if card.name != path.stem:
        raise BadInputError(f"{path}: the card is of {card.name!r}: name the file {card.name}.toml")
    return card
