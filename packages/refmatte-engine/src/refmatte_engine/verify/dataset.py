"""`verify`: all rules over one dataset, in the order files, tables, pixels, words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from refmatte_engine.errors import BadInputError
from refmatte_engine.manifest.dataset import open_dataset
from refmatte_engine.manifest.records import ImageRow
from refmatte_engine.verify import files, joins, pixels
from refmatte_engine.verify.contents import Contents, Shown
from refmatte_engine.verify.violation import Violation
from refmatte_engine.verify.words import WordRules

if TYPE_CHECKING:
    from refmatte_engine.progress import Progress

T = TypeVar("T")
TableRule: TypeAlias = Callable[[Contents], Iterator[Violation]]
ImageRule: TypeAlias = Callable[[Shown], Iterator[Violation]]

TABLE_RULES: tuple[TableRule, ...] = (
    files.pinned_files,
    files.nothing_besides,
    files.whole_tree,
    files.footers,
    joins.unique_names,
    joins.mattes_join,
    joins.expressions_join,
    joins.four_expressions,
    joins.inventory_joins,
    joins.names_follow,
    joins.plan_kept,
    joins.positions_follow,
    joins.keyword_setting,
    joins.licences_join,
    joins.faces_flagged,
    joins.splits_apart,
    joins.backgrounds_free,
    joins.counts_hold,
)
IMAGE_RULES: tuple[ImageRule, ...] = (
    pixels.alpha_sums,
    pixels.boxes_hold,
    pixels.supports_disjoint,
    pixels.whole_beside,
    pixels.overlap_bounded,
    pixels.cut_sides_stand,
)


def verify(
    root: Path | str, *, strict: bool = False, workers: int = 2, progress: Progress | None = None
) -> tuple[Violation, ...]:
    """Every broken promise of the dataset at ``root``; empty when all hold.

    Args:
        root: a finished dataset, built or imported. An import is held to files, joins, counts and boxes; what
            its makers did with alphas and words is theirs.
        strict: also ask that nothing in the cards waits for a person.
        workers: threads that decode pixels.
        progress: is told of each image.

    Raises:
        StateConflictError: the dataset is not finished.
        BadInputError: a folder without a dataset of this major version.
    """
    from refmatte_engine.progress import Silent

    dataset = open_dataset(root)
    if dataset.manifest is None:
        raise AssertionError("open_dataset gives a manifest unless partial data is allowed")
    try:
        contents = Contents.read(dataset, dataset.manifest)
    except BadInputError as error:
        return (Violation("table_unreadable", str(Path(root)), str(error)),)
    found = [violation for rule in TABLE_RULES for violation in _checked(rule, contents)]
    found += files.pages(contents, strict=strict)
    words = WordRules(contents)
    with (progress or Silent()).stage("verify", len(contents.images)) as stage:
        for opened in _opened_ahead(contents, workers):
            if isinstance(opened, Shown):
                found += (
                    violation for rule in (*IMAGE_RULES, words.check) for violation in _checked(rule, opened)
                )
            else:
                found += opened
            stage.advance()
    return tuple(found)


def _checked(rule: Callable[[T], Iterator[Violation]], subject: T) -> Iterator[Violation]:
    """What a rule finds; a value that it cannot even read is one more violation."""
    try:
        yield from rule(subject)
    except BadInputError as error:
        yield Violation("value_unreadable", rule.__name__, str(error))


def _opened_ahead(contents: Contents, workers: int) -> Iterator[Shown | list[Violation]]:
    """Images in table order, decoded by threads, a few ahead of who looks at them."""
    open_one: Callable[[ImageRow], Shown | list[Violation]] = partial(files.open_shown, contents)
    batch = 4 * max(1, workers)
    with ThreadPoolExecutor(max(1, workers)) as pool:
        for start in range(0, len(contents.images), batch):
            yield from pool.map(open_one, contents.images[start : start + batch])
