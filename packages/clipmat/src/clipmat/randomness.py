"""Randomness has an address, (seed, stage, item): workers, order and restarts change nothing."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch


def address(seed: int, stage: str, *item: int | str) -> int:
    """The 63-bit number of one address.

    >>> address(0, "order", 1) == address(0, "order", 1), address(0, "order", 1) == address(0, "order", 2)
    (True, False)
    """
    text = "\x1f".join((str(seed), stage, *map(str, item)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def generator_for(seed: int, stage: str, *item: int | str) -> np.random.Generator:
    """A NumPy generator for one address."""
    return np.random.default_rng(address(seed, stage, *item))


def torch_generator_for(device: torch.device | str, seed: int, stage: str, *item: int | str) -> torch.Generator:
    """A torch generator on a device for one address."""
    import torch

    return torch.Generator(device).manual_seed(address(seed, stage, *item))
