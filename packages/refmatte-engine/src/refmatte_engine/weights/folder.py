"""Where weights lie."""

from __future__ import annotations

import os
from pathlib import Path

from refmatte_engine.user_cache import user_cache

VARIABLE = "REFMATTE_MODELS"


def models_folder(folder: Path | None = None) -> Path:
    """``folder``, else ``$REFMATTE_MODELS``, else ``models`` in the user's cache.

    It need not exist.
    """
    if folder is not None:
        return folder
    if stated := os.environ.get(VARIABLE):
        return Path(stated)
    return user_cache() / "models"
