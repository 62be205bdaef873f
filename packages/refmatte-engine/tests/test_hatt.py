import numpy as np
import pytest
from image_trees import kept, left_out, matte, photo, write

from refmatte_engine.errors import BadInputError
from refmatte_engine.manifest.vocabulary import Split
from refmatte_engine.sources.hatt import HATT


def write_split(root, folder, image, alpha, stems):
    for seed, stem in enumerate(stems):
        write(root / folder / image / f"{stem}.png", photo(seed))
        write(root / folder / alpha / f"{stem}.png", matte(seed))


@pytest.mark.parametrize("image", ["FG", "fg", "Fg_images"])
@pytest.mark.parametrize("alpha", ["GT", "alpha", "Alpha_matte", "mask"])
@pytest.mark.parametrize(("train", "test"), [("Train", "Test"), ("train", "test"), ("Train_ori", "Test_ori")])
def test_all_names_that_circulate(tmp_path, image, alpha, train, test):
    write_split(tmp_path, train, image, alpha, ["13(2)", "0"])
    write_split(tmp_path, test, image, alpha, ["test_0", "0"])
    candidates = kept(HATT(tmp_path))
    assert {stem: c.split for stem, c in candidates.items()} == {
        "test/0": Split.TEST,
        "test/test_0": Split.TEST,
        "train/0": Split.TRAIN,
        "train/13(2)": Split.TRAIN,
    }
    assert {c.license for c in candidates.values()} == {"LicenseRef-Distinctions-646"}
    assert all(c.identifiable_face for c in candidates.values())


def test_the_image_is_its_own_foreground_even_with_a_fourth_channel(tmp_path):
    write(tmp_path / "Train/FG/a.png", np.dstack([photo(), matte()]))
    write(tmp_path / "Train/GT/a.png", np.stack([matte()] * 3, axis=-1))
    source = HATT(tmp_path)
    cutout = source.read(kept(source)["train/a"].files, max_pixels=10**6)
    assert np.array_equal(cutout.image, photo())
    assert np.array_equal(cutout.foreground, photo())
    assert np.array_equal(cutout.alpha, matte())


@pytest.mark.parametrize(("folder", "image"), [("Train_comp", "merged"), ("Train", "Image")])
def test_composites_are_refused_with_a_reason(tmp_path, folder, image):
    write_split(tmp_path, folder, image, "alpha", ["a_0", "a_1"])
    write_split(tmp_path, folder, "FG", "GT", ["a_0", "a_1"])
    with pytest.raises(BadInputError, match="holds composites"):
        list(HATT(tmp_path).candidates())
    write_split(tmp_path, "Train_ori", "FG", "GT", ["a"])
    assert left_out(HATT(tmp_path)) == {folder: "pre_composited"}
    assert list(kept(HATT(tmp_path))) == ["train/a"]
