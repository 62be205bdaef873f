import struct
import zlib

import numpy as np
import pytest
from image_trees import kept, matte, photo, write

from refmatte_engine.manifest.vocabulary import Split
from refmatte_engine.sources.dim import DIM

LICENSED = "Adobe-licensed images"


@pytest.fixture
def root(tmp_path):
    for folder, stem in ((LICENSED, "a b (1)"), ("Other", "c")):
        write(tmp_path / "Training_set" / folder / "fg" / f"{stem}.jpg", photo())
        write(tmp_path / "Training_set" / folder / "alpha" / f"{stem}.jpg", matte())
    write(tmp_path / "Test_set" / LICENSED / "fg" / "c.png", photo(1))
    write(tmp_path / "Test_set" / LICENSED / "alpha" / "c.png", matte(1))
    for made_by_users in ("alpha_copy", "fg_extended", "merged"):
        write(tmp_path / "Test_set" / LICENSED / made_by_users / "d.png", photo())
    (tmp_path / "Training_set" / "training_fg_names.txt").write_text("a b (1).jpg\r\nc.jpg")
    return tmp_path


def test_both_sets_under_the_adobe_terms(root):
    candidates = kept(DIM(root))
    assert {stem: c.split for stem, c in candidates.items()} == {
        "test/c": Split.TEST,
        "train/a b (1)": Split.TRAIN,
        "train/c": Split.TRAIN,
    }
    assert {c.license for c in candidates.values()} == {"LicenseRef-Adobe-Deep-Image-Matting"}
    assert all(c.identifiable_face for c in candidates.values()), "nobody reviewed its faces"
    assert DIM(root).file_counts() == {"test": 1, "train": 2, "all": 3}


def test_an_alpha_with_a_broken_profile_is_read(root):
    path = root / "Test_set" / LICENSED / "alpha" / "c.png"
    data, payload = path.read_bytes(), b"ICC Profile\0\0\x78\x9cbroken"
    chunk = struct.pack(">I", len(payload)) + b"iCCP" + payload
    path.write_bytes(data[:33] + chunk + struct.pack(">I", zlib.crc32(b"iCCP" + payload)) + data[33:])
    source = DIM(root)
    cutout = source.read(kept(source)["test/c"].files, max_pixels=10**6)
    assert np.array_equal(cutout.alpha, matte(1))
    assert np.array_equal(cutout.foreground, photo(1))


def test_combined_folders_serve_where_the_originals_are_gone(tmp_path):
    write(tmp_path / "Training_set/combined_fg/a.jpg", photo())
    write(tmp_path / "Training_set/combined_alpha/a.jpg", matte())
    assert list(kept(DIM(tmp_path))) == ["train/a"]


def test_combined_folders_beside_the_originals_are_not_counted_twice(root):
    for stem in ("a b (1)", "c"):
        write(root / "Training_set/combined_fg" / f"{stem}.jpg", photo())
        write(root / "Training_set/combined_alpha" / f"{stem}.jpg", matte())
    assert len(kept(DIM(root))) == 3
