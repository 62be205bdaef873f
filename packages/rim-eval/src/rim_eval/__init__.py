"""rim-eval: the exact, fast, strict scorer for (referring) image matting.

>>> import numpy as np, rim_eval
>>> truth = np.array([[0, 255], [255, 255]], np.uint8)
>>> guess = np.array([[0, 0], [255, 204]], np.uint8)
>>> rim_eval.sad(guess, truth) * 1000  # one pixel wrong by 1, one by 0.2
1.2

The names below are loaded on first use, so that importing the package stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_HOME = {
    "sad": "alpha_errors",
    "mse": "alpha_errors",
    "mad": "alpha_errors",
    "grad": "gradient",
    "conn": "connectivity",
    "target_class": "targets",
    "derive_trimap": "trimap",
    "Accumulator": "accumulator",
    "score": "scorer",
    "check": "checking",
    "compare": "comparison",
    "RimEvalError": "errors",
}

if TYPE_CHECKING:
    from rim_eval.accumulator import Accumulator
    from rim_eval.alpha_errors import mad, mse, sad
    from rim_eval.checking import check
    from rim_eval.comparison import compare
    from rim_eval.connectivity import conn
    from rim_eval.errors import RimEvalError
    from rim_eval.gradient import grad
    from rim_eval.scorer import score
    from rim_eval.targets import target_class
    from rim_eval.trimap import derive_trimap

__all__ = [
    "Accumulator",
    "RimEvalError",
    "check",
    "compare",
    "conn",
    "derive_trimap",
    "grad",
    "mad",
    "mse",
    "sad",
    "score",
    "target_class",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'rim_eval' has no attribute {name!r}")
    return getattr(import_module(f"rim_eval.{_HOME[name]}"), name)
