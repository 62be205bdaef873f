"""SIGTERM and Ctrl-C while training: finish the step, keep a checkpoint, then stop."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Any

import torch


class StopRequest:
    """Within: SIGTERM and the first Ctrl-C are remembered, and do not end the process; the second one does."""

    def __init__(self, accelerator: Any) -> None:
        self._accelerator = accelerator
        self._process = os.getpid()
        self._wanted = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                # A shell starts background jobs deaf to Ctrl-C, and they stay so.
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._remember)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def asked(self) -> bool:
        """Whether any process was told to stop; all processes get the same answer."""
        if self._accelerator.num_processes == 1:
            return self._wanted
        flag = torch.tensor([float(self._wanted)], device=self._accelerator.device)
        return bool(self._accelerator.reduce(flag, reduction="sum").item() > 0)

    def _remember(self, number: int, frame: FrameType | None) -> None:
        self._wanted = True
        if number != signal.SIGINT:
            return
        signal.signal(number, self._before[number])
        if os.getpid() == self._process:  # loader processes are asked as well, and wait for the end
            print("stopping after this step; Ctrl-C again ends at once", file=sys.stderr, flush=True)
