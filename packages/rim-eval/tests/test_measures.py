"""Regions and compatibility modes; published values of other implementations."""

import numpy as np
import pytest

from rim_eval.definition import DEFINITIONS, Metric, choose_definition, choose_metrics
from rim_eval.errors import NotAMatteError, UsageError
from rim_eval.measures import measure


@pytest.fixture
def mmagic_case():
    """The arrays of mmagic's unit tests: 32 x 32, prediction already masked by its trimap."""
    trimap = np.zeros((32, 32), np.uint8)
    trimap[:16, :16] = 128
    trimap[16:, 16:] = 255
    p = np.where(trimap == 255, 255, 0).astype(np.uint8)
    return p, np.full((32, 32), 255, np.uint8), trimap


def test_mmagics_published_unit_test_values(mmagic_case):
    p, g, trimap = mmagic_case
    m = measure(p, g, 255, DEFINITIONS["mmagic"], trimap=trimap)
    assert m.sad == pytest.approx(0.768, rel=1e-15)
    assert m.mse == pytest.approx(3.0, rel=1e-15)
    assert m.grad == pytest.approx(0.0028887, abs=5e-8)
    assert m.conn == pytest.approx(0.256, rel=1e-15)
    assert m.mad is None


def test_mmagic_refuses_an_unmasked_prediction(mmagic_case):
    _, g, trimap = mmagic_case
    with pytest.raises(NotAMatteError, match="unknown-masked"):
        measure(g, g, 255, DEFINITIONS["mmagic"], trimap=trimap)
    masked = choose_definition("mmagic", region="unknown-masked")
    assert measure(g, g, 255, masked, trimap=trimap).sad == pytest.approx(0.512, rel=1e-15)


