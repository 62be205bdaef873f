"""What commands end with: a document for scripts (``as_json``) and a few lines for people (``str``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items())) or "none"


def _split_lines(splits: Mapping[str, Mapping[str, Any]]) -> list[str]:
    lines = []
    for name, counts in splits.items():
        ambiguous = counts["ambiguous"]
        said = "" if ambiguous is None else f", {ambiguous:,} ambiguous"
        lines.append(
            f"{name}: {counts['images']:,} images, {counts['mattes']:,} mattes, "
            f"{counts['expressions']:,} expressions{said}; {_counted(counts['relations'])}"
        )
    return lines


@dataclass(frozen=True, slots=True)
class BuildSummary:
    """The end of ``refmatte build`` and ``refmatte compose`` (the contract for scripts)."""

    out: Path
    plan_hash: str
    splits: Mapping[str, Mapping[str, Any]]
    rejected: Mapping[str, int]
    license: str
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "out": str(self.out),
            "plan_hash": self.plan_hash,
            "splits": dict(self.splits),
            "rejected": dict(self.rejected),
            "license": self.license,
        }

    def __str__(self) -> str:
        lines = _split_lines(self.splits)
        lines += [f"left out: {_counted(self.rejected)}", f"licence: {self.license}", *self.notes]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """The end of ``refmatte plan``."""

    splits: Mapping[str, Mapping[str, Any]]
    rejected: Mapping[str, int]
    passed_over: Mapping[str, int] = field(default_factory=dict)
    shortfalls: Mapping[str, int] = field(default_factory=dict)
    plan_hash: str | None = None
    out: Path | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "out": None if self.out is None else str(self.out),
            "plan_hash": self.plan_hash,
            "splits": dict(self.splits),
            "rejected": dict(self.rejected),
            "passed_over": dict(self.passed_over),
            "shortfalls": dict(self.shortfalls),
        }

    def __str__(self) -> str:
        lines = _split_lines(self.splits)
        lines.append(f"redrawn or left out: {_counted(self.rejected)}")
        lines.append(f"passed over: {_counted(self.passed_over)}")
        if self.shortfalls:
            lines.append(f"short of what was asked for: {_counted(self.shortfalls)}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class IngestSummary:
    """The end of ``refmatte ingest``."""

    out: Path
    entities: Mapping[str, int]
    backgrounds: Mapping[str, int]
    rejected: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        return {
            "out": str(self.out),
            "entities": dict(self.entities),
            "backgrounds": dict(self.backgrounds),
            "rejected": dict(self.rejected),
        }

    def __str__(self) -> str:
        return (
            f"entities: {_counted(self.entities)}\nbackgrounds: {_counted(self.backgrounds)}\n"
            f"left out: {_counted(self.rejected)} (quarantine.parquet says which)"
        )


@dataclass(frozen=True, slots=True)
class LabelSummary:
    """The end of ``refmatte label``: how many entities each attribute is known of."""

    out: Path
    entities: int
    known: Mapping[str, int]
    rejected: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        return {
            "out": str(self.out),
            "entities": self.entities,
            "known": dict(self.known),
            "rejected": dict(self.rejected),
        }

    def __str__(self) -> str:
        return (
            f"of {self.entities:,} entities is known: {_counted(self.known)}\n"
            f"left out: {_counted(self.rejected)} (refmatte review shows what has no name)"
        )


@dataclass(frozen=True, slots=True)
class Forecast:
    """The end of ``refmatte build --dry-run``."""

    plan: PlanSummary
    license: str
    identifiable_faces: int
    bytes: int
    foregrounds_to_estimate: int

    def as_json(self) -> dict[str, Any]:
        return {
            **self.plan.as_json(),
            "license": self.license,
            "identifiable_faces": self.identifiable_faces,
            "bytes": self.bytes,
            "foregrounds_to_estimate": self.foregrounds_to_estimate,
        }

    def __str__(self) -> str:
        return (
            f"{self.plan}\nlicence: {self.license}\nentities with a recognisable face: {self.identifiable_faces}\n"
            f"about {self.bytes / 1e6:,.0f} MB; {self.foregrounds_to_estimate:,} foregrounds to estimate"
        )
