"""A dataset's own JSON table: one record per id."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

from refmatte_engine.errors import BadInputError

_MAX_BYTES = 64 * 2**20


def read_records(path: Path) -> dict[str, dict[str, str]]:
    """Records of a JSON object of objects, keyed by id without file extension; only string fields are kept.

    Raises:
        BadInputError: not readable or not of this shape.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise BadInputError(f"{path}: larger than {_MAX_BYTES >> 20} MiB")
        table = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"{path}: not a JSON file: {error}") from error
    if not isinstance(table, dict) or not all(isinstance(record, dict) for record in table.values()):
        raise BadInputError(f"{path}: expected one JSON object per id")
    return {
        PurePosixPath(name).stem: {key: value for key, value in record.items() if isinstance(value, str)}
        for name, record in table.items()
    }
