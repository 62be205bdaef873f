"""Runs a pure function over tasks, here or in spawned processes. It knows nothing of what they do."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from types import FrameType
from typing import TypeVar

from refmatte_engine.errors import RefMatteError, StoppedError

Task = TypeVar("Task")
Result = TypeVar("Result")

REBUILDS = 3
"""How often a pool whose worker died (out of memory, killed) is made anew before the run gives up."""


class WorkerDiedError(RefMatteError):
    """A worker process was killed again and again, most often for lack of memory."""


class StopFlag:
    """Set by SIGTERM or SIGUSR1: the run ends after the tasks under way."""

    def __init__(self) -> None:
        self.stopped = False

    def set(self, signum: int, frame: FrameType | None) -> None:
        self.stopped = True

    def check(self) -> None:
        if self.stopped:
            raise StoppedError("stopped as asked; the same command continues from here")


@contextmanager
def stop_on_signal() -> Iterator[StopFlag]:
    """SIGTERM and SIGUSR1 set the flag instead of killing the process in the middle of a file."""
    flag = StopFlag()
    names = [signal.SIGTERM] + ([signal.SIGUSR1] if hasattr(signal, "SIGUSR1") else [])
    try:
        before = {name: signal.signal(name, flag.set) for name in names}
    except ValueError:  # not in the main thread: the host program owns the signals
        yield flag
        return
    try:
        yield flag
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def _quiet_worker() -> None:
    """One thread per worker; the parent alone answers signals and Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    import cv2

    from refmatte_engine.compose.allocation import keep_large_blocks

    cv2.setNumThreads(1)
    keep_large_blocks()


def run_tasks(
    function: Callable[[Task], Result],
    task: Callable[[int], Task],
    n_tasks: int,
    *,
    workers: int,
    flag: StopFlag | None = None,
) -> Iterator[tuple[int, Result]]:
    """Yield (index, result) as tasks finish, in any order.

    Args:
        function: a module-level, pure function of one task (it travels to spawned processes).
        task: makes the task of an index; called when a worker is free, so that a long run stays small.
        n_tasks: how many there are.
        workers: processes; 1 runs everything here.

    Raises:
        StoppedError: the flag was set; tasks under way were finished first.
        WorkerDiedError: workers kept dying.
    """
    flag = flag or StopFlag()
    if workers <= 1 or n_tasks <= 1:
        for index in range(n_tasks):
            flag.check()
            yield index, function(task(index))
        return
    open_tasks = set(range(n_tasks))
    for _ in range(REBUILDS + 1):
        try:
            for index, result in _run_pool(function, task, sorted(open_tasks), workers, flag):
                open_tasks.discard(index)
                yield index, result
        except BrokenProcessPool:
            continue
        return
    raise WorkerDiedError(
        f"worker processes died {REBUILDS + 1} times; {len(open_tasks)} of {n_tasks} tasks are open. "
        "Most often memory is short: use fewer --workers and run the same command again"
    )


def _run_pool(
    function: Callable[[Task], Result], task: Callable[[int], Task], todo: list[int], workers: int, flag: StopFlag
) -> Iterator[tuple[int, Result]]:
    threads = {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS")}
    os.environ.update(dict.fromkeys(threads, "1"))
    pool = ProcessPoolExecutor(min(workers, len(todo)), mp_context=get_context("spawn"), initializer=_quiet_worker)
    under_way: dict[Future[Result], int] = {}
    queue = iter(todo)
    try:
        while True:
            while len(under_way) < 2 * workers and not flag.stopped:
                index = next(queue, None)
                if index is None:
                    break
                under_way[pool.submit(function, task(index))] = index
            if not under_way:
                break
            done, _ = wait(under_way, return_when=FIRST_COMPLETED, timeout=1.0)
            for future in done:
                yield under_way.pop(future), future.result()
        flag.check()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for name, value in threads.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
