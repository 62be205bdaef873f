"""The label file of the released layouts (dataset.md section 11) and the folders around it.

``{"<image>_<k>": {"image_name": "<image>", "expressions": [...]}}``: these two keys are all that a reader
needs. What this engine adds for its own datasets stands beside them under ``refmatte``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from refmatte_engine.errors import BadInputError
from refmatte_engine.manifest.paths import check_relative

OWN_KEY = "refmatte"
_IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")
_NUMBERS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class LabelEntry:
    """One entry: the stem of a mask file, its image, its phrases, and our own rows where we wrote the file."""

    matte: str
    image: str
    expressions: tuple[str, ...]
    own: Mapping[str, Any] | None


def read_labels(path: Path) -> tuple[LabelEntry, ...]:
    """All entries, ordered by image and number.

    Raises:
        BadInputError: not JSON, another shape, or a name that leaves its folder.
    """
    said = read_json(path)
    if not isinstance(said, dict) or not said:
        raise BadInputError(f"{path} is not a RefMatte label file: it should map mask names to entries")
    entries = [_entry(path, matte, entry) for matte, entry in said.items()]
    return tuple(sorted(entries, key=lambda entry: (natural(entry.image), natural(entry.matte))))


def read_json(path: Path) -> Any:
    """The contents of a JSON file; BadInputError names it when it is none."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise BadInputError(f"{path} cannot be read as JSON ({error}): unpack the archive again") from error


def natural(name: str) -> tuple[tuple[str, int], ...]:
    """Sorts ``a_2`` before ``a_10``."""
    parts = _NUMBERS.split(name)
    return tuple((text, int(digits or 0)) for text, digits in zip(parts[::2], [*parts[1::2], ""], strict=True))


def files_by_stem(folder: Path) -> dict[str, Path]:
    """Image files of a folder by their name without extension.

    Raises:
        BadInputError: the folder is missing, or two files share a stem.
    """
    if not folder.is_dir():
        raise BadInputError(f"the folder {folder} is missing: unpack the archive again")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in _IMAGE_SUFFIXES or path.name.startswith("."):
            continue
        if path.stem in found:
            raise BadInputError(f"{found[path.stem]} and {path.name} have the same name: keep the one you mean")
        found[path.stem] = path
    return found


def find_root(path: Path, wanted: Sequence[str]) -> Path:
    """The folder that holds one of ``wanted`` (glob patterns), at ``path`` or at most two levels below.

    Archives unpack to ``RefMatte/RefMatte/``, so one or two levels are looked through.

    Raises:
        BadInputError: there is none, or more than one.
    """
    if not path.is_dir():
        raise BadInputError(f"there is no folder {path}")
    for level in _levels(path, 2):
        found = sorted({folder for folder in level for pattern in wanted if any(folder.glob(pattern))})
        if len(found) > 1:
            raise BadInputError(
                f"{path} holds more than one dataset ({found[0]}, {found[1]}): name the one you mean"
            )
        if found:
            return found[0]
    raise BadInputError(f"{path} does not hold {' or '.join(wanted)}, nor do its folders: is it another layout?")


def _levels(path: Path, depth: int) -> Iterator[list[Path]]:
    level = [path]
    for _ in range(depth + 1):
        yield level
        level = [child for folder in level for child in sorted(folder.iterdir()) if child.is_dir()]


def _entry(path: Path, matte: str, entry: Any) -> LabelEntry:
    where = f"{path}, entry {matte!r}"
    if not isinstance(entry, dict):
        raise BadInputError(f"{where}: it should be an object with image_name and expressions")
    image, expressions = entry.get("image_name"), entry.get("expressions")
    if not isinstance(image, str):
        raise BadInputError(f"{where}: image_name is missing or no text")
    if not isinstance(expressions, list) or not all(isinstance(text, str) for text in expressions):
        raise BadInputError(f"{where}: expressions is missing or no list of texts")
    for name in (matte, image):
        if "/" in check_relative(name):
            raise BadInputError(f"{where}: the name {name!r} holds a folder: names must be plain file names")
    own = entry.get(OWN_KEY)
    return LabelEntry(matte, image, tuple(expressions), own if isinstance(own, dict) else None)
