"""Downloads one file of weights, when asked: to a part file, its hash checked, then renamed into place."""

from __future__ import annotations

import http.client
import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, Any

from refmatte_engine.atomic import disk_error
from refmatte_engine.errors import BadInputError, StateConflictError
from refmatte_engine.progress import Progress, Silent
from refmatte_engine.weights.card import ModelCard, model_card
from refmatte_engine.weights.find import how_to_get, wrong_hash
from refmatte_engine.weights.folder import models_folder
from refmatte_engine.weights.hashed import memory_of, sha256_of
from refmatte_engine.weights.listing import ModelFile, State

BLOCK = 1 << 20
TIMEOUT_S = 60.0
"""Of one wait for the server, not of the whole download."""


class _BrokenOffError(Exception):
    """The server or the way to it failed; what came stays in the part file."""


def fetch_model(name: str, folder: Path | None = None, *, progress: Progress | None = None) -> ModelFile:
    """Download the file of the model ``name`` into the folder of weights.

    A download that broke off goes on where it stopped, if the server can do that, else starts again. A file that
    is already there and right stays.

    Raises:
        UsageError: no such model.
        BadInputError: nothing to download (no stable address), no connection, an error of the server, a file
            that broke off, or a wrong hash (both are named; what came is removed); the message says how to go on.
        StateConflictError: another process fetches the same file.
        DiskError: the disk is full or refuses.
    """
    import filelock

    place = models_folder(folder)
    card = model_card(name, place)
    if card.url is None:
        raise BadInputError(f"{name} cannot be fetched: {how_to_get(card, place)}")
    path = place / card.file
    try:
        place.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(place / f".{card.file}.lock")
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise StateConflictError(f"{card.file} is being fetched by another process: wait for it") from error
    except OSError as error:
        raise disk_error(path, error) from error
    try:
        return _fetch(card, card.url, path, progress or Silent())
    finally:
        lock.release()


def _fetch(card: ModelCard, url: str, path: Path, progress: Progress) -> ModelFile:
    if path.exists():
        found = sha256_of(path)
        if not card.fits(found):
            raise BadInputError(wrong_hash(card, path, found))
        return ModelFile(card, path, State.AS_PUBLISHED, found)
    part = path.with_name(f".{path.name}.part")
    try:
        _download(url, part, progress)
    except (
        _BrokenOffError,
        urllib.error.URLError,
        http.client.HTTPException,
        TimeoutError,
        ConnectionError,
    ) as error:
        raise BadInputError(_no_download(card, url, path, part, error)) from error
    except OSError as error:
        raise disk_error(part, error) from error
    found = sha256_of(part)
    if not card.fits(found):
        _forget(part)
        raise BadInputError(
            f"{url} gave another file than the published one of {card.name}: SHA-256 {found}, published "
            f"{card.expected} ({card.hash_source}). It was removed. See {card.origin}"
        )
    try:
        part.replace(path)
    except OSError as error:
        raise disk_error(path, error) from error
    _forget(part)
    return ModelFile(card, path, State.AS_PUBLISHED, sha256_of(path))


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    memory_of(part).unlink(missing_ok=True)


def _download(url: str, part: Path, progress: Progress) -> None:
    """Everything behind ``url`` into ``part``, from where it stopped."""
    have = part.stat().st_size if part.exists() else 0
    try:
        _receive(url, part, have, progress)
    except urllib.error.HTTPError as error:
        if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE or not have:
            raise
        # What is there is no beginning of what the server has, or already all of it.
        part.unlink()
        _receive(url, part, 0, progress)


def _receive(url: str, part: Path, have: int, progress: Progress) -> None:
    request = urllib.request.Request(url, headers={"User-Agent": "refmatte", "Accept-Encoding": "identity"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
        start = have if _continues(answer, have) else 0
        length = answer.headers.get("Content-Length")
        total = start + int(length) if length and length.isdecimal() else None
        with part.open("ab" if start else "wb") as stream:
            came = start + _copy(answer, stream, (total or start) - start, progress)
    if total is not None and came != total:
        raise _BrokenOffError(f"it broke off after {came:,} of {total:,} bytes")


def _continues(answer: Any, have: int) -> bool:
    """The server goes on behind the ``have`` bytes; False: it starts again."""
    if not have or answer.status != http.HTTPStatus.PARTIAL_CONTENT:
        return False
    stated = re.fullmatch(r"bytes (\d+)-.*", answer.headers.get("Content-Range", ""))
    if stated is None or int(stated[1]) != have:
        raise _BrokenOffError("the server answered with another part of the file than was asked for")
    return True


def _copy(answer: IO[bytes], stream: IO[bytes], expected: int, progress: Progress) -> int:
    came = 0
    with progress.stage("fetch", -(-expected // BLOCK)) as stage:
        while block := _read(answer):
            stream.write(block)
            came += len(block)
            stage.advance()
    return came


def _read(answer: IO[bytes]) -> bytes:
    try:
        return answer.read(BLOCK)
    except OSError as error:  # of the connection, not of the disk
        raise _BrokenOffError(f"the connection broke off: {error}") from error


def _no_download(card: ModelCard, url: str, path: Path, part: Path, error: Exception) -> str:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(error, urllib.error.HTTPError):
        reason = f"the server says {error.code} {error.reason}"
    again = "The same command goes on from there. " if part.exists() and part.stat().st_size else ""
    return (
        f"{card.name} could not be downloaded from {url}: {reason or type(error).__name__}. {again}"
        f"By hand: download that address (page: {card.origin}) on a machine with a network and put it at {path}"
    )
