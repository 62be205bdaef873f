"""Tasks that spawned workers can import."""

import os
from pathlib import Path


def square(n: int) -> int:
    return n * n


def die_once(task: tuple[int, Path]) -> int:
    index, marker = task
    if index == 3 and not marker.exists():
        marker.touch()
        os._exit(137)
    return index


def die_always(index: int) -> int:
    os._exit(137)


def fail(index: int) -> int:
    raise ValueError(f"task {index}")
