"""`train`: datasets and a configuration in, a run folder out.

    runs/1/
      config.json log.csv validation.csv tensorboard/ validation/    what was asked, what happened
      checkpoints/step-00001000/                                     what `--resume` continues
      model/                                                         the finished model, ready for the hub

A run is a pure function of configuration, data and number of processes: stopped and resumed it ends the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from clipmat.config import LossConfig, TrainConfig
from clipmat.data.augment import Prepared, prepare
from clipmat.data.batches import Batches, batches
from clipmat.data.scenes import Source, TrainingSet, open_training_set
from clipmat.devices import is_out_of_memory
from clipmat.errors import (
    DivergedError,
    MissingExtraError,
    OutOfMemoryError,
    StateConflictError,
    StoppedError,
    UsageError,
)
from clipmat.model.clipmat import CLIPMat, build_model
from clipmat.model.flops import peak_flops, train_flops
from clipmat.model.folder import EXPORT, Origin, checkpoints, load_weights, read_config, resolve, save_model
from clipmat.model.prompts import build_prompter
from clipmat.randomness import address, torch_generator_for
from clipmat.training.averaging import averaged, build_average
from clipmat.training.checkpoint import RunState, check_resumable, load_checkpoint, read_state, save_checkpoint
from clipmat.training.losses import Losses, aligning_losses, matting_losses
from clipmat.training.optim import build_optimizer, set_rates
from clipmat.training.run_log import RunLog
from clipmat.training.stopping import StopRequest

if TYPE_CHECKING:
    from torch.optim.swa_utils import AveragedModel


@dataclass(frozen=True, slots=True)
class Trained:
    """What `train` returns: the run, its finished model, and the scores of the last validation."""

    run: Path
    model: Path
    steps: int
    scores: dict[str, float]


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
        device: cpu, or None for whatever accelerate finds.
        quiet: no lines on stderr.

    Raises:
        StateConflictError: ``out`` is not empty, has nothing to resume, or is another run.
        DivergedError: the loss is not finite any more; the last checkpoint is kept.
        StoppedError: SIGTERM; a checkpoint was written.
        OutOfMemoryError: the batch does not fit the device.
        BadInputError: data or weights cannot be used.
    """
    accelerator = _accelerator(config, device)
    first = accelerator.is_main_process
    _check_alignment(config, accelerator.num_processes)
    _check_folder(out, resume)
    say = _speaker(first and not quiet)
    torch.manual_seed(address(config.seed, "weights"))
    model = _start(config, init if not resume else None, resume)
    sets = _open_data(data, config, cache, accelerator, say)
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
    total = config.epochs * source.steps_per_epoch
    total = total if config.max_steps is None else min(total, config.max_steps)
    if config.align_steps >= total:
        raise UsageError(
            f"all {total:,} steps would align and none learn to matte: more steps, or --set align_steps=0"
        )
    state = RunState(
        step=0,
        total=total,
        config=config,
        data=tuple((one.fingerprint, weight) for one, weight in sets),
        world=accelerator.num_processes,
    )
    if accelerator.num_processes > 1 and config.model.norm == "batch":
        model = (
            torch.nn.SyncBatchNorm.convert_sync_batchnorm(model)  # type: ignore[no-untyped-call]
            if accelerator.device.type == "cuda"
            else model
        )
    model.to(accelerator.device)
    if config.channels_last:
        model.to(memory_format=torch.channels_last)
    optimizer = build_optimizer(model, config)
    average = build_average(model, config.ema_decay) if config.ema_decay else None
    if resume:
        newest = checkpoints(out)[-1]
        before = read_state(newest)
        check_resumable(before, state)
        load_checkpoint(newest, model, optimizer, average)
        state = _at(state, before.step)
        say(f"resumed from {newest} at step {state.step:,}")
    run = _Run(
        accelerator=accelerator,
        config=config,
        out=out,
        state=state,
        bare=model,
        model=accelerator.prepare(torch.compile(model) if config.compile else model),
        optimizer=accelerator.prepare(optimizer),
        average=average,
        sets=sets,
        log=RunLog(out, state.step, total, quiet) if first else None,
    )
    if first:
        (out / "config.json").write_text(config.model_dump_json(indent=1) + "\n")
    try:
        return run.go(source, say)
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        raise OutOfMemoryError(
            f"the memory of {accelerator.device} does not hold this configuration: lower batch_size (now "
            f"{config.batch_size}), queries ({config.queries}) or model.image_size ({config.model.image_size})"
        ) from error
    finally:
        if run.log is not None:
            run.log.close()


