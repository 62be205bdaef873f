"""Least used first, with random tie-breaks that depend on the seed alone and not on the order of questions."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable

import numpy as np

_MASK = (1 << 64) - 1


class Usage:
    """How often each of ``n`` items has been used.

    The tie-break among equally used items is a fixed random order per use count: a pure function of the
    generator's seed, the item and its count, so that a replayed plan continues in the same way.
    """

    def __init__(self, n: int, generator: np.random.Generator) -> None:
        self.counts = [0] * n
        self._salt: list[int] = generator.integers(0, 1 << 63, size=n, dtype=np.int64).tolist()

    def use(self, item: int) -> None:
        self.counts[item] += 1

    def key(self, item: int) -> tuple[int, int]:
        """Sorts least used first, ties at random."""
        count = self.counts[item]
        mixed = (self._salt[item] ^ (count * 0x9E3779B97F4A7C15)) * 0xBF58476D1CE4E5B9 & _MASK
        return count, (mixed ^ (mixed >> 31)) * 0x94D049BB133111EB & _MASK


class LeastUsed:
    """A set of items from which the least used suitable one is picked without scanning the set.

    A heap with lazily renewed keys: several sets may share one `Usage`.
    """

    def __init__(self, items: Iterable[int], usage: Usage) -> None:
        self._usage = usage
        self._heap = [(usage.key(item), item) for item in items]
        heapq.heapify(self._heap)

    def __len__(self) -> int:
        return len(self._heap)

    def first(self, suits: Callable[[int], bool], *, want: int = 1, look_at: int = 24) -> list[int]:
        """Up to ``want`` suitable items, least used first; gives up after ``look_at`` unsuitable ones."""
        heap, usage = self._heap, self._usage
        seen: list[tuple[tuple[int, int], int]] = []
        found: list[int] = []
        while heap and len(found) < want and len(seen) - len(found) < look_at:
            key, item = heap[0]
            if key[0] != usage.counts[item]:
                heapq.heapreplace(heap, (usage.key(item), item))
                continue
            seen.append(heapq.heappop(heap))
            if suits(item):
                found.append(item)
        for entry in seen:
            heapq.heappush(heap, entry)
        return found
