import pytest

from clipmat.model.clipmat import vit_b16
from clipmat.model.flops import forward_flops


@pytest.mark.parametrize(("setting", "gigaflops"), [("keyword", 416.5), ("expression", 420.9)])
def test_vit_b16_costs_what_the_specification_counts(setting, gigaflops):
    without_mlp = vit_b16(setting).model_copy(update={"tsp_mlp": 0})
    assert forward_flops(without_mlp) / 1e9 == pytest.approx(gigaflops, rel=0.01)


def test_more_texts_cost_little():
    one, ten = (forward_flops(vit_b16(), queries) for queries in (1, 10))
    assert ten / one < 1.25
