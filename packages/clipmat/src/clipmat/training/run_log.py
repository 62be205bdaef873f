"""What a run writes down: ``log.csv`` and ``validation.csv``, TensorBoard, and lines for people."""

from __future__ import annotations

import csv
import io
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clipmat.atomic import telling_disk_errors, write_bytes


class CsvLog:
    """Rows by step. On resume, rows after the checkpoint's step are dropped: they will come again."""

    def __init__(self, path: Path, keep_until: int) -> None:
        self._path = path
        self._columns: list[str] | None = None
        if path.is_file():
            rows = [row for row in csv.DictReader(io.StringIO(path.read_text())) if int(row["step"]) <= keep_until]
            if rows:
                self._columns = list(rows[0])
                self._rewrite(rows)
            else:
                path.unlink()

    def write(self, row: Mapping[str, int | float]) -> None:
        """Append a row; all rows have the columns of the first.

        Raises:
            DiskError: writing failed.
        """
        if self._columns is None:
            self._columns = list(row)
            self._rewrite([])
        shown = {name: _short(value) for name, value in row.items()}
        with telling_disk_errors(self._path), self._path.open("a", newline="") as file:
            # A log begun by another version may have other columns.
            csv.DictWriter(file, self._columns, extrasaction="ignore").writerow(shown)

    def _rewrite(self, rows: list[dict[str, str]]) -> None:
        assert self._columns is not None
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, self._columns)
        writer.writeheader()
        writer.writerows(rows)
        write_bytes(self._path, text.getvalue().encode())


class RunLog:
    """CSV, TensorBoard and the terminal together; on other processes than the first it is silent.

    Args:
        run: the run's folder.
        first: step at which this session starts.
        total: steps of the run.
        quiet: no lines for people.

    Raises:
        DiskError: the folder cannot be written.
    """

    def __init__(self, run: Path, first: int, total: int, quiet: bool) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._run = run
        with telling_disk_errors(run):
            self._csv = CsvLog(run / "log.csv", first)
            self._validation = CsvLog(run / "validation.csv", first)
            self._board: Any = SummaryWriter(str(run / "tensorboard"), purge_step=first)
        self._total, self._quiet = total, quiet
        self._began, self._first = time.monotonic(), first

    def step(self, step: int, values: Mapping[str, float]) -> None:
        """Log numbers of a training step."""
        self._csv.write({"step": step, **values})
        self._plot("train", step, values)
        done = step - self._first
        left = (time.monotonic() - self._began) / max(1, done) * (self._total - step)
        mfu = f", MFU {100 * values['mfu']:.0f} %" if values.get("mfu") else ""
        self.say(
            f"step {step:,}/{self._total:,}: loss {values['total']:.4f}, {values['images_per_s']:.1f} images/s, "
            f"{values['pairs_per_s']:.1f} pairs/s{mfu}, {_span(left)} left"
        )

    def scores(self, step: int, scores: Mapping[str, float]) -> None:
        """Log a validation."""
        self._validation.write({"step": step, **scores})
        self._plot("validation", step, scores)
        self.say("validation: " + ", ".join(f"{name} {value:.4f}" for name, value in scores.items()))

    def say(self, text: str) -> None:
        """A line for people, on stderr."""
        if not self._quiet:
            print(text, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Flush what is open."""
        with telling_disk_errors(self._run):
            self._board.close()

    def _plot(self, kind: str, step: int, values: Mapping[str, float]) -> None:
        with telling_disk_errors(self._run):
            for name, value in values.items():
                self._board.add_scalar(f"{kind}/{name}", value, step)


def _short(value: int | float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.6g}"


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
