"""Randomness has an address: (seed, stage, item). Workers, order and hash seeds change nothing."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def generator_for(seed: int, stage: str, *item: str | int) -> np.random.Generator:
    """The generator of one item of one stage.

    Args:
        seed: the build's seed, 0 or more.
        stage: the name of the stage, e.g. ``"layout"``.
        item: what the draw is for, e.g. an image id and an attempt number.
    """
    import numpy as np

    address = "\x1f".join([stage, *map(str, item)])
    digest = hashlib.sha256(address.encode()).digest()
    words = [int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4)]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))
