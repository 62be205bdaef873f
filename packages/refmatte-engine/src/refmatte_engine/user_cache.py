"""The user's cache: prepared foregrounds, what models said, downloaded weights. All of it can be made again."""

from __future__ import annotations

import os
from pathlib import Path


def user_cache() -> Path:
    """``refmatte`` in ``$XDG_CACHE_HOME``, else in ``~/.cache``. It need not exist."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "refmatte"
