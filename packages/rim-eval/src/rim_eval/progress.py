"""Progress for people: a bar on a terminal, a line now and then in a log. Always on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rim_eval.workers import Progress

LOG_SECONDS: Final = 30.0


@contextmanager
def progress_on_stderr(what: str) -> Iterator[Progress]:
    """Gives a callback (done, total) that reports how far `what` is."""
    if sys.stderr.isatty():
        with _bar(what) as report:
            yield report
    else:
        yield _log(what)


@contextmanager
def _bar(what: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _log(what: str) -> Progress:
    last = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= LOG_SECONDS and done < total:
            last = time.monotonic()
            print(f"{what}: {done:,} of {total:,} images", file=sys.stderr, flush=True)

    return report
