import numpy as np
import pytest
from image_trees import photo, write

from refmatte_engine.errors import BadInputError
from refmatte_engine.known_data import known_data_root
from refmatte_engine.manifest.vocabulary import Split
from refmatte_engine.sources.base import BackgroundCandidate, Rejection
from refmatte_engine.sources.bg20k import BG20k
from refmatte_engine.sources.csv_table import Columns, read_csv


@pytest.fixture
def root(tmp_path):
    write(tmp_path / "train/h_2.jpg", photo(1))
    write(tmp_path / "train/h_1.jpg", photo(2))
    write(tmp_path / "testval/h_3.jpg", photo(3))
    write(tmp_path / "train_denoise/h_1.jpg", photo(4))
    return tmp_path


def test_train_and_testval_are_never_mixed(root):
    source = BG20k(root)
    found = list(source.backgrounds())
    assert [(each.background_id, each.split) for each in found] == [
        ("bg20k/h_1", Split.TRAIN),
        ("bg20k/h_2", Split.TRAIN),
        ("bg20k/h_3", Split.TEST),
    ]
    assert {each.license for each in found} == {"MIT"}
    assert source.file_counts() == {"train": 2, "testval": 1, "all": 3}
    assert source.read_background(found[0].file, max_pixels=10**6).shape == (8, 12, 3)
    reading = source.inspect_background(found[0].file, max_pixels=10**6)
    assert (reading.width, reading.height, len(reading.content_hash)) == (12, 8, 64)


def test_one_stem_in_both_parts_is_refused(root):
    write(root / "testval/H_1.jpg", photo())
    (rejection,) = [each for each in BG20k(root).backgrounds() if isinstance(each, Rejection)]
    assert (rejection.item, rejection.reason) == ("h_1", "duplicate_stem")


def test_what_people_saw_is_known(root):
    rows = read_csv(known_data_root() / "backgrounds/bg20k_contains.csv", Columns(("file", "contains")))
    assert len({row["file"] for row in rows}) == len(rows) == 15
    write(root / rows[0]["file"], photo())
    by_stem = {each.stem: each for each in BG20k(root).backgrounds() if isinstance(each, BackgroundCandidate)}
    seen = by_stem.pop(rows[0]["file"].split("/")[1].removesuffix(".jpg")).contains
    assert seen == tuple(sorted(rows[0].several("contains")))
    assert {each.contains for each in by_stem.values()} == {None}


def test_an_empty_tree_says_what_is_missing(tmp_path):
    (tmp_path / "train").mkdir()
    with pytest.raises(BadInputError, match=r"h_<8 hex>\.jpg"):
        list(BG20k(tmp_path).backgrounds())


def test_pixels_of_a_webp_called_jpg(root):
    from PIL import Image

    Image.fromarray(photo(7)).save(root / "train/h_9.jpg", format="WEBP", lossless=True)
    assert np.array_equal(BG20k(root).read_background("train/h_9.jpg", max_pixels=10**6), photo(7))
