"""Other layouts in and out: what is imported is what was there, and export then import is the identity."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from tiny_build import STAMP

from refmatte_engine.errors import BadInputError, StateConflictError, UsageError
from refmatte_engine.exchange import export_refmatte, import_csv, import_refmatte, import_rw100
from refmatte_engine.manifest.dataset import open_dataset, samples
from refmatte_engine.manifest.records import ExpressionRow, ImageRow, KindSource, MatteRow
from refmatte_engine.manifest.tables import read_rows, shard_paths, write_table
from refmatte_engine.manifest.vocabulary import Split
from refmatte_engine.verify import verify

TEXTS = ["the cat", "the cat on the left", "the cat beside the dog", "the cat which is gray beside the dog"]


def picture(path: Path, *, size: tuple[int, int] = (24, 16), **options: object) -> Path:
    """A small photograph-like file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(0).integers(0, 255, (*size[::-1], 3), np.uint8)
    Image.fromarray(pixels).save(path, **options)
    return path


def mask(path: Path, left: int = 2, *, size: tuple[int, int] = (24, 16), mode: str = "L") -> Path:
    """A matte: a block with a soft right edge, from ``left`` on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    alpha = np.zeros(size[::-1], np.uint8)
    alpha[3:9, left : left + 5] = 255
    alpha[3:9, left + 5] = 100
    Image.fromarray(alpha).convert(mode).save(path)
    return path


def write_released(root: Path, *, split: str = "train", images: int = 2) -> Path:
    """The released layout with the core keys only; two mattes an image."""
    labels = {}
    for n in range(images):
        name = f"rim_{split}_{n:08x}"
        picture(root / split / "img" / f"{name}.jpg")
        for k in (1, 2):
            mask(root / split / "mask" / f"{name}_{k}.png", left=10 * k - 8)
            labels[f"{name}_{k}"] = {"image_name": name, "expressions": TEXTS, "mystery": {"a": 1}}
    (root / split / f"refmatte_{split}_label.json").write_text(json.dumps(labels))
    return root


def write_rw100(root: Path) -> Path:
    labels = {}
    for name in ("a photo (1)", "zebra_2"):
        picture(root / "image" / f"{name}.jpg")
        mask(root / "mask" / f"{name}_1.png")
        labels[f"{name}_1"] = {"image_name": name, "expressions": ["the feman", "b", "c", "a feman, smiling"]}
    (root / "refmatte_rw100_label.json").write_text(json.dumps(labels))
    (root / "eval_index_expression.json").write_text(json.dumps({"a photo (1)": 3, "zebra_2": 0}))
    return root


def rows_of(root: Path) -> dict[str, list]:
    dataset = open_dataset(root)
    return {
        "images": [row for split in dataset.splits for row in dataset.images(split)],
        "mattes": [row for split in dataset.splits for row in dataset.mattes(split)],
        "expressions": [row for split in dataset.splits for row in dataset.expressions(split)],
    }


# ---- released RefMatte ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("nested", ["", "RefMatte", "RefMatte/RefMatte"])
def test_the_released_layout_is_found_up_to_two_levels_down(tmp_path: Path, nested: str) -> None:
    write_released(tmp_path / "in" / nested)
    write_released(tmp_path / "in" / nested, split="test", images=1)
    manifest = import_refmatte(tmp_path / "in", tmp_path / "out")
    assert {split: counts.images for split, counts in manifest.splits.items()} == {Split.TRAIN: 2, Split.TEST: 1}
    assert verify(tmp_path / "out") == ()


def test_core_keys_are_enough_and_kinds_are_assumed(tmp_path: Path) -> None:
    import_refmatte(write_released(tmp_path / "in"), tmp_path / "out")
    rows = rows_of(tmp_path / "out")
    assert [row.image_id for row in rows["images"]] == ["rim_train_00000000", "rim_train_00000001"]
    assert rows["mattes"][0].matte_id == "rim_train_00000000_1"
    assert [row.text for row in rows["expressions"][:4]] == TEXTS
    assert [row.kind for row in rows["expressions"][:4]] == ["basic", "absolute", "relative", "relative2"]
    assert {row.kind_source for row in rows["expressions"]} == {KindSource.ASSUMED}
    assert {row.unambiguous for row in rows["expressions"]} == {None}
    matte = rows["mattes"][1]
    assert (matte.bbox.x, matte.bbox.y, matte.bbox.w, matte.bbox.h) == (12, 3, 6, 6)
    assert (matte.keyword, matte.attributes, matte.contains_identifiable_faces) == (None, None, None)
    image, phrase, alpha = samples(tmp_path / "out", "train")[5]
    assert phrase == TEXTS[1]
    assert image.shape == (16, 24, 3)
    assert alpha[5, 13] == 1.0


def test_another_number_of_expressions_has_no_assumed_order(tmp_path: Path) -> None:
    root = write_released(tmp_path / "in")
    path = root / "train" / "refmatte_train_label.json"
    labels = json.loads(path.read_text())
    labels["rim_train_00000000_1"]["expressions"] = TEXTS[:2]
    path.write_text(json.dumps(labels))
    import_refmatte(root, tmp_path / "out")
    kinds = [row.kind for row in rows_of(tmp_path / "out")["expressions"]]
    assert kinds[:3] == ["free", "free", "basic"]


def test_masks_without_an_entry_are_kept_out_with_a_reason(tmp_path: Path) -> None:
    root = write_released(tmp_path / "in")
    mask(root / "train" / "mask" / "rim_train_00000000_3.png")
    manifest = import_refmatte(root, tmp_path / "out")
    assert manifest.rejected == {"no_label": 1}


Break = Callable[[Path], None]


def _labels(change: Callable[[dict], object]) -> Break:
    def apply(root: Path) -> None:
        path = root / "train" / "refmatte_train_label.json"
        labels = json.loads(path.read_text())
        changed = change(labels)
        path.write_text(json.dumps(labels if changed is None else changed))

    return apply


def _first(**changes: object) -> Break:
    return _labels(lambda labels: labels["rim_train_00000000_1"].update(changes))


FIRST_MASK = "train/mask/rim_train_00000000_1.png"
_OWN = {"schema_version": "1.0", "image": {}, "matte": {}, "expressions": [{}] * 4}


def _twice(root: Path) -> None:
    for name in ("a", "b"):
        write_released(root / name)
    shutil.rmtree(root / "train")


BROKEN: dict[str, tuple[str, Break]] = {
    "no layout": ("does not hold", lambda root: shutil.rmtree(root / "train")),
    "two layouts": ("more than one dataset", lambda root: _twice(root)),
    "no JSON": ("cannot be read as JSON", lambda root: (root / "train/refmatte_train_label.json").write_text("{")),
    "deep JSON": (
        "cannot be read as JSON",
        lambda root: (root / "train/refmatte_train_label.json").write_text("[" * 100_000),
    ),
    "a list": ("not a RefMatte label file", _labels(lambda labels: [])),
    "an entry that is none": ("should be an object", _labels(lambda labels: {**labels, "x_1": 3})),
    "no image name": ("image_name is missing", _first(image_name=None)),
    "no texts": ("expressions is missing", _first(expressions="the cat")),
    "texts that are none": ("expressions is missing", _first(expressions=[1, 2, 3, 4])),
    "an image name that leaves": ("leaves its folder", _first(image_name="../../secret")),
    "an image name with a folder": ("holds a folder", _first(image_name="a/b")),
    "a mask name that leaves": (
        "leaves its folder",
        _labels(lambda labels: {"../secret_1": labels["rim_train_00000000_1"]}),
    ),
    "no image": ("no such image", _first(image_name="rim_train_ffffffff")),
    "no mask": ("no such image", lambda root: (root / FIRST_MASK).unlink()),
    "no mask folder": ("mask is missing", lambda root: shutil.rmtree(root / "train/mask")),
    "a mask of another size": (r"_1\.png is 20 x 16 pixels", lambda root: mask(root / FIRST_MASK, size=(20, 16))),
    "a mask in colour": ("alpha_unequal_channels", lambda root: picture(root / FIRST_MASK)),
    "a broken mask": (r"_1\.png: corrupt", lambda root: (root / FIRST_MASK).write_bytes(b"\x89PNG\r\n\x1a\n")),
    "the same stem twice": ("have the same name", lambda root: picture(root / "train/img/rim_train_00000000.png")),
    "two label files": ("more than one label file", lambda root: shutil.copy(
        root / "train/refmatte_train_label.json", root / "train/other_label.json")),
    "our own rows damaged": ("damaged", _first(refmatte={"schema_version": "1.0", "image": 3})),
    "our own rows too few": ("do not fit", _first(refmatte={**_OWN, "expressions": []})),
    "a licence nobody knows": ("unknown licence", _first(refmatte={**_OWN, "image": {"license": "Gnu"}})),
    "an expression id that leaves": (
        "not legal",
        _first(refmatte={**_OWN, "expressions": [{"expression_id": "../x"}] * 4}),
    ),
    "a number as text": ("not of the type bool", _first(refmatte={**_OWN, "image": {"floating_cut": "no"}})),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_release_is_one_clear_error_and_no_dataset(tmp_path: Path, name: str) -> None:
    message, apply = BROKEN[name]
    (tmp_path / "secret_1.png").write_bytes(b"canary")
    root = write_released(tmp_path / "in")
    apply(root)
    with pytest.raises(BadInputError, match=message):
        import_refmatte(root, tmp_path / "out")
    assert not (tmp_path / "out" / "MANIFEST.json").exists()


def test_rows_of_another_major_version_are_passed_over(tmp_path: Path) -> None:
    root = write_released(tmp_path / "in")
    _first(refmatte={"schema_version": "9.0", "image": 3})(root)
    import_refmatte(root, tmp_path / "out")
    assert rows_of(tmp_path / "out")["expressions"][0].kind_source is KindSource.ASSUMED


def test_a_folder_that_holds_something_is_not_touched(tmp_path: Path) -> None:
    root = write_released(tmp_path / "in")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(StateConflictError, match="not empty"):
        import_refmatte(root, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_files_may_be_linked(tmp_path: Path) -> None:
    root = write_released(tmp_path / "in")
    import_refmatte(root, tmp_path / "linked", link=True)
    import_refmatte(root, tmp_path / "copied")
    source = root / FIRST_MASK
    name = "train/mattes/rim_train_00000000_1.png"
    assert (tmp_path / "linked" / name).stat().st_ino == source.stat().st_ino
    assert (tmp_path / "copied" / name).stat().st_ino != source.stat().st_ino
    assert (tmp_path / "linked/MANIFEST.json").read_bytes() == (tmp_path / "copied/MANIFEST.json").read_bytes()


def test_mattes_in_other_wrappings_become_grey_and_rotated_photographs_upright(tmp_path: Path) -> None:
    root = write_released(tmp_path / "in", images=1)
    mask(root / FIRST_MASK, mode="RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    picture(root / "train/img/rim_train_00000000.jpg", size=(16, 24), exif=exif)
    import_refmatte(root, tmp_path / "out")
    with Image.open(tmp_path / "out/train/mattes/rim_train_00000000_1.png") as matte:
        assert matte.mode == "L"
    (image,) = rows_of(tmp_path / "out")["images"]
    assert (image.file_name, image.width, image.height) == ("train/images/rim_train_00000000.png", 24, 16)
    assert verify(tmp_path / "out") == ()


# ---- RW100 ---------------------------------------------------------------------------------------------------


def test_rw100_keeps_texts_kinds_and_the_scored_index(tmp_path: Path) -> None:
    write_rw100(tmp_path / "in" / "RefMatte_RW_100")
    import_rw100(tmp_path / "in", tmp_path / "out")
    rows = rows_of(tmp_path / "out")
    assert [(row.image_id, row.selected_expression, row.split) for row in rows["images"]] == [
        ("a photo (1)", 3, Split.TEST),
        ("zebra_2", 0, Split.TEST),
    ]
    assert [(row.kind, row.text) for row in rows["expressions"][:4]] == [
        ("basic", "the feman"),
        ("absolute", "b"),
        ("relative", "c"),
        ("free", "a feman, smiling"),
    ]
    assert rows["expressions"][3].expression_id == "a photo (1)_1_e3"
    assert verify(tmp_path / "out") == ()


@pytest.mark.parametrize("index", [4, -1, "1", True, None, 1.0])
def test_an_index_that_is_none_is_refused(tmp_path: Path, index: object) -> None:
    root = write_rw100(tmp_path / "in")
    (root / "eval_index_expression.json").write_text(json.dumps({"zebra_2": index}))
    with pytest.raises(BadInputError, match="must be 0, 1, 2 or 3"):
        import_rw100(root, tmp_path / "out")


def test_rw100_without_an_index_file_has_none_selected(tmp_path: Path) -> None:
    root = write_rw100(tmp_path / "in")
    (root / "eval_index_expression.json").unlink()
    import_rw100(root, tmp_path / "out")
    assert {row.selected_expression for row in rows_of(tmp_path / "out")["images"]} == {None}


# ---- CSV -----------------------------------------------------------------------------------------------------


def write_csv(root: Path, text: str) -> Path:
    picture(root / "photos" / "a.jpg")
    picture(root / "photos" / "b.png")
    mask(root / "mattes" / "cat.png")
    mask(root / "mattes" / "dog.png", left=12)
    path = root / "table.csv"
    path.write_text(text)
    return path


def test_rows_of_a_table_become_a_dataset(tmp_path: Path) -> None:
    table = write_csv(
        tmp_path,
        "image,matte,phrase,kind,split,category\n"
        'photos/a.jpg,mattes/cat.png,"the cat, sleeping",,train,cat\n'
        "photos/a.jpg,mattes/cat.png,the cat on the left,absolute,train,\n"
        "photos/a.jpg,mattes/cat.png,cat,keyword,train,\n"
        "photos/a.jpg,mattes/dog.png,dog,keyword,train,\n"
        "photos/b.png,mattes/dog.png,the dog,basic,,\n",
    )
    import_csv(table, tmp_path / "out")
    rows = rows_of(tmp_path / "out")
    assert [(row.image_id, row.split, row.in_keyword_setting) for row in rows["images"]] == [
        ("a", Split.TRAIN, True),
        ("b", Split.TEST, False),
    ]
    assert [(row.matte_id, row.keyword, row.category) for row in rows["mattes"]] == [
        ("a_1", "cat", "cat"),
        ("a_2", "dog", "dog"),
        ("b_1", None, None),
    ]
    assert [(row.expression_id, row.kind, row.kind_source, row.text) for row in rows["expressions"]] == [
        ("a_1_e0", "free", "assumed", "the cat, sleeping"),
        ("a_1_e1", "absolute", "stated", "the cat on the left"),
        ("b_1_e0", "basic", "stated", "the dog"),
    ]
    assert rows["images"][1].file_name == "test/images/b.png"
    assert [sample.phrase for sample in samples(tmp_path / "out", "train", "keyword")] == ["cat", "dog"]
    assert verify(tmp_path / "out") == ()


def test_equal_stems_in_two_folders_get_their_folders_name(tmp_path: Path) -> None:
    table = write_csv(tmp_path, "image,matte,phrase\nphotos/a.jpg,mattes/cat.png,x\nmore/a.jpg,mattes/cat.png,y\n")
    picture(tmp_path / "more" / "a.jpg")
    import_csv(table, tmp_path / "out")
    assert [row.image_id for row in rows_of(tmp_path / "out")["images"]] == ["photos-a", "more-a"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image,matte\nphotos/a.jpg,mattes/cat.png\n", "column 'phrase' is missing"),
        ("image,matte,phrase,sort\nphotos/a.jpg,mattes/cat.png,x,y\n", "unknown column 'sort'"),
        ("image,matte,phrase,kind\nphotos/a.jpg,mattes/cat.png,x,odd\n", r"table\.csv line 2: unknown kind 'odd'"),
        ("image,matte,phrase,split\nphotos/a.jpg,mattes/cat.png,x,val\n", "unknown split 'val'"),
        ("image,matte,phrase\n,mattes/cat.png,x\n", "line 2: image and matte must both be named"),
        ("image,matte,phrase\n../a.jpg,mattes/cat.png,x\n", "leaves its folder"),
        ("image,matte,phrase\n/etc/passwd,mattes/cat.png,x\n", "leaves its folder"),
        ("image,matte,phrase\nphotos/a.jpg,file:///etc/passwd,x\n", "leaves its folder"),
        ("image,matte,phrase\nphotos/c.jpg,mattes/cat.png,x\n", "no such file"),
        ("image,matte,phrase\n", "nothing to import"),
        ("image,matte,phrase,license\nphotos/a.jpg,mattes/cat.png,x,Gnu\n", "unknown licence 'Gnu'"),
        (
            "image,matte,phrase,kind\nphotos/a.jpg,mattes/cat.png,x,keyword\nphotos/a.jpg,mattes/cat.png,y,keyword\n",
            "has the keyword 'x'",
        ),
        (
            "image,matte,phrase,split\nphotos/a.jpg,mattes/cat.png,x,train\nphotos/a.jpg,mattes/dog.png,y,test\n",
            "another split",
        ),
    ],
)
def test_a_bad_table_is_one_clear_error(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        import_csv(write_csv(tmp_path, text), tmp_path / "out")
    assert not (tmp_path / "out" / "MANIFEST.json").exists()


def test_options_are_checked_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown split 'val'"):
        import_csv(write_csv(tmp_path, "image,matte,phrase\n"), tmp_path / "out", split="val")
    with pytest.raises(BadInputError, match="unknown licence"):
        import_csv(tmp_path / "table.csv", tmp_path / "out", license="Gnu")


def test_a_link_out_of_the_tables_folder_is_refused(tmp_path: Path) -> None:
    table = write_csv(tmp_path / "in", "image,matte,phrase\nphotos/l.jpg,mattes/cat.png,x\n")
    picture(tmp_path / "outside.jpg")
    (tmp_path / "in/photos/l.jpg").symlink_to(tmp_path / "outside.jpg")
    with pytest.raises(BadInputError, match="leads outside"):
        import_csv(table, tmp_path / "out")


# ---- round trips ---------------------------------------------------------------------------------------------


def test_export_then_import_gives_every_row_and_every_pixel_again(tiny_build: Path, tmp_path: Path) -> None:
    done = export_refmatte(tiny_build, tmp_path / "released")
    assert (done.images, done.mattes, done.expressions) == (6, 14, 56)
    import_refmatte(tmp_path / "released", tmp_path / "back")
    before, after = rows_of(tiny_build), rows_of(tmp_path / "back")
    assert after == before
    for row in (*before["images"], *before["mattes"]):
        assert (tmp_path / "back" / row.file_name).read_bytes() == (tiny_build / row.file_name).read_bytes()
    assert verify(tmp_path / "back") == ()


def test_a_build_of_the_command_survives_too(built: Path, tmp_path: Path) -> None:
    export_refmatte(built, tmp_path / "released", link=True)
    import_refmatte(tmp_path / "released", tmp_path / "back", link=True)
    assert rows_of(tmp_path / "back") == rows_of(built)


def test_what_is_exported_is_what_readers_of_the_release_expect(tiny_build: Path, tmp_path: Path) -> None:
    export_refmatte(tiny_build, tmp_path / "released")
    labels = json.loads((tmp_path / "released/test/refmatte_test_label.json").read_text())
    masks = sorted(path.name for path in (tmp_path / "released/test/mask").iterdir())
    assert sorted(f"{name}.png" for name in labels) == masks
    for name, entry in labels.items():
        # As third-party readers do it: `name[:-6]` of the mask's file, `expressions[-1]` of the entry.
        image = f"{name}.png"[:-6]
        assert entry["image_name"] == image
        assert entry["expressions"][-1].startswith("the ")
        with (
            Image.open(tmp_path / "released/test/img" / f"{image}.jpg") as photo,
            Image.open(tmp_path / "released/test/mask" / f"{name}.png") as matte,
        ):
            assert photo.size == matte.size == tuple(entry["size"])


def test_an_import_can_be_exported_and_imported_again(tmp_path: Path) -> None:
    import_rw100(write_rw100(tmp_path / "in"), tmp_path / "one")
    export_refmatte(tmp_path / "one", tmp_path / "released")
    index = json.loads((tmp_path / "released/test/eval_index_expression.json").read_text())
    assert index == {"a photo (1)": 3, "zebra_2": 0}
    import_refmatte(tmp_path / "released", tmp_path / "two")
    assert rows_of(tmp_path / "two") == rows_of(tmp_path / "one")


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_text_and_any_column_survives_the_round_trip(
    tiny_build: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    root = tmp_path_factory.mktemp("trip")
    shutil.copytree(tiny_build, root / "data")
    words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
    (path,) = shard_paths(root / "data/test", ExpressionRow)
    rows = [
        replace(
            row, text=data.draw(words), template=data.draw(st.none() | words), unambiguous=data.draw(st.booleans())
        )
        for row in read_rows(path, ExpressionRow)
    ]
    write_table(path, ExpressionRow, rows, STAMP)
    (path,) = shard_paths(root / "data/test", MatteRow)
    mattes = [replace(row, keyword=data.draw(words), z_order=data.draw(st.none() | st.integers(0, 9)))
              for row in read_rows(path, MatteRow)]  # fmt: skip
    write_table(path, MatteRow, mattes, STAMP)
    export_refmatte(root / "data", root / "released")
    import_refmatte(root / "released", root / "back")
    after = rows_of(root / "back")
    assert [row for row in after["expressions"] if row.split is Split.TEST] == rows
    assert [row for row in after["mattes"] if row.split is Split.TEST] == mattes


def test_a_matte_number_of_two_digits_cannot_be_exported(fresh_build: Path, tmp_path: Path) -> None:
    (path,) = shard_paths(fresh_build / "test", MatteRow)
    rows = [replace(row, matte_id=f"{row.image_id}_12") for row in read_rows(path, MatteRow)]
    write_table(path, MatteRow, rows, STAMP)
    with pytest.raises(BadInputError, match=r"_1 to .+_9"):
        export_refmatte(fresh_build, tmp_path / "released")


def test_an_unfinished_dataset_cannot_be_exported(fresh_build: Path, tmp_path: Path) -> None:
    (fresh_build / "MANIFEST.json").unlink()
    with pytest.raises(StateConflictError, match="not finished"):
        export_refmatte(fresh_build, tmp_path / "released")
    assert not (tmp_path / "released").exists()


def test_twin_names_are_refused(tmp_path: Path) -> None:
    table = write_csv(
        tmp_path, "image,matte,phrase\nphotos/a.jpg,mattes/cat.png,x\nphotos/A.jpg,mattes/cat.png,y\n"
    )
    picture(tmp_path / "photos" / "A.jpg")
    with pytest.raises(BadInputError, match="different names"):
        import_csv(table, tmp_path / "out")
    root = write_released(tmp_path / "in")
    for kind, end in (("img", ".jpg"), ("mask", "_1.png")):
        name = f"train/{kind}/rim_train_0000000"
        shutil.copy(root / f"{name}0{end}", root / f"train/{kind}/RIM_train_00000000{end}")
    labels = json.loads((root / "train/refmatte_train_label.json").read_text())
    labels["RIM_train_00000000_1"] = {"image_name": "RIM_train_00000000", "expressions": TEXTS}
    (root / "train/refmatte_train_label.json").write_text(json.dumps(labels))
    with pytest.raises(BadInputError, match="differ only in"):
        import_refmatte(root, tmp_path / "twins")


def test_image_rows_name_their_kind_of_source(tmp_path: Path) -> None:
    import_refmatte(write_released(tmp_path / "in"), tmp_path / "out")
    row: ImageRow = rows_of(tmp_path / "out")["images"][0]
    assert row.sources == ("refmatte",)
    assert row.license_level == "no-redistribution"
    assert "RefMatte" in (tmp_path / "out" / "ATTRIBUTION.md").read_text()
