"""Which images a step takes: every image once an epoch, in an order that depends on (seed, epoch) alone.

What is left over at the end of an epoch and fills no batch is dropped; the next order leaves out others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clipmat.errors import BadInputError
from clipmat.randomness import generator_for


@dataclass(frozen=True, slots=True)
class Slot:
    """One image of a step: which dataset, which of its images, and the address of what is drawn for it."""

    dataset: int
    image: int
    epoch: int
    place: int


class EpochOrder:
    """Deals the images of weighted datasets to steps and processes.

    Args:
        counts: images of each dataset.
        weights: of each; weight 1 is every image once an epoch, 2.5 is twice, and once more for half of them.
        seed: of the run.
        batch_size: images per step over all processes.
        rank, world: this process and how many there are.
    """

    def __init__(
        self,
        counts: Sequence[int],
        weights: Sequence[float],
        *,
        seed: int,
        batch_size: int,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        if batch_size % world:
            raise BadInputError(f"a batch of {batch_size} images does not divide among {world} processes")
        if not counts or not all(counts):
            raise BadInputError("a dataset has no images to train on")
        self._counts, self._seed = counts, seed
        self._mine, self._rank = batch_size // world, rank
        self._batch_size = batch_size
        smallest = min(weights)
        self._shares = [round(count * weight / smallest) for count, weight in zip(counts, weights, strict=True)]
        self._epoch: tuple[int, list[tuple[int, int]]] | None = None
        self.steps_per_epoch = max(1, sum(self._shares) // batch_size)

    def slots(self, step: int) -> list[Slot]:
        """The images of a step that fall to this process."""
        epoch, at = divmod(step, self.steps_per_epoch)
        order = self._order(epoch)
        start = at * self._batch_size + self._rank * self._mine
        return [
            Slot(*order[place % len(order)], epoch=epoch, place=place)
            for place in range(start, start + self._mine)
        ]

    def _order(self, epoch: int) -> list[tuple[int, int]]:
        if self._epoch is None or self._epoch[0] != epoch:
            rng = generator_for(self._seed, "order", epoch)
            slots: list[tuple[int, int]] = []
            for which, (count, share) in enumerate(zip(self._counts, self._shares, strict=True)):
                rounds = -(-share // count)
                drawn = np.concatenate([rng.permutation(count) for _ in range(rounds)])[:share]
                slots += [(which, int(i)) for i in drawn]
            self._epoch = (epoch, [slots[i] for i in rng.permutation(len(slots))])
        return self._epoch[1]
