"""Counts over the tables of a build. Pure: rows in, charts out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name, its count, and the count as a share of the chart's largest."""

    name: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar chart. ``note`` says in a sentence what the counts are."""

    title: str
    note: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class CrossTable:
    """Counts of rows x columns."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]


def chart(title: str, note: str, names: Iterable[str], *, most: int = 24, by_name: bool = False) -> Chart:
    """Bars of how often each name occurs, the most frequent first; what is cut is summed as ``other``."""
    counts = Counter(names)
    ranked = sorted(counts.items()) if by_name else sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown, rest = ranked[:most], ranked[most:]
    if rest:
        shown.append((f"other ({len(rest)})", sum(count for _, count in rest)))
    top = max((count for _, count in shown), default=1)
    return Chart(title, note, tuple(Bar(name, count, count / top) for name, count in shown))


def cross_table(title: str, pairs: Iterable[tuple[str, str]]) -> CrossTable:
    """How often each (row, column) pair occurs."""
    counts = Counter(pairs)
    columns = tuple(sorted({column for _, column in counts}))
    rows = tuple(
        (row, tuple(counts[row, column] for column in columns)) for row in sorted({row for row, _ in counts})
    )
    return CrossTable(title, columns, rows)


def object_size(matte: Row, image: Row) -> str:
    """The share of the image that the matte's box covers, in steps of 10 %."""
    share = matte["bbox"]["w"] * matte["bbox"]["h"] / (image["width"] * image["height"])
    low = min(int(share * 10), 9) * 10
    return f"{low:02d}-{low + 10} %"


def claimed_color(matte: Row) -> str:
    """The basic term of the matte's largest colour cluster."""
    colors = matte["attributes"]["color"]
    return str(colors[0]["basic"]) if colors else "unknown"


def use_of_entities(mattes: Iterable[Row]) -> Chart:
    """How many entities appear once, twice, ... in the build."""
    times = Counter(Counter(str(matte["entity_id"]) for matte in mattes).values())
    ranked = sorted(times.items())
    top = max(times.values(), default=1)
    bars = tuple(Bar(f"{n} x", count, count / top) for n, count in ranked)
    return Chart("Use of entities", "Entities that appear this many times.", bars)


def charts(images: Sequence[Row], mattes: Sequence[Row], expressions: Sequence[Row]) -> tuple[Chart, ...]:
    """All charts of the report."""
    by_id = {image["image_id"]: image for image in images}
    return (
        chart("Relations", "Images per relation.", (image["relation"] for image in images)),
        chart("Entities per image", "Images.", (str(image["n_entities"]) for image in images), by_name=True),
        chart("Categories", "Mattes per category.", (str(m["category"] or "unnamed") for m in mattes)),
        chart("Colours", "Mattes by their largest colour cluster.", map(claimed_color, mattes)),
        chart(
            "Size",
            "Mattes by the share of the image that their box covers.",
            (object_size(matte, by_id[matte["image_id"]]) for matte in mattes),
            by_name=True,
        ),
        chart(
            "Words per expression",
            "Expressions.",
            (f"{len(str(row['text']).split()):02d}" for row in expressions),
            by_name=True,
        ),
        use_of_entities(mattes),
    )


def positions_table(images: Sequence[Row], mattes: Sequence[Row]) -> CrossTable:
    """Kind of entity against relation and position: no kind should own a position (DESIGN 5.4)."""
    relation = {image["image_id"]: image["relation"] for image in images}
    places = ((f"{relation[m['image_id']]}: {m['position']}", str(m["kind"])) for m in mattes)
    return cross_table("Kind by relation and position", places)
