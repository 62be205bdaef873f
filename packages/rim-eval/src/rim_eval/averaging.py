"""Means as the paper takes them: expression -> entity -> image.

X is the mean over entities of the mean over an entity's expressions. X(E) is the mean over images of the mean over
the image's entities (paper supplement 4.2, eq. 10 and 11, with the entity count M of each image). Sums are
`math.fsum` over sorted keys, so neither the order of the rows nor the number of workers can change a digit.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from math import fsum

from rim_eval.definition import Metric
from rim_eval.rows import Means, Row

PER_IMAGE = (Metric.SAD, Metric.MSE, Metric.MAD)
"""The metrics that have an (E) form in the paper."""

COLUMNS: tuple[str, ...] = (
    *(metric.value for metric in PER_IMAGE),
    *(f"{metric.value}(E)" for metric in PER_IMAGE),
    Metric.GRAD.value,
    Metric.CONN.value,
)

SIZES = ((0.1, "small (<10%)"), (0.3, "medium (10-30%)"), (1.01, "large (>30%)"))
"""Groups by the share of the image the target covers."""


def mean(values: Sequence[float]) -> float:
    """Exactly rounded mean of at least one value."""
    return fsum(values) / len(values)


def two_means(triples: Iterable[tuple[str, str, float]]) -> tuple[float | None, float | None]:
    """(X, X(E)) of (image, entity, value) triples; (None, None) for none.

    >>> two_means([("a", "a1", 1.0), ("a", "a2", 3.0), ("b", "b1", 5.0)])  # X = 9/3, X(E) = (2 + 5)/2
    (3.0, 3.5)
    """
    entities: dict[tuple[str, str], list[float]] = defaultdict(list)
    for image, entity, value in triples:
        entities[image, entity].append(value)
    if not entities:
        return None, None
    images: dict[str, list[float]] = defaultdict(list)
    for image, entity in sorted(entities):
        images[image].append(mean(sorted(entities[image, entity])))
    every = [value for image in sorted(images) for value in images[image]]
    return mean(every), mean([mean(images[image]) for image in sorted(images)])


def average(rows: Sequence[Row]) -> Means:
    """All means of some rows."""
    values: dict[str, float | None] = dict.fromkeys(COLUMNS)
    undefined = Counter[str]()
    for metric in Metric:
        known = [(row.image_id, row.entity_id, value) for row in rows if (value := row.value(metric)) is not None]
        if not known:
            continue
        undefined[metric.value] += len(rows) - len(known)
        values[metric.value], per_image = two_means(known)
        if metric in PER_IMAGE:
            values[f"{metric.value}(E)"] = per_image
    return Means(
        n=len(rows),
        entities=len({(row.image_id, row.entity_id) for row in rows}),
        images=len({row.image_id for row in rows}),
        values=values,
        undefined={name: count for name, count in undefined.items() if count},
    )


def average_groups(rows: Sequence[Row]) -> dict[str, dict[str, Means]]:
    """Column -> value -> means, for every column any row has; columns and values sorted."""
    members: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        for column, value in row.groups.items():
            members[column][value].append(row)
    return {
        column: {value: average(members[column][value]) for value in sorted(members[column])}
        for column in sorted(members)
    }


def size_group(share: float) -> str:
    """The size group of a target covering `share` of its image, in [0, 1]."""
    return next(label for limit, label in SIZES if share < limit)
