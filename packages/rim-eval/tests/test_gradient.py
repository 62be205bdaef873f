import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rim_eval import grad
from rim_eval.gradient import GRAD_RULES, gaussian_taps, gradient_error


@st.composite
def pairs(draw):
    shape = draw(hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=14))
    dtype = draw(st.sampled_from([np.uint8, np.uint16]))
    p = draw(hnp.arrays(dtype, shape))
    return p, draw(st.one_of(st.just(p), hnp.arrays(dtype, shape)))


@given(pairs())
@settings(max_examples=150)
def test_equals_the_direct_form(reference, pair):
    assert grad(*pair) == pytest.approx(reference.grad(*pair), rel=1e-12, abs=1e-15)
    assert grad(*pair, rule="plain") == pytest.approx(reference.grad(*pair, stretch=False), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("shape", [(1, 200), (200, 1), (64, 64), (65, 129), (130, 70), (3, 3)])
def test_tiles_and_their_borders(reference, shape):
    rng = np.random.default_rng(2)
    g = rng.integers(0, 256, shape, dtype=np.uint8)
    p = g.copy()
    p[: shape[0] // 2] = rng.integers(0, 256, (shape[0] // 2, shape[1]))
    assert grad(p, g) == pytest.approx(reference.grad(p, g), rel=1e-12, abs=1e-15)


def test_equal_tiles_are_not_skipped_when_the_mattes_are_stretched_differently(reference):
    g = np.zeros((70, 200), np.uint8)
    g[20:50, 20:50] = 100  # far from the only difference, yet stretched to 1 in g and to 100/255 in p
    p = g.copy()
    p[10, 180] = 255
    assert reference.grad(p, g) > 1e-3
    assert grad(p, g) == pytest.approx(reference.grad(p, g), rel=1e-12)


def test_gfm_equals_scipys_filters_written_out():
    rng = np.random.default_rng(4)
    p, g = rng.integers(0, 256, (2, 20, 23), dtype=np.uint8)

    def derivative(values, axis):
        i = np.arange(-6, 7)
        smooth = np.exp(-(i**2) / (2 * 1.4**2))
        smooth /= smooth.sum()
        for along, taps in ((0, smooth), (1, smooth)):
            weights = -i / 1.4**2 * taps if along == axis else taps
            padded = np.pad(values, [(6, 6) if along == k else (0, 0) for k in (0, 1)], mode="symmetric")
            values = sum(
                weight * np.take(padded, np.arange(k, k + values.shape[along]), axis=along)
                for k, weight in enumerate(weights)
            )
        return values

    magnitude = [np.hypot(derivative(a / 255, 0), derivative(a / 255, 1)) for a in (p, g)]
    assert grad(p, g, rule="gfm") == pytest.approx(((magnitude[0] - magnitude[1]) ** 2).sum() / 10, rel=1e-12)


def test_the_kernel_has_nine_taps_and_unit_norm():
    smooth, slope = gaussian_taps(GRAD_RULES["dim"])
    assert smooth.size == slope.size == 5
    kernel = np.outer(np.r_[smooth[:0:-1], smooth], np.r_[-slope[:0:-1], slope])
    assert (kernel**2).sum() == pytest.approx(1.0, rel=1e-14)


@given(pairs())
@settings(max_examples=40)
def test_zero_for_itself_and_symmetric(pair):
    p, g = pair
    assert grad(p, p) == 0.0
    assert grad(p, g) == pytest.approx(grad(g, p), rel=1e-12, abs=1e-15)


def test_blind_to_inversion_and_to_contrast_but_plain_is_not():
    g = np.zeros((30, 30), np.uint8)
    g[10:20, 10:20] = 255
    assert grad(255 - g, g) == pytest.approx(0.0, abs=1e-20)
    half = (g // 255 * 100).astype(np.uint8)
    assert grad(half, g) == pytest.approx(0.0, abs=1e-20)
    assert grad(half, g, rule="plain") > 0.01


def test_a_constant_matte_has_no_gradient(reference):
    g = np.zeros((20, 20), np.uint8)
    g[5:15, 5:15] = 255
    grey = np.full((20, 20), 77, np.uint8)
    assert grad(grey, g) == pytest.approx((reference.grad_map(g) ** 2).sum() / 1000, rel=1e-12)


def test_sixteen_bits_and_floats_agree():
    rng = np.random.default_rng(5)
    p, g = rng.integers(0, 256, (2, 33, 21), dtype=np.uint8)
    wide = [a.astype(np.uint16) * 257 for a in (p, g)]
    assert grad(*wide) == pytest.approx(grad(p, g), rel=1e-12)
    assert grad(p / 255, g / 255) == pytest.approx(grad(p, g), rel=1e-12)


def test_a_region_restricts_the_sum_only(reference):
    rng = np.random.default_rng(6)
    p, g = rng.integers(0, 256, (2, 80, 75), dtype=np.uint8)
    mask = rng.random((80, 75)) < 0.3
    expected = ((reference.grad_map(p) - reference.grad_map(g)) ** 2)[mask].sum() / 1000
    assert gradient_error(p, g, 255, GRAD_RULES["dim"], mask) == pytest.approx(expected, rel=1e-12)
