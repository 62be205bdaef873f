import numpy as np
import pytest
from image_trees import kept, photo, write

from refmatte_engine.manifest.vocabulary import EntityKind, Split
from refmatte_engine.sources.sim import SIM


def write_class(root, group, stems):
    for seed, stem in enumerate(stems):
        write(root / group / "fg" / f"{stem}.jpg", photo(seed, 32, 32), quality=95)
        alpha = np.zeros((32, 32), dtype=np.uint8)
        alpha[9:23, 9:23] = 255
        write(root / group / "alpha" / f"{stem}.jpg", alpha, quality=60)


@pytest.fixture
def root(tmp_path):
    write_class(tmp_path / "train", "fire", ["a", "b"])
    write_class(tmp_path / "train", "hair_easy", ["a"])
    write_class(tmp_path / "test", "fire", ["a"])
    write_class(tmp_path / "test", "generated_testset", ["x"])
    return tmp_path


def test_classes_splits_and_names(root):
    candidates = kept(SIM(root))
    assert {stem: (c.split, c.category) for stem, c in candidates.items()} == {
        "test/fire/a": (Split.TEST, "fire"),
        "train/fire/a": (Split.TRAIN, "fire"),
        "train/fire/b": (Split.TRAIN, "fire"),
        "train/hair_easy/a": (Split.TRAIN, None),
    }
    assert {c.kind for c in candidates.values()} == {EntityKind.OBJECT}
    assert [stem for stem, c in candidates.items() if c.identifiable_face] == ["train/hair_easy/a"]
    assert {c.license for c in candidates.values()} == {"LicenseRef-SIMD"}


def test_jpeg_noise_of_the_alpha_is_clamped(root):
    from PIL import Image

    source = SIM(root)
    candidate = kept(source)["train/fire/a"]
    stored = np.asarray(Image.open(root / "train/fire/alpha/a.jpg"))
    assert set(np.unique(stored)) & {1, 2, 3, 252, 253, 254}, "the file has the noise that this is about"
    alpha = source.read(candidate.files, max_pixels=10**6).alpha
    assert np.array_equal(alpha == 0, stored <= 3)
    assert np.array_equal(alpha == 255, stored >= 252)
    middle = (stored > 3) & (stored < 252)
    assert np.array_equal(alpha[middle], stored[middle])


def test_the_image_is_its_own_foreground(root):
    source = SIM(root)
    cutout = source.read(kept(source)["train/fire/a"].files, max_pixels=10**6)
    assert np.array_equal(cutout.image, cutout.foreground)


def test_roots_of_other_names_or_none(root, tmp_path_factory):
    (root / "train").rename(root / "SIMD_train")
    assert len(kept(SIM(root, train="simd_train"))) == 4
    flat = tmp_path_factory.mktemp("flat")
    write_class(flat, "net", ["n"])
    assert {stem: c.split for stem, c in kept(SIM(flat)).items()} == {"net/n": None}
