"""Checks a finished dataset against its own promises: every rule is re-derived from files and tables."""

from refmatte_engine.verify.dataset import verify
from refmatte_engine.verify.violation import Violation

__all__ = ["Violation", "verify"]
