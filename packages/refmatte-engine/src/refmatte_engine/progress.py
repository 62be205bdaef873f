"""Progress for people: bars on a terminal, a quiet line now and then in a log, nothing with ``--quiet``."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID


class Stage(Protocol):
    """One running stage."""

    def advance(self, n: int = 1) -> None:
        """``n`` more items are done."""
        ...


class Progress(Protocol):
    """Where a long function reports to."""

    def stage(self, name: str, total: int) -> AbstractContextManager[Stage]:
        """Open a stage of ``total`` items."""
        ...

    def say(self, text: str) -> None:
        """One line for the person who waits."""
        ...


class _NoStage:
    def advance(self, n: int = 1) -> None:
        return


class Silent:
    """Says nothing: the default of library calls, and ``--quiet``."""

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Stage]:
        yield _NoStage()

    def say(self, text: str) -> None:
        return


class _LogStage:
    """A line every 30 seconds or 25 %, whichever is later."""

    def __init__(self, name: str, total: int) -> None:
        self.name, self.total, self.done = name, total, 0
        self.started = self.spoken = time.monotonic()

    def advance(self, n: int = 1) -> None:
        self.done += n
        now = time.monotonic()
        if now - self.spoken >= 30:
            self.spoken = now
            rate = self.done / (now - self.started)
            left = (self.total - self.done) / rate
            print(f"{self.name}: {self.done}/{self.total}, {rate:.1f}/s, {left:.0f} s left", file=sys.stderr)


class Log:
    """For logs and pipes: no bars."""

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Stage]:
        stage = _LogStage(name, total)
        yield stage
        print(f"{name}: {stage.done} in {time.monotonic() - stage.started:.1f} s", file=sys.stderr)

    def say(self, text: str) -> None:
        print(text, file=sys.stderr)


class _BarStage:
    def __init__(self, bar: RichProgress, task: TaskID) -> None:
        self._bar, self._task = bar, task
        self._done, self._started = 0, time.monotonic()

    def advance(self, n: int = 1) -> None:
        self._done += n
        rate = self._done / max(time.monotonic() - self._started, 1e-3)
        self._bar.update(self._task, advance=n, rate=f"{rate:.1f}/s")


class Bars:
    """For a terminal: bars with rate and time left, on stderr."""

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Stage]:
        from rich import progress
        from rich.console import Console

        bar = progress.Progress(
            progress.TextColumn("{task.description:<12}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TextColumn("{task.fields[rate]}"),
            progress.TimeElapsedColumn(),
            progress.TextColumn("left"),
            progress.TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        with bar:
            yield _BarStage(bar, bar.add_task(name, total=total, rate=""))

    def say(self, text: str) -> None:
        print(text, file=sys.stderr)


def for_stderr(quiet: bool) -> Progress:
    """The right kind for where stderr goes."""
    if quiet:
        return Silent()
    return Bars() if sys.stderr.isatty() else Log()