def train_step(model: torch.nn.Module, batch: Prepared, config: LossConfig) -> Losses:
    """Forward and losses of one prepared batch; the caller goes backward."""
    answer = model(batch.images, batch.ids, batch.owner)
    return matting_losses(answer, batch.alpha, batch.trimap, config, batch.matte)


def align_step(model: CLIPMat, batch: Prepared, config: LossConfig) -> Losses:
    """Forward and alignment loss of one prepared batch; the caller goes backward."""
    return aligning_losses(model.align(batch.images, batch.ids, batch.owner), batch.alpha, config, batch.matte)


@dataclass(slots=True)
class _Run:
    """One session of a run: the loop, and what it does every so many steps."""

    accelerator: Any
    config: TrainConfig
    out: Path
    state: RunState
    bare: CLIPMat
    model: torch.nn.Module
    optimizer: Any
    average: AveragedModel | None
    sets: list[tuple[TrainingSet, float]]
    log: RunLog | None

    def go(self, source: Batches, say: Callable[[str], None]) -> Trained:
        config, device = self.config, self.accelerator.device
        total, scores = self.state.total, dict[str, float]()
        flops = train_flops(config.model, config.queries) if self.log is not None else 0.0
        peak = peak_flops(device)
        self.model.train()
        clock, since = time.monotonic(), self.state.step
        with StopRequest(self.accelerator) as stop:
            for batch in batches(source, self.state.step, total, config.workers, pin=device.type == "cuda"):
                step = self.state.step
                losses = self._step(batch.to(device), step)
                self.state = _at(self.state, step + 1)
                done = step + 1
                # Reading a loss waits for the device: only now and then, and before anything is kept.
                keeps = done % config.checkpoint_every == 0 or done == total
                if done % config.log_every == 0 or keeps or device.type == "cpu":
                    self._check_finite(losses, done)
                if self.log is not None and (done % config.log_every == 0 or done == total):
                    seconds = max(1e-9, time.monotonic() - clock)
                    images = (done - since) * config.batch_size / seconds
                    used = images * flops / (peak * self.state.world) if peak else 0.0
                    rate = self.optimizer.param_groups[-1]["lr"]
                    named = {name: float(value) for name, value in losses.named().items()}
                    self.log.step(
                        done,
                        {
                            **named,
                            "lr": rate,
                            "images_per_s": images,
                            "pairs_per_s": images * config.queries,
                            "mfu": used,
                        },
                    )
                    clock, since = time.monotonic(), done
                if (config.validate_every and done % config.validate_every == 0) or done == total:
                    scores = self._validate(done)
                    clock, since = time.monotonic(), done
                if keeps:
                    self._save(scores)
                if done < total and stop.asked():
                    folder = self._save(scores)
                    raise StoppedError(f"stopped at step {done:,}; `--resume` continues from {folder}")
        if since == total and not scores:
            say(f"the run had finished its {total:,} steps already")
            scores = self._validate(total)
        finished = self.out / EXPORT
        if self.log is not None:
            predicted = self.bare if self.average is None else self.average.module
            save_model(finished, config.model, predicted.state_dict(), self._origin(scores))
            say(f"finished: {finished}")
        self.accelerator.wait_for_everyone()
        return Trained(self.out, finished, self.state.step, scores)

    def _step(self, batch: Any, step: int) -> Losses:
        config, accelerator = self.config, self.accelerator
        rank = accelerator.process_index
        set_rates(self.optimizer, config, step, self.state.total)
        generator = torch_generator_for(accelerator.device, config.seed, "augment", step, rank)
        prepared = prepare(batch, config.augment, generator)
        # Dropout reads torch's own generator: give it an address too, so that resuming is exact.
        torch.manual_seed(address(config.seed, "dropout", step, rank))
        if step < config.align_steps:
            with accelerator.autocast():
                losses = align_step(self.bare, prepared, config.loss)
        else:
            losses = train_step(self.model, prepared, config.loss)
        self.optimizer.zero_grad()
        accelerator.backward(losses.total)
        if config.clip_norm is not None:
            accelerator.clip_grad_norm_(self.model.parameters(), config.clip_norm)
        self.optimizer.step()
        if self.average is not None:
            self.average.update_parameters(self.bare)
        return losses

    def _check_finite(self, losses: Losses, done: int) -> None:
        if bool(torch.isfinite(losses.total.detach())):
            return
        bad = [name for name, value in losses.named().items() if not bool(torch.isfinite(value))]
        kept = checkpoints(self.out)
        way = f"{kept[-1]} is kept" if kept else "there is no checkpoint yet"
        raise DivergedError(
            f"the loss is not a number at step {done:,} ({', '.join(bad)}); {way}: start again with lower rates "
            "(--set lr_rest=...) or with clip_norm"
        )

    def _validate(self, step: int) -> dict[str, float]:
        scenes = [scene for one, _ in self.sets for scene in one.held_out]
        if self.log is None or not scenes:
            return {}
        from clipmat.training.validation import validate

        model = self.bare if self.average is None else averaged(self.average)
        scores = validate(model, scenes, self.out / "validation" / f"step-{step:08d}")
        self.log.scores(step, scores)
        return scores

    def _save(self, scores: dict[str, float]) -> Path:
        from clipmat.model.folder import CHECKPOINTS, checkpoint_name

        if self.log is not None:
            optimizer = getattr(self.optimizer, "optimizer", self.optimizer)
            save_checkpoint(self.out, self.state, self.bare, optimizer, self.average, self._origin(scores))
        self.accelerator.wait_for_everyone()
        return self.out / CHECKPOINTS / checkpoint_name(self.state.step)

    def _origin(self, scores: dict[str, float]) -> Origin:
        return Origin(
            steps=self.state.step,
            datasets=tuple(one.fingerprint for one, _ in self.sets),
            data_licenses=tuple(one.license for one, _ in self.sets),
            scores=scores or None,
        )


