"""Files and folders that exist whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from clipmat.errors import DiskError


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A temporary folder beside ``folder`` that takes its name (and place) at the end.

    Raises:
        DiskError: writing failed; ``folder`` is as it was.
    """
    place = folder.resolve()  # "." has no name, and no place beside it
    with telling_disk_errors(folder):
        place.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
        try:
            made.chmod(0o777 & ~_umask())
            yield made
            _put(made, place)
        finally:
            shutil.rmtree(made, ignore_errors=True)


def _put(made: Path, place: Path) -> None:
    """Rename, what stood there first: one of the two is always whole."""
    if not place.exists():
        made.replace(place)
        return
    aside = made.with_name(f"{made.name}-before")
    place.replace(aside)
    try:
        made.replace(place)
    except OSError:
        aside.replace(place)
        raise
    if aside.is_dir():
        shutil.rmtree(aside, ignore_errors=True)
    else:
        aside.unlink()


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file under a temporary name, then rename it.

    Raises:
        DiskError: writing failed.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with telling_disk_errors(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(data)
            temporary.replace(path)
        except OSError:
            with suppress(OSError):
                temporary.unlink()
            raise


@contextmanager
def telling_disk_errors(path: Path) -> Iterator[None]:
    """Within: what fails to be written becomes an error that says what to do."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, SafetensorError) as error:
        raise DiskError(f"{path} cannot be written ({error}): free space or choose another folder") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
