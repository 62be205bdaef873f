"""Filling slots: sets are proposed, judged, and the first good one becomes a row of the plan.

What a slot asks for is given up in this order, and only when nothing else is left: an unseen arrangement,
same or different categories, the limit on kinds, three entities, the relation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, permutations

import numpy as np

from refmatte_engine.config import Preset
from refmatte_engine.errors import BadInputError
from refmatte_engine.manifest.vocabulary import Relation, Split
from refmatte_engine.plan.book import Book, Scope, Wish
from refmatte_engine.plan.groups import Group
from refmatte_engine.plan.proposals import Chosen, FromGroup, FromMemberships, FromSplit, Proposer
from refmatte_engine.plan.records import PlannedEntity, PlannedImage, Slot, Stem
from refmatte_engine.plan.slots import relation_weights
from refmatte_engine.plan.subjects import Tellable
from refmatte_engine.randomness import generator_for

LOOK_FURTHER = 8
"""Proposals looked at after a passable one, for a faultless one."""
REDRAWS_PER_CONCESSION = 25
"""So many failed layouts of one row, and the next thing that its slot asks for is given up."""

REPEATED, FREE_CATEGORIES, KIND_LIMIT = 1, 2, 4
"""Faults of a passable set; a smaller sum is better."""

_Verdict = tuple[int, tuple[PlannedEntity, ...], Chosen]


@dataclass(frozen=True, slots=True)
class Origin:
    """A place to draw from, and what a row drawn there is called."""

    proposer: Proposer
    stem: Stem
    group: int


class Drawer:
    """Draws rows in the order of the slots and keeps the books.

    Args:
        books: one per split that has images.
        groups: of each split; empty when it draws without groups.
        image_ids: id of each (split, index).
        tellable: None draws any set (``paper``).
    """

    def __init__(
        self,
        *,
        books: Mapping[Split, Book],
        groups: Mapping[Split, Sequence[Group]],
        image_ids: Mapping[tuple[Split, int], str],
        preset: Preset,
        seed: int,
        tellable: Tellable | None,
        balance_categories: Mapping[Split, bool],
    ) -> None:
        self.books = books
        self.passed_over: Counter[str] = Counter()
        self._groups = groups
        self._image_ids = image_ids
        self._preset = preset
        self._seed = seed
        self._tellable = tellable
        self._told_apart: dict[tuple[Split, Chosen], bool] = {}
        self._untellable: tuple[Split, Chosen] | None = None
        self._whole_split = {
            split: Origin(FromSplit(book, balance_categories=balance_categories[split]), Stem.EXTRA, -1)
            for split, book in books.items()
        }
        self._memberships = {
            split: Origin(FromMemberships(books[split], self._members(split, own)), Stem.EXTRA, -1)
            for split, own in groups.items()
            if own and split in books
        }
        self._last_group: tuple[Split, Origin] | None = None

    def draw(self, slot: Slot, redraw: int = 0) -> PlannedImage:
        """One row for the slot; ``redraw`` is the address of a new attempt after a failed layout.

        Raises:
            BadInputError: no set of the split's entities can fill it, whatever is given up.
        """
        generator = generator_for(self._seed, "draw", slot.split, slot.index, redraw)
        refused: Counter[str] = Counter()
        concessions = list(self._concessions(slot))
        for wishes in concessions[min(redraw // REDRAWS_PER_CONCESSION, len(concessions) - 1) :]:
            best = self._best(slot, wishes, generator, redraw, refused)
            if best is not None:
                wish, origin, (_, entities, chosen) = best
                self.passed_over.update(refused)
                row = PlannedImage(
                    image_id=self._image_ids[slot.split, slot.index],
                    slot=self._filled(slot, wish, origin),
                    entities=entities,
                    background_id=self.books[slot.split].pick_background(chosen, slot.group),
                    redraw=redraw,
                )
                self.books[slot.split].record(row, slot.group)
                return row
        raise BadInputError(self._why_not(slot.split, refused))

    def _best(
        self,
        slot: Slot,
        wishes: Sequence[Wish],
        generator: np.random.Generator,
        redraw: int,
        refused: Counter[str],
    ) -> tuple[Wish, Origin, _Verdict] | None:
        book = self.books[slot.split]
        best: tuple[Wish, Origin, _Verdict] | None = None
        for given_up, wish in enumerate(wishes):
            least_fault = FREE_CATEGORIES if given_up else 0
            if best is not None and best[2][0] <= least_fault:
                break
            for origin in self._origins(slot):
                tries = islice(origin.proposer.proposals(wish, generator, redraw), origin.proposer.tries)
                patience = LOOK_FURTHER
                for chosen in tries:
                    if chosen is None:
                        continue
                    verdict = self._judge(book, wish, chosen, generator, refused, least_fault)
                    if verdict is not None and (best is None or verdict[0] < best[2][0]):
                        best = wish, origin, verdict
                    if best is not None:
                        if best[2][0] <= least_fault:
                            return best
                        patience -= 1
                        if patience == 0:
                            break
        return best

    def _judge(
        self,
        book: Book,
        wish: Wish,
        chosen: Chosen,
        generator: np.random.Generator,
        refused: Counter[str],
        fault: int,
    ) -> _Verdict | None:
        subjects = [book.subjects[i] for i in chosen]
        if len({subject.content_hash for subject in subjects}) < len(subjects):
            refused["same_picture"] += 1
            return None
        if not self._differ(book, chosen):
            refused["not_tellable"] += 1
            return None
        arranged = self._arrange(book, wish, chosen, generator)
        if arranged is None:
            refused["cannot_stand"] += 1
            return None
        arrangement_fault, entities, ordered = arranged
        if not self._tell_apart(book, chosen):
            refused["not_tellable"] += 1
            if wish.distinct is False:
                book.refuse_pair(chosen)
            return None
        if not book.admits(chosen):
            refused["background_contains"] += 1
            return None
        if arrangement_fault & KIND_LIMIT:
            refused["kind_limit"] += 1
        elif arrangement_fault & REPEATED:
            refused["repeated"] += 1
        return fault + arrangement_fault, entities, ordered

    def _arrange(
        self, book: Book, wish: Wish, chosen: Chosen, generator: np.random.Generator
    ) -> tuple[int, tuple[PlannedEntity, ...], Chosen] | None:
        """The order in which the set stands best: no kind beyond its limit, no mirroring, not seen before, then
        any at random."""
        orders = list(permutations(chosen))
        start = int(generator.integers(len(orders)))
        best: tuple[tuple[int, int, int], Chosen, list[bool]] | None = None
        for order in (*orders[start:], *orders[:start]):
            mirrors: list[bool] = []
            limit = 0
            for position, i in zip(wish.positions, order, strict=True):
                mirror = book.mirror(wish, position, i)
                if mirror is None:
                    break
                mirrors.append(mirror)
                if book.too_much_of_a_kind(wish.relation, position, book.subjects[i].kind):
                    limit = KIND_LIMIT
            else:
                rank = (limit, sum(mirrors), REPEATED if order in book.rows_seen else 0)
                if best is None or rank < best[0]:
                    best = rank, order, mirrors
                if rank == (0, 0, 0):
                    break
        if best is None:
            return None
        (limit, _, repeated), order, mirrors = best
        entities = tuple(
            PlannedEntity(book.subjects[i].entity_id, position, mirror)
            for i, position, mirror in zip(order, wish.positions, mirrors, strict=True)
        )
        return limit + repeated, entities, order

    def _differ(self, book: Book, chosen: Chosen) -> bool:
        """Equal labels never tell apart: the cheap half of `_tell_apart`."""
        if self._tellable is None or len({book.described_as[i] for i in chosen}) == len(chosen):
            return True
        self._untellable = book.split, chosen
        return False

    def _tell_apart(self, book: Book, chosen: Chosen) -> bool:
        if self._tellable is None:
            return True
        in_order = sorted(chosen, key=book.described_as.__getitem__)
        key = book.split, tuple(book.described_as[i] for i in in_order)
        if key not in self._told_apart:
            self._told_apart[key] = self._tellable([book.subjects[i].labels for i in in_order])
        if not self._told_apart[key]:
            self._untellable = book.split, chosen
        return self._told_apart[key]

    def _origins(self, slot: Slot) -> Iterator[Origin]:
        if slot.group >= 0:
            yield self._group(slot)
        elif slot.split in self._memberships:
            yield self._memberships[slot.split]
        yield self._whole_split[slot.split]

    def _group(self, slot: Slot) -> Origin:
        if self._last_group is None or (self._last_group[0], self._last_group[1].group) != (
            slot.split,
            slot.group,
        ):
            members = self._members(slot.split, [self._groups[slot.split][slot.group]])
            origin = Origin(FromGroup(self.books[slot.split], members), Stem.GROUP, slot.group)
            self._last_group = slot.split, origin
        return self._last_group[1]

    def _members(self, split: Split, groups: Sequence[Group]) -> list[int]:
        number = self.books[split].number
        return [number[member.entity_id] for group in groups for member in group.members]

    def _concessions(self, slot: Slot) -> Iterator[tuple[Wish, ...]]:
        """Wishes in the order in which they are given up; within one step the second costs a fault."""
        weights = dict(zip(Relation, relation_weights(self._preset.relations), strict=True))
        others = [other for other in Relation if other is not slot.relation and weights[other] > 0]
        for relation in (slot.relation, *others):
            for n_entities in range(slot.n_entities, 1, -1):
                if n_entities == 2 or relation is not Relation.FRONT_BEHIND:
                    wish = Wish(relation, n_entities, slot.distinct)
                    yield (wish,) if slot.distinct is None else (wish, replace(wish, distinct=None))

    def _filled(self, slot: Slot, wish: Wish, origin: Origin) -> Slot:
        return replace(
            slot,
            stem=origin.stem,
            group=origin.group,
            relation=wish.relation,
            n_entities=wish.n_entities,
            distinct=wish.distinct,
        )

    def _why_not(self, split: Split, refused: Counter[str]) -> str:
        book = self.books[split]
        anywhere = Wish(Relation.FRONT_BEHIND, 2, None)
        whole = len(book.pool(Scope(), anywhere, anywhere.positions[0]))
        counted = ", ".join(f"{reason} {n}" for reason, n in refused.most_common()) or "no two entities"
        message = f"the {split} split cannot fill an image from its {len(book.subjects)} entities ({counted})"
        worst = refused.most_common(1)[0][0] if refused else "cannot_stand" if whole < 2 else ""
        if worst == "not_tellable" and self._untellable is not None:
            alike = ", ".join(book.subjects[i].entity_id for i in self._untellable[1])
            return (
                f"{message}; for example {alike} cannot be told apart by what is known of them: give them "
                "attributes (a corrections CSV, attr: columns), add other categories, or use the preset paper"
            )
        if worst == "background_contains":
            return f"{message}; every background is known to show what would stand on it: add other backgrounds"
        if worst == "cannot_stand":
            return (
                f"{message}; too many are cut off by their source's frame: add entities that are whole, change "
                "[relations], or allow it with --set layout.allow_floating_cut=true"
            )
        return f"{message}; add entities"
