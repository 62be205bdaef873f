"""Fingerprints: what changes a build changes the hash, nothing else does."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refmatte_engine.config import Preset
from refmatte_engine.manifest.fingerprint import (
    RUNTIME_FIELDS,
    canonical_json,
    differing_fields,
    fingerprint,
    plan_hash,
    plan_inputs,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def _inputs(**changes: Any) -> dict[str, Any]:
    inputs: dict[str, Any] = {
        "preset": Preset().model_dump(mode="json"),
        "seed": 7,
        "images": 60,
        "sources": {"am2k": "aa", "bg20k": "bb"},
        "engine_version": "0.1.0",
    }
    return {**inputs, **changes}


@given(st.dictionaries(st.text(), json_values, max_size=5))
def test_order_does_not_count(inputs: dict[str, Any]) -> None:
    turned = dict(reversed(inputs.items()))
    assert canonical_json(inputs) == canonical_json(turned)
    assert fingerprint(inputs) == fingerprint(turned)


@given(json_values, json_values)
def test_different_values_have_different_spellings(a: Any, b: Any) -> None:
    # JSON has one kind of number, so 1 and 1.0 (equal in Python) may be spelt differently, never the reverse.
    if canonical_json(a) == canonical_json(b):
        assert a == b or repr(a) == repr(b)


def test_each_input_counts() -> None:
    base = plan_hash(**_inputs())
    changed = [
        {"seed": 8},
        {"images": None},
        {"engine_version": "0.2.0"},
        {"sources": {"am2k": "aa", "bg20k": "bc"}},
        {"preset": Preset(images=5).model_dump(mode="json")},
        {"further": {"allow_identifiable_faces": True}},
    ]
    assert len({base, *(plan_hash(**_inputs(**change)) for change in changed)}) == 1 + len(changed)


@pytest.mark.parametrize("name", sorted(RUNTIME_FIELDS))
def test_runtime_knobs_do_not_count(name: str) -> None:
    assert plan_hash(**_inputs(further={name: 2})) == plan_hash(**_inputs())
    assert fingerprint({"seed": 1, name: "x"}) == fingerprint({"seed": 1})
    assert differing_fields({"seed": 1, name: "x"}, {"seed": 1}) == ()


def test_a_users_word_that_is_called_like_a_knob_counts() -> None:
    words = {"further": {"categories": {"cache": "object"}}}
    assert fingerprint(words) != fingerprint({"further": {"categories": {}}})


def test_differences_are_named_by_path() -> None:
    before = plan_inputs(**_inputs())
    after = plan_inputs(**_inputs(seed=8, preset=Preset(images=9).model_dump(mode="json"), sources={"am2k": "aa"}))
    assert differing_fields(before, after) == ("preset.images", "seed", "sources.bg20k")
    assert differing_fields(before, before) == ()


def test_the_hash_is_the_same_in_another_process_with_another_hash_seed() -> None:
    code = (
        "from refmatte_engine.manifest.fingerprint import fingerprint; print(fingerprint({'b': 1, 'a': [1, 2]}))"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout.strip()
        for seed in ("0", "1")
    }
    assert printed == {fingerprint({"a": (1, 2), "b": 1})}
