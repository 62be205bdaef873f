"""The published ViT-B/16 at 512 pixels, once: a training step and a prediction. About 9 GB of memory."""

import numpy as np
import pytest
import torch

from clipmat.config import preset
from clipmat.data.augment import Prepared
from clipmat.data.trimap import trimap_from_alpha
from clipmat.model.clipmat import build_model
from clipmat.prediction.matter import Matter
from clipmat.training.optim import build_optimizer
from clipmat.training.train import train_step


def free_gigabytes():

    try:
        with open("/proc/meminfo") as file:
            found = next(line for line in file if line.startswith("MemAvailable"))
        return int(found.split()[1]) / 2**20
    except (OSError, StopIteration):
        return 0.0


@pytest.mark.skipif(free_gigabytes() < 11, reason="needs 11 GB of free memory")
@pytest.mark.timeout(600)
def test_one_step_and_one_prediction_at_full_size():
    config = preset("paper")
    torch.manual_seed(0)
    model = build_model(config.model).train()
    optimizer = build_optimizer(model, config)
    alpha = torch.zeros(1, 1, 512, 512)
    alpha[..., 128:384, 128:384] = 1.0
    ids = torch.zeros(1, 69, dtype=torch.int64)
    ids[0, :5] = torch.tensor([49406, 518, 736, 1937, 49407])
    batch = Prepared(
        torch.rand(1, 3, 512, 512), alpha, trimap_from_alpha(alpha, 9), ids, torch.zeros(1, dtype=torch.int64)
    )
    losses = train_step(model, batch, config.loss)
    assert all(torch.isfinite(value) for value in losses.named().values())
    losses.total.backward()
    idle = [name for name, parameter in model.named_parameters() if parameter.grad is None]
    assert not idle
    before = model.tsp.out.weight.detach().clone()
    optimizer.step()
    assert not torch.equal(before, model.tsp.out.weight)
    del optimizer, losses
    for parameter in model.parameters():
        parameter.grad = None
    image = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    matte = Matter(model, "cpu").predict(image, "the red square")
    assert matte.alpha.shape == (300, 400) and np.isfinite(matte.alpha).all()
