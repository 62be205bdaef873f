"""The metrics on mattes of real photographs, where those lie beside the project."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from rim_eval import conn, grad
from rim_eval.connectivity import CONN_RULES, last_level_map, last_level_map_by_labels, level_map

SOURCES = Path(__file__).parents[4] / "shared" / "sources"
MATTES = sorted(SOURCES.glob("*/mask/*.png")) + sorted(SOURCES.glob("*/*/mask/*.png"))

pytestmark = pytest.mark.skipif(not MATTES, reason="no real mattes beside the project")


@pytest.fixture(scope="module")
def pairs():
    """(prediction, truth) at a quarter of the size: a blurred one, and one shifted to the wrong place."""
    found = []
    for path in MATTES[::5]:
        g = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        g = g if g.ndim == 2 else g[:, :, 0]
        g = cv2.resize(g, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        p = cv2.GaussianBlur(g, (0, 0), 1.5)
        found += [(p, g), (np.roll(p, g.shape[1] // 3, axis=1), g)]
    return found


def test_runs_equal_ten_labellings(pairs):
    for p, g in pairs:
        for rule in CONN_RULES.values():
            levels = level_map(p, g, 255, rule)
            assert (last_level_map(levels, rule) == last_level_map_by_labels(levels, rule)).all()


def test_tiles_equal_the_direct_form(pairs, reference):
    for p, g in pairs:
        assert grad(p, g) == pytest.approx(reference.grad(p, g), rel=1e-12)


def test_the_error_of_a_shifted_matte_is_about_twice_its_mass(pairs):
    for (near, g), (far, _) in zip(pairs[::2], pairs[1::2], strict=True):
        assert conn(near, g) < conn(far, g) <= (int(g.sum()) + int(far.sum())) / 255_000 * 1.001
