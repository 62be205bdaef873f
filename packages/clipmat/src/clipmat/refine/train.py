"""`train_refiner`: datasets, a trained CLIPMat and a configuration in, a run folder of the refiner out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import torch
import torch.nn.functional as F
from torch import Tensor

from clipmat.data.augment import drawn_kernel
from clipmat.data.batches import batches
from clipmat.data.scenes import Source, TrainSplit
from clipmat.data.trimap import odd_kernel, trimap_from_alpha
from clipmat.model.folder import WEIGHTS, Origin, load_model, read_config, resolve
from clipmat.prediction.matter import Matter
from clipmat.randomness import address, torch_generator_for
from clipmat.refine.coarse import perturbed
from clipmat.refine.coarse_map import CoarseMapRefiner
from clipmat.refine.config import RefinerConfig, RefinerTrainConfig
from clipmat.refine.crops import CropBatch, CropBatches
from clipmat.refine.encoder import load_resnet_weights
from clipmat.refine.folder import write_refiner_files
from clipmat.refine.losses import RefinerLosses, refiner_losses
from clipmat.refine.p3m import P3MNet, build_p3m
from clipmat.refine.refined import RefinedMatter
from clipmat.training.loop import Trained, open_run, run_learner
from clipmat.training.optim import grouped
from clipmat.training.train import open_splits
from clipmat.training.validation import validate

if TYPE_CHECKING:
    from clipmat.model.clipmat import CLIPMat

BACKWARD: Final = 3.0
"""Operations of forward and backward, relative to forward."""


def train_refiner(
    data: Sequence[Source],
    config: RefinerTrainConfig,
    checkpoint: str | Path,
    out: Path,
    *,
    resume: bool = False,
    device: str | None = None,
    quiet: bool = False,
) -> Trained:
    """Train the coarse-map refiner of a model.

    Args:
        data: dataset folders of the engine with their weights.
        config: everything else that matters.
        checkpoint: the CLIPMat whose mattes will be refined: folder, run, or ``hf:owner/name``; it is not changed.
        out: the run's folder; new, or that of a run to resume.
        resume: go on from the newest checkpoint of ``out``.
        device: cpu, cuda or mps; None: the best there is.
        quiet: no lines on stderr.

    Raises:
        As `clipmat.training.train.train`.
    """
    accelerator = open_run(config, out, resume, device)
    folder = resolve(checkpoint)
    splits = [(split, one.weight) for split, one in open_splits(data, config, read_config(folder).setting)]
    coarse_model = load_model(folder)
    config = config.model_copy(update={"coarse_model": weights_digest(folder / WEIGHTS)})
    torch.manual_seed(address(config.seed, "weights"))
    net = build_p3m(config.model)
    if config.pretrained is not None and not resume:
        load_resnet_weights(net.encoder, Path(config.pretrained))
    matter = Matter(coarse_model, accelerator.device)
    source = CropBatches(
        [split.scenes for split, _ in splits],
        [weight for _, weight in splits],
        matter.prompter,
        coarse_model.config.image_size,
        config,
        rank=accelerator.process_index,
        world=accelerator.num_processes,
    )
    learner = _RefinerLearner(config, net, matter, splits, source)
    return run_learner(learner, accelerator, out, resume=resume, quiet=quiet)


def weights_digest(path: Path) -> str:
    """SHA-256 of a file of weights, its first 16 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


