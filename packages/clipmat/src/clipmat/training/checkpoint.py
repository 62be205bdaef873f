"""Everything a run needs to go on exactly as if it had never stopped, as safetensors and JSON.

    checkpoints/step-00000200/
      config.json model.safetensors README.md   what `clipmat predict` reads (the EMA when there is one)
      training.safetensors                      live weights, moments of the optimizer
      state.json                                step, configuration, data

Batches, augmentation, dropout and learning rates are functions of (seed, step): no other state exists.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import torch
from pydantic import ValidationError
from torch import Tensor, nn

from clipmat.atomic import new_folder
from clipmat.config import RunConfig, TrainConfig
from clipmat.errors import BadInputError, StateConflictError, WeightsError
from clipmat.model.folder import (
    CHECKPOINTS,
    WEIGHTS,
    check_keys,
    checkpoint_name,
    checkpoints,
    read_safetensors,
)

if TYPE_CHECKING:
    from torch.optim.swa_utils import AveragedModel

TRAINING: Final = "training.safetensors"
STATE: Final = "state.json"


@dataclass(frozen=True, slots=True)
class RunState:
    """What a checkpoint says of its run.

    Attributes:
        step: optimizer steps done.
        total: steps of the whole run, which the schedule was laid out for.
        config: of the run.
        data: fingerprint and weight of each dataset.
        world: processes.
    """

    step: int
    total: int
    config: RunConfig
    data: tuple[tuple[str, float], ...]
    world: int


def save_checkpoint(
    run: Path,
    state: RunState,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    average: AveragedModel | None,
    write_model: Callable[[Path, dict[str, Tensor]], None],
) -> Path:
    """Write a checkpoint, whole or not at all, and remove the oldest beyond ``keep_checkpoints``.

    Args:
        write_model: puts the files of the model's folder, weights included, into an existing one.
    """
    from safetensors.torch import save_file

    folder = run / CHECKPOINTS / checkpoint_name(state.step)
    tensors = {f"optimizer/{key}/{name}": value for name, key, value in _moments(model, optimizer)}
    predicted: nn.Module = model
    if average is not None:
        predicted = average.module
        tensors |= {f"live/{name}": value for name, value in model.state_dict().items()}
        tensors["n_averaged"] = average.n_averaged
    with new_folder(folder) as made:
        write_model(made, predicted.state_dict())
        save_file({name: value.detach().cpu().contiguous() for name, value in tensors.items()}, made / TRAINING)
        said = {
            "step": state.step,
            "total": state.total,
            "world": state.world,
            "data": [list(one) for one in state.data],
            "config": state.config.model_dump(mode="json"),
        }
        (made / STATE).write_text(json.dumps(said, indent=1) + "\n")
    for old in checkpoints(run)[: -state.config.keep_checkpoints]:
        shutil.rmtree(old, ignore_errors=True)
    return folder


def read_state(folder: Path, kind: type[RunConfig] = TrainConfig) -> RunState:
    """What a checkpoint says; ``kind`` is the class of the run's configuration.

    Raises:
        BadInputError: no or a damaged ``state.json``.
    """
    path = folder / STATE
    try:
        said = json.loads(path.read_text())
        return RunState(
            step=said["step"],
            total=said["total"],
            world=said["world"],
            data=tuple((str(name), float(weight)) for name, weight in said["data"]),
            config=kind.model_validate(said["config"]),
        )
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise BadInputError(
            f"{path} is damaged, of another version or of another kind of run ({error}): resume from another one"
        ) from error


def check_resumable(state: RunState, now: RunState) -> None:
    """StateConflictError naming what differs, when going on would not be the same run."""
    field = state.config.resume_conflict(now.config)
    if field is not None:
        before, after = getattr(state.config, field), getattr(now.config, field)
        raise StateConflictError(f"the run was started with {field} = {before}, now it is {after}: give the same")
    if state.data != now.data:
        raise StateConflictError(
            "the run was started on other data, or on other weights of the datasets: give the same"
        )
    if state.world != now.world:
        raise StateConflictError(f"the run was started with {state.world} processes, now there are {now.world}")
    if state.config.schedule == "cosine" and state.total != now.total:
        raise StateConflictError(
            f"the schedule was laid out for {state.total} steps, now for {now.total}: give the same"
        )


def load_checkpoint(
    folder: Path,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    average: AveragedModel | None,
    *,
    complete: bool = True,
) -> None:
    """Bring model, optimizer and average to the state of a checkpoint.

    Args:
        complete: whether every parameter must have moments: its steps so far reached them all.

    Raises:
        WeightsError: damaged, or of another architecture.
    """
    training = read_safetensors(folder / TRAINING)
    predicted = read_safetensors(folder / WEIGHTS)
    shapes = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    check_keys(folder / WEIGHTS, shapes, predicted)
    live = {name.removeprefix("live/"): value for name, value in training.items() if name.startswith("live/")}
    if average is not None:
        check_keys(folder / TRAINING, shapes, live)
        average.module.load_state_dict(predicted)
        average.n_averaged.copy_(training["n_averaged"])
    model.load_state_dict(live if average is not None else predicted)
    _load_moments(folder, model, optimizer, training, complete=complete)


def _moments(model: nn.Module, optimizer: torch.optim.Optimizer) -> list[tuple[str, str, Tensor]]:
    """(parameter, moment, value) of everything the optimizer remembers."""
    names: dict[Tensor, str] = {parameter: name for name, parameter in model.named_parameters()}
    return [
        (names[parameter], key, value)
        for parameter, kept in optimizer.state.items()
        for key, value in kept.items()
    ]


def _load_moments(
    folder: Path,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    training: dict[str, Tensor],
    *,
    complete: bool,
) -> None:
    found: dict[str, dict[str, Tensor]] = {}
    for name, value in training.items():
        if name.startswith("optimizer/"):
            _, key, parameter = name.split("/", 2)
            found.setdefault(parameter, {})[key] = value
    names = {parameter: name for name, parameter in model.named_parameters()}
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            kept = found.get(names[parameter])
            if kept is None and not complete:
                continue  # what no step has reached has no moments yet
            if kept is None or kept["exp_avg"].shape != parameter.shape:
                raise WeightsError(f"{folder / TRAINING} lacks the optimizer's state of {names[parameter]}")
            optimizer.state[parameter] = {key: _placed(value, parameter) for key, value in kept.items()}


def _placed(moment: Tensor, parameter: Tensor) -> Tensor:
    """On the parameter's device (where a fused Adam keeps its step count, too) and in its memory format, which the
    fused Adam takes for granted."""
    if moment.shape != parameter.shape:
        return moment.to(parameter.device)
    return torch.empty_like(parameter, dtype=moment.dtype).copy_(moment)
