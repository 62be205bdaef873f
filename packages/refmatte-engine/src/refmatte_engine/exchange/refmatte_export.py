"""A dataset of ours -> the released RefMatte layout, with our columns beside the two core keys.

    OUT/{train,test}/{img/<image_id>.jpg, mask/<image_id>_<k>.png, refmatte_<split>_label.json}

`import_refmatte` of such a folder gives the same ids, texts, mattes, kinds and rows again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from refmatte_engine.atomic import place_file, write_bytes
from refmatte_engine.errors import BadInputError
from refmatte_engine.exchange.foreign import check_empty
from refmatte_engine.exchange.label_file import OWN_KEY
from refmatte_engine.exchange.refmatte_import import INDEX_FILE
from refmatte_engine.manifest.dataset import Dataset, open_dataset
from refmatte_engine.manifest.records import ExpressionRow, ImageRow, MatteRow, to_row
from refmatte_engine.manifest.schema import SCHEMA_VERSION
from refmatte_engine.manifest.vocabulary import Split

if TYPE_CHECKING:
    from refmatte_engine.progress import Progress

_OF_THE_FILES = ("file_name", "sha256", "width", "height", "n_entities", "bbox", "touched_borders")
"""Columns that an import takes from the files themselves."""


@dataclass(frozen=True, slots=True)
class Exported:
    """How much was written."""

    out: Path
    images: int
    mattes: int
    expressions: int


def export_refmatte(dataset: Path, out: Path, *, link: bool = False, progress: Progress | None = None) -> Exported:
    """Write the dataset at ``dataset`` to ``out`` in the released layout.

    Args:
        dataset: a finished dataset.
        out: a new or empty folder.
        link: hard-link files instead of copying them.
        progress: is told of each image.

    Raises:
        BadInputError: a matte is not called ``<image_id>_<k>`` with one digit, as readers of the layout expect.
        StateConflictError: ``out`` holds something, or the dataset is not finished.
    """
    from refmatte_engine.progress import Silent

    opened = open_dataset(dataset)
    check_empty(out)
    images = {split: tuple(opened.images(split)) for split in opened.splits}
    totals = [0, 0]
    with (progress or Silent()).stage("export", sum(map(len, images.values()))) as stage:
        for split, rows in images.items():
            mattes, expressions = _by_image(opened, split), _by_matte(opened, split)
            labels: dict[str, Any] = {}
            for image in rows:
                labels |= _export_image(opened, out, image, mattes.get(image.image_id, ()), expressions, link=link)
                stage.advance()
            totals[0] += len(labels)
            totals[1] += sum(len(entry["expressions"]) for entry in labels.values())
            _write_json(out / split / f"refmatte_{split}_label.json", labels)
            selected = {
                image.image_id: image.selected_expression
                for image in rows
                if image.selected_expression is not None
            }
            if selected:
                _write_json(out / split / INDEX_FILE, selected)
    return Exported(out, sum(map(len, images.values())), *totals)


def _by_image(dataset: Dataset, split: Split) -> Mapping[str, Sequence[MatteRow]]:
    found: dict[str, list[MatteRow]] = {}
    for row in dataset.mattes(split):
        found.setdefault(row.image_id, []).append(row)
    return found


def _by_matte(dataset: Dataset, split: Split) -> Mapping[str, Sequence[ExpressionRow]]:
    """Phrases with one target; the layout has no place for others."""
    found: dict[str, list[ExpressionRow]] = {}
    for row in dataset.expressions(split):
        if row.target_ids == (row.matte_id,):
            found.setdefault(row.matte_id, []).append(row)
    return found


def _export_image(
    dataset: Dataset,
    out: Path,
    image: ImageRow,
    mattes: Sequence[MatteRow],
    expressions: Mapping[str, Sequence[ExpressionRow]],
    *,
    link: bool,
) -> dict[str, Any]:
    """Copy the files of one image; its entries of the label file."""
    source = dataset.file(image.file_name)
    place_file(source, out / image.split / "img" / f"{image.image_id}{source.suffix}", link=link)
    entries: dict[str, Any] = {}
    for matte in mattes:
        name = matte.matte_id
        if name[:-1] != f"{image.image_id}_" or name[-1] not in "123456789":
            raise BadInputError(
                f"the matte {name!r} cannot be exported: readers of the released layout expect "
                f"{image.image_id}_1 to {image.image_id}_9"
            )
        place_file(dataset.file(matte.file_name), out / image.split / "mask" / f"{name}.png", link=link)
        entries[name] = _entry(image, matte, expressions.get(name, ()))
    return entries


def _entry(image: ImageRow, matte: MatteRow, expressions: Sequence[ExpressionRow]) -> dict[str, Any]:
    """One entry: the two core keys, what else a reader may want, and our rows."""
    return {
        "image_name": image.image_id,
        "expressions": [row.text for row in expressions],
        "keyword": matte.keyword,
        "kinds": [row.kind for row in expressions],
        "category": matte.category,
        "relation": image.relation,
        "size": [image.width, image.height],
        "sources": list(image.sources),
        "license": image.license,
        OWN_KEY: {
            "schema_version": SCHEMA_VERSION,
            "image": _without(to_row(image), (*_OF_THE_FILES, "image_id", "split", "license_level")),
            "matte": _without(to_row(matte), (*_OF_THE_FILES, "matte_id", "image_id", "split")),
            "expressions": [
                _without(to_row(row), ("matte_id", "image_id", "split", "text")) for row in expressions
            ],
        },
    }


def _without(row: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    write_bytes(path, (json.dumps(value, ensure_ascii=False, indent=0) + "\n").encode())
