"""The output folder of a build: whose it is, who works on it, and whether it may be continued."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from refmatte_engine.atomic import disk_error, sweep, write_bytes
from refmatte_engine.errors import StateConflictError
from refmatte_engine.manifest.fingerprint import differing_fields

CONFIG_FILE = "plan.json"
LISTING = "listing"
"""Field of the configuration with what the sources list (`refmatte_engine.pipeline.listing`)."""

LOCK_FILE = ".refmatte.lock"


@dataclass(frozen=True, slots=True)
class OutputFolder:
    """A folder that one build owns; ``config`` is what it is made from, as ``plan.json`` keeps it."""

    path: Path
    config: Mapping[str, Any]

    def file(self, name: str) -> Path:
        return self.path / name

    def has(self, name: str) -> bool:
        return (self.path / name).is_file()

    @property
    def finished(self) -> bool:
        return self.has("MANIFEST.json")


def plan_json(config: Mapping[str, Any], **results: Any) -> bytes:
    """The text of ``plan.json``: what was asked for, and what came of it."""
    document = {"config": config, **results}
    return (json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _same_request(folder: Path, config: Mapping[str, Any]) -> bool:
    """True when the folder is this build's own, False when it is empty.

    Raises:
        StateConflictError: it holds something else, or another build; nothing was touched.
    """
    if not folder.exists():
        return False
    if not folder.is_dir():
        raise StateConflictError(f"{folder} is a file: name another folder with --out")
    found = sorted(path.name for path in folder.iterdir() if path.name != LOCK_FILE)
    if not found:
        return False
    stored = folder / CONFIG_FILE
    if not stored.is_file():
        shown = ", ".join(found[:3]) + (" ..." if len(found) > 3 else "")
        raise StateConflictError(
            f"{folder} holds something that refmatte did not make ({shown}): name a new folder with --out"
        )
    try:
        before = json.loads(stored.read_text())["config"]
    except (ValueError, KeyError, TypeError) as error:
        raise StateConflictError(f"{stored} cannot be read ({error}): name another folder with --out") from error
    differing = differing_fields(before, config)
    if differing:
        shown = ", ".join(differing[:5]) + (f" and {len(differing) - 5} more" if len(differing) > 5 else "")
        changed = all(name.startswith(f"{LISTING}.") for name in differing)
        raise StateConflictError(
            f"{folder} holds what was made before files or tables of its sources changed ({shown}). Name another "
            "folder with --out: what models said is remembered"
            if changed
            else f"{folder} holds another build; it differs in: {shown}. "
            "Give the same options to continue it, or another folder with --out"
        )
    return True


@contextmanager
def claim(folder: Path, config: Mapping[str, Any]) -> Iterator[tuple[OutputFolder, bool]]:
    """Own ``folder`` while the block runs; the flag says whether an earlier run is being continued.

    Raises:
        StateConflictError: it holds something else, another build, or another process works on it.
    """
    import filelock

    continued = _same_request(folder, config)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_error(folder, error) from error
    lock = filelock.FileLock(folder / LOCK_FILE)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise StateConflictError(
            f"another process is working on {folder}: wait for it, or name another"
        ) from error
    except OSError as error:
        raise disk_error(folder / LOCK_FILE, error) from error
    try:
        if not continued:
            write_bytes(folder / CONFIG_FILE, plan_json(config))
        sweep(folder)
        yield OutputFolder(folder, config), continued
    finally:
        lock.release()
        (folder / LOCK_FILE).unlink(missing_ok=True)
