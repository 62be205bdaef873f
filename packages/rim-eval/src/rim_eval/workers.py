"""Running scenes one after the other or in several processes; the rows come back in order either way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context
from typing import Final

from rim_eval.errors import RimEvalError, UsageError
from rim_eval.matching import SceneTask
from rim_eval.rows import Row
from rim_eval.scene_scoring import SceneScoring, score_scene

INSPECTED: Final = 32  # the first images are also searched for accidents of saving
CHUNK: Final = 4

Progress = Callable[[int, int], None]
"""Called with (images done, images in all)."""


class WorkerLostError(RimEvalError):
    """A worker process was ended from outside, most likely for want of memory."""

    def __init__(self) -> None:
        super().__init__("a worker process was killed, probably for want of memory. Use fewer --workers.")


def score_scenes(
    tasks: Sequence[SceneTask], scoring: SceneScoring, *, workers: int = 1, progress: Progress | None = None
) -> list[Row]:
    """All rows, in the order of the tasks. At most a few chunks of tasks are in memory at a time."""
    if workers < 1:
        raise UsageError(f"{workers} workers cannot do anything: use 1 or more.")
    chunks = [(first, tasks[first : first + CHUNK]) for first in range(0, len(tasks), CHUNK)]
    rows: list[Row] = []
    done = 0
    for (_, chunk), found in zip(chunks, _run(chunks, scoring, workers), strict=True):
        rows.extend(found)
        done += len(chunk)
        if progress is not None:
            progress(done, len(tasks))
    return rows


def _run(
    chunks: list[tuple[int, Sequence[SceneTask]]], scoring: SceneScoring, workers: int
) -> Iterator[list[Row]]:
    if workers == 1 or len(chunks) == 1:
        for first, chunk in chunks:
            yield _score_chunk(first, chunk, scoring)
        return
    remaining = iter(chunks)
    pending: deque[Future[list[Row]]] = deque()
    # spawn: a forked copy of a process with threads (OpenCV, pyarrow) may hang.
    pool = ProcessPoolExecutor(
        min(workers, len(chunks)), mp_context=get_context("spawn"), initializer=_prepare_worker
    )
    try:
        for first, chunk in islice(remaining, 3 * workers):
            pending.append(pool.submit(_score_chunk, first, chunk, scoring))
        while pending:
            yield pending.popleft().result()
            for first, chunk in islice(remaining, 1):
                pending.append(pool.submit(_score_chunk, first, chunk, scoring))
    except BrokenProcessPool as problem:
        raise WorkerLostError from problem
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _prepare_worker() -> None:
    import signal

    import cv2

    # Ctrl-C reaches the whole group: the parent answers it, the workers stay quiet.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)


def _score_chunk(first: int, chunk: Sequence[SceneTask], scoring: SceneScoring) -> list[Row]:
    return [
        row
        for number, task in enumerate(chunk, first)
        for row in score_scene(task, scoring, inspected=number < INSPECTED)
    ]
