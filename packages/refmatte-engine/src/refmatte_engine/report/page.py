"""Writes ``report/index.html`` of a build: people look before they read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from refmatte_engine.progress import Progress, Silent
from refmatte_engine.report import gallery, statistics

GALLERY_IMAGES = 300
"""A gallery of more images than this is thinned evenly; the page says so."""


def write_report(dataset: Path, *, images: int = GALLERY_IMAGES, progress: Progress | None = None) -> Path:
    """Write gallery and statistics of a finished build; the path of the page comes back.

    Args:
        dataset: a folder that ``refmatte build`` or ``refmatte import`` has finished.
        images: at most this many images in the gallery.
    """
    from refmatte_engine.manifest.dataset import open_dataset

    built = open_dataset(dataset)
    return write_report_of_tables(
        dataset,
        built.table("images").to_pylist(),
        built.table("mattes").to_pylist(),
        built.table("expressions").to_pylist(),
        title=dataset.name,
        images=images,
        progress=progress,
    )


def write_report_of_tables(
    dataset: Path,
    image_rows: list[Mapping[str, Any]],
    matte_rows: list[Mapping[str, Any]],
    expression_rows: list[Mapping[str, Any]],
    *,
    title: str,
    facts: Mapping[str, Mapping[str, int]] | None = None,
    images: int = GALLERY_IMAGES,
    progress: Progress | None = None,
) -> Path:
    """The same from tables in memory. ``facts``: further counts to print, by heading."""
    import jinja2

    from refmatte_engine.atomic import write_bytes

    report = dataset / "report"
    (report / "thumbs").mkdir(parents=True, exist_ok=True)
    shown = gallery.exhibits(image_rows, matte_rows, expression_rows, images)
    with (progress or Silent()).stage("report", len(shown)) as stage:
        for exhibit in shown:
            gallery.write_thumbs(dataset, report, exhibit)
            stage.advance()
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("refmatte_engine.report", "templates"), autoescape=True, trim_blocks=True
    )
    html = environment.get_template("index.html.j2").render(
        title=title,
        n_images=len(image_rows),
        n_mattes=len(matte_rows),
        n_expressions=len(expression_rows),
        n_ambiguous=sum(not row["unambiguous"] for row in expression_rows),
        exhibits=[asdict(exhibit) for exhibit in shown],
        charts=statistics.charts(image_rows, matte_rows, expression_rows),
        positions=statistics.positions_table(image_rows, matte_rows),
        facts={heading: sorted(counts.items()) for heading, counts in sorted((facts or {}).items()) if counts},
    )
    page = report / "index.html"
    write_bytes(page, html.encode())
    return page
