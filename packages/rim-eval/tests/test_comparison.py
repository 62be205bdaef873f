import json

import numpy as np
import pytest

from rim_eval import compare
from rim_eval.errors import ReportFileError, UsageError
from rim_eval.saved_runs import SavedItem, SavedRun, load_run


def run(name, sads, *, per_image=2, signature="rim-eval 1.0|whole|ids:1|n=2"):
    items = tuple(
        SavedItem(
            f"{i}",
            f"{i}",
            f"im{i // per_image}",
            {"SAD": sad, "MSE": None, "MAD": None, "GRAD": None, "CONN": None},
            "right",
        )
        for i, sad in enumerate(sads)
    )
    return SavedRun(name, signature, "matte", "none", {}, None, len(items), items)


def sad(comparison):
    return next(d for d in comparison.differences if d.metric == "SAD")


def test_means_and_counts():
    result = compare(run("a", [1, 2, 3, 4, 5]), run("b", [1, 1, 4, 4, 0]), resamples=200)
    d = sad(result)
    assert (d.a, d.b) == (3.0, 2.0) and d.difference == -1.0
    assert (d.wins, d.losses, d.ties) == (2, 1, 2)
    assert (result.n, result.images) == (5, 3)
    per_image = next(d for d in result.differences if d.metric == "SAD(E)")
    assert per_image.a == pytest.approx((1.5 + 3.5 + 5) / 3)


def test_the_sign_flip_test_is_exact_for_few_images():
    # Five images, all better by one: 2 of the 32 sign patterns are as extreme.
    result = compare(run("a", [2] * 5, per_image=1), run("b", [1] * 5, per_image=1), resamples=1000)
    assert sad(result).p_value == 2 / 32


def test_images_not_items_are_the_units_of_chance():
    rng = np.random.default_rng(0)
    noise = np.repeat(rng.normal(0, 1, 40), 25) + 10  # the 25 items of an image move together
    a, b = np.full(1000, 10.0), noise
    together = sad(compare(run("a", a, per_image=25), run("b", b, per_image=25), resamples=2000))
    alone = sad(compare(run("a", a, per_image=1), run("b", b, per_image=1), resamples=2000))
    assert together.high - together.low > 4 * (alone.high - alone.low)
    assert together.low <= together.difference <= together.high


def test_random_flips_agree_with_the_normal_distribution():
    rng = np.random.default_rng(1)
    change = rng.normal(0.25, 1, 100)
    result = sad(
        compare(run("a", np.full(100, 10.0), per_image=1), run("b", 10 + change, per_image=1), resamples=20_000)
    )
    from math import erfc, sqrt

    z = change.sum() / np.sqrt((change**2).sum())
    assert result.p_value == pytest.approx(erfc(abs(z) / sqrt(2)), abs=0.01)
    width = 2 * 1.96 * change.std() / 10
    assert result.high - result.low == pytest.approx(width, rel=0.06)


def test_the_seed_decides():
    a, b = run("a", np.arange(60.0)), run("b", np.arange(60.0) ** 1.01)
    assert compare(a, b, seed=1) == compare(a, b, seed=1)
    assert sad(compare(a, b, seed=1)).low != sad(compare(a, b, seed=2)).low


def test_what_cannot_be_compared():
    a = run("a", [1, 2, 3])
    with pytest.raises(ReportFileError, match="measure different things"):
        compare(a, run("b", [1, 2, 3], signature="rim-eval 1.0|unknown|ids:1|n=2"))
    with pytest.raises(ReportFileError, match=r"1 item only in a: 2.*--common"):
        compare(a, run("b", [1, 2]))
    assert compare(a, run("b", [1, 2]), common=True, resamples=100).n == 2
    with pytest.raises(UsageError):
        compare(a, a, confidence=1.0)
    with pytest.raises(ReportFileError, match="share no item"):
        compare(a, run("b", []))


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"signature": 1}', "[" * 100_000, "null", '{"signature": "a", "items": 3}']
)
def test_files_that_are_no_reports(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(ReportFileError, match=r"run\.json"):
        load_run(tmp_path / "run.json")


def test_a_saved_report_is_read_back(tmp_path, folders):
    from rim_eval import score

    report = score(*folders)
    (tmp_path / "run.json").write_text(json.dumps(report.to_json()))
    saved = load_run(f"mine={tmp_path / 'run.json'}")
    (tmp_path / "lr=0.1").mkdir()
    (tmp_path / "lr=0.1" / "b.json").write_text((tmp_path / "run.json").read_text())
    assert load_run(tmp_path / "lr=0.1" / "b.json").name == "b"
    assert load_run(f"x={tmp_path / 'lr=0.1' / 'b.json'}").name == "x"
    assert saved.name == "mine" and saved.n == 4 and saved.overall == dict(report.overall.values)
    assert [item.id for item in saved.items] == [row.id for row in report.rows]
