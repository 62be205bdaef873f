"""Where sets of entities come from: a group, all memberships, or the whole split. The drawer judges them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations, count
from typing import Protocol, TypeVar

import numpy as np

from refmatte_engine.manifest.vocabulary import EntityKind, Position
from refmatte_engine.plan.book import Book, Scope, Wish

T = TypeVar("T")

Chosen = tuple[int, ...]
"""Entities by their number in the book, in any order."""

PER_KIND = 5
"""At most so many least-used members of one kind are combined."""
ALL_THE_SAME = 2 / 3
"""Share of hard triples that are three of one category where categories are balanced; the rest have two."""

WINDOW = 12
"""The more tries have failed, the more of the least-used candidates are chosen among, up to this many."""


class Proposer(Protocol):
    """Offers sets of ``wish.n_entities`` different entities, best first; None is a try that led nowhere."""

    @property
    def tries(self) -> int:
        """Proposals looked at per slot and wish before the next place to draw from is asked."""
        ...

    def proposals(self, wish: Wish, generator: np.random.Generator, redraw: int) -> Iterator[Chosen | None]: ...


class FromGroup:
    """Sets from one group, types first: every mix of kinds is equally likely (dataset.md section 9)."""

    tries = 40

    def __init__(self, book: Book, members: Sequence[int]) -> None:
        self._book = book
        self._members = sorted(set(members))
        self._mixes: dict[tuple[int, bool | None], list[list[Chosen]]] = {}

    def proposals(self, wish: Wish, generator: np.random.Generator, redraw: int) -> Iterator[Chosen]:
        mixes = self._mixes_for(wish)
        uses = self._book.entity_use.counts
        for i in generator.permutation(len(mixes)):
            sets = mixes[i]
            ties = generator.random(len(sets)).tolist()
            # A redraw looks elsewhere: what is least used has just failed.
            weight = [0 if redraw else sum(uses[j] for j in chosen) for chosen in sets]
            for _, _, chosen in sorted(zip(weight, ties, sets, strict=True)):
                yield chosen

    def _mixes_for(self, wish: Wish) -> list[list[Chosen]]:
        key = (wish.n_entities, wish.distinct)
        if key not in self._mixes:
            by_mix: dict[tuple[EntityKind, ...], list[Chosen]] = defaultdict(list)
            for chosen in combinations(self._few_of_each_kind(), wish.n_entities):
                categories = {self._book.category[i] for i in chosen}
                if wish.distinct is None or wish.distinct == (len(categories) == len(chosen)):
                    by_mix[tuple(sorted(self._book.subjects[i].kind for i in chosen))].append(chosen)
            self._mixes[key] = [by_mix[mix] for mix in sorted(by_mix)]
        return self._mixes[key]

    def _few_of_each_kind(self) -> list[int]:
        book = self._book
        by_kind: dict[EntityKind, list[int]] = defaultdict(list)
        for i in sorted(self._members, key=book.entity_use.key):
            by_kind[book.subjects[i].kind].append(i)
        return sorted(i for members in by_kind.values() for i in members[:PER_KIND])


class FromMemberships:
    """Uniform draws from the memberships of all groups, the duplicated 5:1:1 pool (supp. 2.2, extras)."""

    tries = 60

    def __init__(self, book: Book, memberships: Sequence[int]) -> None:
        self._book = book
        self._memberships = np.asarray(memberships, dtype=np.int64)

    def proposals(self, wish: Wish, generator: np.random.Generator, redraw: int) -> Iterator[Chosen | None]:
        category = self._book.category
        while True:
            for row in generator.integers(len(self._memberships), size=(8, wish.n_entities)):
                chosen: Chosen = tuple(self._memberships[row].tolist())
                different = len({category[i] for i in chosen}) == wish.n_entities
                fits = wish.distinct is None or wish.distinct == different
                yield chosen if fits and len(set(chosen)) == wish.n_entities else None


class FromSplit:
    """Least used first among all entities that can stand in the places, scarcest place first.

    Args:
        balance_categories: the least-used category comes first; otherwise the least-used kind.
    """

    tries = 40

    def __init__(self, book: Book, *, balance_categories: bool) -> None:
        self._book = book
        self._balance_categories = balance_categories

    def proposals(self, wish: Wish, generator: np.random.Generator, redraw: int) -> Iterator[Chosen | None]:
        window = 1 if redraw == 0 else 4 + redraw
        for tried in count():
            yield self._proposal(wish, generator, min(window + tried, WINDOW))

    def _proposal(self, wish: Wish, generator: np.random.Generator, window: int) -> Chosen | None:
        chosen: list[int] = []
        for place, position in enumerate(self._book.scarcest_first(wish)):
            scope = self._scope(wish, position, chosen, place, generator, window)
            if scope is None:
                return None
            found = self._pick(wish, position, scope, chosen, generator, window)
            if found is None:
                return None
            chosen.append(found)
        return tuple(chosen)

    def _scope(
        self,
        wish: Wish,
        position: Position,
        chosen: Sequence[int],
        place: int,
        generator: np.random.Generator,
        window: int,
    ) -> Scope | None:
        book = self._book
        if wish.distinct is False and chosen:
            repeat_again = self._balance_categories and generator.random() < ALL_THE_SAME
            if place == 1 or repeat_again:
                return Scope(category=book.category[chosen[0]], paired=True)
        paired = wish.distinct is False and not chosen
        taken = {book.category[i] for i in chosen} if wish.distinct else set()
        if self._balance_categories:
            return self._least_used_category(wish, position, taken, generator, window, paired=paired)
        return self._least_used_kind(wish, position, chosen, generator, window, paired=paired)

    def _least_used_category(
        self,
        wish: Wish,
        position: Position,
        taken: set[int],
        generator: np.random.Generator,
        window: int,
        *,
        paired: bool,
    ) -> Scope | None:
        book = self._book

        def suits(category: int) -> bool:
            scope = Scope(category=category, paired=paired)
            return category not in taken and len(book.pool(scope, wish, position)) > 0

        want = max(window, wish.n_entities) if wish.distinct is None else window
        found = book.categories.first(suits, want=want, look_at=book.n_categories)
        return Scope(category=_one_of(found, generator), paired=paired) if found else None

    def _least_used_kind(
        self,
        wish: Wish,
        position: Position,
        chosen: Sequence[int],
        generator: np.random.Generator,
        window: int,
        *,
        paired: bool,
    ) -> Scope | None:
        book = self._book
        here = [book.subjects[i].kind for i in chosen]
        scopes = [Scope(kind=kind, paired=paired) for kind in book.kinds]
        able = [scope for scope in scopes if len(book.pool(scope, wish, position)) > 0]
        if not able:
            return None
        if window > 1:
            return able[int(generator.integers(len(able)))]

        def use(scope: Scope) -> int:
            assert scope.kind is not None
            return book.kind_use[scope.kind] + here.count(scope.kind)

        least = min(map(use, able))
        return _one_of([scope for scope in able if use(scope) == least], generator)

    def _pick(
        self,
        wish: Wish,
        position: Position,
        scope: Scope,
        chosen: Sequence[int],
        generator: np.random.Generator,
        window: int,
    ) -> int | None:
        book = self._book
        taken = {book.category[i] for i in chosen} if wish.distinct else frozenset[int]()

        def suits(i: int) -> bool:
            return i not in chosen and book.category[i] not in taken

        found = book.pool(scope, wish, position).first(suits, want=window)
        return _one_of(found, generator) if found else None


def _one_of(items: Sequence[T], generator: np.random.Generator) -> T:
    return items[0] if len(items) == 1 else items[int(generator.integers(len(items)))]
