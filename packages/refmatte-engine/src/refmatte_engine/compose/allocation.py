"""Large arrays are kept for the next image instead of being given back to the system after each.

Composition takes and frees arrays of the same few megabytes for every image. By default the C library gives such
blocks back at once, and every new one is paid for with a page fault per 4 KiB: about a sixth of the CPU time.
"""

from __future__ import annotations

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3

LARGEST_KEPT = 32 * 2**20
"""Bytes: the most that glibc accepts as a limit between its heap and blocks of their own."""

KEPT_IN_ALL = 2**30
"""Bytes of free memory at the end of the heap before any of it is given back."""


def keep_large_blocks() -> bool:
    """Ask this process's C library to keep freed blocks; False where it is not glibc (nothing changes then)."""
    import ctypes

    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    kept = mallopt(_M_MMAP_THRESHOLD, LARGEST_KEPT), mallopt(_M_TRIM_THRESHOLD, KEPT_IN_ALL)
    return kept == (1, 1)
