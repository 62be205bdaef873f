"""`verify` is silent on a good build and names each promise that is broken."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_build import STAMP, WIDTH

from refmatte_engine.errors import StateConflictError
from refmatte_engine.manifest.build_manifest import read_manifest, write_manifest
from refmatte_engine.manifest.records import (
    BackgroundRow,
    EntityRow,
    ExpressionRow,
    ImageRow,
    LabelsRecord,
    MatteRow,
    NamedOrigin,
    PlanRow,
)
from refmatte_engine.manifest.tables import Stamp, read_rows, shard_paths, write_table
from refmatte_engine.manifest.vocabulary import EntityKind, Position, Relation, Side, Split
from refmatte_engine.verify import verify

Break = Callable[[Path], None]


def test_a_good_build_has_no_violation(tiny_build: Path) -> None:
    assert verify(tiny_build) == ()


def test_a_build_of_the_command_is_clean(built: Path) -> None:
    assert verify(built) == ()


def test_strict_waits_for_people(tiny_build: Path) -> None:
    found = verify(tiny_build, strict=True)
    assert {(violation.code, violation.where) for violation in found} == {("page_todo", "DATASHEET.md")}


def test_an_unfinished_build_is_no_dataset_yet(fresh_build: Path) -> None:
    (fresh_build / "MANIFEST.json").unlink()
    with pytest.raises(StateConflictError, match="not finished"):
        verify(fresh_build)


# ---- breaking one thing at a time ----------------------------------------------------------------------------


def _table(root: Path, kind: type, split: Split = Split.TRAIN) -> Path:
    named = {EntityRow: "entities", BackgroundRow: "backgrounds", PlanRow: "plan"}
    return root / f"{named[kind]}.parquet" if kind in named else shard_paths(root / split, kind)[0]


def _edit(
    kind: type, change: Callable, *, where: Callable = lambda row: True, split: Split = Split.TRAIN
) -> Break:
    """Rewrites the first row that fits, and pins the new tables, so that only the rule itself can notice."""

    def apply(root: Path) -> None:
        path = _table(root, kind, split)
        rows = list(read_rows(path, kind))
        place = next(k for k, row in enumerate(rows) if where(row))
        rows[place : place + 1] = change(rows[place])
        write_table(path, kind, rows, STAMP)
        _pin(root)

    return apply


def _pin(root: Path) -> None:
    manifest = read_manifest(root)
    assert manifest is not None
    write_manifest(root, manifest)


def _matte_pixels(change: Callable[[np.ndarray], np.ndarray], number: int, relation: Relation) -> Break:
    """Changes the pixels of one matte (its number in the first train image of a relation), with its digest."""

    def apply(root: Path) -> None:
        image = next(row for row in read_rows(_table(root, ImageRow), ImageRow) if row.relation is relation)
        name = f"{image.image_id}_{number}"
        path = root / f"train/mattes/{name}.png"
        Image.fromarray(change(np.asarray(Image.open(path)).copy())).save(path)
        _edit(MatteRow, lambda row: [_repinned(root, row)], where=lambda row: row.matte_id == name)(root)

    return apply


def _repinned(root: Path, row: MatteRow) -> MatteRow:
    import hashlib

    from refmatte_engine.rows.composed import touched_borders, visible_box
    from refmatte_engine.rows.inventory import box_record

    data = (root / row.file_name).read_bytes()
    pixels = np.asarray(Image.open(root / row.file_name))
    box = visible_box(pixels)
    return replace(
        row,
        sha256=hashlib.sha256(data).hexdigest(),
        bbox=box_record(box),
        touched_borders=touched_borders(box, pixels.shape[1], pixels.shape[0]),
    )


def _file(name: str, act: Callable[[Path], None]) -> Break:
    def apply(root: Path) -> None:
        act(next(root.glob(name)))

    return apply


def _append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def _stamped(root: Path) -> None:
    path = _table(root, MatteRow)
    write_table(path, MatteRow, list(read_rows(path, MatteRow)), Stamp("another", STAMP.engine_version))
    _pin(root)


def _manifest(**changes: object) -> Break:
    def apply(root: Path) -> None:
        path = root / "MANIFEST.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return apply


def _new_text(text: str) -> Break:
    return _edit(ExpressionRow, lambda row: [replace(row, text=text)])


def _lr(row: ImageRow) -> bool:
    return row.relation is Relation.LEFT_RIGHT


def _shift_right(matte: np.ndarray) -> np.ndarray:
    return np.roll(matte, WIDTH // 2, axis=1)


def _odd(row: EntityRow) -> LabelsRecord:
    assert row.labels is not None
    return replace(row.labels, attributes=replace(row.labels.attributes, origins=(NamedOrigin("color", "guess"),)))


def _hang(row: EntityRow) -> list[EntityRow]:
    return [replace(row, cut_sides=(Side.BOTTOM,))]


BREAKS: dict[str, tuple[str, Break]] = {
    "a page is gone": ("page_missing", _file("ATTRIBUTION.md", Path.unlink)),
    "a table was touched": ("file_changed", _file("quarantine.parquet", _append)),
    "a table is gone": ("file_missing", _file("quarantine.parquet", Path.unlink)),
    "an image was touched": ("file_changed", _file("train/images/*.jpg", _append)),
    "a matte is gone": ("file_missing", _file("train/mattes/*_1.png", Path.unlink)),
    "a matte is broken": (
        "file_unreadable",
        _file("test/mattes/*_1.png", lambda path: path.write_bytes(b"\x89PNG")),
    ),
    "a stray file": ("file_unlisted", _file("train", lambda path: (path / "notes.txt").write_text("x"))),
    "another tree digest": ("tree_digest", _manifest(tree_digest="0")),
    "a table of another plan": ("footer_differs", _stamped),
    "a name that leaves": ("path_leaves", _edit(MatteRow, lambda row: [replace(row, file_name="../x.png")])),
    "another size": ("size_differs", _edit(ImageRow, lambda row: [replace(row, width=row.width + 1)])),
    "a row twice": ("id_repeated", _edit(ExpressionRow, lambda row: [row, row])),
    "a matte without image": ("orphan", _edit(MatteRow, lambda row: [replace(row, image_id="ghost")])),
    "a matte too few": ("n_entities", _edit(MatteRow, lambda row: [])),
    "a matte of the other split": ("split_differs", _edit(MatteRow, lambda row: [replace(row, split=Split.TEST)])),
    "an expression of nobody": ("orphan", _edit(ExpressionRow, lambda row: [replace(row, matte_id="ghost_1")])),
    "a target elsewhere": ("orphan", _edit(ExpressionRow, lambda row: [replace(row, target_ids=("ghost_1",))])),
    "an unknown kind": ("vocabulary", _edit(ExpressionRow, lambda row: [replace(row, kind="odd")])),
    "an empty phrase": ("empty_text", _new_text(" ")),
    "a phrase too few": ("four_expressions", _edit(ExpressionRow, lambda row: [])),
    "an unknown entity": ("orphan", _edit(EntityRow, lambda row: [])),
    "other labels": ("labels_differ", _edit(MatteRow, lambda row: [replace(row, kind=EntityKind.OBJECT)])),
    "an unknown background": ("orphan", _edit(BackgroundRow, lambda row: [])),
    "another id": ("id_differs", _edit(ImageRow, lambda row: [replace(row, index=row.index + 1)])),
    "another plan": ("plan_differs", _edit(PlanRow, lambda row: [replace(row, background_id="drawn/sea")])),
    "an image too many": ("plan_differs", _edit(PlanRow, lambda row: [])),
    "positions out of order": ("positions", _edit(MatteRow, lambda row: [replace(row, position=Position.TOP)])),
    "keyword rule": ("keyword_setting", _edit(ImageRow, lambda row: [replace(row, in_keyword_setting=False)])),
    "another licence": ("license", _edit(ImageRow, lambda row: [replace(row, license="MIT")])),
    "a laxer level": ("license", _edit(ImageRow, lambda row: [replace(row, license_level="public-domain")])),
    "an odd origin": (
        "value_unreadable",
        _edit(EntityRow, lambda row: [replace(row, labels=_odd(row))]),
    ),
    "a face": ("faces", _edit(MatteRow, lambda row: [replace(row, contains_identifiable_faces=True)])),
    "an entity in both splits": (
        "split_leak",
        _edit(MatteRow, lambda row: [replace(row, entity_id="drawn/cat")], split=Split.TEST),
    ),
    "a background in both splits": (
        "split_leak",
        _edit(ImageRow, lambda row: [replace(row, background_id="drawn/train")], split=Split.TEST),
    ),
    "a cat behind a cat": (
        "background_contains",
        _edit(BackgroundRow, lambda row: [replace(row, contains=("cat",))]),
    ),
    "another count": ("count_differs", _manifest(identifiable_faces=3)),
    "alphas over 255": (
        "alpha_sum",
        _matte_pixels(lambda matte: np.where(matte > 0, 255, 90).astype(np.uint8), 2, Relation.LEFT_RIGHT),
    ),
    "an empty matte": ("empty_matte", _matte_pixels(np.zeros_like, 1, Relation.LEFT_RIGHT)),
    "another box": ("box_differs", _edit(MatteRow, lambda row: [replace(row, bbox=replace(row.bbox, w=3))])),
    "supports meet": (
        "supports_overlap",
        _matte_pixels(lambda matte: np.maximum(matte, 1), 2, Relation.LEFT_RIGHT),
    ),
    "hidden beside": ("visible_fraction", _edit(MatteRow, lambda row: [replace(row, visible_fraction=0.9)])),
    "hardly visible": (
        "visible_fraction",
        _edit(
            MatteRow,
            lambda row: [replace(row, visible_fraction=0.2)],
            where=lambda r: r.position is Position.BEHIND,
        ),
    ),
    "behind is in front": (
        "z_order",
        _edit(MatteRow, lambda row: [replace(row, z_order=2)], where=lambda row: row.position is Position.BEHIND),
    ),
    "nothing meets": (
        "no_overlap",
        _matte_pixels(
            lambda matte: np.pad(matte[:12, :12] * 0 + 255, ((0, 108), (0, 148))), 2, Relation.FRONT_BEHIND
        ),
    ),
    "a bust in mid-air": ("floating_cut", _edit(EntityRow, _hang)),
    "flagged for nothing": ("floating_cut", _edit(ImageRow, lambda row: [replace(row, floating_cut=True)])),
    "enlarged": ("enlarged", _edit(EntityRow, lambda row: [replace(row, box=replace(row.box, w=39))])),
    "left is right": ("relation_false", _matte_pixels(_shift_right, 1, Relation.LEFT_RIGHT)),
    "a false phrase": ("expression_false", _new_text("the gray cat on the far right of the image")),
    "the wrong colour": ("expression_false", _new_text("the purple cat")),
    "an ambiguous phrase": ("expression_ambiguous", _new_text("the gray animal")),
    "an admitted ambiguity": (
        "expression_ambiguous",
        _edit(ExpressionRow, lambda row: [replace(row, unambiguous=False)]),
    ),
    "words nobody knows": ("text_unreadable", _new_text("the qwrtz")),
}


@pytest.mark.parametrize("name", BREAKS)
def test_each_broken_promise_is_named(fresh_build: Path, name: str) -> None:
    code, apply = BREAKS[name]
    apply(fresh_build)
    assert code in {violation.code for violation in verify(fresh_build)}


def test_a_table_that_cannot_be_read_is_a_violation(fresh_build: Path) -> None:
    path = _table(fresh_build, ImageRow)
    path.write_bytes(path.read_bytes()[:100])
    (violation,) = verify(fresh_build)
    assert violation.code == "table_unreadable"
    assert path.name in violation.detail


def test_threads_change_nothing(fresh_build: Path) -> None:
    BREAKS["left is right"][1](fresh_build)
    assert verify(fresh_build, workers=1) == verify(fresh_build, workers=4)


def test_twelve_images_take_a_moment(built: Path) -> None:
    started = time.perf_counter()
    verify(built)
    assert time.perf_counter() - started < 10
