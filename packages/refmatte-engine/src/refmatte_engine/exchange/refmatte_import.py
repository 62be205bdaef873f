"""The released RefMatte layout -> a dataset of ours (dataset.md section 11).

    RefMatte/[RefMatte/]{train,test}/{img/<image>.jpg, mask/<image>_<k>.png, refmatte_<split>_label.json}

Only ``image_name`` and ``expressions`` are needed; the kinds of four expressions are then assumed from their
order. A folder that `export_refmatte` wrote comes back with all its rows.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from refmatte_engine.errors import BadInputError
from refmatte_engine.exchange.blank_rows import blank_image, blank_matte, phrase_row
from refmatte_engine.exchange.foreign import ForeignImage, ForeignMatte, write_dataset
from refmatte_engine.exchange.label_file import (
    OWN_KEY,
    LabelEntry,
    files_by_stem,
    find_root,
    read_json,
    read_labels,
)
from refmatte_engine.manifest.build_manifest import BuildManifest
from refmatte_engine.manifest.fingerprint import fingerprint
from refmatte_engine.manifest.records import (
    ExpressionRow,
    ImageRow,
    KindSource,
    MatteRow,
    QuarantineRow,
    from_row,
    to_row,
)
from refmatte_engine.manifest.schema import EXPRESSION_KINDS, FREE_KIND, SCHEMA_VERSION
from refmatte_engine.manifest.vocabulary import ExpressionKind, Split
from refmatte_engine.sources.card import license_level

if TYPE_CHECKING:
    from refmatte_engine.progress import Progress

Row = TypeVar("Row", ImageRow, MatteRow, ExpressionRow)

RELEASE_LICENSE = "LicenseRef-RefMatte-release-agreement"
"""The release states CC BY-NC with agreements, over sources that bar redistribution (dataset.md section 13)."""
SOURCE = "refmatte"
INDEX_FILE = "eval_index_expression.json"
RELEASED_ORDER = tuple(kind.value for kind in ExpressionKind)
"""BE, APE, RPE-1, RPE-2 (inferred)."""


def import_refmatte(
    path: Path, out: Path, *, link: bool = False, progress: Progress | None = None
) -> BuildManifest:
    """Make a dataset at ``out`` from the released layout at ``path``.

    Args:
        path: the unpacked archive; the layout may lie up to two folders below.
        out: a new or empty folder.
        link: hard-link files instead of copying them.
        progress: is told of each image.

    Raises:
        BadInputError: another layout, a missing or unusable file, a name that leaves its folder.
        StateConflictError: ``out`` holds something.
    """
    root = find_root(path, [f"{split}/*label*.json" for split in Split])
    images: list[ForeignImage] = []
    left_out: list[QuarantineRow] = []
    digests: dict[str, str] = {}
    for split in Split:
        labels = sorted((root / split).glob("*label*.json"))
        if len(labels) > 1:
            raise BadInputError(f"{root / split} holds more than one label file: keep the one you mean")
        if labels:
            digests[split] = hashlib.sha256(labels[0].read_bytes()).hexdigest()
            found = read_split(
                read_labels(labels[0]),
                split,
                image_folder=root / split / "img",
                mask_folder=root / split / "mask",
                selected=read_selected(root / split / INDEX_FILE),
                order=RELEASED_ORDER,
                source=SOURCE,
            )
            images += found[0]
            left_out += found[1]
    return write_dataset(
        images,
        out,
        origin="refmatte",
        plan_hash=fingerprint({"origin": "refmatte", "labels": digests}),
        left_out=left_out,
        link=link,
        progress=progress,
    )


def read_selected(path: Path) -> dict[str, int]:
    """``{image name: index}`` of the expression that the RIM protocol scores; empty when there is no such file.

    Raises:
        BadInputError: an index is not 0, 1, 2 or 3.
    """
    if not path.is_file():
        return {}
    said = read_json(path)
    if not isinstance(said, dict):
        raise BadInputError(f"{path} should map image names to 0, 1, 2 or 3")
    for name, index in said.items():
        if type(index) is not int or not 0 <= index <= 3:
            raise BadInputError(f"{path}: {name!r} has the index {index!r}: it must be 0, 1, 2 or 3")
    return {Path(name).stem if name.endswith((".jpg", ".png")) else name: index for name, index in said.items()}


def read_split(
    entries: Sequence[LabelEntry],
    split: Split,
    *,
    image_folder: Path,
    mask_folder: Path,
    selected: Mapping[str, int],
    order: Sequence[str],
    source: str,
) -> tuple[list[ForeignImage], list[QuarantineRow]]:
    """The images of one label file, in the order of their index or name; masks that it does not name are left out.

    Raises:
        BadInputError: the file of an entry is missing, or our own rows beside it are damaged.
    """
    image_files, mask_files = files_by_stem(image_folder), files_by_stem(mask_folder)
    by_image: dict[str, list[LabelEntry]] = {}
    for entry in entries:
        by_image.setdefault(entry.image, []).append(entry)
    images = []
    for index, (name, members) in enumerate(by_image.items()):
        blank = blank_image(
            name, split, index, license=RELEASE_LICENSE, source=source, selected_expression=selected.get(name)
        )
        images.append(
            ForeignImage(
                file=_file_of(name, image_files, image_folder),
                row=_own_image(members[0], blank),
                mattes=tuple(
                    ForeignMatte(
                        file=_file_of(entry.matte, mask_files, mask_folder),
                        row=_own_matte(
                            entry,
                            blank_matte(entry.matte, name, split, license=RELEASE_LICENSE, source=source),
                        ),
                        expressions=_expressions(entry, split, order),
                    )
                    for entry in members
                ),
            )
        )
    named = {entry.matte for entry in entries}
    left_out = [
        QuarantineRow(source, f"{split}/{path.name}", "no_label", "the label file does not name this mask")
        for stem, path in mask_files.items()
        if stem not in named
    ]
    return sorted(images, key=lambda image: image.row.index), left_out


def _file_of(stem: str, files: Mapping[str, Path], folder: Path) -> Path:
    if stem not in files:
        raise BadInputError(
            f"the label file names {stem!r}, but {folder} has no such image: unpack the archive again"
        )
    return files[stem]


def _own(entry: LabelEntry) -> Mapping[str, Any] | None:
    """Our rows beside the core keys; those of another major version are passed over like any unknown key."""
    if entry.own is None:
        return None
    major = str(entry.own.get("schema_version", "")).split(".")[0]
    return entry.own if major == SCHEMA_VERSION.split(".")[0] else None


def _own_image(entry: LabelEntry, blank: ImageRow) -> ImageRow:
    own = _own(entry)
    if own is None:
        return blank
    row = _restored(entry, own.get("image"), blank, ("image_id", "split"))
    return replace(row, license_level=license_level(row.license).value)


def _own_matte(entry: LabelEntry, blank: MatteRow) -> MatteRow:
    own = _own(entry)
    return blank if own is None else _restored(entry, own.get("matte"), blank, ("matte_id", "image_id", "split"))


def _expressions(entry: LabelEntry, split: Split, order: Sequence[str]) -> tuple[ExpressionRow, ...]:
    """The core's texts; kinds and the rest as our own rows say, else assumed."""
    in_order = len(entry.expressions) == len(order)
    blanks = [
        phrase_row(
            entry.matte,
            entry.image,
            split,
            number,
            text=text,
            kind=order[number] if in_order else FREE_KIND,
            kind_source=KindSource.ASSUMED,
        )
        for number, text in enumerate(entry.expressions)
    ]
    own = _own(entry)
    if own is None:
        return tuple(blanks)
    said = own.get("expressions")
    if not isinstance(said, list) or len(said) != len(blanks):
        raise BadInputError(
            f"entry {entry.matte!r}: its {OWN_KEY!r} rows do not fit its expressions: export again"
        )
    kept = ("matte_id", "image_id", "split", "text")
    rows = [_restored(entry, row, blank, kept) for row, blank in zip(said, blanks, strict=True)]
    for row in rows:
        if (
            not re.fullmatch(re.escape(entry.matte) + r"_e\d+", row.expression_id)
            or row.kind not in EXPRESSION_KINDS
        ):
            raise BadInputError(f"entry {entry.matte!r}: {row.expression_id!r} of kind {row.kind!r} is not legal")
    return tuple(rows)


def _restored(entry: LabelEntry, said: Any, blank: Row, kept: Sequence[str]) -> Row:
    """``blank`` with what our own row says, except for the columns ``kept``, which the core keys decide."""
    if not isinstance(said, dict):
        raise BadInputError(f"entry {entry.matte!r}: its {OWN_KEY!r} rows are damaged: export again")
    core = to_row(blank)
    return from_row(type(blank), {**core, **said, **{name: core[name] for name in kept}})
