"""Weights of the models that propose labels: what is known of a file, where it lies, if it is the right one.

Nothing here is downloaded unless a person asks for it by name (`refmatte models fetch NAME`).
"""

from refmatte_engine.weights.find import find_weights

__all__ = ["find_weights"]
