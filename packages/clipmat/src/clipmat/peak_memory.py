"""The most memory that a stretch of work took: of the device, or of this process on a CPU."""

from __future__ import annotations

import gc
import re
from pathlib import Path
from typing import Final

import torch

_REFS: Final = Path("/proc/self/clear_refs")
_STATUS: Final = Path("/proc/self/status")


class PeakMemory:
    """Counts from its making on."""

    def __init__(self, device: torch.device) -> None:
        """Forget earlier peaks; what is still in use counts."""
        self._device = device
        self._counts = True
        gc.collect()
        if device.type == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(device)
            return
        try:
            _REFS.write_text("5")  # Linux: resets the high-water mark of this process
        except OSError:
            self._counts = False

    def megabytes(self) -> float | None:
        """The peak so far; None on systems that cannot say it for a stretch of a process."""
        if self._device.type == "cuda":
            return float(torch.cuda.max_memory_allocated(self._device) / 2**20)
        if not self._counts:
            return None
        found = re.search(r"VmHWM:\s+(\d+) kB", _STATUS.read_text())
        return int(found[1]) / 1024.0 if found else None
