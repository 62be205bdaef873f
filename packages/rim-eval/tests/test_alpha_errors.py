import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rim_eval import mad, mse, sad
from rim_eval.alpha_errors import error_sums

shapes = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12)
dtypes = st.sampled_from([np.uint8, np.uint16])


@st.composite
def pairs(draw):
    shape, dtype = draw(shapes), draw(dtypes)
    return draw(hnp.arrays(dtype, shape)), draw(hnp.arrays(dtype, shape))


@given(pairs())
def test_equal_to_python_integers(pair):
    p, g = pair
    scale = int(np.iinfo(p.dtype).max)
    differences = [int(a) - int(b) for a, b in zip(p.ravel(), g.ravel(), strict=True)]
    absolute, squared, n = sum(map(abs, differences)), sum(d * d for d in differences), len(differences)
    assert sad(p, g) == absolute / (1000 * scale)
    assert mse(p, g) == squared / (scale * scale * n)
    assert mad(p, g) == absolute / (scale * n)


@given(pairs())
def test_symmetric_and_zero_for_itself(pair):
    p, g = pair
    assert sad(p, g) == sad(g, p) and mse(p, g) == mse(g, p) and mad(p, g) == mad(g, p)
    assert sad(p, p) == mse(p, p) == mad(p, p) == 0


@given(pairs())
def test_sixteen_bits_by_257_change_nothing(pair):
    p, g = (a.astype(np.uint8) for a in pair)
    wide = [a.astype(np.uint16) * 257 for a in (p, g)]
    assert sad(*wide) == pytest.approx(sad(p, g), rel=1e-15)
    assert sad(p, wide[1]) == sad(*wide)


def test_black_against_white():
    black, white = np.zeros((32, 32), np.uint8), np.full((32, 32), 255, np.uint8)
    assert sad(black, white) == 1.024  # unsigned subtraction that wraps would give 0.004
    assert mse(black, white) == mad(black, white) == 1.0


def test_by_hand():
    p, g = np.array([[255, 0], [51, 102]], np.uint8), np.array([[255, 51], [0, 204]], np.uint8)
    assert sad(p, g) == pytest.approx((0 + 0.2 + 0.2 + 0.4) / 1000, rel=1e-15)
    assert mse(p, g) == pytest.approx((0.04 + 0.04 + 0.16) / 4, rel=1e-15)


def test_exact_where_a_32_bit_sum_would_overflow():
    black, white = np.zeros((700, 600), np.uint16), np.full((700, 600), 65535, np.uint16)
    sums = error_sums(black, white, 65535)
    assert sums.absolute == 700 * 600 * 65535 and sums.squared == 700 * 600 * 65535**2
    # Beyond 2^53, where a double cannot hold the sum of squares.
    p = np.full((1600, 1500), 65534, np.uint16)
    p[0, 0] = 65533
    assert error_sums(p, np.zeros_like(p), 65535).squared == (p.size - 1) * 65534**2 + 65533**2 > 2**53
    eight = error_sums(np.zeros((6000, 6000), np.uint8), np.full((6000, 6000), 255, np.uint8), 255)
    assert eight.absolute == 36_000_000 * 255 and eight.squared == 36_000_000 * 65025


def test_a_mask_selects_pixels():
    p, g = np.array([[10, 20, 30]], np.uint8), np.array([[0, 0, 0]], np.uint8)
    sums = error_sums(p, g, 255, np.array([[True, False, True]]))
    assert (sums.absolute, sums.squared, sums.pixels) == (40, 1000, 2)


def test_floats_agree_with_integers():
    rng = np.random.default_rng(0)
    p, g = rng.integers(0, 256, (2, 9, 7), dtype=np.uint8)
    assert sad(p / 255, g / 255) == pytest.approx(sad(p, g), rel=1e-13)
    assert sad(p / 255, g) == pytest.approx(sad(p, g), rel=1e-13)
