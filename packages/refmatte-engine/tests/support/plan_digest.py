"""The digest of a plan, for comparing processes."""

from __future__ import annotations

import hashlib

from made_collections import backdrops, different_words, mixed_collection

from refmatte_engine.manifest.vocabulary import Split
from refmatte_engine.plan.planner import plan_subjects, redraw_rows
from refmatte_engine.presets import load_preset


def digest(seed: int) -> str:
    """sha256 over all rows of a plan with redraws."""
    pictures = backdrops(12, split=Split.TRAIN) + backdrops(4, split=Split.TEST)
    plan = plan_subjects(mixed_collection(3), pictures, load_preset("modern"), seed, 150, different_words)
    plan = redraw_rows(plan, {row.image_id for row in plan.rows[::5]})
    return hashlib.sha256(repr((plan.rows, plan.passed_over, plan.shortfalls)).encode()).hexdigest()
