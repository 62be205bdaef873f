"""What the gallery shows: images with their mattes and phrases, as plain records and small pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]

THUMB_SIDE = 520
"""Longer side of a gallery picture in pixels."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One expression as the page shows it."""

    kind: str
    text: str
    unambiguous: bool | None


@dataclass(frozen=True, slots=True)
class Target:
    """One matte of an image. ``matte`` is the name of its small picture."""

    matte_id: str
    keyword: str
    category: str
    kind: str
    position: str
    matte: str
    file: str
    phrases: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One image of the gallery."""

    image_id: str
    split: str
    relation: str
    thumb: str
    file: str
    width: int
    height: int
    targets: tuple[Target, ...]


def spread(rows: Sequence[Row], most: int) -> list[Row]:
    """At most ``most`` rows, evenly spread over the sequence."""
    if len(rows) <= most:
        return list(rows)
    return [rows[i * len(rows) // most] for i in range(most)]


def exhibits(
    images: Sequence[Row], mattes: Sequence[Row], expressions: Sequence[Row], most: int
) -> tuple[Exhibit, ...]:
    """The gallery's records, in the order of the tables."""
    mattes_of: dict[str, list[Row]] = defaultdict(list)
    for matte in mattes:
        mattes_of[matte["image_id"]].append(matte)
    phrases_of: dict[str, list[Phrase]] = defaultdict(list)
    for row in expressions:
        phrase = Phrase(str(row["kind"]), str(row["text"]), row["unambiguous"])
        for target in row["target_ids"] or [row["matte_id"]]:
            phrases_of[target].append(phrase)
    return tuple(_exhibit(image, mattes_of[image["image_id"]], phrases_of) for image in spread(images, most))


def _exhibit(image: Row, mattes: Sequence[Row], phrases_of: Mapping[str, list[Phrase]]) -> Exhibit:
    targets = tuple(
        Target(
            matte_id=matte["matte_id"],
            keyword=matte["keyword"] or "",
            category=matte["category"] or "unnamed",
            kind=matte["kind"] or "",
            position=matte["position"] or "",
            matte=f"thumbs/{matte['matte_id']}.png",
            file=matte["file_name"],
            phrases=tuple(phrases_of[matte["matte_id"]]),
        )
        for matte in mattes
    )
    return Exhibit(
        image_id=image["image_id"],
        split=image["split"],
        relation=image["relation"] or "",
        thumb=f"thumbs/{image['image_id']}.jpg",
        file=image["file_name"],
        width=image["width"],
        height=image["height"],
        targets=targets,
    )


def write_thumbs(dataset: Path, report: Path, exhibit: Exhibit) -> None:
    """Small pictures of one image and its mattes (the full ones stay where they are)."""
    import cv2
    import numpy as np

    from refmatte_engine.atomic import write_bytes
    from refmatte_engine.compose.encode import encode_jpeg, encode_matte
    from refmatte_engine.images.opener import open_alpha, open_rgb

    scale = min(1.0, THUMB_SIDE / max(exhibit.width, exhibit.height))
    size = (max(1, round(exhibit.width * scale)), max(1, round(exhibit.height * scale)))
    picture = open_rgb(dataset / exhibit.file)
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    write_bytes(report / exhibit.thumb, encode_jpeg(small, 85), durable=False)
    for target in exhibit.targets:
        matte = cv2.resize(open_alpha(dataset / target.file), size, interpolation=cv2.INTER_AREA)
        alpha = np.asarray(matte, dtype=np.uint8)
        write_bytes(report / target.matte, encode_matte(alpha), durable=False)
