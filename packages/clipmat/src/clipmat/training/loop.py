"""The loop of every run: steps, logs, checkpoints, validation, stopping; a `Learner` says what is trained.

    runs/1/
      config.json log.csv validation.csv tensorboard/ validation/    what was asked, what happened
      checkpoints/step-00001000/                                     what `--resume` continues
      model/                                                         the finished model

A run is a pure function of configuration, data and number of processes: stopped and resumed it ends the same.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch

from clipmat.atomic import new_folder, write_bytes
from clipmat.config import RunConfig
from clipmat.devices import choose_device, is_out_of_memory
from clipmat.errors import (
    DivergedError,
    MissingExtraError,
    OutOfMemoryError,
    StateConflictError,
    StoppedError,
    UsageError,
)
from clipmat.model.flops import peak_flops
from clipmat.model.folder import CHECKPOINTS, EXPORT, Origin, checkpoint_name, checkpoints
from clipmat.randomness import address
from clipmat.training.averaging import build_average
from clipmat.training.checkpoint import RunState, check_resumable, load_checkpoint, read_state, save_checkpoint
from clipmat.training.optim import optimizer_over, set_rates
from clipmat.training.run_log import RunLog
from clipmat.training.stopping import StopRequest

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim.swa_utils import AveragedModel


class Terms(Protocol):
    """A loss by its named terms; ``total`` is what is minimised."""

    @property
    def total(self) -> Tensor: ...

    def named(self) -> dict[str, Tensor]:
        """Name -> detached scalar."""
        ...


class Learner(Protocol):
    """What a run trains, and on what. One instance lives for one session of a run."""

    @property
    def config(self) -> RunConfig: ...

    @property
    def model(self) -> nn.Module:
        """The bare network; the loop moves it to the device."""
        ...

    @property
    def data(self) -> tuple[tuple[str, float], ...]:
        """Fingerprint and weight of each dataset."""
        ...

    @property
    def licenses(self) -> tuple[str, ...]:
        """Licence of each dataset (SPDX)."""
        ...

    @property
    def steps_per_epoch(self) -> int: ...

    @property
    def pairs_per_image(self) -> int:
        """Phrases or mattes that each image of a step brings."""
        ...

    @property
    def lowers_memory(self) -> str:
        """What besides ``batch_size`` to lower when memory runs out."""
        ...

    @property
    def lowers_rates(self) -> str:
        """The options that lower the learning rates."""
        ...

    def groups(self) -> list[dict[str, object]]:
        """Parameters with their rates, as `clipmat.training.optim.grouped` makes them."""
        ...

    def flops_per_image(self) -> float:
        """Operations of forward and backward, all pairs of an image together."""
        ...

    def batches(self, first: int, last: int, pin: bool) -> Iterator[Any]:
        """Batches of the steps ``first`` to ``last`` (not included), each with a method ``to(device)``."""
        ...

    def losses(self, model: nn.Module, batch: Any, step: int, device: torch.device, rank: int) -> Terms:
        """Forward and losses of a step; ``model`` is the prepared one."""
        ...

    def reached_all(self, steps: int) -> bool:
        """Whether so many steps have trained every parameter, so that a checkpoint holds moments of each."""
        ...

    def validate(self, model: nn.Module, pictures: Path) -> dict[str, float]:
        """Scores of a network (bare or averaged) in evaluation mode; empty without held-out images."""
        ...

    def write(self, folder: Path, state: dict[str, Tensor], origin: Origin) -> None:
        """The files of a model's folder into an existing one, weights as ``model.safetensors`` by these names."""
        ...


@dataclass(frozen=True, slots=True)
class Trained:
    """What training returns: the run, its finished model, and the scores of the last validation."""

    run: Path
    model: Path
    steps: int
    scores: dict[str, float]


def open_run(config: RunConfig, out: Path, resume: bool, device: str | None) -> Any:
    """The accelerator of a run, whose folder must be new, or resumable with ``resume``.

    Raises:
        StateConflictError: the folder is not empty, or has nothing to resume.
        MissingExtraError: the extra ``train`` is not installed.
        UsageError: a device or precision that is not here, or not the one this process has trained with.
    """
    accelerator = _accelerator(config, device)
    _check_folder(out, resume)
    return accelerator


def speaker(aloud: bool) -> Callable[[str], None]:
    """Lines for people on stderr, or none."""
    return (lambda text: print(text, file=sys.stderr, flush=True)) if aloud else (lambda text: None)


