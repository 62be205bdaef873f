"""What the project knows about datasets, as data: the folder ``data_manifests``.

A checkout reads it from the repository's top, an installed wheel from inside the package.
"""

from __future__ import annotations

from pathlib import Path


def known_data_root() -> Path:
    """The folder ``data_manifests`` of this installation."""
    package = Path(__file__).resolve().parent
    for root in (package / "data_manifests", package.parents[3] / "data_manifests"):
        if root.is_dir():
            return root
    raise FileNotFoundError("data_manifests is missing from this installation of refmatte-engine")
