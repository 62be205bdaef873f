"""A user's own cut-outs and backgrounds: forms, names, tables, mistakes."""

import os

import numpy as np
import pytest
from image_trees import kept, left_out, matte, photo, write

from refmatte_engine.errors import BadInputError
from refmatte_engine.manifest.vocabulary import EntityKind, Split
from refmatte_engine.sources.base import BackgroundCandidate, Rejection
from refmatte_engine.sources.folder import FolderBackgrounds, FolderSource


def rgba(seed=0):
    return np.dstack([photo(seed), matte(seed)])


def files(root):
    return {
        stem: (c.category, c.files.image, c.files.alpha, c.files.foreground)
        for stem, c in kept(FolderSource(root)).items()
    }


def test_rgba_files_by_category(tmp_path):
    write(tmp_path / "Coffee_Mug/1.png", rgba(1))
    write(tmp_path / "bowl/1.webp", rgba(2), lossless=True)
    write(tmp_path / "shop/kitchen/wooden spoon/x.y.png", rgba(3))
    write(tmp_path / "loose.png", rgba(4))
    assert files(tmp_path) == {
        "Coffee_Mug/1": ("coffee mug", "Coffee_Mug/1.png", None, None),
        "bowl/1": ("bowl", "bowl/1.webp", None, None),
        "shop/kitchen/wooden spoon/x.y": ("wooden spoon", "shop/kitchen/wooden spoon/x.y.png", None, None),
        "loose": (None, "loose.png", None, None),
    }
    source = FolderSource(tmp_path)
    candidate = kept(source)["bowl/1"]
    cutout = source.read(candidate.files, max_pixels=10**6)
    assert np.array_equal(cutout.alpha, matte(2))
    assert np.array_equal(cutout.foreground[matte(2) > 0], photo(2)[matte(2) > 0])
    assert np.array_equal(source.inspect(candidate.files, max_pixels=10**6).alpha, cutout.alpha)
    assert (candidate.kind, candidate.license) == (EntityKind.OBJECT, "LicenseRef-user-provided")
    assert candidate.labels == ()


@pytest.mark.parametrize("ending", ["_alpha", "-alpha", "_mask", "_matte", "_Alpha"])
def test_pairs_by_ending(tmp_path, ending):
    write(tmp_path / "mug/a.jpg", photo())
    write(tmp_path / f"mug/a{ending}.png", matte())
    write(tmp_path / "mug/carnival_mask.png", rgba())
    assert files(tmp_path) == {
        "mug/a": ("mug", "mug/a.jpg", f"mug/a{ending}.png", None),
        "mug/carnival_mask": ("mug", "mug/carnival_mask.png", None, None),
    }


@pytest.mark.parametrize(
    ("images", "alphas"), [("image", "alpha"), ("original", "mask"), ("Images", "Masks"), ("rgb", "matte")]
)
def test_pairs_by_folder(tmp_path, images, alphas):
    write(tmp_path / f"mug/{images}/a.jpg", photo())
    write(tmp_path / f"mug/{alphas}/a.png", matte())
    write(tmp_path / f"mug/{images}/lonely.jpg", photo())
    assert files(tmp_path) == {"mug/a": ("mug", f"mug/{images}/a.jpg", f"mug/{alphas}/a.png", None)}
    assert left_out(FolderSource(tmp_path)) == {"mug/lonely": "alpha_missing"}


def test_foregrounds_beside_alphas(tmp_path):
    write(tmp_path / "fg/a.png", photo(1))
    write(tmp_path / "alpha/a.png", matte())
    assert files(tmp_path) == {"a": (None, "fg/a.png", "alpha/a.png", "fg/a.png")}
    write(tmp_path / "image/a.png", photo(2))
    assert files(tmp_path) == {"a": (None, "image/a.png", "alpha/a.png", "fg/a.png")}


def test_categories_inside_the_paired_folders(tmp_path):
    for group in ("mug", "bowl"):
        write(tmp_path / f"image/{group}/1.jpg", photo())
        write(tmp_path / f"alpha/{group}/1.png", matte())
    assert files(tmp_path) == {
        "bowl/1": ("bowl", "image/bowl/1.jpg", "alpha/bowl/1.png", None),
        "mug/1": ("mug", "image/mug/1.jpg", "alpha/mug/1.png", None),
    }


def test_one_folder_per_cutout(tmp_path):
    write(tmp_path / "coffee_cup/image.jpg", photo())
    write(tmp_path / "coffee_cup/alpha.png", matte())
    write(tmp_path / "mugs/red one/image.png", photo())
    write(tmp_path / "mugs/red one/alpha.png", matte())
    write(tmp_path / "mugs/red one/fg.png", photo(2))
    assert files(tmp_path) == {
        "coffee_cup": ("coffee cup", "coffee_cup/image.jpg", "coffee_cup/alpha.png", None),
        "mugs/red one": ("mugs", "mugs/red one/image.png", "mugs/red one/alpha.png", "mugs/red one/fg.png"),
    }


