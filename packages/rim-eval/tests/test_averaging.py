from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rim_eval.averaging import average, average_groups, size_group, two_means
from rim_eval.measures import Measures
from rim_eval.rows import Row
from rim_eval.targets import TargetClass


def row(image, entity, sad, **groups):
    name = f"{image}_{entity}_{sad}"
    return Row(name, f"{image}_{entity}", image, Measures(sad=sad), TargetClass.RIGHT, 1.0, groups)


def test_expressions_then_entities_then_images():
    rows = [row("a", 0, 1.0), row("a", 0, 3.0), row("a", 1, 8.0), row("b", 0, 5.0)]
    means = average(rows)
    assert means.values["SAD"] == pytest.approx((2 + 8 + 5) / 3)
    assert means.values["SAD(E)"] == pytest.approx(((2 + 8) / 2 + 5) / 2)
    assert (means.n, means.entities, means.images) == (4, 3, 2)
    assert means.values["MSE"] is None and means.values["GRAD"] is None


def test_rows_without_a_value_are_counted_not_averaged():
    means = average([row("a", 0, 1.0), row("b", 0, None)])
    assert means.values["SAD"] == 1.0 and means.undefined == {"SAD": 1}


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.floats(0, 1e6)), min_size=1),
    st.randoms(),
)
def test_order_cannot_change_a_digit(triples, random: Random):
    shuffled = list(triples)
    random.shuffle(shuffled)
    assert two_means(shuffled) == two_means(triples)


def test_groups_are_means_of_their_own():
    rows = [row("a", 0, 1.0, kind="basic"), row("a", 0, 3.0, kind="relative"), row("b", 0, 5.0, kind="basic")]
    groups = average_groups(rows)
    assert groups["kind"]["basic"].values["SAD"] == 3.0 and groups["kind"]["relative"].n == 1


def test_sizes():
    assert [size_group(share) for share in (0, 0.0999, 0.1, 0.3, 1.0)] == [
        "small (<10%)", "small (<10%)", "medium (10-30%)", "large (>30%)", "large (>30%)",
    ]  # fmt: skip
