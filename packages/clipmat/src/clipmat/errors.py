"""One error root; every class knows its exit code, and its message says what is wrong and the way out."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the command's exit status means (printed by ``clipmat --help``)."""

    OK = 0
    USAGE = 2
    BAD_INPUT = 3
    STATE_CONFLICT = 4
    DISK = 6
    BUG = 70
    STOPPED = 75
    INTERRUPTED = 130


class ClipmatError(Exception):
    """Root of every error a user can cause; ``exit_code`` is the process status."""

    exit_code: ExitCode = ExitCode.BUG


class UsageError(ClipmatError):
    """An option or a combination of options has no meaning."""

    exit_code = ExitCode.USAGE


class BadInputError(ClipmatError):
    """A file, folder or value from outside is missing or unusable."""

    exit_code = ExitCode.BAD_INPUT


class EmptyPhraseError(BadInputError):
    """A phrase has no words."""

    def __init__(
        self, text: str = "a phrase is empty: say what to cut out, as in 'the woman in the red coat'"
    ) -> None:
        super().__init__(text)  # a loader process hands its errors over by their text


class WeightsError(BadInputError):
    """A file of weights is missing, damaged, unsafe, or of another architecture."""


class DivergedError(BadInputError):
    """Loss or weights are not numbers any more; the checkpoints before stay."""


class OutOfMemoryError(BadInputError):
    """The device's memory does not hold this configuration."""


class ExportError(BadInputError):
    """An exported graph does not compute what the model computes."""


class MissingExtraError(UsageError):
    """A command needs an optional part that is not installed."""


class StateConflictError(ClipmatError):
    """The run folder holds something that this command may not touch or continue."""

    exit_code = ExitCode.STATE_CONFLICT


class DiskError(ClipmatError):
    """Writing failed; what was finished stays valid."""

    exit_code = ExitCode.DISK


class StoppedError(ClipmatError):
    """Training was told to stop (SIGTERM, Ctrl-C) and left a checkpoint; ``--resume`` continues it."""

    exit_code = ExitCode.STOPPED
