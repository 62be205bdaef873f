"""SHA-256 of a file, remembered beside it, so that weights are not hashed at every run."""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path

from refmatte_engine.atomic import write_text
from refmatte_engine.errors import BadInputError, DiskError

_HEX = re.compile(r"[0-9a-f]{64}")


def memory_of(path: Path) -> Path:
    """Where the hash of ``path`` is remembered: a hidden file beside it."""
    return path.with_name(f".{path.name}.sha256.json")


def sha256_of(path: Path) -> str:
    """Hash of ``path``, read anew whatever is remembered, and remembered.

    Raises:
        BadInputError: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            before = os.fstat(stream.fileno())
            found = hashlib.file_digest(stream, "sha256").hexdigest()
            after = os.fstat(stream.fileno())
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read: {error.strerror}") from error
    if _mark(before) == _mark(after):  # else somebody is still writing it
        _remember(path, after, found)
    return found


def remembered_sha256_of(path: Path) -> str:
    """Hash of ``path``, as remembered while its size and time of change (in nanoseconds) stay the same.

    Raises:
        BadInputError: it cannot be read.
    """
    try:
        mark = _mark(path.stat())
        memory = json.loads(memory_of(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return sha256_of(path)
    if isinstance(memory, dict) and [memory.get("size"), memory.get("mtime_ns")] == mark:
        found = memory.get("sha256")
        if isinstance(found, str) and _HEX.fullmatch(found):
            return found
    return sha256_of(path)


def _mark(stat: os.stat_result) -> list[int]:
    return [stat.st_size, stat.st_mtime_ns]


def _remember(path: Path, stat: os.stat_result, sha256: str) -> None:
    memory = {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": sha256}
    try:
        write_text(memory_of(path), json.dumps(memory) + "\n", durable=False)
    except DiskError:
        return  # a folder that may only be read works, hashed at every run
