"""Relation -> placements: where each entity of a planned image stands. Pure geometry, no pixels.

Reading order: ``records`` (a piece, reasons of failure), ``sizes``, ``spans`` (positions along one axis),
``in_line`` (left/right, top/bottom), ``overlap`` (front/behind), ``place`` (the attempts).
"""

from refmatte_engine.layout.place import canvas_size, place
from refmatte_engine.layout.records import FailureReason, LayoutFailure

__all__ = ["FailureReason", "LayoutFailure", "canvas_size", "place"]
