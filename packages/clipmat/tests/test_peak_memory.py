"""The peak is that of a stretch of work, not of the process so far."""

import mmap

import pytest
import torch

from clipmat.peak_memory import PeakMemory


def test_a_peak_is_forgotten_when_the_next_count_begins():
    device = torch.device("cpu")
    before = PeakMemory(device)
    if before.megabytes() is None:
        pytest.skip("this system cannot reset the peak")
    # New pages of the system's: a tensor may be given memory that the process freed and kept.
    with mmap.mmap(-1, 50 * 2**20) as block:
        block.write(b"\1" * len(block))
    high = before.megabytes()
    after = PeakMemory(device).megabytes()
    assert high - after > 40
