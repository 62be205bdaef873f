"""What a running build holds in its hands: the request with its names resolved, and where to report."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from refmatte_engine import __version__
from refmatte_engine.attributes.labels import Labels
from refmatte_engine.errors import BadInputError
from refmatte_engine.labellers.base import Weights
from refmatte_engine.labellers.registry import Choice, choose, needed_weights
from refmatte_engine.lexicon import (
    NO_WORDS,
    Lexicon,
    UserAttribute,
    UserCategory,
    UserWords,
    load_lexicon,
    load_user_attributes,
    load_user_words,
)
from refmatte_engine.pipeline.request import BuildRequest
from refmatte_engine.progress import Progress
from refmatte_engine.runner import StopFlag
from refmatte_engine.sources.base import BackgroundSource, EntitySource
from refmatte_engine.sources.registry import default_backgrounds, resolve_backgrounds, resolve_sources
from refmatte_engine.user_cache import user_cache
from refmatte_engine.weights import find_weights


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
        """Find all sources and backgrounds, and the weights of the models that are asked.

        Raises:
            BadInputError: some are missing; the message names all of them at once.
            UsageError: there is no such model or backend.
        """
        missing: list[str] = []
        for found in ("sources", "backgrounds", "weights"):
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

    @cached_property
    def user_words(self) -> UserWords:
        """What the user says of his categories, from the ``lexicon.toml`` of his folders."""
        words = NO_WORDS
        for file in (getattr(source, "lexicon_file", None) for source in self.sources):
            words = words if file is None else words.joined(load_user_words(file), str(file))
        return words

    def lexicon(self, labels: Iterable[Labels] = ()) -> Lexicon:
        """The project's words with those of the user (see `lexicon_for`)."""
        return lexicon_for(labels, self.user_attributes, self.user_words)

    @cached_property
    def models(self) -> Choice:
        """Which models are asked.

        Raises:
            UsageError: there is no such model or backend.
        """
        request = self.request
        return choose(
            request.models, detector=request.detector, device=request.device, settings=request.preset.labels
        )

    @cached_property
    def weights(self) -> Mapping[str, Weights]:
        """The weights of those models by name.

        Raises:
            BadInputError: some are missing; the message names all of them.
        """
        return needed_weights(self.models, partial(find_weights, folder=self.request.models_dir))

    @cached_property
    def config(self) -> dict[str, Any]:
        """What the build was asked for, as ``plan.json`` keeps it: no path, no worker count."""
        request = self.request
        asked = {"models": self._asked_models()} if self.models.names else {}
        return {
            **asked,
            "engine_version": __version__,
            "seed": request.seed,
            "images": request.images,
            "sources": [source.name for source in self.sources],
            "backgrounds": [source.name for source in self.backgrounds],
            "preset": request.preset.model_dump(mode="json"),
            "allow_identifiable_faces": request.allow_identifiable_faces,
            "max_pixels": request.max_pixels,
            "user_attributes": [asdict(attribute) for attribute in self.user_attributes],
            "user_words": self.user_words.as_document(),
            "corrections": [_digest(path) for path in request.corrections],
        }

    def _asked_models(self) -> dict[str, Any]:
        """Who was asked, by name and content of the weights: another file gives other labels."""
        return {
            "names": list(self.models.names),
            "weights": {name: weights.sha256 for name, weights in sorted(self.weights.items())},
            **({"files": files} if (files := self._label_files()) else {}),
        }

    def _label_files(self) -> dict[str, str]:
        return {name: file.fingerprint for name, file in sorted(self.models.files.items())}

    @property
    def cache(self) -> Path:
        """Where prepared foregrounds are kept, and in ``labels`` what models said."""
        if self.request.cache is not None:
            return self.request.cache
        return user_cache()


def lexicon_for(
    labels: Iterable[Labels], user_attributes: Iterable[UserAttribute], user_words: UserWords = NO_WORDS
) -> Lexicon:
    """The project's words with those of a user: his attributes and words, and unknown categories of ``labels``."""
    attributes = tuple(user_attributes)
    known_words = load_lexicon(user_attributes=attributes, user_words=user_words)
    own: dict[str, UserCategory] = {}
    for known in labels:
        name = known.category
        if name is not None and known_words.category(name) is None and name not in own:
            own[name] = UserCategory(name, known.kind, known.plural, known.synonyms)
    return load_lexicon(user_categories=own.values(), user_attributes=attributes, user_words=user_words)


def _digest(corrections: Path) -> str:
    try:
        return hashlib.sha256(corrections.read_bytes()).hexdigest()
    except FileNotFoundError as error:
        raise BadInputError(f"there is no corrections file {corrections}") from error
    except OSError as error:
        raise BadInputError(f"cannot read the corrections file {corrections}: {error.strerror}") from error


def counted(items: Iterable[str]) -> Mapping[str, int]:
    """How often each of ``items`` occurs, sorted by name."""
    from collections import Counter

    return dict(sorted(Counter(items).items()))
