import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from rim_eval import target_class
from rim_eval.errors import ShapeMismatchError
from rim_eval.targets import TargetClass, overlap

CAT = np.array([[255, 255, 255, 255, 0, 0, 0, 0]], np.uint8)
DOG = CAT[:, ::-1].copy()
NOTHING = np.zeros_like(CAT)


@pytest.mark.parametrize(
    ("prediction", "expected"),
    [
        (CAT, "right"),
        (DOG, "wrong"),
        (NOTHING, "empty"),
        (CAT | DOG, "both"),
        ([[255, 255, 0, 0, 0, 0, 0, 0]], "right"),  # J = 1/2 exactly
        ([[255, 254, 0, 0, 0, 0, 0, 0]], "partial"),  # just below
        ([[255, 0, 0, 0, 255, 0, 0, 0]], "partial"),  # J equal for both
        ([[255, 0, 0, 0, 255, 255, 0, 0]], "wrong"),
        ([[255, 255, 0, 0, 255, 255, 0, 0]], "both"),  # half of each: tested first
        ([[50, 0, 0, 0, 0, 0, 0, 0]], "empty"),  # 50 of 1020 is below 5 %
        ([[51, 0, 0, 0, 0, 0, 0, 0]], "partial"),  # 51 of 1020 is 5 %
    ],
)
def test_the_rule(prediction, expected):
    assert target_class(np.asarray(prediction, np.uint8), CAT, [DOG]) == expected


def test_alone_nothing_is_wrong():
    assert target_class(DOG, CAT) is TargetClass.PARTIAL
    assert target_class(CAT | DOG, CAT) is TargetClass.RIGHT


def test_no_target():
    assert target_class(NOTHING, NOTHING, [CAT]) is TargetClass.QUIET
    assert target_class(CAT, NOTHING, [CAT]) is TargetClass.FALSE_ALARM
    speck = NOTHING.copy()
    speck[0, 0] = 50
    assert target_class(speck, NOTHING, [CAT, DOG]) is TargetClass.QUIET
    assert target_class(speck, NOTHING) is TargetClass.FALSE_ALARM
    assert target_class(NOTHING, NOTHING) is TargetClass.QUIET


def test_an_empty_sibling_is_never_covered():
    assert target_class(CAT, CAT, [NOTHING]) is TargetClass.RIGHT


def test_depths_may_be_mixed():
    assert target_class(CAT, CAT.astype(np.uint16) * 257, [DOG / 255]) is TargetClass.RIGHT
    with pytest.raises(ShapeMismatchError):
        target_class(CAT, CAT, [DOG.T])


@given(hnp.arrays(np.uint8, (2, 5, 6)))
def test_masses_equal_the_plain_sums(pair):
    p, g = pair
    o = overlap(p, g, 255)
    a, b = p.astype(int), g.astype(int)
    assert (o.common, o.union) == (np.minimum(a, b).sum(), np.maximum(a, b).sum())
    assert (o.mass, o.predicted) == (b.sum(), a.sum())
