import json

import numpy as np
import pytest
from image_trees import kept, left_out, matte, photo, write, write_pairs

from refmatte_engine.errors import BadInputError
from refmatte_engine.manifest.vocabulary import EntityKind, Split
from refmatte_engine.sources.am2k import AM2k


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "AM-2k"
    write_pairs(root, "train/original", "train/mask", ["m_00000001", "m_00000002"])
    write_pairs(root, "validation/original", "validation/mask", ["m_00000003"])
    write(root / "train/fg/m_00000001.png", photo(9))
    write(root / "train/bg/m_00000001.png", photo(10))
    write(root / "validation/trimap/m_00000003.png", matte())
    table = {
        "m_00000001": {"split": "train", "category": "Polar_Bear"},
        "m_00000002.jpg": {"animal": "zebra", "split": "train"},
    }
    (root / "am2k_split_category.json").write_text(json.dumps(table))
    return root


def test_splits_categories_and_shipped_foregrounds(root):
    candidates = kept(AM2k(root))
    assert [c.split for c in candidates.values()] == [Split.TRAIN, Split.TRAIN, Split.TEST]
    assert [c.category for c in candidates.values()] == ["polar bear", "zebra", None]
    assert {c.kind for c in candidates.values()} == {EntityKind.ANIMAL}
    assert {c.license for c in candidates.values()} == {"MIT"}
    assert [c.files.foreground for c in candidates.values()] == ["train/fg/m_00000001.png", None, None]
    assert candidates["m_00000003"].entity_id == "am2k/m_00000003"
    assert AM2k(root).file_counts() == {"train": 2, "validation": 1, "all": 3}


def test_pixels_are_those_of_the_files(root):
    source = AM2k(root)
    candidate = kept(source)["m_00000001"]
    cutout = source.read(candidate.files, max_pixels=10**6)
    assert np.array_equal(cutout.alpha, matte(0))
    assert np.array_equal(cutout.foreground, photo(9))
    assert cutout.image.shape == (8, 12, 3)
    assert np.array_equal(source.inspect(candidate.files, max_pixels=10**6).alpha, cutout.alpha)


def test_folders_match_whatever_their_case(root):
    (root / "train").rename(root / "Train")
    (root / "Train/original").rename(root / "Train/ORIGINAL")
    assert kept(AM2k(root))["m_00000001"].files.image == "Train/ORIGINAL/m_00000001.jpg"


def test_one_part_and_no_foregrounds_are_enough(tmp_path):
    write_pairs(tmp_path, "validation/original", "validation/mask", ["m_a"])
    assert list(kept(AM2k(tmp_path))) == ["m_a"]


def test_files_without_a_partner_and_duplicate_stems_are_left_out_with_a_reason(root):
    write(root / "train/original/m_lonely.jpg", photo())
    write(root / "train/mask/m_orphan.png", matte())
    write(root / "train/original/m_00000002.png", photo())
    write_pairs(root, "validation/original", "validation/mask", ["m_00000001"])
    (root / "train/original/.m_hidden.jpg").touch()
    (root / "train/original/Thumbs.db").touch()
    assert left_out(AM2k(root)) == {
        "m_lonely": "alpha_missing",
        "m_orphan": "image_missing",
        "m_00000002": "duplicate_stem",
        "m_00000001": "duplicate_stem",
    }
    assert list(kept(AM2k(root))) == ["m_00000003"]


def test_two_folders_that_differ_in_case_are_an_error(root):
    write(root / "train/Mask/m_00000001.png", matte())
    with pytest.raises(BadInputError, match=r"Mask and mask differ in case"):
        list(AM2k(root).candidates())


def test_a_tree_that_is_no_am2k_says_how_one_looks(tmp_path):
    with pytest.raises(BadInputError) as caught:
        list(AM2k(tmp_path).candidates())
    for part in ("train/original/m_<8 hex>.jpg", "github.com/JizhiziLi/GFM", "Release_Agreement.pdf", "am2k=PATH"):
        assert part in str(caught.value)


@pytest.mark.parametrize("text", ["{", "[]", '{"m_1": "cat"}', "\x00", "[" * 100_000])
def test_a_broken_category_table_is_an_error_that_names_it(root, text):
    (root / "am2k_split_category.json").write_text(text)
    with pytest.raises(BadInputError, match=r"am2k_split_category\.json"):
        list(AM2k(root).candidates())


def test_a_link_out_of_the_source_is_refused(root, tmp_path):
    outside = write(tmp_path / "outside.jpg", photo())
    (root / "train/original/m_00000001.jpg").unlink()
    (root / "train/original/m_00000001.jpg").symlink_to(outside)
    source = AM2k(root)
    with pytest.raises(BadInputError) as caught:
        source.inspect(kept(source)["m_00000001"].files, max_pixels=10**6)
    assert caught.value.reason == "outside_source"