def run_learner(learner: Learner, accelerator: Any, out: Path, *, resume: bool, quiet: bool) -> Trained:
    """Train to the end, from the start or from the newest checkpoint of ``out``.

    Raises:
        StateConflictError: the checkpoint is of another run.
        DivergedError: loss or weights are not finite any more; the last checkpoint is kept.
        StoppedError: SIGTERM or Ctrl-C; a checkpoint was written.
        OutOfMemoryError: the batch does not fit the device.
        DiskError: ``out`` cannot be written; the last checkpoint is kept.
    """
    config, model, first = learner.config, learner.model, accelerator.is_main_process
    say = speaker(first and not quiet)
    total = config.steps(learner.steps_per_epoch)
    state = RunState(step=0, total=total, config=config, data=learner.data, world=accelerator.num_processes)
    if accelerator.num_processes > 1 and accelerator.device.type == "cuda":
        model = torch.nn.SyncBatchNorm.convert_sync_batchnorm(model)  # type: ignore[no-untyped-call]
    model.to(accelerator.device)
    if config.channels_last:
        model.to(memory_format=torch.channels_last)
    optimizer = optimizer_over(learner.groups(), config)
    average = build_average(model, config.ema_decay) if config.ema_decay else None
    if resume:
        newest = checkpoints(out)[-1]
        before = read_state(newest, type(config))
        check_resumable(before, state)
        load_checkpoint(newest, model, optimizer, average, complete=learner.reached_all(before.step))
        state = _at(state, before.step)
        say(f"resumed from {newest} at step {state.step:,}")
    run = _Run(
        learner=learner,
        accelerator=accelerator,
        out=out,
        state=state,
        bare=model,
        model=accelerator.prepare(torch.compile(model) if config.compile else model),
        optimizer=accelerator.prepare(optimizer),
        average=average,
        log=RunLog(out, state.step, total, quiet) if first else None,
    )
    if first:
        write_bytes(out / "config.json", f"{config.model_dump_json(indent=1)}\n".encode())
    try:
        return run.go(say)
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        raise OutOfMemoryError(
            f"the memory of {accelerator.device} does not hold this configuration: lower batch_size (now "
            f"{config.batch_size}), {learner.lowers_memory}"
        ) from error
    finally:
        if run.log is not None:
            run.log.close()


