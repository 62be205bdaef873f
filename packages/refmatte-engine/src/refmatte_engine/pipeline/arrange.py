"""Lays out a drawn plan and asks whether its words hold; rows that fail are redrawn, in the order of the plan.

A row is kept when its entities find places (`layout.place`) and, where the preset asks for unique words, when
every matte has four true and unambiguous phrases on the geometry that layout promises.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from refmatte_engine.attributes.labels import Labels
from refmatte_engine.config import Preset
from refmatte_engine.errors import BadInputError
from refmatte_engine.layout import LayoutFailure, place
from refmatte_engine.layout.geometry import scene_from_layout
from refmatte_engine.pipeline.collection import Collection
from refmatte_engine.plan.planner import Plan, redraw_rows
from refmatte_engine.plan.records import PlannedImage
from refmatte_engine.runner import StopFlag, run_tasks

if TYPE_CHECKING:
    from refmatte_engine.express.scene import Expression
    from refmatte_engine.lexicon import Lexicon
    from refmatte_engine.progress import Progress

ROWS_PER_TASK = 64
POOL_FROM = 512
"""Below this many rows a process pool costs more than it saves."""

AMBIGUOUS = "words_ambiguous"
"""Reason of a row whose places leave some matte without four unique phrases."""


@dataclass(frozen=True, slots=True)
class Judge:
    """By what rows are laid out and judged."""

    preset: Preset
    lexicon: Lexicon
    seed: int

    def tellable(self, labels: Sequence[Labels]) -> bool:
        """Whether entities so labelled can be told apart in one image."""
        from refmatte_engine.express import tellable

        return tellable(labels, lexicon=self.lexicon, words=self.preset.words, color=self.preset.color)

    def keyword(self, labels: Labels) -> str:
        """The word of the keyword setting."""
        from refmatte_engine.lexicon import keyword

        return keyword(labels, self.lexicon)

    def phrases(self, row: PlannedImage, collection: Collection) -> tuple[Expression, ...]:
        """The expressions of a laid-out row: a pure function of the row, the labels and the seed."""
        from refmatte_engine.express import express

        return express(
            scene_from_layout(row, collection.entities, collection.labels),
            lexicon=self.lexicon,
            words=self.preset.words,
            color=self.preset.color,
            seed=self.seed,
            image_id=row.image_id,
        )

    def arrange(self, row: PlannedImage, collection: Collection) -> Arranged:
        """Find places for a row, and ask whether its words hold there."""
        known = {planned.entity_id: collection.labels[planned.entity_id] for planned in row.entities}
        placed = place(
            row,
            collection.entities,
            collection.backgrounds[row.background_id],
            self.preset.layout,
            seed=self.seed,
            sizes={name: self.lexicon.size_of(labels.category) for name, labels in known.items()},
        )
        if isinstance(placed, LayoutFailure):
            return Arranged(row, failure=placed.reason.value)
        ambiguous = sum(not phrase.unambiguous for phrase in self.phrases(placed, collection))
        if ambiguous and self.preset.sampling.unique:
            return Arranged(row, failure=AMBIGUOUS)
        return Arranged(placed, ambiguous)


@dataclass(frozen=True, slots=True)
class ArrangeTask:
    """Rows to lay out, with what they need; it travels to a worker process."""

    rows: tuple[PlannedImage, ...]
    collection: Collection
    judge: Judge


@dataclass(frozen=True, slots=True)
class Arranged:
    """A laid-out row and how many of its expressions are ambiguous, or the reason why there is none."""

    row: PlannedImage
    ambiguous: int = 0
    failure: str | None = None


def arrange_rows(task: ArrangeTask) -> tuple[Arranged, ...]:
    """Lay out the rows of a task. Pure."""
    return tuple(task.judge.arrange(row, task.collection) for row in task.rows)


@dataclass(frozen=True, slots=True)
class ArrangedPlan:
    """A plan whose rows all have places.

    Attributes:
        plan: its rows are laid out.
        ambiguous: expressions that are not unambiguous, per image id (only where there are any).
        rejected: failed layouts per reason.
    """

    plan: Plan
    ambiguous: Mapping[str, int]
    rejected: Mapping[str, int]


def arrange(
    plan: Plan,
    collection: Collection,
    judge: Judge,
    *,
    workers: int,
    progress: Progress,
    flag: StopFlag | None = None,
) -> ArrangedPlan:
    """Lay out every row; redraw those that fail until all stand.

    Raises:
        BadInputError: some row failed ``preset.layout.redraws`` times (and why).
        StoppedError: the flag was set.
    """
    rejected: Counter[str] = Counter()
    ambiguous: dict[str, int] = {}
    placed: dict[str, PlannedImage] = {}
    redraws = judge.preset.layout.redraws
    with progress.stage("layout", len(plan.rows)) as stage:
        for _ in range(redraws + 1):
            open_rows = [row for row in plan.rows if row.image_id not in placed]
            failed: dict[str, str] = {}
            for result in _arranged(open_rows, collection, judge, workers, flag):
                if result.failure is not None:
                    failed[result.row.image_id] = result.failure
                    continue
                stage.advance()
                placed[result.row.image_id] = result.row
                if result.ambiguous:
                    ambiguous[result.row.image_id] = result.ambiguous
            rejected.update(failed.values())
            if not failed:
                rows = tuple(placed[row.image_id] for row in plan.rows)
                return ArrangedPlan(replace(plan, rows=rows), ambiguous, dict(sorted(rejected.items())))
            plan = redraw_rows(plan, failed)
    reasons = ", ".join(f"{reason} {n}" for reason, n in rejected.most_common())
    raise BadInputError(
        f"{len(failed)} of {len(plan.rows)} images could not be laid out after {redraws} redraws each "
        f"({reasons}): add cut-outs or backgrounds, ask for fewer images, or relax [layout] in the preset"
    )


def _arranged(
    rows: Sequence[PlannedImage],
    collection: Collection,
    judge: Judge,
    workers: int,
    flag: StopFlag | None,
) -> Iterator[Arranged]:
    """The rows, laid out or failed, as they are done."""

    def task(index: int) -> ArrangeTask:
        part = tuple(rows[index * ROWS_PER_TASK : (index + 1) * ROWS_PER_TASK])
        return ArrangeTask(part, collection.part_for(part), judge)

    n_tasks = -(-len(rows) // ROWS_PER_TASK)
    pool = workers if len(rows) >= POOL_FROM else 1
    for _, part in run_tasks(arrange_rows, task, n_tasks, workers=pool, flag=flag):
        yield from part
