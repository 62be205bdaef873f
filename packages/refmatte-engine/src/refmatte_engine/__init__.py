"""refmatte-engine: builds referring image matting datasets from matting datasets you have.

Public names are loaded on first use, so that ``import refmatte_engine`` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from refmatte_engine.lexicon import load_lexicon
    from refmatte_engine.manifest.dataset import open_dataset, samples
    from refmatte_engine.pipeline.request import BuildRequest
    from refmatte_engine.pipeline.stages import build, plan_inventory
    from refmatte_engine.presets import load_preset
    from refmatte_engine.report.page import write_report

__version__ = "0.1.0"

_EXPORTS = {
    "BuildRequest": "refmatte_engine.pipeline.request",
    "build": "refmatte_engine.pipeline.stages",
    "plan_inventory": "refmatte_engine.pipeline.stages",
    "load_preset": "refmatte_engine.presets",
    "open_dataset": "refmatte_engine.manifest.dataset",
    "samples": "refmatte_engine.manifest.dataset",
    "write_report": "refmatte_engine.report.page",
    "load_lexicon": "refmatte_engine.lexicon",
}
"""Public name -> module that has it."""

__all__ = [
    "BuildRequest",
    "__version__",
    "build",
    "load_lexicon",
    "load_preset",
    "open_dataset",
    "plan_inventory",
    "samples",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name in _EXPORTS:
        return getattr(import_module(_EXPORTS[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
