"""Labels as a table of corrections writes them: the way back from `refmatte_engine.attributes.values`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from refmatte_engine.attributes.labels import ColorShare, Labels
from refmatte_engine.manifest.vocabulary import EntityKind


def written(labels: Labels) -> dict[str, str]:
    """Every known value by the name of its column (``category``, ``color``, ``attr:material``).

    What a reader makes of a text is what the text was written from; of a colour that holds for the basic term, its
    shade, and its share to a tenth of a percent.
    """
    color = "clothes_color" if labels.kind is EntityKind.HUMAN else "color"
    texts = {
        "category": labels.category,
        "kind": labels.kind.value,
        "plural": "yes" if labels.plural else "no",
        "synonyms": "; ".join(labels.synonyms),
        color: written_colors(labels.colors),
        "transparent": _yes_or_no(labels.transparent),
        "salient": _yes_or_no(labels.salient),
        "gender": labels.gender,
        "age_group": labels.age_group,
        "clothes_type": labels.clothes_type,
        **{f"attr:{custom.name}": custom.value for custom in labels.custom},
    }
    return {name: text for name, text in texts.items() if text}


def written_colors(colors: Sequence[ColorShare]) -> str:
    """``"dark green 62.1%; white 20%"``. Shares are rounded down, so that they never sum to more than 1."""
    return "; ".join(
        f"{color.modifier} {color.basic} {max(math.floor(color.share * 1000 + 1e-6), 1) / 10:g}%".lstrip()
        for color in colors
    )


def _yes_or_no(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"
