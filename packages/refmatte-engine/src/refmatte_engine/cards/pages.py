"""Renders the pages of a build from its facts. Every value is escaped unless a filter says otherwise."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from refmatte_engine.atomic import write_text
from refmatte_engine.manifest.build_manifest import PAGES

if TYPE_CHECKING:
    from refmatte_engine.cards.facts import BuildFacts

TODO = "TODO-human"
"""Marks what only a person can say; `verify --strict` fails while one is left."""

_HUB_LICENSES = re.compile(
    r"apache-2\.0|mit|cc0-1\.0|cc-by-(2\.0|2\.5|3\.0|4\.0)|cc-by-sa-[34]\.0|cc-by-nc-[234]\.0|cc-by-nd-4\.0"
    r"|cc-by-nc-nd-[34]\.0|cc-by-nc-sa-[234]\.0|unlicense|pddl|odbl"
)
_SIZE_STEPS = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]|#~])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_ORIGINS = {
    "build": "composed by refmatte-engine",
    "refmatte": "imported from the released RefMatte layout",
    "rw100": "imported from the released RefMatte-RW100 layout",
    "csv": "imported from a table of images, mattes and phrases",
}


class Verbatim(str):
    """Text that is already Markdown (or YAML) and is not escaped."""

    __slots__ = ()


def write_cards(root: Path, facts: BuildFacts) -> tuple[Path, ...]:
    """Write README.md, DATASHEET.md and ATTRIBUTION.md into ``root``; equal facts give equal bytes.

    Raises:
        DiskError: a page could not be written.
    """
    pages = render_cards(facts)
    for name, text in pages.items():
        write_text(root / name, text)
    return tuple(root / name for name in pages)


def render_cards(facts: BuildFacts) -> dict[str, str]:
    """The pages as text, by file name."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("refmatte_engine.cards", "templates"),
        finalize=markdown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["n"] = grouped
    environment.filters["yaml"] = yaml_string
    environment.filters["code"] = code
    environment.filters["url"] = lambda name: Verbatim(quote(name))
    values: dict[str, Any] = {
        "facts": facts,
        "total": facts.total,
        "todo": Verbatim(f"**{TODO}:**"),
        "origin_words": _ORIGINS.get(facts.origin, facts.origin),
        "hub_license": hub_license(facts.license),
        "size_category": size_category(facts.total.images),
        "n_categories": len({name for names in facts.categories.values() for name in names}),
    }
    return {name: environment.get_template(f"{name}.j2").render(values) for name in PAGES}


def hub_license(license: str) -> str:
    """The hub's tag of one licence; ``other`` for a mixture or one it does not list."""
    tag = license.lower()
    return tag if _HUB_LICENSES.fullmatch(tag) else "other"


def size_category(images: int) -> str:
    """The hub's size class of a number of rows."""
    return next((name for limit, name in _SIZE_STEPS if images < limit), "n>10M")


def markdown(value: Any) -> Any:
    """A value for running Markdown text: what could be markup is escaped, line breaks become spaces."""
    if isinstance(value, Verbatim) or not isinstance(value, str):
        return value
    text = _CONTROL.sub(" ", value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN.sub(r"\\\1", text)


def code(value: object) -> Verbatim:
    """A value in Markdown code quotes."""
    text = _CONTROL.sub(" ", str(value)).replace("`", "'").replace("|", "\\|")
    return Verbatim(f"`{text}`")


def grouped(number: int) -> Verbatim:
    """``12,345``."""
    return Verbatim(f"{number:,}")


def yaml_string(value: object) -> Verbatim:
    """A JSON string, which is a YAML string too."""
    return Verbatim(json.dumps(str(value), ensure_ascii=True))
