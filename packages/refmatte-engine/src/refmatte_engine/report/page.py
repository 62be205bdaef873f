"""Writes ``report/index.html`` of a build: people look before they read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from refmatte_engine.progress import Progress, Silent
from refmatte_engine.report import gallery, statistics

GALLERY_IMAGES = 300
"""A gallery of more images than this is thinned evenly; the page says so."""

PLANNING_HEADINGS = {
    "passed_over": "Passed over by the planner",
    "shortfalls": "Short of what was asked for (images)",
    "rejected": "Left out or redrawn",
    "licenses": "Licences (cut-outs)",
}
"""Counts of ``plan.json`` and what the report calls them."""


def write_report(
    dataset: Path,
    *,
    images: int = GALLERY_IMAGES,
    facts: Mapping[str, Mapping[str, int]] | None = None,
    allow_partial: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write gallery and statistics of a dataset; the path of the page comes back.

    Args:
        dataset: a folder that ``refmatte build`` or ``refmatte import`` has finished.
        images: at most this many images in the gallery.
        facts: further counts to print, by heading; None: what ``plan.json`` tells, if there is one.
        allow_partial: the folder has no MANIFEST.json yet.

    Raises:
        StateConflictError: the build is not finished.
    """
    import jinja2

    from refmatte_engine.atomic import write_bytes
    from refmatte_engine.manifest.dataset import open_dataset

    built = open_dataset(dataset, allow_partial=allow_partial)
    image_rows = built.table("images").to_pylist()
    matte_rows = built.table("mattes").to_pylist()
    expression_rows = built.table("expressions").to_pylist()
    report = dataset / "report"
    shown = gallery.exhibits(image_rows, matte_rows, expression_rows, images)
    with (progress or Silent()).stage("report", len(shown)) as stage:
        for exhibit in shown:
            gallery.write_thumbs(dataset, report, exhibit)
            stage.advance()
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("refmatte_engine.report", "templates"), autoescape=True, trim_blocks=True
    )
    counts = planning_facts(dataset) if facts is None else facts
    html = environment.get_template("index.html.j2").render(
        n_images=len(image_rows),
        n_mattes=len(matte_rows),
        n_expressions=len(expression_rows),
        n_ambiguous=sum(row["unambiguous"] is False for row in expression_rows),
        exhibits=[asdict(exhibit) for exhibit in shown],
        charts=statistics.charts(image_rows, matte_rows, expression_rows),
        positions=statistics.positions_table(image_rows, matte_rows),
        facts={heading: sorted(said.items()) for heading, said in sorted(counts.items()) if said},
    )
    page = report / "index.html"
    write_bytes(page, html.encode())
    return page


def planning_facts(dataset: Path) -> dict[str, dict[str, int]]:
    """What ``plan.json`` counts, under the report's headings; empty where there is none (an import)."""
    try:
        stored = json.loads((dataset / "plan.json").read_bytes())
    except FileNotFoundError:
        return {}
    return {heading: stored.get(name, {}) for name, heading in PLANNING_HEADINGS.items()}
