"""It follows words, not just foreground: from random weights, on two-thing pictures, scored on ones it never saw.

The slowest test here. `recipes/learn_drawn.sh` asks the same of the engine's drawn datasets.
"""

import pytest
import torch

from clipmat import Matter
from clipmat.config import preset
from clipmat.data.scenes import Source
from clipmat.prediction.predict import predict_dataset
from clipmat.training.train import train

STEPS = 300


@pytest.mark.timeout(1500)
def test_the_right_one_of_two_things_is_matted(make_dataset, tmp_path):
    import rim_eval

    torch.set_num_threads(1)  # the same sums in the same order on any machine
    data = make_dataset(tmp_path / "data", 400, 40)
    config = preset("scratch", changes={"max_steps": STEPS, "validation_images": 0})
    done = train([Source(data)], config, tmp_path / "run", device="cpu", quiet=True)
    predict_dataset(Matter.from_pretrained(done.run, "cpu"), data, tmp_path / "preds")
    found = rim_eval.score(tmp_path / "preds", data)
    by_kind = {
        kind: sum(row.target == "right" for row in found.rows if row.id.endswith(f"_e{i}")) / 80
        for i, kind in enumerate(("basic", "absolute", "relative", "relative2"))
    }
    print(f"accuracy {found.targets.accuracy:.3f}, {by_kind}")
    assert found.targets.accuracy >= 0.75, by_kind
