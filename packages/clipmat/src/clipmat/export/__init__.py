"""A model as two ONNX graphs, and what runs them without torch.

The names below are loaded on first use: `OnnxMatter` must not bring torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clipmat.export.onnx_matter import OnnxMatter
    from clipmat.export.write import Exported, export_model

_HOME = {"OnnxMatter": "onnx_matter", "Exported": "write", "export_model": "write"}
__all__ = ["Exported", "OnnxMatter", "export_model"]


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _HOME:
        raise AttributeError(f"module 'clipmat.export' has no attribute {name!r}")
    return getattr(import_module(f"clipmat.export.{_HOME[name]}"), name)
