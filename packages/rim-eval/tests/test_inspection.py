import numpy as np
import pytest

from rim_eval.inspection import Finding, inspect, misscaled


@pytest.fixture
def truth(soft_disc):
    return soft_disc((60, 60), (0.5, 0.5), 0.3)


def test_a_good_prediction_has_no_findings(truth):
    noisy = np.clip(truth + np.random.default_rng(0).normal(0, 3, truth.shape), 0, 255).round().astype(np.uint8)
    assert inspect(noisy, truth) == () and misscaled(noisy, truth) is None


def test_inverted(truth):
    for p in (255 - truth, 65535 - truth.astype(np.uint16) * 257, 1 - truth / 255):
        assert Finding.INVERTED in inspect(p, truth)
    assert Finding.INVERTED not in inspect(np.roll(truth, 30, 1), truth)


def test_cut_down_instead_of_rounded(truth):
    almost_one = truth / 255 * 0.9999  # a sigmoid never reaches 1
    assert Finding.TRUNCATED in inspect((almost_one * 255).astype(np.uint8), truth)
    assert Finding.TRUNCATED not in inspect((almost_one * 255).round().astype(np.uint8), truth)


def test_a_mask_is_no_matte(truth):
    assert Finding.BINARY in inspect((truth > 127).astype(np.uint8) * 255, truth)
    assert Finding.BINARY not in inspect(np.zeros_like(truth), truth)


def test_values_255_times_too_small(truth):
    assert misscaled((truth > 127).astype(np.uint8), truth) is Finding.ZERO_ONE
    assert misscaled(truth.astype(np.uint16), truth) is Finding.EIGHT_IN_SIXTEEN
    assert misscaled(np.zeros_like(truth), truth) is None
    assert misscaled(truth.astype(np.uint16) * 257, truth) is None
    assert misscaled((truth > 127).astype(np.uint8), np.zeros_like(truth)) is None
    assert misscaled(truth / 255, truth) is None
