"""The one expression of each image that the paper's protocol scores."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from rim_eval.errors import GroundTruthError, UsageError


def load_index(
    root: Path, protocol: str, index: Path | None, from_table: Mapping[str, int] | None = None
) -> dict[str, int] | None:
    """image -> number of its selected expression, or None when all expressions count.

    An index file wins over `from_table`, what the dataset's own table selects. Protocol `auto`: selected if there
    is either, else all. `rim` insists on one.
    """
    if protocol not in ("auto", "rim", "all-expressions"):
        raise UsageError(f"unknown protocol {protocol!r}. Choose rim, all-expressions or auto.")
    path = index or root / "eval_index_expression.json"
    if protocol == "all-expressions" or (
        protocol == "auto" and index is None and not path.is_file() and not from_table
    ):
        return None
    if not path.is_file() and index is None and from_table:
        return dict(from_table)
    if not path.is_file():
        raise GroundTruthError(
            f"{path}: the protocol `rim` needs the index of selected expressions. Name it with --index FILE, "
            "or choose --protocol all-expressions."
        )
    try:
        chosen = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as problem:
        raise GroundTruthError(f"{path}: is not JSON ({problem}).") from problem
    if not isinstance(chosen, dict) or not all(
        isinstance(number, int) and not isinstance(number, bool) and number >= 0 for number in chosen.values()
    ):
        raise GroundTruthError(f"{path}: must map image names to the number of an expression, 0 or more.")
    return chosen


def selected_number(index: dict[str, int], image: str) -> int:
    """The number of the image's selected expression; GroundTruthError when the index lacks the image."""
    if image not in index:
        raise GroundTruthError(f"the expression index has no entry for the image {image}.")
    return index[image]
