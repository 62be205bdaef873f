"""`train`: datasets and a configuration in, a run folder of CLIPMat out (see `clipmat.training.loop`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from clipmat.config import LossConfig, RunConfig, Setting, TrainConfig
from clipmat.data.augment import Prepared, prepare
from clipmat.data.batches import Batch, Batches, batches
from clipmat.data.scenes import Source, TrainingSet, TrainSplit, open_train_split, with_pictures
from clipmat.errors import UsageError
from clipmat.model.backbone import reads_clip_tokens
from clipmat.model.clipmat import CLIPMat, build_model
from clipmat.model.flops import train_flops
from clipmat.model.folder import Origin, load_weights, read_config, resolve, write_model_files
from clipmat.model.prompts import build_prompter
from clipmat.prediction.matter import Matter
from clipmat.randomness import address, torch_generator_for
from clipmat.training.loop import Trained, open_run, run_learner, speaker
from clipmat.training.losses import Losses, aligning_losses, matting_losses
from clipmat.training.optim import parameter_groups
from clipmat.training.validation import validate

if TYPE_CHECKING:
    from torch import Tensor


def train(
    data: Sequence[Source],
    config: TrainConfig,
    out: Path,
    *,
    resume: bool = False,
    init: str | None = None,
    cache: Path | None = None,
    device: str | None = None,
    quiet: bool = False,
) -> Trained:
    """Train a model.

    Args:
        data: dataset folders of the engine with their weights.
        config: everything else that matters.
        out: the run's folder; new, or that of a run to resume.
        resume: go on from the newest checkpoint of ``out``.
        init: a model (folder, run, ``hf:owner/name``) whose weights to start from.
        cache: where resized pictures go; None: into each dataset's ``_cache``.
        device: cpu, cuda or mps; None: the best there is.
        quiet: no lines on stderr.

    Raises:
        StateConflictError: ``out`` is not empty, has nothing to resume, or is another run.
        DivergedError: loss or weights are not finite any more; the last checkpoint is kept.
        StoppedError: SIGTERM or Ctrl-C; a checkpoint was written.
        OutOfMemoryError: the batch does not fit the device.
        BadInputError: data or weights cannot be used.
    """
    accelerator = open_run(config, out, resume, device)
    _check_alignment(config, accelerator.num_processes)
    # What is quickly found wrong comes first: the tables, then weights, then pictures to resize.
    splits = open_splits(data, config, config.model.setting)
    torch.manual_seed(address(config.seed, "weights"))
    model = _start(config, init if not resume else None, resume)
    say = speaker(accelerator.is_main_process and not quiet)
    # The first process makes the cache, the others find it.
    with accelerator.main_process_first():
        sets = open_pictures(splits, config.model.setting, config.model.image_size, cache, say)
    source = Batches(
        sets,
        build_prompter(config.model, model.text_encoder.context),
        seed=config.seed,
        batch_size=config.batch_size,
        queries=config.queries,
        flip=config.augment.flip,
        rank=accelerator.process_index,
        world=accelerator.num_processes,
    )
    most = config.steps(source.steps_per_epoch) * 2 // 3
    if config.align_steps > most:
        say(f"a run this short aligns for {most:,} steps, not {config.align_steps:,}")
        config = config.model_copy(update={"align_steps": most})
    learner = _MattingLearner(config, model, sets, source, accelerator)
    return run_learner(learner, accelerator, out, resume=resume, quiet=quiet)


def train_step(model: torch.nn.Module, batch: Prepared, config: LossConfig) -> Losses:
    """Forward and losses of one prepared batch; the caller goes backward."""
    answer = model(batch.images, batch.ids, batch.owner)
    return matting_losses(answer, batch.alpha, batch.trimap, config, batch.matte, batch.owner)


def align_step(model: CLIPMat, batch: Prepared, config: LossConfig) -> Losses:
    """Forward and alignment loss of one prepared batch; the caller goes backward."""
    return aligning_losses(model.align(batch.images, batch.ids), batch.alpha, config, batch.matte, batch.owner)


def open_splits(data: Sequence[Source], config: RunConfig, setting: Setting) -> list[tuple[TrainSplit, Source]]:
    """The train split of every dataset; no picture is looked at.

    Raises:
        UsageError: there is no dataset.
        BadInputError: one cannot be used.
    """
    if not data:
        raise UsageError("there is no dataset: --data DIR")
    n = config.validation_images
    return [(open_train_split(one.root, setting, seed=config.seed, validation_images=n), one) for one in data]


def open_pictures(
    splits: Sequence[tuple[TrainSplit, Source]],
    setting: Setting,
    size: int,
    cache: Path | None,
    say: Callable[[str], None],
) -> list[tuple[TrainingSet, float]]:
    """Every dataset with its resized cache at a size, and its weight.

    Raises:
        BadInputError: a picture cannot be read.
        DiskError: a cache cannot be written.
    """

    def opened(split: TrainSplit, source: Source) -> TrainingSet:
        def progress(done: int) -> None:
            if done % 1000 == 0:
                say(f"resized {done:,} pictures of {source.root}")

        return with_pictures(split, source.root, setting, size, cache=cache, progress=progress)

    return [(opened(split, source), source.weight) for split, source in splits]


class _MattingLearner:
    """CLIPMat as the loop trains it."""

    def __init__(
        self,
        config: TrainConfig,
        model: CLIPMat,
        sets: list[tuple[TrainingSet, float]],
        source: Batches,
        accelerator: Any,
    ) -> None:
        self.config, self.model, self._accelerator = config, model, accelerator
        self._sets, self._source = sets, source
        self.data = tuple((one.fingerprint, weight) for one, weight in sets)
        self.licenses = tuple(one.license for one, _ in sets)
        self.steps_per_epoch = source.steps_per_epoch
        self.pairs_per_image = config.queries
        self.lowers_memory = f"queries ({config.queries}) or model.image_size ({config.model.image_size})"
        self.lowers_rates = "--set lr_rest=..., and lr_image, lr_text of the encoders"

    def groups(self) -> list[dict[str, object]]:
        return parameter_groups(self.model, self.config)

    def flops_per_image(self) -> float:
        return train_flops(self.config.model, self.config.queries)

    def batches(self, first: int, last: int, pin: bool) -> Iterator[Batch]:
        return batches(self._source, first, last, self.config.workers, pin)

    def losses(self, model: torch.nn.Module, batch: Batch, step: int, device: torch.device, rank: int) -> Losses:
        generator = torch_generator_for(device, self.config.seed, "augment", step, rank)
        prepared = prepare(batch, self.config.augment, generator)
        if step < self.config.align_steps:
            with self._accelerator.autocast():
                return align_step(self.model, prepared, self.config.loss)
        return train_step(model, prepared, self.config.loss)

    def reached_all(self, steps: int) -> bool:
        return steps > self.config.align_steps

    def validate(self, model: Any, pictures: Path) -> dict[str, float]:
        scenes = [scene for one, _ in self._sets for scene in one.held_out]
        if not scenes:
            return {}
        return validate(Matter(model, next(model.parameters()).device), scenes, pictures)

    def write(self, folder: Path, state: dict[str, Tensor], origin: Origin) -> None:
        write_model_files(folder, self.config.model, state, origin)


def _check_alignment(config: TrainConfig, processes: int) -> None:
    reads_marks = bool(config.loss.alignment) or config.model.mask_padding or not config.model.tsp
    if reads_marks and not reads_clip_tokens(config.model.backbone):
        raise UsageError(
            f"loss.alignment, model.mask_padding and a model without model.tsp need CLIP's tokens, and "
            f"{config.model.backbone} has others: leave them as in the preset paper, or choose a CLIP backbone"
        )
    if config.align_steps and not (config.loss.alignment and config.model.tsp):
        raise UsageError("align_steps need a weight, loss.alignment, and model.tsp: set both, or align_steps=0")
    if config.align_steps and processes > 1:
        raise UsageError(f"align_steps are for one process, not {processes}: --set align_steps=0")


def _start(config: TrainConfig, init: str | None, resume: bool) -> CLIPMat:
    model = build_model(config.model)
    if init is not None:
        folder = resolve(init)
        theirs = read_config(folder)
        if theirs != config.model:
            fields = [
                name for name in type(theirs).model_fields if getattr(theirs, name) != getattr(config.model, name)
            ]
            raise UsageError(
                f"{init} is another architecture (model.{', model.'.join(fields)}): choose the preset it was "
                "trained with, or --set these fields"
            )
        load_weights(model, folder / "model.safetensors")
    elif config.pretrained is not None and not resume:
        from clipmat.model.pretrained import load_clip_weights

        load_clip_weights(model, config.pretrained)
    return model
