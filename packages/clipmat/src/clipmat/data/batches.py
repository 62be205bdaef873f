"""Scenes become batches of images with several phrases each.

An epoch is every image once (weighted datasets: by weight), less those that fill no batch. Each draws `queries` of
its (matte, phrase) pairs, so that one pass of the image serves them all. What a step contains depends on (seed,
epoch, step) alone: workers and restarts change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from clipmat.data.flip import mirrored
from clipmat.data.order import EpochOrder
from clipmat.data.scenes import TrainingSet
from clipmat.model.prompts import Prompter
from clipmat.randomness import generator_for

B = TypeVar("B")


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
        self._sets = sets
        self._prompter = prompter
        self._seed, self._flip, self._queries = seed, flip, queries
        self._order = EpochOrder(
            [len(one.scenes) for one, _ in sets],
            [weight for _, weight in sets],
            seed=seed,
            batch_size=batch_size,
            rank=rank,
            world=world,
        )
        self.steps_per_epoch = self._order.steps_per_epoch

    def __len__(self) -> int:
        return self.steps_per_epoch * 1_000_000

    def __getitem__(self, step: int) -> Batch:
        images, texts, owner, mattes, flips = [], [], [], [], []
        alphas: list[NDArray[np.uint8]] = []
        for i, slot in enumerate(self._order.slots(step)):
            chosen, _ = self._sets[slot.dataset]
            scene = chosen.scenes[slot.image]
            rng = generator_for(self._seed, "pairs", slot.epoch, slot.place)
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


def batches(source: Dataset[B], first: int, last: int, workers: int, pin: bool) -> Iterator[B]:
    """Batches of the steps ``first`` to ``last`` (not included), loaded ahead by ``workers`` processes."""
    loader: DataLoader[B] = DataLoader(
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
