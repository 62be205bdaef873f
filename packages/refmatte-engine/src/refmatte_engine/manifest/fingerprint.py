"""What a build was made from, as one hash. Runtime knobs (workers, paths) do not count."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

HASH_VERSION = 1
"""Changes when the way of hashing changes."""

RUNTIME_FIELDS = frozenset(
    {"workers", "out", "cache", "sources_root", "log_level", "runner", "quiet", "json", "progress", "debug"}
)
"""Options that never change a result; `fingerprint` leaves them out."""


def canonical_json(value: Any) -> bytes:
    """One spelling per value: sorted keys, no spaces, UTF-8, no NaN."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def fingerprint(inputs: Mapping[str, Any]) -> str:
    """sha256 (64 hex digits) of ``inputs`` without their runtime fields."""
    return hashlib.sha256(canonical_json([HASH_VERSION, without_runtime_fields(inputs)])).hexdigest()


def plan_inputs(
    *,
    preset: Mapping[str, Any],
    seed: int,
    images: int | None,
    sources: Mapping[str, str],
    engine_version: str,
    further: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Everything that a plan depends on; ``plan.json`` keeps it so that a difference can be named.

    Args:
        preset: ``Preset.model_dump(mode="json")``.
        seed, images: as given on the command line.
        sources: digest of each source's inventory (`refmatte_engine.rows.composed.inventory_digests`).
        engine_version: of refmatte-engine.
        further: the user's own words (categories, attributes), flags that admit entities, and the like.
    """
    return {
        "preset": dict(preset),
        "seed": seed,
        "images": images,
        "sources": dict(sources),
        "engine_version": engine_version,
        "further": dict(further or {}),
    }


def plan_hash(
    *,
    preset: Mapping[str, Any],
    seed: int,
    images: int | None,
    sources: Mapping[str, str],
    engine_version: str,
    further: Mapping[str, Any] | None = None,
) -> str:
    """The fingerprint of `plan_inputs`: equal hash, equal build."""
    return fingerprint(
        plan_inputs(
            preset=preset,
            seed=seed,
            images=images,
            sources=sources,
            engine_version=engine_version,
            further=further,
        )
    )


def differing_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Dotted names of the fields in which two plans' inputs differ, sorted; runtime fields do not count."""
    return tuple(sorted(_differences(without_runtime_fields(before), without_runtime_fields(after), "")))


def without_runtime_fields(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """``inputs`` as plain JSON values, without the runtime fields at its top and under ``further``."""
    plain: dict[str, Any] = json.loads(canonical_json(inputs))
    for options in (plain, plain.get("further")):
        if isinstance(options, dict):
            for name in RUNTIME_FIELDS & options.keys():
                del options[name]
    return plain


def _differences(before: Any, after: Any, prefix: str) -> list[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            difference
            for key in before.keys() | after.keys()
            for difference in _differences(before.get(key), after.get(key), f"{prefix}.{key}" if prefix else key)
        ]
    return [] if before == after else [prefix]
