"""clipmat: the soft alpha matte of the one thing a phrase means.

The names below are loaded on first use, so that importing the package stays light.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from clipmat.errors import ClipmatError
    from clipmat.prediction.matter import Matte, Matter

_HOME = {"Matte": "prediction.matter", "Matter": "prediction.matter", "ClipmatError": "errors"}
__all__ = ["ClipmatError", "Matte", "Matter"]


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _HOME:
        raise AttributeError(f"module 'clipmat' has no attribute {name!r}")
    return getattr(import_module(f"clipmat.{_HOME[name]}"), name)
