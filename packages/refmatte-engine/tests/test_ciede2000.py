"""CIEDE2000 against published pairs and scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refmatte_engine.express.ciede2000 import delta_e, within

Lab = tuple[float, float, float]
LAB = st.tuples(st.floats(0, 100), st.floats(-100, 100), st.floats(-100, 100))

SHARMA = [  # Sharma, Wu and Dalal 2005, Table 1: pairs 1, 4, 7, 9, 13, 16, 17, 21, 25, 33, 34
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0),
    ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ((50.0, 2.4900, -0.0010), (50.0, -2.4900, 0.0009), 7.1792),
    ((50.0, -0.0010, 2.4900), (50.0, 0.0009, -2.4900), 4.8045),
    ((50.0, 2.5, 0.0), (50.0, 0.0, -2.5), 4.3065),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((50.0, 2.5, 0.0), (50.0, 3.1736, 0.5854), 1.0),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((6.7747, -0.2908, -2.4247), (5.8714, -0.0985, -2.2286), 0.6377),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("first", "second", "expected"), SHARMA)
def test_published_pairs(first: Lab, second: Lab, expected: float) -> None:
    assert delta_e(first, second) == pytest.approx(expected, abs=5e-5)
    assert delta_e(second, first) == pytest.approx(expected, abs=5e-5)


@settings(deadline=None)  # scikit-image is imported on the first example
@given(LAB, LAB)
def test_equals_scikit_image(first: Lab, second: Lab) -> None:
    from skimage.color import deltaE_ciede2000

    other = float(deltaE_ciede2000(np.array(first), np.array(second)))
    assert delta_e(first, second) == pytest.approx(other, abs=1e-6)


@given(LAB, LAB, st.floats(0.1, 40))
def test_within_is_the_distance(first: Lab, second: Lab, limit: float) -> None:
    assert within(first, second, limit) == (delta_e(first, second) <= limit)
