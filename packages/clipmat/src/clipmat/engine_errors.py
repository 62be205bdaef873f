"""Where errors of the other two packages become this package's, with their exit codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from clipmat.errors import BadInputError, ClipmatError, DiskError, ExitCode, StateConflictError, UsageError

_BY_CODE: dict[int, type[ClipmatError]] = {2: UsageError, 3: BadInputError, 4: StateConflictError, 6: DiskError}


@contextmanager
def engine_errors() -> Iterator[None]:
    """Within: errors that `refmatte_engine` or `rim_eval` mean for the user."""
    from refmatte_engine.errors import RefMatteError

    theirs: tuple[type[Exception], ...] = (RefMatteError,)
    try:
        from rim_eval import RimEvalError
    except ImportError:
        pass
    else:
        theirs = (RefMatteError, RimEvalError)
    try:
        yield
    except theirs as error:
        code = int(getattr(error, "exit_code", ExitCode.BAD_INPUT))
        raise _BY_CODE.get(code, BadInputError)(str(error)) from error
