"""Ids: an address becomes a name, and no two images share one."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refmatte_engine.manifest import ids
from refmatte_engine.manifest.ids import expression_id, image_ids, matte_id
from refmatte_engine.manifest.vocabulary import Split


@given(st.integers(0, 2**40), st.sampled_from(Split), st.integers(0, 60), st.integers(0, 60))
def test_ids_are_unique_and_do_not_depend_on_how_many_follow(seed: int, split: Split, n: int, more: int) -> None:
    few, many = image_ids(seed, split, n), image_ids(seed, split, n + more)
    assert many[:n] == few
    assert len(set(many)) == n + more
    assert all(re.fullmatch(rf"rim_{split}_[0-9a-f]{{8}}", name) for name in many)


def test_ids_are_what_they_were() -> None:
    """8 hex digits of sha256(seed, split, index); a change here renames every image of every dataset."""
    digests = [hashlib.sha256(f"7\x1ftrain\x1f{index}".encode()).hexdigest() for index in range(2)]
    assert image_ids(7, Split.TRAIN, 2) == tuple(f"rim_train_{digest[:8]}" for digest in digests)
    assert image_ids(7, Split.TRAIN, 1) == ("rim_train_6696642f",)


def test_collisions_are_resolved_in_plan_order(monkeypatch: pytest.MonkeyPatch) -> None:
    def crowded(seed: int, split: str, index: int, attempt: int) -> str:
        return f"rim_{split}_{(index // 3 + attempt) % 8:08x}"

    monkeypatch.setattr(ids, "_image_id", crowded)
    names = image_ids(0, Split.TEST, 8)
    assert len(set(names)) == 8
    assert names[:2] == ("rim_test_00000000", "rim_test_00000001")
    assert image_ids(0, Split.TEST, 5) == names[:5]


def test_45000_ids_are_unique() -> None:
    assert len(set(image_ids(0, Split.TRAIN, 45_000))) == 45_000


def test_names_nest() -> None:
    assert expression_id(matte_id("rim_test_0a1b2c3d", 2), 3) == "rim_test_0a1b2c3d_2_e3"


def test_numbers_start_where_they_should() -> None:
    with pytest.raises(ValueError, match="from 1"):
        matte_id("a", 0)
    with pytest.raises(ValueError, match="from 0"):
        expression_id("a_1", -1)
