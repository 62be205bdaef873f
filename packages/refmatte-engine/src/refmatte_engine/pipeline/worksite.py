"""What a running build holds in its hands: the request with its names resolved, and where to report."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from refmatte_engine import __version__
from refmatte_engine.attributes.labels import Labels
from refmatte_engine.errors import BadInputError
from refmatte_engine.lexicon import Lexicon, UserAttribute, UserCategory, load_lexicon, load_user_attributes
from refmatte_engine.pipeline.request import BuildRequest
from refmatte_engine.progress import Progress
from refmatte_engine.runner import StopFlag
from refmatte_engine.sources.base import BackgroundSource, EntitySource
from refmatte_engine.sources.registry import default_backgrounds, resolve_backgrounds, resolve_sources


@dataclass(frozen=True)
class Worksite:
    """A request, its sources, and who waits for it."""

    request: BuildRequest
    progress: Progress
    flag: StopFlag

    @cached_property
    def sources(self) -> tuple[EntitySource, ...]:
        request = self.request
        return resolve_sources(request.sources, root=request.sources_root, options=request.preset.sources)

    @cached_property
    def backgrounds(self) -> tuple[BackgroundSource, ...]:
        spec = self.request.backgrounds or default_backgrounds(self.request.sources)
        return resolve_backgrounds(spec, root=self.request.sources_root, options=self.request.preset.sources)

    def check_sources(self) -> None:
        """Find all sources and backgrounds.

        Raises:
            BadInputError: some are missing; the message names all of them at once.
        """
        missing: list[str] = []
        for found in ("sources", "backgrounds"):
            try:
                getattr(self, found)
            except BadInputError as error:
                missing.append(str(error))
        if missing:
            raise BadInputError("\n".join(missing))

    @property
    def sources_by_name(self) -> dict[str, EntitySource]:
        return {source.name: source for source in self.sources}

    @property
    def backgrounds_by_name(self) -> dict[str, BackgroundSource]:
        return {source.name: source for source in self.backgrounds}

    @cached_property
    def user_attributes(self) -> tuple[UserAttribute, ...]:
        """How the user's own attributes are said, from the ``attributes.toml`` of his folders."""
        files = [getattr(source, "attributes_file", None) for source in self.sources]
        return tuple(attribute for file in files if file is not None for attribute in load_user_attributes(file))

    def lexicon(self, labels: Iterable[Labels] = ()) -> Lexicon:
        """The project's words with those of the user (see `lexicon_for`)."""
        return lexicon_for(labels, self.user_attributes)

    @cached_property
    def config(self) -> dict[str, Any]:
        """What the build was asked for, as ``plan.json`` keeps it: no path, no worker count."""
        request = self.request
        return {
            "engine_version": __version__,
            "seed": request.seed,
            "images": request.images,
            "sources": [source.name for source in self.sources],
            "backgrounds": [source.name for source in self.backgrounds],
            "preset": request.preset.model_dump(mode="json"),
            "allow_identifiable_faces": request.allow_identifiable_faces,
            "max_pixels": request.max_pixels,
            "user_attributes": [asdict(attribute) for attribute in self.user_attributes],
            "corrections": [hashlib.sha256(path.read_bytes()).hexdigest() for path in _files(request.corrections)],
        }

    @property
    def cache(self) -> Path:
        """Where prepared foregrounds are kept."""
        if self.request.cache is not None:
            return self.request.cache
        return Path.home() / ".cache" / "refmatte"


def lexicon_for(labels: Iterable[Labels], user_attributes: Iterable[UserAttribute]) -> Lexicon:
    """The project's words with those of a user: his attributes, and unknown categories of ``labels``."""
    attributes = tuple(user_attributes)
    project = load_lexicon(user_attributes=attributes)
    own: dict[str, UserCategory] = {}
    for known in labels:
        name = known.category
        if name is not None and project.category(name) is None and name not in own:
            own[name] = UserCategory(name, known.kind, known.plural, known.synonyms)
    return load_lexicon(user_categories=own.values(), user_attributes=attributes)


def _files(paths: Iterable[Path]) -> tuple[Path, ...]:
    for path in paths:
        if not path.is_file():
            raise BadInputError(f"there is no corrections file {path}")
    return tuple(paths)


def counted(items: Iterable[str]) -> Mapping[str, int]:
    """How often each of ``items`` occurs, sorted by name."""
    from collections import Counter

    return dict(sorted(Counter(items).items()))
