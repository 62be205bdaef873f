"""What a ground truth says, whatever its layout: scenes, their mattes, and the items to predict."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from rim_eval.alpha_files import READERS
from rim_eval.errors import DuplicateError, FolderError, GroundTruthError, UsageError, counted

EXPRESSION_SUFFIX: Final = re.compile(r"_e\d+$")
MULTI_TARGET_SUFFIX: Final = re.compile(r"_g\d+$")
RIM_NAME: Final = re.compile(r"(rim_[a-z0-9]+_[0-9a-f]{8})_g?\d+")
UNKNOWN_VALUE: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to predict: a keyword or one expression."""

    id: str
    """Name of the prediction file without its suffix, and of the row in every report."""
    entity_id: str
    """What several expressions of one thing share; they are averaged first."""
    target_ids: tuple[str, ...]
    """The mattes that make up the ground truth: none, one, or several (clipped sum)."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """Column -> value, for the tables per kind, category, relation and so on."""
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """One image: its mattes on disk and the items asked of it."""

    image_id: str
    mattes: Mapping[str, Path]
    """matte id -> file, of every entity in the image: the siblings of a target are among them."""
    items: tuple[Item, ...]
    photo: Path | None = None
    size: tuple[int, int] | None = None
    """(width, height) where a table states it; needed for an item without target."""
    split_targets: bool = True
    """Whether the mattes other than the target are entities of their own."""


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """All scenes of a run, and what the signature must say about where they came from."""

    scenes: tuple[Scene, ...]
    source: str
    """`folder`, `dataset` or `released`."""
    setting: str
    """`matte`, `keyword` or `expression`."""
    protocol: str
    """`none` (one prediction an entity), `index` (one selected expression) or `all`."""
    grouping: str
    """What makes an image: `own`, `rim-names`, `regex` or `table`."""
    expected: str
    """How prediction files should be named, for messages."""
    unused: frozenset[str] = frozenset()
    """Prediction names that are legal here but not scored, such as expressions that are not selected."""
    notes: tuple[str, ...] = ()

    def items(self) -> list[Item]:
        """Every item, scene by scene."""
        return [item for scene in self.scenes for item in scene.items]


def matte_files(folder: Path, role: str) -> dict[str, Path]:
    """The readable files directly inside `folder`, by stem, sorted. Hidden and foreign files are left alone.

    Raises FolderError for no folder or no file (with the way out), DuplicateError for two files of one stem.
    """
    if not folder.exists():
        raise FolderError(f"{folder}: no such folder ({role}).")
    if not folder.is_dir():
        raise FolderError(f"{folder}: is a file; the {role} must be a folder.")
    found: dict[str, Path] = {}
    children = sorted(folder.iterdir())
    for path in children:
        if path.name.startswith(".") or path.suffix.lower() not in READERS or not path.is_file():
            continue
        if path.stem in found:
            raise DuplicateError(
                f"{folder}: {found[path.stem].name} and {path.name} have the same name. Keep one of them."
            )
        found[path.stem] = path
    if not found:
        raise FolderError(f"{folder}: no image in the {role}.{_hint(children)}")
    return found


def _hint(children: Collection[Path]) -> str:
    folders = [path.name for path in children if path.is_dir() and not path.name.startswith(".")]
    if folders:
        return f" It has subfolders ({', '.join(folders[:5])}): name the one that holds the files."
    suffixes = sorted({path.suffix for path in children if path.is_file() and not path.name.startswith(".")})
    if suffixes:
        kinds = ", ".join(suffixes[:5])
        return f" It holds {counted(len(children), 'file')} ({kinds}), none of {', '.join(READERS)}."
    return " It is empty."


def inside(root: Path, relative: str, what: str) -> Path:
    """`root` / `relative`, refused if absolute, with `..`, a drive or a backslash, or if a link leaves `root`."""
    pure = PurePosixPath(relative)
    if not relative or pure.is_absolute() or ".." in pure.parts or any(c in relative for c in "\\:\0~"):
        raise GroundTruthError(f"{root}: {what} names the path {relative!r}, which is not inside the dataset.")
    path = root / pure
    if not path.resolve().is_relative_to(root.resolve()):
        raise GroundTruthError(f"{root}: {what} names {relative!r}, a link that leaves the dataset.")
    return path


def compiled(pattern: str) -> re.Pattern[str]:
    """The user's regular expression, or UsageError."""
    try:
        return re.compile(pattern)
    except re.error as problem:
        raise UsageError(f"--image-id {pattern!r} is not a regular expression: {problem}.") from problem
