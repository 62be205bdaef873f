"""Words: plan and labels in, expressions out; and the evaluator that reads any such text back."""

from refmatte_engine.express.choose import express
from refmatte_engine.express.claims import Attribute, Claims, Facet, Thing
from refmatte_engine.express.evaluate import evaluate, is_unambiguous
from refmatte_engine.express.parse import UnknownWordsError, parse
from refmatte_engine.express.scene import Actor, Expression, Scene, Truth
from refmatte_engine.express.tellable import tellable

__all__ = [
    "Actor",
    "Attribute",
    "Claims",
    "Expression",
    "Facet",
    "Scene",
    "Thing",
    "Truth",
    "UnknownWordsError",
    "evaluate",
    "express",
    "is_unambiguous",
    "parse",
    "tellable",
]
