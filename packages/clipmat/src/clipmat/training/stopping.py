"""SIGTERM and Ctrl-C while training: finish the step, keep a checkpoint, then stop."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Any

import torch


class StopRequest:
    """Within: SIGTERM is remembered instead of killing the process."""

    def __init__(self, accelerator: Any) -> None:
        self._accelerator = accelerator
        self._wanted = False
        self._before: Any = None

    def __enter__(self) -> StopRequest:
        import threading

        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGTERM, self._remember)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGTERM, self._before)

    def asked(self) -> bool:
        """Whether any process was told to stop; all processes get the same answer."""
        if self._accelerator.num_processes == 1:
            return self._wanted
        flag = torch.tensor([float(self._wanted)], device=self._accelerator.device)
        return bool(self._accelerator.reduce(flag, reduction="sum").item() > 0)

    def _remember(self, number: int, frame: FrameType | None) -> None:
        self._wanted = True