@pytest.fixture
def sample():
    """A pair with soft edges, a lost part, noise, and a trimap that agrees with the ground truth."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[:40, :50]
    g = np.rint(255 * np.clip((16 - np.hypot(y - 20, x - 22)) / 6, 0, 1)).astype(np.uint8)
    p = np.clip(g.astype(int) + rng.integers(-30, 31, g.shape) * (g > 0), 0, 255).astype(np.uint8)
    p[:, 30:34] = 0
    trimap = np.where(g == 255, 255, np.where(g == 0, 0, 128)).astype(np.uint8)
    return p, g, trimap


def region_sums(p, g, mask):
    difference = np.abs(p.astype(np.int64) - g)[mask]
    return difference.sum() / 255, (difference**2).sum() / 65025, int(mask.sum())


@pytest.mark.parametrize(("region", "value"), [("unknown", 128), ("fg", 255), ("bg", 0)])
def test_regions(reference, sample, region, value):
    p, g, trimap = sample
    mask = trimap == value
    absolute, squared, n = region_sums(p, g, mask)
    m = measure(p, g, 255, choose_definition(region=region), trimap=trimap)
    assert m.sad == pytest.approx(absolute / 1000, rel=1e-13)
    assert m.mse == pytest.approx(squared / n, rel=1e-13) and m.mad == pytest.approx(absolute / n, rel=1e-13)
    assert m.pixels == n
    gradient = (reference.grad_map(p) - reference.grad_map(g)) ** 2
    assert m.grad == pytest.approx(gradient[mask].sum() / 1000, rel=1e-11, abs=1e-15)
    _, last = reference.conn(p, g)
    d = [np.where(20 * a - 510 * last >= 765, 10 * a - 255 * last, 0) for a in (p.astype(int), g.astype(int))]
    assert m.conn == np.abs(d[0] - d[1])[mask].sum() / 2_550_000


def test_unknown_masked_sees_only_the_unknown(reference, sample):
    p, g, trimap = sample
    wild = p.copy()
    wild[trimap == 0] = 200
    definition = choose_definition(region="unknown-masked")
    assert measure(wild, g, 255, definition, trimap=trimap) == measure(p, g, 255, definition, trimap=trimap)


def test_an_empty_region_is_null_never_zero_or_nan(sample):
    p, g, _ = sample
    nothing = np.full(g.shape, 255, np.uint8)
    m = measure(p, g, 255, choose_definition(region="unknown"), trimap=nothing)
    assert (m.sad, m.mse, m.mad, m.grad, m.conn, m.pixels) == (None, None, None, None, None, 0)


def test_gfm_whole_and_trimap(reference, sample):
    p, g, trimap = sample
    whole = measure(p, g, 255, DEFINITIONS["gfm"])
    absolute, squared, n = region_sums(p, g, np.ones(g.shape, bool))
    assert whole.sad == pytest.approx(absolute / 1000) and whole.mad == pytest.approx(absolute / n)
    assert whole.mse == pytest.approx(squared / n)
    reached = lambda k, j: k / 255 >= np.arange(0, 1.1, 0.1)[j]  # noqa: E731
    assert whole.conn == reference.conn(p, g, reached=reached, empty="skip")[0]
    # GFM's trimap form forces the known area, sums everywhere, divides by the unknown.
    forced = np.where(trimap == 128, p, trimap).astype(np.uint8)
    absolute, squared, _ = region_sums(forced, g, np.ones(g.shape, bool))
    unknown = int((trimap == 128).sum())
    part = measure(p, g, 255, choose_definition("gfm", region="unknown"), trimap=trimap)
    assert part.sad == pytest.approx(absolute / 1000) and part.mse == pytest.approx(squared / unknown)
    assert part.grad is None and part.conn is None


def test_gca_and_rvm(reference, sample):
    p, g, trimap = sample
    mask = trimap == 128
    absolute, squared, n = region_sums(p, g, mask)
    m = measure(p, g, 255, DEFINITIONS["gca"], trimap=trimap)
    assert m.mse == pytest.approx(squared / (n + 1e-8), rel=1e-14)
    assert m.mad == pytest.approx(absolute / (n + 1e-8), rel=1e-14)
    gradient = (reference.grad_map(p, stretch=False) - reference.grad_map(g, stretch=False)) ** 2
    assert m.grad == pytest.approx(gradient[mask].sum() / 1000, rel=1e-11)
    _, last = reference.conn(p, g, background=True)
    d = [np.where(20 * a - 510 * last >= 765, 10 * a - 255 * last, 0) for a in (p.astype(int), g.astype(int))]
    assert m.conn == np.abs(d[0] - d[1])[mask].sum() / 2_550_000
    rvm = measure(p, g, 255, DEFINITIONS["rvm"])
    rim = measure(p, g, 255, DEFINITIONS["rim"])
    assert rvm.sad is None
    assert rvm.mse == pytest.approx(1000 * rim.mse) and rvm.mad == pytest.approx(1000 * rim.mad)
    assert (rvm.grad, rvm.conn) == (rim.grad, rim.conn)


def test_dim_is_the_unknown_region_with_matlabs_tie(sample):
    p, g, trimap = sample
    rim = measure(p, g, 255, choose_definition(region="unknown", conn="matlab-tie"), trimap=trimap)
    dim = measure(p, g, 255, DEFINITIONS["dim"], trimap=trimap)
    assert (dim.sad, dim.mse, dim.grad, dim.conn) == (rim.sad, rim.mse, rim.grad, rim.conn)
    assert dim.mad is None


def test_integers_come_with_the_numbers(sample):
    p, g, _ = sample
    m = measure(p, g, 255, DEFINITIONS["rim"])
    assert m.sad == m.sad_int / 255_000 and m.mse == m.sse_int / (65025 * g.size)
    assert m.conn == m.conn_int / 2_550_000
    floats = measure(p / 255, g / 255, 1, DEFINITIONS["rim"])
    assert (floats.sad_int, floats.sse_int, floats.conn_int) == (None, None, None)
    for metric in Metric:
        assert getattr(floats, metric.lower()) == pytest.approx(getattr(m, metric.lower()), rel=1e-9)


def test_only_what_is_asked_is_computed(sample):
    p, g, _ = sample
    m = measure(p, g, 255, DEFINITIONS["rim"], choose_metrics(["sad"]))
    assert m.sad is not None and (m.mse, m.mad, m.grad, m.conn, m.conn_int) == (None, None, None, None, None)


def test_wrong_choices_name_the_right_ones():
    with pytest.raises(UsageError, match="mmagic"):
        choose_definition("paddle")
    with pytest.raises(UsageError, match="unknown-masked"):
        choose_definition(region="trimap")
    with pytest.raises(UsageError, match="only unknown"):
        choose_definition("dim", region="whole")
    with pytest.raises(UsageError, match="SAD, MSE, MAD"):
        choose_metrics(["IOU"])
    with pytest.raises(UsageError):
        choose_metrics([""])


def test_signatures_tell_definitions_apart():
    every = (
        ["|".join(choose_definition(name).signature_parts(tuple(Metric))) for name in DEFINITIONS]
        + [
            "|".join(choose_definition(region=region, trimap_radius=radius).signature_parts(tuple(Metric)))
            for region, radius in (("unknown", 10), ("unknown", 5), ("fg", 10))
        ]
        + ["|".join(choose_definition(conn="float64", grad="plain").signature_parts((Metric.SAD,)))]
    )
    assert len(set(every)) == len(every)
    assert every[0] == "rim-eval 1.0|sad/1000|whole|conn:dim-exact|grad:dim"
