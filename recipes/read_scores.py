"""What `rim-eval score --json` said of RUN/right.json, and of RUN/swapped.json when it is there, on one line.

    python recipes/read_scores.py RUN [--accuracy 0.9] [--ratio 5] [--data DATASET]

With the dataset also: the target accuracy of images whose things are of one category, and of the others.

Ends with 1 when the target accuracy, or how many times larger the swapped SAD is, stays below what is asked.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

KINDS = ("basic", "absolute", "relative", "relative2")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--accuracy", type=float, default=0.0)
    parser.add_argument("--ratio", type=float, default=0.0)
    parser.add_argument("--data", type=Path)
    asked = parser.parse_args()
    right = json.loads((asked.run / "right.json").read_text())
    accuracy, sad = right["targets"]["accuracy"], right["overall"]["SAD"]
    line = f"{asked.run}: target accuracy {accuracy:.3f} ({by_kind(right['items'])}), SAD {sad:.3f}"
    ratio = None
    if (asked.run / "swapped.json").is_file():
        ratio = json.loads((asked.run / "swapped.json").read_text())["overall"]["SAD"] / sad
        line += f", x{ratio:.2f} with the neighbour's phrase"
    if asked.data is not None:
        alike, others = by_category(right["items"], asked.data)
        line += f"; things of one category {alike}; of two {others}"
    held = accuracy >= asked.accuracy and (ratio or 0.0) >= asked.ratio
    print(line + ("" if held else "; a gate is missed"), flush=True)
    return 0 if held else 1


def by_kind(items: list[dict[str, Any]]) -> str:
    """Target accuracy of each kind of phrase; the kind is the number at the end of an expression's id."""
    parts = []
    for i, kind in enumerate(KINDS):
        of_kind = [item["target"] == "right" for item in items if item["id"].endswith(f"_e{i}")]
        if of_kind:
            parts.append(f"{kind} {sum(of_kind) / len(of_kind):.3f}")
    return ", ".join(parts)


def by_category(items: list[dict[str, Any]], data: Path) -> tuple[str, str]:
    """The same as `by_kind`, with the mean, of images with one category of things, and of images with several."""
    import pyarrow.parquet as pq

    categories: dict[str, set[str]] = {}
    for path in sorted((data / "test").glob("mattes-*.parquet")):
        for row in pq.read_table(path, columns=["image_id", "category"]).to_pylist():
            categories.setdefault(row["image_id"], set()).add(row["category"])
    said = []
    for alike in (True, False):
        found = [item for item in items if (len(categories[item["id"].rsplit("_", 2)[0]]) == 1) == alike]
        right = sum(item["target"] == "right" for item in found)
        said.append(f"{right / len(found):.3f} ({by_kind(found)})" if found else "none")
    return said[0], said[1]


if __name__ == "__main__":
    raise SystemExit(main())