def test_a_table_names_describes_and_licenses(tmp_path):
    for stem in ("a", "b", "c"):
        write(tmp_path / f"things/{stem}.png", rgba())
    (tmp_path / "labels.csv").write_text(
        "file,category,kind,plural,synonyms,license,split,identifiable_face,attr:pattern,attr:transparent\n"
        "things/a.png,Tea_Cup,object,no,cup; Beaker,CC-BY-4.0,test,,striped,yes\n"
        "things/b,walrus,Animal,yes,,,,yes,,\n"
    )
    a, b, c = kept(FolderSource(tmp_path)).values()
    assert (a.category, a.kind, a.license, a.split, a.identifiable_face) == (
        "tea cup",
        EntityKind.OBJECT,
        "CC-BY-4.0",
        Split.TEST,
        False,
    )
    assert {label.name: label.value for label in a.labels} == {
        "kind": "object",
        "plural": "false",
        "synonyms": "cup;beaker",
        "pattern": "striped",
        "transparent": "true",
    }
    assert (b.category, b.kind, b.identifiable_face, b.split) == ("walrus", EntityKind.ANIMAL, True, None)
    assert {label.name: label.value for label in b.labels} == {
        "kind": "animal",
        "plural": "true",
        "identifiable_face": "true",
    }
    assert (c.category, c.labels) == ("things", ())


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,mug,vegetable,,", "'vegetable': legal are human, animal, object"),
        ("a,mug,,CC-BY 4,", "line 2: unknown licence"),
        ("a,mug,,,maybe", "line 2: column 'attr:salient' says 'maybe'"),
    ],
)
def test_a_wrong_cell_names_its_line(tmp_path, row, message):
    write(tmp_path / "a.png", rgba())
    (tmp_path / "labels.csv").write_text(f"file,category,kind,license,attr:salient\n{row}\n")
    with pytest.raises(BadInputError, match=message):
        list(FolderSource(tmp_path).candidates())


@pytest.mark.parametrize("column", ["attr:kind", "attr:2nd", "attr:a.b"])
def test_an_attribute_needs_a_name_of_its_own(tmp_path, column):
    write(tmp_path / "a.png", rgba())
    (tmp_path / "labels.csv").write_text(f"file,category,{column}\na,mug,x\n")
    with pytest.raises(BadInputError, match=column):
        list(FolderSource(tmp_path).candidates())


def test_rows_of_no_file_and_two_rows_of_one(tmp_path):
    write(tmp_path / "mug.png", rgba())
    (tmp_path / "labels.csv").write_text("file,category\nmuk.png,mug\n../mug.png,mug\n")
    source = FolderSource(tmp_path)
    assert left_out(source) == {"muk.png": "labelled_file_missing", "../mug.png": "labelled_file_missing"}
    details = [item.detail for item in source.candidates() if isinstance(item, Rejection)]
    assert "did you mean mug.png?" in details[0]
    (tmp_path / "labels.csv").write_text("file,category\nmug.png,mug\nmug,cup\n")
    with pytest.raises(BadInputError, match=r"line 3: mug was already described in labels\.csv line 2"):
        list(source.candidates())


def test_twins_and_linked_folders_are_left_out_aloud(tmp_path):
    write(tmp_path / "a.png", rgba())
    write(tmp_path / "a.webp", rgba())
    write(tmp_path / "mug/x.png", rgba())
    write(tmp_path / "Mug/x.png", rgba())
    write(tmp_path / "ok.png", rgba())
    (tmp_path / "loop").symlink_to(tmp_path)
    source = FolderSource(tmp_path)
    assert list(kept(source)) == ["ok"]
    assert left_out(source) == {
        "Mug/x": "duplicate_stem",
        "a": "duplicate_stem",
        "loop": "linked_folder",
        "mug/x": "duplicate_stem",
    }


@pytest.mark.parametrize("name", [b"caf\xe9.png", b"line\nbreak.png"])
def test_a_name_that_no_table_can_hold_is_an_error(tmp_path, name):
    write(tmp_path / "mug/a.png", rgba()).rename(tmp_path / "mug" / os.fsdecode(name))
    with pytest.raises(BadInputError, match="rename it"):
        list(FolderSource(tmp_path).candidates())


def test_a_missing_or_empty_folder_says_what_cutouts_look_like(tmp_path):
    for root in (tmp_path / "no", tmp_path):
        with pytest.raises(BadInputError, match=r"cat_alpha\.png.*labels\.csv"):
            list(FolderSource(root).candidates())


def test_the_phrase_forms_of_attributes_lie_beside_the_table(tmp_path):
    assert FolderSource(tmp_path).attributes_file is None
    (tmp_path / "attributes.toml").touch()
    assert FolderSource(tmp_path).attributes_file == tmp_path / "attributes.toml"


def test_backgrounds_with_what_is_in_them(tmp_path):
    for name in ("beach.jpg", "deep/inside/Forest.png", "street.webp"):
        write(tmp_path / name, photo())
    (tmp_path / "backgrounds.csv").write_text(
        "file,contains,license,split\nbeach.jpg,Boat; polar_bear,CC0-1.0,train\nstreet,none,,\ngone.jpg,,,\n"
    )
    found = list(FolderBackgrounds(tmp_path).backgrounds())
    assert {each.stem: each.contains for each in found if isinstance(each, BackgroundCandidate)} == {
        "beach": ("boat", "polar bear"),
        "deep/inside/Forest": None,
        "street": (),
    }
    assert (found[0].license, found[0].split) == ("CC0-1.0", Split.TRAIN)
    assert [(each.item, each.reason) for each in found if isinstance(each, Rejection)] == [
        ("gone.jpg", "labelled_file_missing")
    ]


def test_background_twins_and_empty_folders(tmp_path):
    with pytest.raises(BadInputError, match="no images"):
        list(FolderBackgrounds(tmp_path).backgrounds())
    write(tmp_path / "a.jpg", photo())
    write(tmp_path / "a.png", photo())
    (rejection,) = FolderBackgrounds(tmp_path).backgrounds()
    assert rejection.reason == "duplicate_stem"
