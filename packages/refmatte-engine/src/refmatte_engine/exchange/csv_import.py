"""A table of (image, matte, phrase) -> a dataset of ours.

    image,matte,phrase[,kind,split,keyword,category,license]
    photos/a.jpg,mattes/a_cat.png,the cat on the left

One row per phrase; rows that repeat image and matte add phrases. ``kind`` is one of the dataset's kinds,
``keyword`` (the phrase is then the matte's keyword), or empty: a person's own style. Names are relative to
the folder of the table.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from refmatte_engine.errors import BadInputError
from refmatte_engine.exchange.blank_rows import blank_image, blank_matte, phrase_row
from refmatte_engine.exchange.foreign import ForeignImage, ForeignMatte, write_dataset
from refmatte_engine.manifest.build_manifest import BuildManifest
from refmatte_engine.manifest.dataset import as_split
from refmatte_engine.manifest.fingerprint import fingerprint
from refmatte_engine.manifest.ids import matte_id
from refmatte_engine.manifest.paths import resolve_inside
from refmatte_engine.manifest.records import KindSource
from refmatte_engine.manifest.schema import EXPRESSION_KINDS, FREE_KIND
from refmatte_engine.manifest.vocabulary import Split
from refmatte_engine.rows.composed import in_keyword_setting
from refmatte_engine.sources.card import USER_LICENSE, join_licenses, license_level
from refmatte_engine.sources.csv_table import Columns, CsvRow, read_csv

if TYPE_CHECKING:
    from refmatte_engine.progress import Progress

SOURCE = "csv"
KEYWORD = "keyword"
COLUMNS = Columns(
    required=("image", "matte", "phrase"), optional=("kind", "split", "keyword", "category", "license")
)


@dataclass(slots=True)
class _MatteLines:
    """What the table says of one matte, gathered line by line."""

    file: str
    phrases: list[tuple[str, str, KindSource]] = field(default_factory=list)
    keyword: str | None = None
    category: str | None = None


@dataclass(slots=True)
class _ImageLines:
    file: str
    split: Split
    license: str
    mattes: dict[str, _MatteLines] = field(default_factory=dict)


def import_csv(
    path: Path,
    out: Path,
    *,
    split: Split | str = Split.TEST,
    license: str = USER_LICENSE,
    link: bool = False,
    progress: Progress | None = None,
) -> BuildManifest:
    """Make a dataset at ``out`` from the table at ``path``.

    Args:
        path: a CSV file.
        out: a new or empty folder.
        split: of rows that name none.
        license: of rows that name none, SPDX or ``LicenseRef-...``.
        link: hard-link files instead of copying them.
        progress: is told of each image.

    Raises:
        UsageError: ``split`` is neither train nor test.
        BadInputError: a wrong column, a value that is not legal, a missing or unusable file, a name that
            leaves the table's folder (each with its line).
        StateConflictError: ``out`` holds something.
    """
    license_level(license)
    lines = _gathered(read_csv(path, COLUMNS), as_split(split), license)
    names = _image_ids(list(lines))
    root = path.parent
    return write_dataset(
        [_foreign_image(root, names[file], index, image) for index, (file, image) in enumerate(lines.items())],
        out,
        origin="csv",
        plan_hash=fingerprint({"origin": "csv", "table": hashlib.sha256(path.read_bytes()).hexdigest()}),
        link=link,
        progress=progress,
    )


def _gathered(rows: Sequence[CsvRow], split: Split, license: str) -> dict[str, _ImageLines]:
    images: dict[str, _ImageLines] = {}
    for row in rows:
        if not (row["image"] and row["matte"]):
            raise BadInputError(f"{row.place}: image and matte must both be named")
        said = _split_of(row, split)
        terms = row["license"] or license
        image = images.setdefault(row["image"], _ImageLines(row["image"], said, terms))
        if (image.split, image.license) != (said, terms):
            raise BadInputError(f"{row.place}: {row['image']} has another split or licence on an earlier line")
        _add(image.mattes.setdefault(row["matte"], _MatteLines(row["matte"])), row)
    return images


def _add(matte: _MatteLines, row: CsvRow) -> None:
    kind = row["kind"].lower()
    keyword = row[KEYWORD] or None
    if kind == KEYWORD:
        keyword = row["phrase"]
    elif kind and kind not in EXPRESSION_KINDS:
        raise BadInputError(
            f"{row.place}: unknown kind {kind!r}: use {', '.join((*EXPRESSION_KINDS, KEYWORD))}, or leave it empty"
        )
    elif row["phrase"]:
        matte.phrases.append((row["phrase"], kind or FREE_KIND, KindSource.STATED if kind else KindSource.ASSUMED))
    for name, value in ((KEYWORD, keyword), ("category", row["category"] or None)):
        before = getattr(matte, name)
        if value is not None and before not in (None, value):
            raise BadInputError(f"{row.place}: {row['matte']} has the {name} {before!r} on an earlier line")
        setattr(matte, name, before or value)


def _split_of(row: CsvRow, split: Split) -> Split:
    said = row["split"].lower()
    if said and said not in tuple(Split):
        raise BadInputError(f"{row.place}: unknown split {said!r}: use train or test")
    return Split(said) if said else split


def _image_ids(files: Sequence[str]) -> Mapping[str, str]:
    """An id per image: its stem, or its whole path where a stem occurs twice."""
    stems = Counter(PurePosixPath(file).stem.casefold() for file in files)
    ids = {
        file: PurePosixPath(file).stem
        if stems[PurePosixPath(file).stem.casefold()] == 1
        else PurePosixPath(file).with_suffix("").as_posix().replace("/", "-")
        for file in files
    }
    twice = [name for name, count in Counter(name.casefold() for name in ids.values()).items() if count > 1]
    if twice:
        raise BadInputError(f"several images would be called {twice[0]!r}: give their files different names")
    return ids


def _foreign_image(root: Path, image_id: str, index: int, image: _ImageLines) -> ForeignImage:
    mattes = tuple(
        ForeignMatte(
            file=resolve_inside(root, matte.file),
            row=blank_matte(
                matte_id(image_id, number),
                image_id,
                image.split,
                license=image.license,
                source=SOURCE,
                keyword=matte.keyword,
                category=matte.category or matte.keyword,
            ),
            expressions=tuple(
                phrase_row(
                    matte_id(image_id, number), image_id, image.split, place, text=text, kind=kind, kind_source=by
                )
                for place, (text, kind, by) in enumerate(matte.phrases)
            ),
        )
        for number, matte in enumerate(image.mattes.values(), start=1)
    )
    row = blank_image(image_id, image.split, index, license=join_licenses([image.license]), source=SOURCE)
    told_apart = in_keyword_setting([matte.row.category for matte in mattes]) and all(
        matte.row.keyword is not None for matte in mattes
    )
    return ForeignImage(resolve_inside(root, image.file), replace(row, in_keyword_setting=told_apart), mattes)