@dataclass(slots=True)
class _Run:
    """One session of a run: the loop, and what it does every so many steps."""

    learner: Learner
    accelerator: Any
    out: Path
    state: RunState
    bare: nn.Module
    model: nn.Module
    optimizer: Any
    average: AveragedModel | None
    log: RunLog | None

    def go(self, say: Callable[[str], None]) -> Trained:
        config, device = self.learner.config, self.accelerator.device
        total, scores = self.state.total, dict[str, float]()
        flops = self.learner.flops_per_image() if self.log is not None else 0.0
        peak = peak_flops(device)
        self.model.train()
        began = self.state.step
        clock, since = time.monotonic(), began
        with StopRequest(self.accelerator) as stop:
            for batch in self.learner.batches(self.state.step, total, device.type == "cuda"):
                step = self.state.step
                losses = self._step(batch.to(device), step)
                self.state = _at(self.state, step + 1)
                done = step + 1
                keeps = done % config.checkpoint_every == 0 or done == total
                # Reading a loss waits for the device: only now and then, and before anything is kept.
                if done % config.log_every == 0 or done == total or device.type == "cpu":
                    self._check_finite(losses, done)
                if self.log is not None and (done % config.log_every == 0 or done == total):
                    seconds = max(1e-9, time.monotonic() - clock)
                    images = (done - since) * config.batch_size / seconds
                    used = images * flops / (peak * self.state.world) if peak else 0.0
                    rates = {f"lr_{group['name']}": group["lr"] for group in self.optimizer.param_groups}
                    named = {name: float(value) for name, value in losses.named().items()}
                    self.log.step(
                        done,
                        {
                            **named,
                            **rates,
                            "images_per_s": images,
                            "pairs_per_s": images * self.learner.pairs_per_image,
                            "mfu": used,
                        },
                    )
                    clock, since = time.monotonic(), done
                # Kept before it is validated: whatever goes wrong there costs no step.
                if keeps:
                    self._save(losses)
                if (config.validate_every and done % config.validate_every == 0) or done == total:
                    scores = self._validate(done)
                    clock, since = time.monotonic(), done
                if done < total and stop.asked():
                    folder = self.out / CHECKPOINTS / checkpoint_name(done)
                    if not keeps:
                        self._save(losses)
                    raise StoppedError(f"stopped at step {done:,}; `--resume` continues from {folder}")
        if began >= total:
            say(f"the run had finished its {total:,} steps already")
            scores = self._validate(began)
        finished = self.out / EXPORT
        if self.log is not None:
            with new_folder(finished) as made:
                self.learner.write(made, self._predicting().state_dict(), self._origin(scores))
            say(f"finished: {finished}")
        self.accelerator.wait_for_everyone()
        return Trained(self.out, finished, self.state.step, scores)

    def _step(self, batch: Any, step: int) -> Terms:
        config, accelerator = self.learner.config, self.accelerator
        rank = accelerator.process_index
        set_rates(self.optimizer, config, step, self.state.total)
        # Dropout reads torch's own generator: give it an address too, so that resuming is exact.
        torch.manual_seed(address(config.seed, "dropout", step, rank))
        losses = self.learner.losses(self.model, batch, step, accelerator.device, rank)
        self.optimizer.zero_grad()
        accelerator.backward(losses.total)
        if config.clip_norm is not None:
            accelerator.clip_grad_norm_(self.model.parameters(), config.clip_norm)
        self.optimizer.step()
        if self.average is not None:
            self.average.update_parameters(self.bare)
        return losses

    def _check_finite(self, losses: Terms, done: int) -> None:
        if bool(torch.isfinite(losses.total.detach())):
            return
        bad = [name for name, value in losses.named().items() if not bool(torch.isfinite(value))]
        raise self._diverged(f"the loss is not a number at step {done:,} ({', '.join(bad)})")

    def _check_weights(self) -> None:
        """A finite loss may have had gradients that are none, and was computed before they were applied."""
        for name, value in self.bare.state_dict().items():
            if not bool(torch.isfinite(value).all()):
                raise self._diverged(f"the weights are not numbers at step {self.state.step:,} ({name})")

    def _diverged(self, what: str) -> DivergedError:
        kept = checkpoints(self.out)
        way = f"{kept[-1]} is kept" if kept else "there is no checkpoint yet"
        return DivergedError(
            f"{what}; {way}: start again with lower rates ({self.learner.lowers_rates}) or with --set clip_norm=1"
        )

    def _predicting(self) -> nn.Module:
        return self.bare if self.average is None else self.average.module

    def _validate(self, step: int) -> dict[str, float]:
        if self.log is None:
            return {}
        model = self._predicting()
        training = model.training
        model.eval()
        try:
            scores = self.learner.validate(model, self.out / "validation" / checkpoint_name(step))
        finally:
            model.train(training)
        if scores:
            self.log.scores(step, scores)
        return scores

    def _save(self, losses: Terms) -> None:
        self._check_finite(losses, self.state.step)
        self._check_weights()
        if self.log is not None:
            optimizer = getattr(self.optimizer, "optimizer", self.optimizer)
            origin = self._origin({})
            save_checkpoint(
                self.out,
                self.state,
                self.bare,
                optimizer,
                self.average,
                lambda folder, state: self.learner.write(folder, state, origin),
            )
            # Of an earlier step: whoever reads the run now would take it for the newest.
            shutil.rmtree(self.out / EXPORT, ignore_errors=True)
        self.accelerator.wait_for_everyone()

    def _origin(self, scores: dict[str, float]) -> Origin:
        return Origin(
            steps=self.state.step,
            datasets=tuple(fingerprint for fingerprint, _ in self.learner.data),
            data_licenses=self.learner.licenses,
            scores=scores or None,
        )


def _accelerator(config: RunConfig, device: str | None) -> Any:
    try:
        from accelerate import Accelerator  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingExtraError(
            f"training needs the extra `train` ({error}): pip install 'clipmat[train]'"
        ) from error
    chosen = choose_device(device)
    if chosen.index:
        # accelerate gives each process the GPU of its number.
        raise UsageError(
            f"training takes the first GPUs that it sees, not {chosen}: set CUDA_VISIBLE_DEVICES={chosen.index} "
            "and leave --device out"
        )
    on_cpu = chosen.type == "cpu"
    if on_cpu and config.precision == "bf16":
        raise UsageError(
            "precision bf16 is for a GPU, and this is a CPU: --set precision=fp32, or choose another preset"
        )
    try:
        return Accelerator(mixed_precision={"fp32": "no", "bf16": "bf16"}[config.precision], cpu=on_cpu)
    except ValueError as error:  # accelerate keeps what the first run of a process had
        raise UsageError(
            f"accelerate does not train with {config.precision} on {chosen.type} in this process ({error}): start "
            "a new process, or --set precision=fp32"
        ) from error


def _check_folder(out: Path, resume: bool) -> None:
    begun, empty = bool(checkpoints(out)), not out.exists() or (out.is_dir() and not any(out.iterdir()))
    if resume and not begun:
        way = "leave --resume out" if empty else f"remove {out} and leave --resume out, or name another run"
        raise StateConflictError(f"{out} has no checkpoint to resume: {way}")
    if not resume and not empty:
        way = "continue it with --resume, or" if begun else "it has no checkpoint to continue: remove it, or"
        raise StateConflictError(f"{out} is not empty: {way} choose another folder with --out")


def _at(state: RunState, step: int) -> RunState:
    return RunState(step, state.total, state.config, state.data, state.world)
