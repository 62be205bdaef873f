"""A user's own cut-outs and backgrounds, with an optional table of labels beside them (DESIGN section 6)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import TypeVar

from refmatte_engine.errors import BadInputError
from refmatte_engine.manifest.vocabulary import EntityKind, Split
from refmatte_engine.sources.base import (
    FACE,
    BackgroundCandidate,
    Candidate,
    CutoutFiles,
    Rejection,
    StatedLabel,
    attribute_name,
)
from refmatte_engine.sources.card import USER_LICENSE, license_level
from refmatte_engine.sources.csv_table import Columns, CsvRow, read_csv
from refmatte_engine.sources.cutout_tree import BackgroundTree, CutoutTree
from refmatte_engine.sources.folder_layout import Found, find_cutouts
from refmatte_engine.sources.paired import category_word
from refmatte_engine.sources.tree import Misfit, find_file, image_files_below, key_of

LABELS_TABLE = "labels.csv"
ATTRIBUTES_TABLE = "attributes.toml"
LEXICON_TABLE = "lexicon.toml"
BACKGROUNDS_TABLE = "backgrounds.csv"

LABEL_COLUMNS = Columns(
    required=("file", "category"),
    optional=("kind", "plural", "synonyms", "license", "split", FACE),
    prefixes=("attr:",),
)
BACKGROUND_COLUMNS = Columns(required=("file",), optional=("contains", "license", "split"))

YES_NO_ATTRIBUTES = frozenset({"transparent", "salient"})
NOTHING = "none"
"""In column ``contains``: somebody looked, and none of the things one could name is there."""

_ATTRIBUTE = re.compile(r"[a-z][a-z0-9_]*")
E_ = TypeVar("E_", EntityKind, Split)


@dataclass(frozen=True, slots=True)
class FolderSource(CutoutTree):
    """Cut-outs below ``root`` in any form of folder_layout.py.

    ``labels.csv`` names what folders do not: columns ``file`` (an image, or its name without suffix),
    ``category`` and optionally ``kind, plural, synonyms, license, split, identifiable_face, attr:<name>``.
    """

    name: str = "folder"

    @property
    def attributes_file(self) -> Path | None:
        """``attributes.toml``, which gives each ``attr:`` its phrase form, if it is there."""
        return find_file(self.root, ATTRIBUTES_TABLE)

    @property
    def lexicon_file(self) -> Path | None:
        """``lexicon.toml``, which says more of each category (`refmatte lexicon propose`), if it is there."""
        return find_file(self.root, LEXICON_TABLE)

    def candidates(self) -> Iterator[Candidate | Rejection]:
        """Every cut-out sorted by stem (EntitySource.candidates)."""
        _require_folder(self.root, _CUTOUTS_HELP)
        found = sorted(find_cutouts(self.root), key=lambda each: each.stem)
        if not found:
            raise BadInputError(f"{self.root} holds no images. {_CUTOUTS_HELP}")
        cutouts = [each for each in found if isinstance(each, Found)]
        rows, unmatched = _match(
            _rows(self.root, LABELS_TABLE, LABEL_COLUMNS),
            {name: each.stem for each in cutouts for name in each.names},
        )
        twins = _twins([each.stem for each in found])
        for each in found:
            if isinstance(each, Misfit):
                yield Rejection(self.name, each.stem, each.reason, each.detail)
            elif each.stem in twins:
                yield Rejection(self.name, each.stem, "duplicate_stem", twins[each.stem])
            else:
                yield self._candidate(each, rows.get(each.stem))
        yield from (Rejection(self.name, *item) for item in unmatched)

    def _candidate(self, found: Found, row: CsvRow | None) -> Candidate:
        stated = (row["category"] if row else "") or found.folder or ""
        kind = _one_of(EntityKind, row, "kind") or EntityKind.OBJECT
        face = None if row is None else row.yes_or_no(FACE)
        return Candidate(
            source=self.name,
            stem=found.stem,
            split=_one_of(Split, row, "split"),
            kind=kind,
            category=category_word(stated) or None,
            files=CutoutFiles(found.image, found.alpha, found.foreground),
            license=_license(row),
            # Of a person an empty cell is no promise; one whom only a name tells is for the label stage.
            identifiable_face=kind is EntityKind.HUMAN if face is None else face,
            labels=() if row is None else _labels(row),
        )


@dataclass(frozen=True, slots=True)
class FolderBackgrounds(BackgroundTree):
    """All pictures below ``root``.

    ``backgrounds.csv`` may say what is in them: columns ``file`` and optionally ``contains`` (categories
    separated by ``;``, or ``none``), ``license``, ``split``.
    """

    name: str = "folder"

    def backgrounds(self) -> Iterator[BackgroundCandidate | Rejection]:
        """Every picture sorted by stem (BackgroundSource.backgrounds)."""
        _require_folder(self.root, "Backgrounds are PNG, JPEG, WebP or BMP files in it or below it.")
        files = {str(PurePosixPath(name).with_suffix("")): name for name in image_files_below(self.root)}
        if not files:
            raise BadInputError(f"{self.root} holds no images to be used as backgrounds")
        by_name = {name: stem for stem, file in files.items() for name in (stem, file)}
        rows, unmatched = _match(_rows(self.root, BACKGROUNDS_TABLE, BACKGROUND_COLUMNS), by_name)
        twins = _twins([str(PurePosixPath(name).with_suffix("")) for name in image_files_below(self.root)])
        for stem in sorted(files):
            row = rows.get(stem)
            if stem in twins:
                yield Rejection(self.name, stem, "duplicate_stem", twins[stem])
                continue
            yield BackgroundCandidate(
                source=self.name,
                stem=stem,
                split=_one_of(Split, row, "split"),
                file=files[stem],
                license=_license(row),
                contains=None if row is None else contained(row),
            )
        yield from (Rejection(self.name, *item) for item in unmatched)


def contained(row: CsvRow) -> tuple[str, ...] | None:
    """Column ``contains`` of a row: sorted categories, None when nobody looked."""
    names = row.several("contains")
    if not names:
        return None
    return tuple(sorted({category_word(name) for name in names} - {NOTHING}))


_CUTOUTS_HELP = (
    "Cut-outs are RGBA files, pairs such as cat.jpg + cat_alpha.png or image/cat.jpg + alpha/cat.png, "
    "or one folder each with image.* and alpha.*; the folder's name or labels.csv (file,category) names them."
)


def _require_folder(root: Path, help_text: str) -> None:
    if not root.is_dir():
        raise BadInputError(f"there is no folder {root}. {help_text}")


def _rows(root: Path, table: str, columns: Columns) -> tuple[CsvRow, ...]:
    path = find_file(root, table)
    return () if path is None else read_csv(path, columns)


def _match(
    rows: tuple[CsvRow, ...], stem_of: dict[str, str]
) -> tuple[dict[str, CsvRow], list[tuple[str, str, str]]]:
    """Rows by the stem they speak of, and (item, reason, detail) of those that speak of nothing."""
    matched: dict[str, CsvRow] = {}
    unmatched = []
    for row in rows:
        name = row["file"].replace("\\", "/").removeprefix("./")
        stem = stem_of.get(name)
        if stem is None:
            near = get_close_matches(name, stem_of, n=1)
            hint = f", did you mean {near[0]}?" if near else ""
            unmatched.append((name or row.place, "labelled_file_missing", f"{row.place}: no such file{hint}"))
        elif stem in matched:
            raise BadInputError(
                f"{row.place}: {name} was already described in {matched[stem].place}: keep one row"
            )
        else:
            matched[stem] = row
    return matched, unmatched


def _twins(stems: list[str]) -> dict[str, str]:
    """Stems that another one equals but for case or Unicode form -> why that is a problem."""
    groups: dict[str, list[str]] = {}
    for stem in stems:
        groups.setdefault(key_of(stem), []).append(stem)
    return {
        stem: f"{' and '.join(group)} have one name: which is meant?"
        for group in groups.values()
        if len(group) > 1
        for stem in group
    }


def _one_of(legal: type[E_], row: CsvRow | None, column: str) -> E_ | None:
    if row is None or not row[column]:
        return None
    try:
        return legal(row[column].lower())
    except ValueError:
        names = ", ".join(legal)
        raise BadInputError(f"{row.place}: column {column!r} says {row[column]!r}: legal are {names}") from None


def _license(row: CsvRow | None) -> str:
    if row is None or not row["license"]:
        return USER_LICENSE
    try:
        license_level(row["license"])
    except BadInputError as error:
        raise BadInputError(f"{row.place}: {error}") from error
    return row["license"]


def _labels(row: CsvRow) -> tuple[StatedLabel, ...]:
    labels = []
    if row["kind"]:
        labels.append(StatedLabel("kind", row["kind"].lower()))
    if (plural := row.yes_or_no("plural")) is not None:
        labels.append(StatedLabel("plural", _yes_no(plural)))
    if synonyms := row.several("synonyms"):
        labels.append(StatedLabel("synonyms", ";".join(category_word(word) for word in synonyms)))
    if (face := row.yes_or_no(FACE)) is not None:
        labels.append(StatedLabel(FACE, _yes_no(face)))
    for column in sorted(row.cells):
        if column.startswith("attr:") and row[column]:
            labels.append(_attribute(row, column))
    return tuple(labels)


def _attribute(row: CsvRow, column: str) -> StatedLabel:
    name = attribute_name(column)
    if name in LABEL_COLUMNS.required + LABEL_COLUMNS.optional:
        raise BadInputError(f"{row.place}: {column!r} is not an attribute: use the column {name!r}")
    if not _ATTRIBUTE.fullmatch(name):
        raise BadInputError(f"{row.place}: {column!r}: an attribute's name is letters, digits and _")
    if name in YES_NO_ATTRIBUTES:
        return StatedLabel(name, _yes_no(bool(row.yes_or_no(column))))
    return StatedLabel(name, row[column])


def _yes_no(value: bool) -> str:
    return "true" if value else "false"
