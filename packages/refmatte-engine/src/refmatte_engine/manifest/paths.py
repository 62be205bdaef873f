"""Names inside a dataset are relative POSIX paths that stay under its root."""

from __future__ import annotations

import re
from pathlib import Path

from refmatte_engine.errors import BadInputError

_DRIVE = re.compile(r"^[A-Za-z]:")


def check_relative(name: str) -> str:
    """``name`` itself when it is a plain relative POSIX path.

    Raises:
        BadInputError: it is empty, absolute, has a drive, a scheme, a backslash, ``~``, a NUL or a ``..``.
    """
    parts = name.split("/")
    if (
        not name
        or "\0" in name
        or "\\" in name
        or "://" in name
        or name.startswith(("/", "~"))
        or _DRIVE.match(name)
        or any(part in ("", ".", "..") for part in parts)
    ):
        raise BadInputError(
            f"the file name {name!r} leaves its folder: names must be relative, like 'train/a.png'"
        )
    return name


def resolve_inside(root: Path, name: str) -> Path:
    """The file ``name`` under ``root``.

    Raises:
        BadInputError: the name, or a symbolic link on its way, leads outside ``root``.
    """
    path = root / check_relative(name)
    if not path.resolve().is_relative_to(root.resolve()):
        raise BadInputError(f"{name!r} leads outside {root} (a symbolic link?): copy the file into the folder")
    return path
