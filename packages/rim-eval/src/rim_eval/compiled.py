"""Compiling a loop on its first call, and keeping the result for the next process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Loop = TypeVar("Loop", bound=Callable[..., object])


def compiled(loop: Loop) -> Loop:
    """`loop` as machine code; compiled in each process where no cache can be written."""
    try:
        return cast(Loop, njit(cache=True, nogil=True)(loop))
    except RuntimeError:
        return cast(Loop, njit(nogil=True)(loop))
