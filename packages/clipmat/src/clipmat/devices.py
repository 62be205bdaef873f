"""Choosing where to compute."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from clipmat.errors import OutOfMemoryError, UsageError


def choose_device(wanted: torch.device | str | None = None) -> torch.device:
    """The device of a name; None: CUDA, then MPS, then the CPU.

    Raises:
        UsageError: no such device here.
    """
    if wanted is None:
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(wanted)
    except RuntimeError as error:
        raise UsageError(f"unknown device {wanted!r}: use cpu, cuda or mps") from error
    here = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not here.get(device.type, False):
        raise UsageError(f"there is no {device.type} device here: use --device cpu")
    if device.type == "cuda" and device.index is not None and device.index >= torch.cuda.device_count():
        raise UsageError(f"there is no {device}: this machine has {torch.cuda.device_count()} CUDA devices")
    return device


@contextmanager
def telling_out_of_memory(device: torch.device, what: str) -> Iterator[None]:
    """Within: running out of memory becomes an error that says what to do; ``what`` does not fit."""
    try:
        yield
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        raise OutOfMemoryError(
            f"the memory of {device} does not hold {what}: choose --device cpu, or a smaller photo"
        ) from error


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether torch ran out of memory: a class of its own on accelerators, only words on a CPU."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)
