"""Where weights lie. Nothing is ever downloaded here."""

from __future__ import annotations

import hashlib
from pathlib import Path

from refmatte_engine.errors import BadInputError
from refmatte_engine.labellers.base import Weights

SUFFIXES = (".safetensors", ".pth", ".pt", ".pkl")
"""Endings that a file of weights may have, the best first; ``.pkl`` is found only to say why it is refused."""


def default_folder() -> Path:
    """Where weights are looked for when nobody says where."""
    return Path.home() / ".cache" / "refmatte" / "models"


def find_weights(name: str, folder: Path | None = None) -> Weights:
    """The file ``name`` with one of `SUFFIXES` in ``folder``, with its hash.

    Raises:
        BadInputError: there is none; the message says where it should lie.
    """
    place = folder or default_folder()
    for suffix in SUFFIXES:
        path = place / f"{name}{suffix}"
        if path.is_file():
            with path.open("rb") as stream:
                return Weights(name, path, hashlib.file_digest(stream, "sha256").hexdigest())
    raise BadInputError(
        f"the weights {name} are missing: put {name}.safetensors (or .pth) into {place}, "
        "or say with --models-dir where they lie"
    )
