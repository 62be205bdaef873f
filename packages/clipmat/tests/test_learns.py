"""It follows words, not just foreground: from random weights, on a small build of the engine with two drawn things
to a picture, scored on pairs of shape and colour that it never saw together.

The slowest test here. `recipes/learn_drawn.sh` asks for more, of a larger build, three times.
"""

import subprocess
import sys

import pytest
import torch

from clipmat import Matter
from clipmat.config import preset
from clipmat.data.scenes import Source
from clipmat.prediction.predict import predict_dataset
from clipmat.training.train import train

KINDS = ("basic", "absolute", "relative", "relative2")
IMAGES, ALIGN_STEPS, STEPS = 1200, 800, 1500


@pytest.mark.timeout(3600)
def test_the_right_one_of_two_things_is_matted(tmp_path):
    import rim_eval

    torch.set_num_threads(1)  # the same sums in the same order on any machine
    data = build(tmp_path / "data")
    changes = {"align_steps": ALIGN_STEPS, "max_steps": STEPS, "validation_images": 0}
    done = train([Source(data)], preset("scratch", changes=changes), tmp_path / "run", device="cpu", quiet=True)
    predict_dataset(Matter.from_pretrained(done.run, "cpu"), data, tmp_path / "preds")
    found = rim_eval.score(tmp_path / "preds", data, metrics=["SAD"])
    by_kind = {
        kind: round(sum(row.target == "right" for row in rows) / len(rows), 3)
        for i, kind in enumerate(KINDS)
        if (rows := [row for row in found.rows if row.id.endswith(f"_e{i}")])
    }
    print(f"accuracy {found.targets.accuracy:.3f} of {len(found.rows)} phrases, {by_kind}")
    assert len(by_kind) == 4
    assert found.targets.accuracy >= 0.75, by_kind


def build(out):
    """Drawn at a fifth of the usual size: the model looks at 96 pixels."""
    settings = (
        "sampling.three_share=0",
        "sources.drawn_split=combinations",
        "sources.drawn_scale=0.2",
        "filters.min_short_side=32",
        "filters.min_box_side=32",
    )
    subprocess.run(
        [
            sys.executable, "-m", "refmatte_engine", "build", "--sources", f"drawn:{IMAGES * 6 // 10}",
            "--backgrounds", "drawn:30", "--images", str(IMAGES), "--seed", "7", "--workers", "1",
            *(word for setting in settings for word in ("--set", setting)), "--out", str(out),
        ],
        check=True,
    )  # fmt: skip
    return out
