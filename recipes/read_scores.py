"""What `rim-eval score --json` said of RUN/right.json, and of RUN/swapped.json when it is there, on one line.

    python recipes/read_scores.py RUN [--accuracy 0.9] [--ratio 5] [--data DATASET]

With the dataset, one of two drawn things to a picture, also: which words the basic phrases were followed by.

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
        line += f"; told apart by {by_what_tells_apart(right['items'], asked.data)}"
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


def by_what_tells_apart(items: list[dict[str, Any]], data: Path) -> str:
    """Target accuracy of the phrases that name neither place nor neighbour, by what singles out one of two drawn
    things: its colour; without that its shape; without both its pattern, or being transparent.
    """
    import pyarrow.parquet as pq

    def rows(table: str, columns: list[str]) -> list[dict[str, Any]]:
        paths = sorted((data / "test").glob(f"{table}-*.parquet"))
        return [row for path in paths for row in pq.read_table(path, columns=columns).to_pylist()]

    things: dict[str, list[dict[str, Any]]] = {}
    for row in rows("mattes", ["matte_id", "image_id", "category", "attributes"]):
        things.setdefault(row["image_id"], []).append(row)
    right = {item["id"]: item["target"] == "right" for item in items}
    found: dict[str, list[bool]] = {"colour": [], "shape": [], "pattern or glass": []}
    for row in rows("expressions", ["expression_id", "matte_id", "image_id", "kind", "text"]):
        if row["kind"] == "basic":
            one, other = sorted(things[row["image_id"]], key=lambda thing: thing["matte_id"] != row["matte_id"])
            colors = [thing["attributes"]["color"][0]["basic"] for thing in (one, other)]
            word = "pattern or glass"
            if colors[0] != colors[1] and colors[0] in row["text"].split():
                word = "colour"
            elif one["category"] != other["category"]:
                word = "shape"
            found[word].append(right[row["expression_id"]])
    return ", ".join(f"{word} {sum(was) / len(was):.3f} of {len(was)}" for word, was in found.items() if was)


if __name__ == "__main__":
    raise SystemExit(main())