class _RefinerLearner:
    """The refiner as the loop trains it."""

    pairs_per_image = 1

    def __init__(
        self,
        config: RefinerTrainConfig,
        net: P3MNet,
        matter: Matter,
        splits: list[tuple[TrainSplit, float]],
        source: CropBatches,
    ) -> None:
        self.config, self.model = config, net
        self._matter, self._source = matter, source
        self._held_out = [scene for split, _ in splits for scene in split.held_out]
        self.data = tuple((split.fingerprint, weight) for split, weight in splits)
        self.licenses = tuple(split.license for split, _ in splits)
        self.steps_per_epoch = source.steps_per_epoch
        self.lowers_memory = f"or crop_size ({config.crop_size})"
        self.lowers_rates = f"--set lr=..., now {config.lr:g}"

    def groups(self) -> list[dict[str, object]]:
        return grouped(self.model, lambda name: "all", {"all": self.config.lr}, self.config.weight_decay)

    def flops_per_image(self) -> float:
        return BACKWARD * refiner_flops(self.config.model, self.config.crop_size)

    def batches(self, first: int, last: int, pin: bool) -> Iterator[CropBatch]:
        return batches(self._source, first, last, self.config.workers, pin)

    def losses(
        self, model: torch.nn.Module, batch: CropBatch, step: int, device: torch.device, rank: int
    ) -> RefinerLosses:
        generator = torch_generator_for(device, self.config.seed, "augment", step, rank)
        images, alpha = batch.images.float() / 255.0, batch.alphas[:, None].float() / 255.0
        coarse = coarse_maps(self._matter.model, batch, alpha, self.config, generator)
        images, alpha, coarse = (
            torch.where(batch.flip[:, None, None, None], x.flip(3), x) for x in (images, alpha, coarse)
        )
        drawn = drawn_kernel(self.config.trimap_kernel, generator)
        trimap = trimap_from_alpha(alpha, odd_kernel(float(drawn), alpha.shape[-1]))
        return refiner_losses(model(images, coarse), alpha, trimap, self.config)

    def reached_all(self, steps: int) -> bool:
        return True

    def validate(self, model: Any, pictures: Path) -> dict[str, float]:
        if not self._held_out:
            return {}
        refiner = CoarseMapRefiner(model, self._matter.device)
        return validate(RefinedMatter(self._matter, refiner), self._held_out, pictures)

    def write(self, folder: Path, state: dict[str, Tensor], origin: Origin) -> None:
        write_refiner_files(folder, self.config.model, state, origin)


def coarse_maps(
    model: CLIPMat, batch: CropBatch, alpha: Tensor, config: RefinerTrainConfig, generator: torch.Generator
) -> Tensor:
    """What stands for the coarse alpha of each crop: CLIPMat's own, or the truth with errors.

    Args:
        model: CLIPMat, in evaluation mode.
        batch: on the device of the model.
        alpha: (B, 1, C, C) in [0, 1], the truth.
        config: of the run.
        generator: of this step.

    Returns:
        (B, 1, C, C) in [0, 1].
    """
    coarse = perturbed(alpha, config.coarse, generator)
    chosen = batch.predicted.nonzero()[:, 0]
    if len(chosen):
        with torch.no_grad():
            whole = model(batch.whole[chosen].float() / 255.0, batch.ids[chosen]).alpha
        coarse[chosen] = cropped(whole.to(coarse.dtype), batch.boxes[chosen], alpha.shape[-1])
    return coarse


def cropped(whole: Tensor, boxes: Tensor, size: int) -> Tensor:
    """The part of each map inside its box, bilinearly.

    Args:
        whole: (B, 1, S, S).
        boxes: (B, 4), left, top, right, bottom from 0 to 1.
        size: side of the result.

    Returns:
        (B, 1, size, size).
    """
    steps = (torch.arange(size, device=whole.device, dtype=whole.dtype) + 0.5) / size
    left, top, right, bottom = boxes.to(whole.dtype).unbind(1)
    x = left[:, None] + (right - left)[:, None] * steps
    y = top[:, None] + (bottom - top)[:, None] * steps
    grid = torch.stack([x[:, None].expand(-1, size, -1), y[:, :, None].expand(-1, -1, size)], dim=-1)
    return F.grid_sample(whole, 2.0 * grid - 1.0, mode="bilinear", padding_mode="border", align_corners=False)


def refiner_flops(config: RefinerConfig, size: int) -> float:
    """Operations (2 per multiply-add) of one crop, forward."""
    from torch.utils.flop_counter import FlopCounterMode

    with torch.device("meta"):
        net = build_p3m(config).eval()
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            net(torch.empty(1, 3, size, size), torch.empty(1, 1, size, size))
    return float(counter.get_total_flops())
