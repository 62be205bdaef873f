import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rim_eval import conn
from rim_eval.connectivity import CONN_RULES, last_level_map, last_level_map_by_labels, level_map
from rim_eval.errors import UsageError


@st.composite
def mattes(draw, dtype=None):
    """Two mattes of few distinct values, so that ties, levels and holes are common."""
    shape = draw(hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9))
    dtype = dtype or draw(st.sampled_from([np.uint8, np.uint16]))
    top = int(np.iinfo(dtype).max)
    values = st.sampled_from([0, top // 10, top * 3 // 10, top * 6 // 10, top * 6 // 10 - 1, top * 9 // 10, top])
    g = draw(hnp.arrays(dtype, shape, elements=values))
    p = np.where(draw(hnp.arrays(bool, shape)), g, draw(hnp.arrays(dtype, shape, elements=values)))
    return p.astype(dtype), g


@given(mattes())
@settings(max_examples=150)
def test_equals_the_reference(reference, pair):
    assert conn(*pair) == reference.conn(*pair)[0]


RULE_REFERENCES = {
    "matlab-tie": {"tie": "column"},
    "float64": {"reached": lambda k, j: k / 255 >= np.arange(0, 1.1, 0.1)[j]},
    "gfm": {"reached": lambda k, j: k / 255 >= np.arange(0, 1.1, 0.1)[j], "empty": "skip"},
    "gca": {"background": True},
}


@pytest.mark.parametrize("rule", RULE_REFERENCES)
@given(pair=mattes(np.uint8))
@settings(max_examples=60)
def test_other_rules_equal_their_reference(reference, rule, pair):
    assert conn(*pair, rule=rule) == reference.conn(*pair, **RULE_REFERENCES[rule])[0]


@given(mattes(np.uint8), st.sampled_from(list(CONN_RULES)))
@settings(max_examples=100)
def test_runs_and_labels_give_one_map(pair, rule):
    levels = level_map(*pair, 255, CONN_RULES[rule])
    by_runs = last_level_map(levels, CONN_RULES[rule])
    assert (by_runs == last_level_map_by_labels(levels, CONN_RULES[rule])).all()


@pytest.mark.parametrize("shape", [(40, 1), (1, 40), (150, 170)])
def test_noise_takes_the_other_path_and_stays_exact(reference, shape):
    rng = np.random.default_rng(3)
    p, g = rng.integers(0, 256, (2, *shape), dtype=np.uint8)
    assert conn(p, g) == reference.conn(p, g)[0]


def test_two_equal_components_the_first_in_raster_order_wins():
    g = np.array([[0, 255], [0, 0], [255, 0]], np.uint8)  # raster-first: top right; column-first: bottom left
    p = g // 5 * 4
    levels = level_map(p, g, 255, CONN_RULES["dim-exact"])
    assert last_level_map(levels, CONN_RULES["dim-exact"]).tolist() == [[0, 8], [0, 0], [0, 0]]
    assert last_level_map(levels, CONN_RULES["matlab-tie"]).tolist() == [[0, 0], [0, 0], [8, 0]]
    # Top right: d = 0.2 and 0 (p is at its level). Bottom left: both at l = 0, 1 - 0.8.
    assert conn(p, g) == pytest.approx((0.2 + 0.2) / 1000, rel=1e-12)


def test_pixels_of_value_153_reach_level_0_6():
    g = np.full((5, 5), 153, np.uint8)
    p = np.full((5, 5), 255, np.uint8)
    assert conn(p, g) == pytest.approx(25 * 0.4 / 1000, rel=1e-12)  # l = 6: 1 - 0.6 against 0
    # In float64 0.6 is missed: l = 5, both count: 0.5 against 0.1, which is below 0.15.
    assert conn(p, g, rule="float64") == pytest.approx(25 * 0.5 / 1000, rel=1e-12)


def test_the_wrong_object_costs_both_objects(soft_disc):
    cat, dog = soft_disc((40, 60), (0.5, 0.2), 0.15), soft_disc((40, 60), (0.5, 0.8), 0.15)
    assert not np.minimum(cat, dog).any()
    hard = [np.where(a >= 39, a / 255, 0.0).sum() for a in (cat, dog)]  # 39/255 is the first value above 0.15
    assert conn(dog, cat) == pytest.approx(sum(hard) / 1000, rel=1e-12)
    # What published code answers to a flawless matte of the wrong thing, and to nothing at all:
    assert conn(dog, cat, rule="gfm") == 0.0
    assert conn(np.zeros_like(cat), cat, rule="gfm") == 0.0
    assert conn(np.zeros_like(cat), cat) == pytest.approx(hard[0] / 1000, rel=1e-12)


@given(mattes())
@settings(max_examples=50)
def test_zero_for_itself_and_symmetric(pair):
    p, g = pair
    assert conn(g, g) == 0.0
    assert conn(p, g) == conn(g, p)


@given(mattes(np.uint8))
@settings(max_examples=50)
def test_the_same_in_sixteen_bits(pair):
    wide = [a.astype(np.uint16) * 257 for a in pair]
    assert conn(*wide) == conn(*pair)


def test_floats_on_a_grid_without_rounding_equal_integers():
    rng = np.random.default_rng(1)
    p, g = rng.choice([0, 51, 102, 204, 255], (2, 12, 13)).astype(np.uint8)
    assert conn(p / 255, g / 255) == pytest.approx(conn(p, g), rel=1e-12)


def test_an_empty_pair_costs_nothing():
    black = np.zeros((3, 4), np.uint8)
    assert conn(black, black) == 0.0


def test_an_unknown_rule_names_the_known():
    with pytest.raises(UsageError, match="dim-exact"):
        conn(np.zeros((1, 1), np.uint8), np.zeros((1, 1), np.uint8), rule="mine")
