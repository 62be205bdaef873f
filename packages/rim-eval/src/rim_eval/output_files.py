"""Writing report files: whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from rim_eval.errors import DiskError, UsageError


def check_targets(paths: Iterable[Path]) -> None:
    """Before a long run: every file's folder exists and can be written, no path is a folder, none comes twice."""
    seen: set[Path] = set()
    for path in paths:
        if path.resolve() in seen:
            raise UsageError(f"{path}: two outputs would go into one file.")
        seen.add(path.resolve())
        if path.is_dir():
            raise UsageError(f"{path}: is a folder; name the file to write.")
        if not path.parent.is_dir():
            raise UsageError(f"{path}: its folder does not exist. Create {path.parent} first.")
        if not os.access(path.parent, os.W_OK):
            raise DiskError(f"{path}: its folder cannot be written.")


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 beside the target, then put it in place in one step. DiskError says what failed."""
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(
            "w",
            encoding="utf-8",
            newline="",
            dir=path.parent,
            prefix=f".{path.name}.",
            suffix=".tmp",
            delete=False,
        ) as stream:
            temporary = Path(stream.name)
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as problem:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()
        raise DiskError(f"{path}: cannot be written ({os.strerror(problem.errno or 0)}).") from problem
