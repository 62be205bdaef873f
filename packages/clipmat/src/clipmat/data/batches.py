"""Scenes become batches of images with several phrases each.

An epoch is every image once (weighted datasets: by weight). Each draws `queries` of its (matte, phrase) pairs, so
that one pass of the image serves them all. What a step contains depends on (seed, epoch, step) alone: workers and
restarts change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from clipmat.data.flip import mirrored
from clipmat.data.scenes import TrainingSet
from clipmat.errors import BadInputError
from clipmat.model.prompts import Prompter
from clipmat.randomness import generator_for

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Batch:
    """What a training step takes; B images, Q texts, M mattes, each once however many texts ask for it.

    Attributes:
        images: (B, 3, S, S) uint8 RGB.
        alphas: (M, S, S) uint8, those of an image together.
        ids: (Q, L') int64 token ids.
        owner: (Q,) int64, the image of each text.
        matte: (Q,) int64, the matte of each text.
        flip: (B,) bool, images to mirror; their texts are mirrored already.
    """

    images: Tensor
    alphas: Tensor
    ids: Tensor
    owner: Tensor
    matte: Tensor
    flip: Tensor

    def to(self, device: torch.device) -> Batch:
        """On another device."""

        def move(x: Tensor) -> Tensor:
            return x.to(device, non_blocking=True)

        return Batch(
            images=move(self.images),
            alphas=move(self.alphas),
            ids=move(self.ids),
            owner=move(self.owner),
            matte=move(self.matte),
            flip=move(self.flip),
        )


class Batches(Dataset[Batch]):
    """Item i is the batch of step i of this process; nothing is drawn anywhere else.

    Args:
        sets: datasets with their weights.
        prompter: texts to ids.
        seed: of the run.
        batch_size: images per step over all processes.
        queries: phrases per image.
        flip: probability of mirroring an image whose phrases can be mirrored.
        rank, world: this process and how many there are.
    """

    def __init__(
        self,
        sets: Sequence[tuple[TrainingSet, float]],
        prompter: Prompter,
        *,
        seed: int,
        batch_size: int,
        queries: int,
        flip: float,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        if batch_size % world:
            raise BadInputError(f"a batch of {batch_size} images does not divide among {world} processes")
        self._sets = sets
        self._prompter = prompter
        self._seed, self._flip = seed, flip
        self._batch_size, self._queries = batch_size, queries
        self._rank, self._world = rank, world
        self._epoch_order: tuple[int, list[tuple[int, int]]] | None = None
        counts = [len(one.scenes) for one, _ in sets]
        smallest = min(weight for _, weight in sets)
        # Weight 1 is every image once an epoch; 2.5 is twice, and once more for half of them.
        self._shares = [round(count * weight / smallest) for count, (_, weight) in zip(counts, sets, strict=True)]
        self.steps_per_epoch = max(1, sum(self._shares) // batch_size)
        if not all(counts):
            raise BadInputError("a dataset has no images to train on")

    def __len__(self) -> int:
        return self.steps_per_epoch * 1_000_000

    def __getitem__(self, step: int) -> Batch:
        epoch, at = divmod(step, self.steps_per_epoch)
        order = self._order(epoch)
        mine = self._batch_size // self._world
        start = at * self._batch_size + self._rank * mine
        images, texts, owner, flips = [], [], [], []
        alphas: list[NDArray[np.uint8]] = []
        mattes: list[int] = []
        for i in range(mine):
            slot = start + i
            which, scene_index = order[slot % len(order)]
            chosen, _ = self._sets[which]
            scene = chosen.scenes[scene_index]
            rng = generator_for(self._seed, "pairs", epoch, slot)
            pairs = [scene.pairs[j] for j in _draw(rng, len(scene.pairs), self._queries)]
            phrases, flipped = _flipped(rng, [pair.phrase for pair in pairs], self._flip)
            images.append(chosen.cache.image(scene.name))
            asked = list(dict.fromkeys(pair.matte for pair in pairs))
            mattes += [len(alphas) + asked.index(pair.matte) for pair in pairs]
            alphas += [chosen.cache.alpha(matte) for matte in asked]
            texts.append(self._prompter.ids(phrases, rng))
            owner += [i] * len(pairs)
            flips.append(flipped)
        return Batch(
            images=torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2),
            alphas=torch.from_numpy(np.stack(alphas)),
            ids=torch.cat(texts),
            owner=torch.tensor(owner),
            matte=torch.tensor(mattes),
            flip=torch.tensor(flips),
        )

    def _order(self, epoch: int) -> list[tuple[int, int]]:
        if self._epoch_order is None or self._epoch_order[0] != epoch:
            rng = generator_for(self._seed, "order", epoch)
            slots: list[tuple[int, int]] = []
            for which, ((one, _), share) in enumerate(zip(self._sets, self._shares, strict=True)):
                rounds = -(-share // len(one.scenes))
                drawn = np.concatenate([rng.permutation(len(one.scenes)) for _ in range(rounds)])[:share]
                slots += [(which, int(i)) for i in drawn]
            self._epoch_order = (epoch, [slots[i] for i in rng.permutation(len(slots))])
        return self._epoch_order[1]


def batches(source: Batches, first: int, last: int, workers: int, pin: bool) -> Iterator[Batch]:
    """Batches of the steps ``first`` to ``last`` (not included), loaded ahead by ``workers`` processes."""
    loader: DataLoader[Batch] = DataLoader(
        source,
        batch_size=None,
        sampler=range(first, last),
        num_workers=workers,
        pin_memory=pin,
        prefetch_factor=4 if workers else None,
        persistent_workers=False,
    )
    return iter(loader)


def _draw(rng: np.random.Generator, n: int, k: int) -> list[int]:
    """k of n without repeats while they last; always k, so that a step has one shape."""
    rounds = -(-k // n)
    return [int(i) for i in np.concatenate([rng.permutation(n) for _ in range(rounds)])[:k]]


def _flipped(rng: np.random.Generator, phrases: list[str], probability: float) -> tuple[list[str], bool]:
    wanted = bool(rng.uniform() < probability)
    swapped = [mirrored(phrase) for phrase in phrases]
    told = [text for text in swapped if text is not None]
    return (told, True) if wanted and len(told) == len(phrases) else (phrases, False)
