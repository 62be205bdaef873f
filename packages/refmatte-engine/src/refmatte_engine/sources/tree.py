"""Folders and image files below a source's root: case-blind names, twins, pairs."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from refmatte_engine.errors import BadInputError
from refmatte_engine.images.opener import ImageFault, UnusableImageError
from refmatte_engine.manifest.paths import resolve_inside

_OPENED = frozenset({".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".dib"})
_REFUSED = frozenset({".gif", ".tif", ".tiff", ".heic", ".heif", ".avif", ".jp2", ".tga", ".psd", ".exr"})
IMAGE_SUFFIXES = _OPENED | _REFUSED
"""What counts as an image file by its name; formats that the opener refuses are refused aloud, not skipped."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Files that belong together, named relative to the source's root; ``stem`` is the image's own."""

    stem: str
    image: str
    alpha: str
    foreground: str | None = None


@dataclass(frozen=True, slots=True)
class Misfit:
    """Files that make no pair, and why (a reason code)."""

    stem: str
    reason: str
    detail: str


def key_of(name: str) -> str:
    """Two names with one key are twins: they differ in case or in Unicode form only."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def find_folder(root: Path, *names: str) -> str | None:
    """The folder of ``root`` that goes by the first possible of ``names``, whatever its case.

    Raises:
        BadInputError: two folders differ in case only.
    """
    folders = subfolders(root)
    for name in names:
        found = [folder for folder in folders if key_of(folder) == key_of(name)]
        if len(found) > 1:
            raise BadInputError(f"{root}: {' and '.join(found)} differ in case only: keep one of them")
        if found:
            return found[0]
    return None


def subfolders(root: Path) -> list[str]:
    """Names of the visible folders of ``root``, sorted; none when it does not exist."""
    return sorted(entry.name for entry in _entries(root) if entry.is_dir())


def linked_folders(root: Path) -> list[str]:
    """Names of the visible folders of ``root`` that are symbolic links, sorted."""
    return sorted(entry.name for entry in _entries(root) if entry.is_dir() and entry.is_symlink())


def image_files_below(root: Path, inside: str = "") -> list[str]:
    """Image files of ``root/inside`` and of its folders, relative to ``root``; linked folders are not followed."""
    place = root / inside
    found = [join(inside, name) for name in image_files(place)]
    for name in subfolders(place):
        if not (place / name).is_symlink():
            found += image_files_below(root, join(inside, name))
    return sorted(found)


def image_files(folder: Path) -> list[str]:
    """Names of the visible image files of ``folder``, sorted."""
    return sorted(
        entry.name
        for entry in _entries(folder)
        if PurePosixPath(entry.name).suffix.lower() in IMAGE_SUFFIXES and not entry.is_dir()
    )


def find_file(folder: Path, name: str) -> Path | None:
    """The file of ``folder`` that goes by ``name``, whatever its case."""
    found = sorted(entry.name for entry in _entries(folder) if key_of(entry.name) == key_of(name))
    return folder / found[0] if found else None


def dataset_folders(root: Path, aliases: Iterable[str]) -> list[Path]:
    """Folders of ``root`` that may be a dataset: case, ``-``, ``_`` and blanks do not count."""
    plain = {_plain(alias) for alias in aliases}
    return [root / name for name in subfolders(root) if _plain(name) in plain]


def pair_up(root: Path, image: str, alpha: str, foreground: str | None = None) -> Iterator[Pair | Misfit]:
    """Images and alphas of equal stem, sorted by stem; ``foreground`` files join where they exist.

    Args:
        image, alpha, foreground: folders relative to ``root``.
    """
    images, alphas = _by_key(root, image), _by_key(root, alpha)
    colors = images if foreground == image else _by_key(root, foreground) if foreground else {}
    for key in sorted(images.keys() | alphas.keys()):
        names, mattes, shipped = images.get(key, []), alphas.get(key, []), colors.get(key, [])
        stem = PurePosixPath((names or mattes)[0]).stem
        if crowd := next((group for group in (names, mattes, shipped) if len(group) > 1), None):
            yield Misfit(stem, "duplicate_stem", f"{' and '.join(crowd)} have one stem: which is meant?")
        elif not mattes:
            yield Misfit(stem, "alpha_missing", f"no file {stem}.* in {alpha}")
        elif not names:
            yield Misfit(stem, "image_missing", f"no file {stem}.* in {image}")
        else:
            yield Pair(
                stem,
                join(image, names[0]),
                join(alpha, mattes[0]),
                join(foreground, shipped[0]) if foreground and shipped else None,
            )


def join(folder: str, name: str) -> str:
    """A POSIX name below a folder; the folder may be empty (the root)."""
    return f"{folder}/{name}" if folder else name


def source_file(root: Path, name: str) -> Path:
    """The file that a row of a table names.

    Raises:
        UnusableImageError: ``outside_source``, when the name or a link leads out of the source.
    """
    try:
        return resolve_inside(root, name)
    except BadInputError as error:
        detail = "the name or a symbolic link leads out of the source: copy the file into it"
        raise UnusableImageError(Path(name), ImageFault.OUTSIDE_SOURCE, detail) from error


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            visible = [entry for entry in entries if not entry.name.startswith(".")]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise BadInputError(f"{folder}: cannot be listed: {error.strerror}") from error
    for entry in visible:
        # Tables hold text; such a name could not be written into one.
        if not entry.name.isprintable():
            raise BadInputError(f"{folder}: the file name {entry.name!a} is not readable text: rename it")
    return visible


def _by_key(root: Path, folder: str) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for name in image_files(root / folder):
        groups[key_of(PurePosixPath(name).stem)].append(name)
    return groups


def _plain(name: str) -> str:
    return re.sub(r"[-_ ]", "", name).casefold()
