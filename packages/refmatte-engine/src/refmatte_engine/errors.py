"""One error root; every class knows its exit code, and its message says the way out.

The command line turns these into one line on stderr and the exit code of DESIGN section 8.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's exit status means (printed in ``refmatte --help``)."""

    OK = 0
    THRESHOLD_FAILED = 1
    USAGE = 2
    BAD_INPUT = 3
    STATE_CONFLICT = 4
    POLICY_REFUSED = 5
    DISK = 6
    BUG = 70
    STOPPED = 75
    INTERRUPTED = 130


class RefMatteError(Exception):
    """Root of every error a user can cause; ``exit_code`` is the process status."""

    exit_code: ExitCode = ExitCode.BUG


class UsageError(RefMatteError):
    """An option, a preset key or a combination of them is not legal."""

    exit_code = ExitCode.USAGE


class BadInputError(RefMatteError):
    """A file, a folder or a table from outside is missing or unusable."""

    exit_code = ExitCode.BAD_INPUT


class StateConflictError(RefMatteError):
    """The output folder holds something this command may not touch."""

    exit_code = ExitCode.STATE_CONFLICT


class PolicyRefusedError(RefMatteError):
    """A licence or privacy rule forbids this build unless the user allows it by name."""

    exit_code = ExitCode.POLICY_REFUSED


class DiskError(RefMatteError):
    """Writing failed (disk full, read-only, no permission); what is finished stays valid."""

    exit_code = ExitCode.DISK


class StoppedError(RefMatteError):
    """The run was told to stop (SIGTERM); the same command continues it."""

    exit_code = ExitCode.STOPPED
