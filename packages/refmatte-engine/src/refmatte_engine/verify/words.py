"""Rules about truth: relations hold on the mattes, phrases mean what they say, and only that.

Everything is re-read from the *text* and judged on geometry measured on the stored mattes, with the labels of
the tables, so neither the grammar that wrote a phrase nor the layout that promised its truth is trusted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from refmatte_engine.errors import BadInputError
from refmatte_engine.express.evaluate import evaluate
from refmatte_engine.express.scene import Actor, Scene, Truth
from refmatte_engine.layout.geometry import measure_matte
from refmatte_engine.manifest.records import ExpressionRow
from refmatte_engine.manifest.vocabulary import Relation
from refmatte_engine.rows.inventory import labels_from
from refmatte_engine.verify.contents import Contents, Shown
from refmatte_engine.verify.violation import Violation

if TYPE_CHECKING:
    from refmatte_engine.lexicon import Lexicon

MIN_SHIFT = 0.05
"""Centres differ by this share of the canvas side in the order of the relation (dataset.md section 8)."""


@dataclass(frozen=True)
class WordRules:
    """The rules of one dataset: its lexicon is made once."""

    contents: Contents

    @cached_property
    def lexicon(self) -> Lexicon:
        """The project's words with the user's: attributes and words from the plan, categories from the labels."""
        from refmatte_engine.pipeline.worksite import lexicon_for

        labels = [
            labels_from(row.kind, row.category, row.attributes)
            for row in self.contents.mattes
            if row.kind is not None and row.attributes is not None
        ]
        return lexicon_for(labels, self.contents.user_attributes, self.contents.user_words)

    def check(self, shown: Shown) -> Iterator[Violation]:
        """All rules of truth for one image."""
        scene = scene_of(shown)
        if scene is None:
            return
        yield from relation_holds(shown, scene)
        for row in shown.expressions:
            yield from self._phrase(row, scene)

    def _phrase(self, row: ExpressionRow, scene: Scene) -> Iterator[Violation]:
        preset = self.contents.preset
        try:
            truths = evaluate(
                row.text,
                scene,
                target=row.matte_id,
                lexicon=self.lexicon,
                words=preset.words,
                color=preset.color,
            )
        except BadInputError as error:
            yield Violation("text_unreadable", row.expression_id, str(error))
            return
        others = sorted(name for name, truth in truths.items() if name != row.matte_id and truth is not Truth.NO)
        if truths[row.matte_id] is Truth.NO:
            yield Violation("expression_false", row.expression_id, f"{row.text!r} does not hold for its target")
        elif row.unambiguous and (truths[row.matte_id] is not Truth.YES or others):
            found = f"may also mean {others[0]}" if others else "may not hold for its target"
            yield Violation("expression_ambiguous", row.expression_id, f"{row.text!r} {found}")
        if not row.unambiguous and preset.sampling.unique:
            yield Violation(
                "expression_ambiguous", row.expression_id, f"{row.text!r}: the preset allows none such"
            )


def scene_of(shown: Shown) -> Scene | None:
    """The scene of a composed image, measured on its mattes; None when labels or pixels are missing."""
    if not shown.contents.composed or shown.image.relation is None:
        return None
    actors = []
    for row, alpha in zip(shown.mattes, shown.alphas, strict=True):
        if row.kind is None or row.attributes is None or not alpha.any():
            return None
        measured = measure_matte(alpha)
        labels = labels_from(row.kind, row.category, row.attributes)
        actors.append(Actor(row.matte_id, labels, measured.box, measured.centre))
    return Scene(shown.image.width, shown.image.height, shown.image.relation, tuple(actors))


def relation_holds(shown: Shown, scene: Scene) -> Iterator[Violation]:
    """Left to right and top to bottom, the centres follow one another by at least 5 % of the canvas side."""
    if scene.relation is Relation.FRONT_BEHIND:
        return
    axis, side = (0, scene.width) if scene.relation is Relation.LEFT_RIGHT else (1, scene.height)
    for first, second in pairwise(scene.actors):
        shift = (second.centre[axis] - first.centre[axis]) / side
        if shift < MIN_SHIFT:
            yield Violation(
                "relation_false", shown.image.image_id,
                f"{second.matte_id} lies {shift:.3f} of the side behind {first.matte_id}, not {MIN_SHIFT}",
            )  # fmt: skip
