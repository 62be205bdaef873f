import numpy as np
import pytest

from rim_eval import derive_trimap
from rim_eval.errors import NotAMatteError, UsageError
from rim_eval.trimap import masked_by, read_trimap


def test_the_band_is_the_radius_wide_on_both_sides():
    target = np.zeros((21, 41), np.uint8)
    target[:, 20:] = 255
    trimap = derive_trimap(target, radius=3)
    assert trimap[10].tolist() == [0] * 17 + [128] * 6 + [255] * 18


def test_soft_pixels_are_unknown_and_the_frame_is_not_an_edge():
    target = np.full((9, 9), 255, np.uint8)
    target[4, 4] = 254
    trimap = derive_trimap(target, radius=1)
    assert trimap[4, 4] == trimap[3, 4] == trimap[4, 5] == 128
    assert (trimap[0] == 255).all()


def test_the_kernel_is_an_ellipse():
    target = np.zeros((31, 31), np.uint8)
    target[15, 15] = 255
    y, x = np.nonzero(derive_trimap(target, radius=10) == 128)
    assert max(y) - min(y) == max(x) - min(x) == 20
    assert 300 < len(y) < 360  # pi * 10.5^2 = 346; a square would have 441


def test_all_depths_agree():
    target = np.random.default_rng(0).choice([0, 128, 255], (20, 20)).astype(np.uint8)
    wide = derive_trimap(target.astype(np.uint16) * 257)
    assert (derive_trimap(target) == wide).all() and (derive_trimap(target / 255) == wide).all()


def test_a_radius_of_nothing_is_refused():
    with pytest.raises(UsageError):
        derive_trimap(np.zeros((3, 3), np.uint8), radius=0)


def test_files_may_write_127_and_nothing_else(tmp_path, save):
    good = np.array([[0, 128, 255]], np.uint8)
    trimap, noted = read_trimap(save(tmp_path / "a.png", good))
    assert trimap.tolist() == [[0, 128, 255]] and not noted
    trimap, noted = read_trimap(save(tmp_path / "b.png", np.array([[0, 127, 255]], np.uint8)))
    assert trimap.tolist() == [[0, 128, 255]] and noted
    with pytest.raises(NotAMatteError, match=r"c\.png: holds the value 64"):
        read_trimap(save(tmp_path / "c.png", np.array([[0, 64, 255]], np.uint8)))


def test_masking_leaves_the_prediction_alone():
    prediction, trimap = np.array([[9, 9, 9]], np.uint8), np.array([[0, 128, 255]], np.uint8)
    assert masked_by(prediction, trimap, 255).tolist() == [[0, 9, 255]]
    assert prediction.tolist() == [[9, 9, 9]]