def _accelerator(config: TrainConfig, device: str | None) -> Any:
    try:
        from accelerate import Accelerator  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingExtraError(
            f"training needs the extra `train` ({error}): pip install 'clipmat[train]'"
        ) from error
    on_cpu = device == "cpu" or not (torch.cuda.is_available() or torch.backends.mps.is_available())
    if device == "cuda" and on_cpu:
        raise UsageError("there is no CUDA device here: leave --device out, or use --device cpu")
    if on_cpu and config.precision == "bf16":
        raise UsageError(
            "precision bf16 is for a GPU and there is none: --set precision=fp32, or choose another preset"
        )
    return Accelerator(mixed_precision={"fp32": "no", "bf16": "bf16"}[config.precision], cpu=on_cpu)


def _check_alignment(config: TrainConfig, processes: int) -> None:
    if config.align_steps and not (config.loss.alignment and config.model.tsp):
        raise UsageError("align_steps need a weight, loss.alignment, and model.tsp: set both, or align_steps=0")
    if config.align_steps and processes > 1:
        raise UsageError(f"align_steps are for one process, not {processes}: --set align_steps=0")


def _check_folder(out: Path, resume: bool) -> None:
    if resume and not checkpoints(out):
        raise StateConflictError(f"{out} has no checkpoint to resume: leave --resume out")
    if not resume and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise StateConflictError(
            f"{out} is not empty: continue it with --resume, or choose another folder with --out"
        )


def _open_data(
    data: Sequence[Source], config: TrainConfig, cache: Path | None, accelerator: Any, say: Callable[[str], None]
) -> list[tuple[TrainingSet, float]]:
    if not data:
        raise UsageError("there is no dataset: --data DIR")

    def opened(source: Source) -> TrainingSet:
        def progress(done: int) -> None:
            if done % 1000 == 0:
                say(f"resized {done:,} pictures of {source.root}")

        return open_training_set(
            source.root,
            config.model.setting,
            config.model.image_size,
            seed=config.seed,
            validation_images=config.validation_images,
            cache=cache,
            progress=progress,
        )

    # The first process makes the cache, the others find it.
    with accelerator.main_process_first():
        return [(opened(source), source.weight) for source in data]


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


def _at(state: RunState, step: int) -> RunState:
    return RunState(step, state.total, state.config, state.data, state.world)


def _speaker(aloud: bool) -> Callable[[str], None]:
    import sys

    return (lambda text: print(text, file=sys.stderr, flush=True)) if aloud else (lambda text: None)
