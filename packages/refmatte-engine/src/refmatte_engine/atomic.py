"""A file is there whole or not at all: write beside it, flush, rename.

The temporary name says whose it is (``.name.pid.random.tmp``), so what a killed process left can be swept.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from refmatte_engine.errors import DiskError

_TEMPORARY = re.compile(r"^\..+\.\d+\.[0-9a-f]{8}\.tmp$")


@contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """A temporary path in the folder of ``path``; it becomes ``path`` when the block ends well.

    Args:
        path: the final file; its folder is made if it is missing.
        durable: flush file and folder to the disk, so that the file outlives a power cut.

    Raises:
        DiskError: the disk is full, read-only or refuses; ``path`` is untouched.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        if durable:
            _flush(temporary)
        temporary.replace(path)
        if durable:
            _flush(path.parent)
    except OSError as error:
        raise disk_error(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write ``data`` to ``path`` atomically (see `replacing`)."""
    with replacing(path, durable=durable) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str, *, durable: bool = True) -> None:
    """Write ``text`` as UTF-8 with plain newlines, atomically."""
    write_bytes(path, text.encode(), durable=durable)


def place_file(source: Path, target: Path, *, link: bool = False) -> None:
    """Copy ``source`` to ``target`` atomically, or hard-link it where ``link`` asks and the disk can."""
    with replacing(target, durable=False) as temporary:
        if link:
            try:
                os.link(source, temporary)
                return
            except OSError as error:
                if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
                    raise
        shutil.copyfile(source, temporary)


def sweep(folder: Path) -> int:
    """Remove what killed writers left under ``folder``; returns how many files went."""
    left_over = [path for path in folder.rglob(".*.tmp") if _TEMPORARY.match(path.name)]
    for path in left_over:
        path.unlink(missing_ok=True)
    return len(left_over)


def disk_error(path: Path, error: OSError) -> DiskError:
    """What the user needs to know when writing ``path`` failed."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskError(
            f"no space left while writing {path} ({_free_bytes(path):,} bytes free): "
            "make room and run the same command again; finished files stay valid"
        )
    reason = error.strerror or str(error)
    return DiskError(f"cannot write {path}: {reason}; check the folder and run the same command again")


def _free_bytes(path: Path) -> int:
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    return shutil.disk_usage(folder).free


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
