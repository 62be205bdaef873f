"""Groups of 5 humans + 1 animal + 1 object, with entities duplicated until the ratio holds (supp. 2.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from refmatte_engine.config import Groups
from refmatte_engine.manifest.vocabulary import EntityKind, Split
from refmatte_engine.randomness import generator_for


@dataclass(frozen=True, slots=True)
class Member:
    """One membership of a group. ``copy`` 0 is the entity itself, n its n-th duplicate."""

    entity_id: str
    kind: EntityKind
    copy: int


@dataclass(frozen=True, slots=True)
class Group:
    """One group of one split: members in the order humans, animals, objects."""

    split: Split
    number: int
    members: tuple[Member, ...]


def ratio(settings: Groups) -> dict[EntityKind, int]:
    """Members of each kind in one group (5:1:1)."""
    return {
        EntityKind.HUMAN: settings.humans,
        EntityKind.ANIMAL: settings.animals,
        EntityKind.OBJECT: settings.objects,
    }


def groups_to_use_all(counts: Mapping[EntityKind, int], settings: Groups) -> int:
    """How many groups it takes until every entity is a member once."""
    return max(-(-counts.get(kind, 0) // n) for kind, n in ratio(settings).items() if n > 0)


def form_groups(
    entities: Mapping[EntityKind, Sequence[str]], n_groups: int, settings: Groups, *, split: Split, seed: int
) -> tuple[Group, ...]:
    """``n_groups`` groups in which every entity of a kind is used once before any is used twice.

    Args:
        entities: ids by kind, sorted; a kind that groups need must have at least one.
        n_groups: as many as the plan has composites for; more than the entities give means duplicates,
            fewer leaves some entities out.
    """
    by_kind = [
        (kind, per_group, _deal(sorted(entities[kind]), n_groups, per_group, kind, split, seed))
        for kind, per_group in ratio(settings).items()
        if per_group > 0
    ]
    return tuple(
        Group(
            split,
            number,
            tuple(
                member
                for _, per_group, members in by_kind
                for member in members[number * per_group : (number + 1) * per_group]
            ),
        )
        for number in range(n_groups)
    )


def _deal(
    ids: Sequence[str], n_groups: int, per_group: int, kind: EntityKind, split: Split, seed: int
) -> list[Member]:
    """Memberships in group order: shuffled passes over all entities.

    Where one pass ends and the next begins inside a group, the next pass starts with entities that this
    group does not hold yet, as far as there are any.
    """
    generator = generator_for(seed, "groups", split, kind)
    dealt: list[Member] = []
    copy = 0
    while len(dealt) < n_groups * per_group:
        shuffled = [ids[i] for i in generator.permutation(len(ids))]
        if begun := len(dealt) % per_group:
            held = {member.entity_id for member in dealt[-begun:]}
            shuffled.sort(key=held.__contains__)
        dealt += [Member(entity_id, kind, copy) for entity_id in shuffled]
        copy += 1
    return dealt[: n_groups * per_group]
