"""Everything that can be wrong with what a user gives, one class per situation, each with its exit code.

Exit codes: 0 ok, 1 a stated threshold failed, 2 usage, 3 bad input, 6 disk, 70 bug, 130 interrupted.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

SHOWN = 5  # names spelled out in a message; the rest are counted


class RimEvalError(Exception):
    """Root of all errors meant for the user: what is wrong, and the way out."""

    exit_code = 3


class UsageError(RimEvalError):
    """An option has no meaning, or two options contradict each other."""

    exit_code = 2


class DiskError(RimEvalError):
    """A report cannot be written."""

    exit_code = 6


class BadMatteError(RimEvalError):
    """One file or array is not an alpha matte."""

    def __init__(self, where: Path | str, problem: str, way_out: str = "") -> None:
        self.where = str(where)
        self.problem = problem
        self.way_out = way_out
        super().__init__(f"{where}: {problem}" + (f" {way_out}" if way_out else ""))

    def __reduce__(self) -> tuple[type[BadMatteError], tuple[str, str, str]]:
        # Crosses process borders: the default would call __init__ with the joined text.
        return type(self), (self.where, self.problem, self.way_out)


class UnreadableFileError(BadMatteError):
    """A file is corrupt, of an unknown format, or larger than the cap."""


class NotAMatteError(BadMatteError):
    """A file can be read but holds no single-channel matte with values in [0, 1]."""


class ShapeMismatchError(BadMatteError):
    """Prediction and ground truth differ in shape."""


class FolderError(RimEvalError):
    """A folder of mattes is not there, is no folder, or holds no matte."""


class GroundTruthError(RimEvalError):
    """The ground truth folder, its tables or its labels cannot be used."""


class MatchingError(RimEvalError):
    """Predictions and ground truths do not pair up."""


class MissingPredictionsError(MatchingError):
    """Some ground truths have no prediction."""

    def __init__(self, names: Sequence[str], folder: Path | str) -> None:
        self.names, self.folder = tuple(names), str(folder)
        super().__init__(
            f"{counted(len(names), 'prediction')} missing in {folder}: {listed(names)}. "
            "Write them, or choose --missing zero (scored as empty mattes) or --missing skip (left out)."
        )

    def __reduce__(self) -> tuple[type[MissingPredictionsError], tuple[tuple[str, ...], str]]:
        return type(self), (self.names, self.folder)


class ExtraPredictionsError(MatchingError):
    """Some predictions belong to no ground truth."""

    def __init__(self, names: Sequence[str], folder: Path | str, expected: str) -> None:
        self.names, self.folder, self.expected = tuple(names), str(folder), expected
        super().__init__(
            f"{counted(len(names), 'file')} in {folder} belong to no ground truth: {listed(names)}. "
            f"Expected names: {expected}. Move the others away, or correct their names."
        )

    def __reduce__(self) -> tuple[type[ExtraPredictionsError], tuple[tuple[str, ...], str, str]]:
        return type(self), (self.names, self.folder, self.expected)


class DuplicateError(MatchingError):
    """Two files claim the same name."""


class MixedSettingsError(MatchingError):
    """One folder holds predictions for keywords and for expressions."""


class ReportFileError(RimEvalError):
    """A file given as the result of an earlier run is not one."""


def counted(n: int, noun: str) -> str:
    """`counted(2, "file")` -> "2 files"."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def listed(names: Sequence[str]) -> str:
    """The first few names and how many more there are."""
    shown = ", ".join(names[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN:,} more"
