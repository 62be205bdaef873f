from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from refmatte_engine.entities import SHAPE_SIDE
from refmatte_engine.ingest.measure import measure_alpha
from refmatte_engine.manifest.vocabulary import Side

ALPHAS = arrays(
    np.uint8,
    st.tuples(st.integers(1, 260), st.integers(1, 260)),
    elements=st.sampled_from([0, 0, 0, 1, 127, 128, 200, 255]),
    fill=st.sampled_from([0, 0, 255]),
)


def area_means(values: NDArray[np.float64], h: int, w: int) -> NDArray[np.float64]:
    """Area means by overlap weights: an independent, dense reference."""

    def weights(n: int, cells: int) -> NDArray[np.float64]:
        edges = np.arange(cells + 1) * n / cells
        pixel = np.arange(n)
        overlap = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
        return np.clip(overlap, 0.0, 1.0) / (n / cells)

    return weights(values.shape[0], h) @ values @ weights(values.shape[1], w).T


@settings(deadline=None, max_examples=60)
@given(ALPHAS)
def test_measures_equal_their_definitions(alpha: NDArray[np.uint8]) -> None:
    measures = measure_alpha(alpha)
    rows, columns = np.nonzero(alpha)
    if rows.size == 0:
        assert measures.box is None and measures.shape is None
        return
    box = measures.box
    assert box is not None and measures.shape is not None
    assert (box.x, box.y) == (columns.min(), rows.min())
    assert (box.x + box.w, box.y + box.h) == (columns.max() + 1, rows.max() + 1)
    assert measures.area == pytest.approx(alpha.astype(float).sum() / 255 / alpha.size)
    assert measures.opaque_share == pytest.approx((alpha == 255).mean())
    assert measures.soft_share == pytest.approx((alpha[alpha > 0] < 255).mean())

    inside = alpha[box.y : box.y + box.h, box.x : box.x + box.w]
    weights = inside.astype(float)
    ys, xs = np.mgrid[: box.h, : box.w] + 0.5
    centre = ((weights * xs).sum() / weights.sum() / box.w, (weights * ys).sum() / weights.sum() / box.h)
    assert measures.mass_centre == pytest.approx(centre, abs=1e-6)


@settings(deadline=None, max_examples=60)
@given(ALPHAS)
def test_shape_is_small_exact_and_conservative(alpha: NDArray[np.uint8]) -> None:
    measures = measure_alpha(alpha)
    if measures.box is None or measures.shape is None:
        return
    box, shape = measures.box, measures.shape
    inside = alpha[box.y : box.y + box.h, box.x : box.x + box.w]
    h, w = shape.support.shape
    assert max(h, w) == min(SHAPE_SIDE, max(box.w, box.h))
    assert shape.mass.shape == shape.solid.shape == (h, w)
    assert np.abs(shape.mass - area_means(inside.astype(float), h, w)).max() <= 0.5 + 1e-6
    assert np.abs(shape.solid - area_means((inside >= 128) * 255.0, h, w)).max() <= 0.5 + 1e-6
    # Every pixel with alpha > 0 lies in supported cells, and every supported cell meets such a pixel.
    meets = area_means((inside > 0).astype(float), h, w) > 1e-12
    assert np.array_equal(shape.support, meets)


def test_a_box_no_larger_than_the_grid_keeps_its_pixels() -> None:
    alpha = np.zeros((40, 50), np.uint8)
    alpha[5:25, 7:40] = np.arange(20 * 33).reshape(20, 33) % 255 + 1
    shape = measure_alpha(alpha).shape
    assert shape is not None
    assert np.array_equal(shape.mass, alpha[5:25, 7:40])


@pytest.mark.parametrize(
    ("side", "line"),
    [
        (Side.LEFT, np.s_[:, 0]),
        (Side.TOP, np.s_[0, :]),
        (Side.RIGHT, np.s_[:, -1]),
        (Side.BOTTOM, np.s_[-1, :]),
    ],
)
def test_border_share_counts_alpha_of_at_least_a_half(side: Side, line: tuple[slice | int, slice | int]) -> None:
    alpha = np.zeros((200, 100), np.uint8)
    alpha[50:60, 50:60] = 255
    border = alpha[line]
    border[10:20] = 128
    border[30:90] = 127
    shares = dict(measure_alpha(alpha).border_shares)
    assert shares.pop(side) == pytest.approx(10 / border.size)
    assert set(shares.values()) == {0.0}


def test_large_images_do_not_overflow() -> None:
    # 9 million opaque pixels: their sum does not fit 32 bits.
    alpha = np.full((3000, 3000), 255, np.uint8)
    measures = measure_alpha(alpha)
    assert measures.area == 1.0
    assert measures.shape is not None and measures.shape.mass.min() == 255


def test_only_an_own_channel_can_be_trimmed() -> None:
    alpha = np.full((50, 50), 200, np.uint8)
    assert measure_alpha(alpha, own_channel=True).trimmed
    assert not measure_alpha(alpha).trimmed
    alpha[0] = 0
    assert not measure_alpha(alpha, own_channel=True).trimmed


def test_a_faint_matte_is_cut_where_it_is_half_as_strong_as_elsewhere():
    web = np.zeros((100, 100), np.uint8)
    web[::5] = 90
    shares = dict(measure_alpha(web).border_shares)
    assert shares[Side.LEFT] == pytest.approx(0.2)
    assert shares[Side.TOP] == 1.0


def test_an_opaque_matte_is_cut_where_alpha_is_half():
    alpha = np.zeros((100, 100), np.uint8)
    alpha[20:80, 20:80] = 255
    alpha[40:60, 0] = 127
    alpha[40:70, 99] = 128
    shares = dict(measure_alpha(alpha).border_shares)
    assert shares[Side.LEFT] == 0.0
    assert shares[Side.RIGHT] == pytest.approx(0.3)
