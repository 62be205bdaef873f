"""Gathers what there is to review in a finished build: every phrase with its image and its matte."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from refmatte_engine.manifest.dataset import open_dataset
from refmatte_engine.progress import Progress
from refmatte_engine.report import gallery

VERDICTS = ("fine", "wrong", "ambiguous")
"""What a person can say of a phrase; the column ``verdict`` of the saved file."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of the build: its small picture, and the file itself, relative to the page."""

    image_id: str
    split: str
    thumb: str
    file: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PhraseCard:
    """One phrase. ``image`` is an index into the pictures, ``mattes`` are the small mattes of its targets."""

    expression_id: str
    image: int
    kind: str
    text: str
    keyword: str
    mattes: tuple[str, ...]
    unambiguous: bool | None


@dataclass(frozen=True, slots=True)
class ExpressionReview:
    """All that the page for expressions shows.

    Attributes:
        digest: the build's plan hash; decisions in the browser are kept under it.
        cards: phrases the engine itself calls ambiguous first, then in the order of the tables.
        n_images: images of the build, of which ``pictures`` may be an even choice.
    """

    digest: str
    pictures: tuple[Picture, ...]
    cards: tuple[PhraseCard, ...]
    n_images: int


def gather(dataset: Path, page_folder: Path, *, images: int, progress: Progress) -> ExpressionReview:
    """Read the tables of a finished build and draw small pictures beside the page.

    Args:
        images: at most this many, spread evenly over the build.

    Raises:
        StateConflictError: the build is not finished.
    """
    built = open_dataset(dataset)
    image_rows, matte_rows = built.table("images").to_pylist(), built.table("mattes").to_pylist()
    expression_rows = built.table("expressions").to_pylist()
    shown = gallery.exhibits(image_rows, matte_rows, (), images)
    with progress.stage("thumbnails", len(shown)) as stage:
        for exhibit in shown:
            if not all((page_folder / name).is_file() for name in _names(exhibit)):
                gallery.write_thumbs(dataset, page_folder, exhibit)
            stage.advance()
    place = {exhibit.image_id: index for index, exhibit in enumerate(shown)}
    target = {one.matte_id: one for exhibit in shown for one in exhibit.targets}
    cards = [
        PhraseCard(
            expression_id=row["expression_id"],
            image=place[row["image_id"]],
            kind=row["kind"],
            text=row["text"],
            keyword=target[row["matte_id"]].keyword if row["matte_id"] in target else "",
            mattes=tuple(target[name].matte for name in row["target_ids"] or [row["matte_id"]] if name in target),
            unambiguous=row["unambiguous"],
        )
        for row in expression_rows
        if row["image_id"] in place
    ]
    pictures = (
        Picture(one.image_id, one.split, one.thumb, f"../{one.file}", one.width, one.height) for one in shown
    )
    return ExpressionReview(
        digest=built.manifest.plan_hash if built.manifest is not None else "",
        pictures=tuple(pictures),
        cards=tuple(sorted(cards, key=lambda card: card.unambiguous is not False)),
        n_images=len(image_rows),
    )


def _names(exhibit: gallery.Exhibit) -> list[str]:
    return [exhibit.thumb, *(one.matte for one in exhibit.targets)]
