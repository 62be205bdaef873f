"""Where errors of the other two packages become this package's, with their exit codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from clipmat.errors import BadInputError, ClipmatError, DiskError, StateConflictError, UsageError

_BY_CODE: dict[int, type[ClipmatError]] = {2: UsageError, 3: BadInputError, 4: StateConflictError, 6: DiskError}


@contextmanager
def engine_errors() -> Iterator[None]:
    """Within: errors that `refmatte_engine` or `rim_eval` mean for the user."""
    from refmatte_engine.errors import RefMatteError

    try:
        yield
    except RefMatteError as error:
        raise _BY_CODE.get(int(error.exit_code), BadInputError)(str(error)) from error
