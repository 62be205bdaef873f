"""Writes ``review/index.html``: a static page, opened from the disk, on which a person checks a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from refmatte_engine.attributes.color_names import basic_colors, color_words
from refmatte_engine.errors import BadInputError
from refmatte_engine.lexicon.user import RESERVED_NOUNS
from refmatte_engine.pipeline.request import DEFAULT_MAX_PIXELS
from refmatte_engine.progress import Progress, Silent
from refmatte_engine.review import entities, expressions
from refmatte_engine.review.cards import FIELDS
from refmatte_engine.runner import stop_on_signal

EXPRESSION_IMAGES = 500
"""Images of a build that one review of its phrases shows, when nobody says how many."""


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """The written page and how many entities or phrases wait on it."""

    page: Path
    reviews: str
    items: int

    def as_json(self) -> dict[str, Any]:
        return {"page": str(self.page), "reviews": self.reviews, "items": self.items}

    def __str__(self) -> str:
        return f"{self.items:,} {self.reviews} to look at, open in a browser: {self.page}"


def review_entities(
    folder: Path,
    *,
    sources: str = "sample",
    sources_root: Path | None = None,
    corrections: Sequence[Path] = (),
    workers: int = 1,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    progress: Progress | None = None,
) -> ReviewPage:
    """Write the page on which the labels of a folder's entities are checked.

    Args:
        folder: what ``refmatte ingest`` or ``refmatte label`` (or ``build``) has written.
        sources, sources_root: as for ``refmatte label``; the pictures are read from there.
        corrections: files of an earlier review: the page goes on from them and saves them again.

    Raises:
        BadInputError: there are no entities, a source is missing, or a corrections file is wrong.
    """
    from refmatte_engine.pipeline.asked import read_asked
    from refmatte_engine.pipeline.worksite import lexicon_for
    from refmatte_engine.rows.stored import read_labels
    from refmatte_engine.sources.registry import resolve_sources

    if not (folder / "entities.parquet").is_file():
        raise BadInputError(f"there are no entities in {folder}: run refmatte label with --out {folder} first")
    asked = read_asked(folder)
    # The choices that the folder was made with, so that its sources list the same files.
    resolved = resolve_sources(sources, root=sources_root, options=asked.preset.sources)
    opened = {source.name: source for source in resolved}
    with stop_on_signal() as flag:
        gathered = entities.gather(
            folder,
            opened,
            lexicon_for(read_labels(folder).values(), asked.user_attributes, asked.user_words),
            folder / "review" / "thumbs",
            corrections=corrections,
            max_pixels=max_pixels,
            workers=workers,
            progress=progress or Silent(),
            flag=flag,
        )
    return write_entity_page(folder, gathered)


def write_entity_page(folder: Path, gathered: entities.EntityReview) -> ReviewPage:
    """Write ``review/index.html`` for entities whose pictures lie beside it."""
    colors = basic_colors()
    document = {
        **asdict(gathered),
        "fields": [asdict(field) for field in FIELDS],
        "reserved": sorted(RESERVED_NOUNS),
        "colors": {"words": color_words(), "terms": sorted(colors.typical), "shades": sorted(colors.shift)},
    }
    return ReviewPage(_write(folder, "entities.html.j2", document), "entities", len(gathered.cards))


def review_expressions(
    dataset: Path, *, images: int = EXPRESSION_IMAGES, progress: Progress | None = None
) -> ReviewPage:
    """Write the page on which the phrases of a finished build are checked.

    Args:
        images: at most this many, spread evenly over the build.

    Raises:
        StateConflictError: the build is not finished.
    """
    gathered = expressions.gather(dataset, dataset / "review", images=images, progress=progress or Silent())
    document = {"verdicts": expressions.VERDICTS, **asdict(gathered)}
    return ReviewPage(_write(dataset, "expressions.html.j2", document), "phrases", len(gathered.cards))


def is_finished_build(folder: Path) -> bool:
    """Whether there are phrases to review."""
    return (folder / "MANIFEST.json").is_file()


def _write(folder: Path, template: str, document: dict[str, Any]) -> Path:
    import jinja2

    from refmatte_engine.atomic import write_bytes

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("refmatte_engine.review", "templates"), autoescape=True, trim_blocks=True
    )
    page = folder / "review" / "index.html"
    write_bytes(page, environment.get_template(template).render(data=document).encode())
    return page
