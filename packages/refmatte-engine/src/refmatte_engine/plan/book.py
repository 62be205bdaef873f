"""The book of one split: who may stand where, and how often everything has been used so far."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

from refmatte_engine.attributes.labels import Labels
from refmatte_engine.manifest.vocabulary import EntityKind, Position, Relation, Split, positions
from refmatte_engine.plan.least_used import LeastUsed, Usage
from refmatte_engine.plan.records import PlannedImage
from refmatte_engine.plan.standing import standing
from refmatte_engine.plan.subjects import Backdrop, Subject
from refmatte_engine.randomness import generator_for

KIND_SLACK = 2
"""A kind may run ahead of its share of a position by this many images while a plan is under way."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the entities of one image shall be; ``distinct`` as in `Slot`."""

    relation: Relation
    n_entities: int
    distinct: bool | None

    @property
    def positions(self) -> tuple[Position, ...]:
        return positions(self.relation, self.n_entities)


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of the split's entities; None means any.

    ``paired``: only entities that another one of the same category can be told from.
    """

    kind: EntityKind | None = None
    category: int | None = None
    paired: bool = False


class Book:
    """State of one split while its rows are drawn in order.

    Entities and categories are numbered; entities of equal ``described_as`` have equal labels.
    ``planned`` says how many images of the whole plan have each position, for the limit on kinds.
    """

    def __init__(
        self,
        split: Split,
        subjects: Sequence[Subject],
        backdrops: Sequence[Backdrop],
        *,
        seed: int,
        allow_floating: bool,
        attributes_needed: bool,
        max_kind_share: float,
        planned: Mapping[tuple[Relation, Position], int],
    ) -> None:
        self.split = split
        self.subjects = tuple(subjects)
        self.backdrops = tuple(backdrops)
        self.number = {subject.entity_id: i for i, subject in enumerate(self.subjects)}
        self.kinds = tuple(sorted({subject.kind for subject in self.subjects}))
        names = sorted({subject.category for subject in self.subjects})
        number_of = {name: i for i, name in enumerate(names)}
        self.category = [number_of[subject.category] for subject in self.subjects]
        self.n_categories = len(names)
        self._by_category: list[list[int]] = [[] for _ in names]
        for i, category in enumerate(self.category):
            self._by_category[category].append(i)
        described: dict[Labels, int] = {}
        self.described_as = [
            described.setdefault(replace(subject.labels, origins=()), len(described)) for subject in self.subjects
        ]
        self.entity_use = Usage(len(self.subjects), generator_for(seed, "order", split, "entities"))
        self._pair_use = Usage(len(self.subjects), generator_for(seed, "order", split, "pairs"))
        self.category_use = Usage(len(names), generator_for(seed, "order", split, "categories"))
        self.categories = LeastUsed(range(len(names)), self.category_use)
        self.kind_use: Counter[EntityKind] = Counter()
        self.rows_seen: set[tuple[int, ...]] = set()
        self._allow_floating = allow_floating
        self._planned = planned
        self._max_kind_share = max_kind_share if len(self.kinds) > 1 else 1.0
        self._kinds_at: dict[tuple[Relation, Position], Counter[EntityKind]] = defaultdict(Counter)
        self._pairable = self._who_has_a_pair(attributes_needed)
        self._pools: dict[tuple[Scope, Relation, int, Position], LeastUsed] = {}
        self._scarcity: dict[tuple[Relation, int], tuple[Position, ...]] = {}
        self._mirrors: dict[tuple[Relation, int, Position], dict[frozenset[object], bool | None]] = {}
        self._backdrop_number = {backdrop.background_id: i for i, backdrop in enumerate(self.backdrops)}
        self._backdrop_use = Usage(len(self.backdrops), generator_for(seed, "order", split, "backgrounds"))
        self._backdrop_pool = LeastUsed(range(len(self.backdrops)), self._backdrop_use)
        self._backdrops_of_group: dict[int, set[int]] = defaultdict(set)
        self._admitted: dict[frozenset[int], bool] = {}
        self._shown_by_contents: dict[tuple[frozenset[str], frozenset[str]], frozenset[int]] = {}
        self._shown_on = [self._categories_shown(backdrop) for backdrop in self.backdrops]
        self._some_unchecked = any(backdrop.contains is None for backdrop in self.backdrops)

    def mirror(self, wish: Wish, position: Position, i: int) -> bool | None:
        """Whether entity ``i`` must be mirrored to stand at the position; None when it cannot stand there."""
        key = (wish.relation, wish.n_entities, position)
        known = self._mirrors.setdefault(key, {})
        cut = self.subjects[i].cut_sides
        if cut not in known:
            ways = standing(cut, wish.relation, position, wish.n_entities, allow_floating=self._allow_floating)
            known[cut] = min(ways) if ways else None
        return known[cut]

    def pool(self, scope: Scope, wish: Wish, position: Position) -> LeastUsed:
        """The entities of a scope that can stand at a position."""
        key = (scope, wish.relation, wish.n_entities, position)
        pool = self._pools.get(key)
        if pool is None:
            able = [i for i in self._in_scope(scope) if self.mirror(wish, position, i) is not None]
            pool = self._pools[key] = LeastUsed(able, self._pair_use if scope.paired else self.entity_use)
        return pool

    def scarcest_first(self, wish: Wish) -> tuple[Position, ...]:
        """The positions of a wish, those that fewest entities can take first."""
        key = (wish.relation, wish.n_entities)
        if key not in self._scarcity:
            order = sorted(wish.positions, key=lambda position: len(self.pool(Scope(), wish, position)))
            self._scarcity[key] = tuple(order)
        return self._scarcity[key]

    def too_much_of_a_kind(self, relation: Relation, position: Position, kind: EntityKind) -> bool:
        """One more of this kind would hold more than its share of the position (DESIGN 5.4)."""
        share = self._max_kind_share
        if share >= 1.0:
            return False
        at = self._kinds_at[relation, position]
        then = at[kind] + 1
        return then > max(1, int(share * self._planned.get((relation, position), 0))) or then > (
            share * (at.total() + 1) + KIND_SLACK
        )

    def admits(self, chosen: Sequence[int]) -> bool:
        """Some background is not known to show any of the chosen categories."""
        if self._some_unchecked:
            return True
        categories = frozenset(self.category[i] for i in chosen)
        if categories not in self._admitted:
            self._admitted[categories] = not all(map(categories.intersection, self._shown_on))
        return self._admitted[categories]

    def pick_background(self, chosen: Sequence[int], group: int) -> str:
        """The least-used background that shows none of the chosen categories, not yet in this group if possible.

        Call it only for a set that `admits` accepts.
        """
        categories = {self.category[i] for i in chosen}
        met = self._backdrops_of_group[group] if group >= 0 else frozenset[int]()

        def suits(i: int) -> bool:
            return categories.isdisjoint(self._shown_on[i])

        everything = len(self.backdrops)
        found = self._backdrop_pool.first(lambda i: i not in met and suits(i), look_at=everything)
        return self.backdrops[(found or self._backdrop_pool.first(suits, look_at=everything))[0]].background_id

    def record(self, row: PlannedImage, group: int) -> None:
        """Counts a drawn row as used; ``group`` is the one it was dealt for, -1 for none."""
        self._use(row, group)
        for planned in row.entities:
            i = self.number[planned.entity_id]
            self.kind_use[self.subjects[i].kind] += 1
            self.category_use.use(self.category[i])
            self._kinds_at[row.slot.relation, planned.position][self.subjects[i].kind] += 1

    def refuse_pair(self, chosen: Sequence[int]) -> None:
        """Counts a vain proposal of entities of one category, or those that nothing fits would stay the least
        used and come first for ever."""
        for i in chosen:
            self._pair_use.use(i)

    def record_failed(self, row: PlannedImage, group: int) -> None:
        """Counts what a failed row had drawn, so that it is not what comes first again."""
        self._use(row, group)

    def _use(self, row: PlannedImage, group: int) -> None:
        chosen = tuple(self.number[planned.entity_id] for planned in row.entities)
        self.rows_seen.add(chosen)
        for i in chosen:
            self.entity_use.use(i)
            self._pair_use.use(i)
        background = self._backdrop_number[row.background_id]
        self._backdrop_use.use(background)
        if group >= 0:
            self._backdrops_of_group[group].add(background)

    def _in_scope(self, scope: Scope) -> list[int]:
        members: Sequence[int] = range(len(self.subjects))
        if scope.category is not None:
            members = self._by_category[scope.category]
        return [
            i
            for i in members
            if (scope.kind is None or self.subjects[i].kind is scope.kind)
            and (not scope.paired or i in self._pairable)
        ]

    def _who_has_a_pair(self, attributes_needed: bool) -> Set[int]:
        """Entities that may stand beside one of their own category: of whom nothing is known cannot, where
        attributes are needed to tell them apart."""
        candidates = [
            i for i, subject in enumerate(self.subjects) if subject.has_attributes or not attributes_needed
        ]
        count = Counter(self.category[i] for i in candidates)
        return {i for i in candidates if count[self.category[i]] > 1}

    def _categories_shown(self, backdrop: Backdrop) -> frozenset[int]:
        """Categories of this split that the background is known to show, by a name of theirs or a broader one."""
        if backdrop.contains is None:
            return frozenset()
        known = (backdrop.contains, backdrop.broader)
        if known not in self._shown_by_contents:
            self._shown_by_contents[known] = frozenset(
                self.category[i]
                for i, subject in enumerate(self.subjects)
                if subject.category.casefold() in backdrop.broader
                or not backdrop.contains.isdisjoint(subject.names | {subject.category.casefold()})
            )
        return self._shown_by_contents[known]
