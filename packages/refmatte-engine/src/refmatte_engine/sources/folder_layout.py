"""How a user's own cut-outs may lie in a folder; every form may occur at any depth.

* RGBA files;
* pairs by ending: ``cat.jpg`` + ``cat_alpha.png`` (also ``_mask``, ``_matte``, or with ``-``);
* pairs by folder: ``image/cat.jpg`` + ``alpha/cat.png`` (also ``original``/``mask``, ``fg``/``alpha`` ...);
* one folder per cut-out: ``coffee_cup/image.jpg`` + ``coffee_cup/alpha.png``.

The folder in which a cut-out lies names its category: ``mugs/1.png`` is a "mugs", ``coffee_cup/image.jpg`` a
"coffee cup". What lies at the top has no category unless a table gives one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from refmatte_engine.sources.tree import (
    Misfit,
    find_folder,
    image_files,
    join,
    key_of,
    linked_folders,
    pair_up,
    subfolders,
)

IMAGES = ("image", "images", "original", "originals", "rgb")
ALPHAS = ("alpha", "alphas", "mask", "masks", "matte", "mattes")
FOREGROUNDS = ("fg", "foreground", "foregrounds")
ENDINGS = tuple(f"{mark}{word}" for mark in "_-" for word in ("alpha", "mask", "matte"))


@dataclass(frozen=True, slots=True)
class Found:
    """One cut-out of a folder.

    Attributes:
        stem: its name relative to the root, without suffix; for a folder of its own, the folder.
        folder: name of the folder that gives the category, None at the top.
        image, alpha, foreground: files relative to the root; alpha None is the fourth channel.
    """

    stem: str
    folder: str | None
    image: str
    alpha: str | None = None
    foreground: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What a table may call it."""
        return tuple(name for name in (self.stem, self.image, self.alpha, self.foreground) if name)


def find_cutouts(root: Path, inside: str = "") -> Iterator[Found | Misfit]:
    """All cut-outs below ``root/inside``, and files that fit no form."""
    place = root / inside
    for link in linked_folders(place):
        yield Misfit(join(inside, link), "linked_folder", "a linked folder is not followed: copy it here")
    image, alpha = find_folder(place, *IMAGES), find_folder(place, *ALPHAS)
    foreground = find_folder(place, *FOREGROUNDS)
    paired = set()
    if alpha is not None and (image or foreground) is not None:
        paired = {name for name in (image, alpha, foreground) if name is not None}
        colors = None if foreground is None else join(inside, foreground)
        yield from _pairs_of_folders(root, inside, join(inside, image) if image else None, alpha, colors, "")
    yield from _files_of(root, inside)
    for name in subfolders(place):
        if name not in paired and not (place / name).is_symlink():
            yield from find_cutouts(root, join(inside, name))


def _pairs_of_folders(
    root: Path, inside: str, image: str | None, alpha: str, foreground: str | None, below: str
) -> Iterator[Found | Misfit]:
    """Pairs of the image and alpha folders, and of equally named folders inside both."""
    photos = image or foreground
    assert photos is not None
    photos, mattes = _below(photos, below), _below(join(inside, alpha), below)
    place = _below(inside, below)
    category = PurePosixPath(place).name or None
    for found in pair_up(root, photos, mattes, _below(foreground, below) if foreground else None):
        stem = join(place, found.stem)
        if isinstance(found, Misfit):
            yield Misfit(stem, found.reason, found.detail)
        else:
            yield Found(stem, category, found.image, found.alpha, found.foreground)
    for name in sorted({*subfolders(root / photos), *subfolders(root / mattes)}):
        yield from _pairs_of_folders(root, inside, image, alpha, foreground, join(below, name))


def _below(folder: str, inner: str) -> str:
    return join(folder, inner) if inner else folder


def _files_of(root: Path, inside: str) -> Iterator[Found | Misfit]:
    """Cut-outs whose files lie directly in ``inside``."""
    files: dict[str, list[str]] = defaultdict(list)
    for name in image_files(root / inside):
        files[key_of(PurePosixPath(name).stem)].append(name)
    for key, names in list(files.items()):
        if len(names) > 1:
            stem = join(inside, PurePosixPath(names[0]).stem)
            yield Misfit(stem, "duplicate_stem", f"{' and '.join(names)} have one stem: which is meant?")
            del files[key]
    single = {key: join(inside, names[0]) for key, names in files.items()}
    if (own := _folder_of_its_own(single, inside)) is not None:
        yield own
        single = {key: file for key, file in single.items() if file not in own.names}
    alphas = {
        base: key
        for key in single
        for ending in ENDINGS
        if (base := key.removesuffix(ending)) != key and base in single
    }
    category = PurePosixPath(inside).name or None
    for key, name in single.items():
        if key not in alphas.values():
            matte = single[alphas[key]] if key in alphas else None
            yield Found(join(inside, PurePosixPath(name).stem), category, name, matte)


def _folder_of_its_own(files: dict[str, str], inside: str) -> Found | None:
    image = next((files[name] for name in IMAGES if name in files), None)
    alpha = next((files[name] for name in ALPHAS if name in files), None)
    foreground = next((files[name] for name in FOREGROUNDS if name in files), None)
    if image is None or alpha is None:
        return None
    path = PurePosixPath(inside)
    # animals/cat_1/image.jpg is one of the animals, cat/image.jpg is a cat.
    category = path.parts[-2] if len(path.parts) > 1 else path.name or None
    return Found(inside or PurePosixPath(image).stem, category, image, alpha, foreground)
