from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from refmatte_engine.config import Groups
from refmatte_engine.manifest.vocabulary import EntityKind, Split
from refmatte_engine.plan.groups import form_groups, groups_to_use_all

KINDS = tuple(EntityKind)
counts = st.tuples(*[st.integers(1, 40)] * 3).map(lambda n: dict(zip(KINDS, n, strict=True)))


def named(counts: dict[EntityKind, int]) -> dict[EntityKind, list[str]]:
    return {kind: [f"s/{kind}{i:03d}" for i in range(n)] for kind, n in counts.items()}


@given(counts, st.integers(1, 60), st.integers(0, 2**32))
def test_every_entity_is_used_once_before_any_is_used_twice(
    counts: dict[EntityKind, int], n_groups: int, seed: int
) -> None:
    groups = form_groups(named(counts), n_groups, Groups(), split=Split.TRAIN, seed=seed)
    assert [group.number for group in groups] == list(range(n_groups))
    for kind, per_group in ((EntityKind.HUMAN, 5), (EntityKind.ANIMAL, 1), (EntityKind.OBJECT, 1)):
        members = [member for group in groups for member in group.members if member.kind is kind]
        assert len(members) == n_groups * per_group
        used = Counter(member.entity_id for member in members)
        everyone = [used[name] for name in named(counts)[kind]]
        assert max(everyone) - min(everyone) <= 1
        for name, times in used.items():
            copies = [member.copy for member in members if member.entity_id == name]
            assert copies == list(range(times))
        if counts[kind] >= 2 * per_group:
            for group in groups:
                own = [member.entity_id for member in group.members if member.kind is kind]
                assert len(set(own)) == per_group


def test_the_papers_duplicates() -> None:
    """Supp. 2.2: 9,186 / 1,800 / 813 become 10,550 / 2,110 / 2,110 in 2,110 groups."""
    ids = named(dict(zip(KINDS, (9_186, 1_800, 813), strict=True)))
    groups = form_groups(ids, 2_110, Groups(), split=Split.TRAIN, seed=5)
    members = Counter(member.kind for group in groups for member in group.members)
    duplicates = Counter(member.kind for group in groups for member in group.members if member.copy > 0)
    assert members == {EntityKind.HUMAN: 10_550, EntityKind.ANIMAL: 2_110, EntityKind.OBJECT: 2_110}
    assert duplicates == {EntityKind.HUMAN: 1_364, EntityKind.ANIMAL: 310, EntityKind.OBJECT: 1_297}


def test_groups_to_use_all() -> None:
    assert groups_to_use_all({EntityKind.HUMAN: 11, EntityKind.ANIMAL: 2, EntityKind.OBJECT: 1}, Groups()) == 3
    assert groups_to_use_all({EntityKind.HUMAN: 11, EntityKind.ANIMAL: 7, EntityKind.OBJECT: 1}, Groups()) == 7
