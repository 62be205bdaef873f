"""Where weights lie."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "REFMATTE_MODELS"


def models_folder(folder: Path | None = None) -> Path:
    """``folder``, else ``$REFMATTE_MODELS``, else ``refmatte/models`` in the user's cache (XDG).

    It need not exist.
    """
    if folder is not None:
        return folder
    if stated := os.environ.get(VARIABLE):
        return Path(stated)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "refmatte" / "models"
