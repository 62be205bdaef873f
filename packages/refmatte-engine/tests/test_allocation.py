"""Keeping large blocks: fewer page faults where the C library is glibc, harmless elsewhere."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
import numpy as np
from refmatte_engine.compose.allocation import keep_large_blocks
kept = keep_large_blocks() if sys.argv[1] == "keep" else None
for _ in range(3):
    work = [np.ones(6_000_000, np.uint8) for _ in range(4)]
    del work
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    work = [np.ones(6_000_000, np.uint8) for _ in range(4)]
    del work
print(kept, resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def run(mode: str) -> tuple[str, int]:
    done = subprocess.run([sys.executable, "-c", PROGRAM, mode], capture_output=True, text=True, check=True)
    kept, faults = done.stdout.split()
    return kept, int(faults)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has the setting")
def test_freed_arrays_are_used_again_without_page_faults() -> None:
    kept, faults = run("keep")
    assert kept == "True"
    # 20 rounds of 24 MB are 117,000 pages.
    assert faults < 2_000 < run("leave")[1]
