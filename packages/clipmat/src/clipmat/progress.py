"""A progress bar on a terminal, a line now and then in a log."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Final

LOG_SECONDS: Final = 30.0


class ProgressLine:
    """Within: `update` shows how far a long call is, on stderr."""

    def __init__(self, what: str, quiet: bool) -> None:
        self._what, self._quiet = what, quiet
        self._began = self._told = time.monotonic()
        self._terminal = sys.stderr.isatty()

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._terminal and not self._quiet:
            print(file=sys.stderr)

    def update(self, done: int, total: int) -> None:
        """`done` of `total` are ready."""
        now = time.monotonic()
        if self._quiet or not (self._terminal or now - self._told >= LOG_SECONDS or done == total):
            return
        self._told = now
        rate = done / max(1e-9, now - self._began)
        text = f"{self._what}: {done:,}/{total:,}, {rate:.1f}/s, {(total - done) / max(rate, 1e-9):.0f} s left"
        print(
            f"\r{text}\x1b[K" if self._terminal else text,
            file=sys.stderr,
            end="" if self._terminal else "\n",
            flush=True,
        )
