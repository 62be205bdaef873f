"""What every source of cut-outs or of backgrounds offers.

A source knows where its files lie and what the dataset says of them; it judges nothing. Rows carry names
relative to the source, never absolute paths, so that a build's tables are the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from refmatte_engine.manifest.vocabulary import EntityKind, Split

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class CutoutFiles:
    """Names of one candidate's files, POSIX, relative to the root of its source.

    ``alpha`` is None when the alpha is the image's own fourth channel; ``foreground`` is None when the
    dataset ships no foreground colours. A drawn source puts an address in ``image``.
    """

    image: str
    alpha: str | None = None
    foreground: str | None = None


@dataclass(frozen=True, slots=True)
class Cutout:
    """Pixels of one candidate. All arrays share (H, W).

    Attributes:
        image: uint8 (H, W, 3) RGB, the photograph.
        alpha: uint8 (H, W), 0..255.
        foreground: uint8 (H, W, 3) RGB colours under the alpha as shipped, or None.
    """

    image: NDArray[np.uint8]
    alpha: NDArray[np.uint8]
    foreground: NDArray[np.uint8] | None = None


@dataclass(frozen=True, slots=True)
class StatedLabel:
    """One thing that the dataset (or the user's CSV) says of an entity, e.g. ``("clothes_color", "red")``.

    Yes and no are written ``"true"`` and ``"false"``, several synonyms are separated by ``;``.
    ``name`` is a built-in attribute (category, kind, plural, synonyms, color, transparent, salient, gender,
    age_group, clothes_color, clothes_type) or a user's own, written without its ``attr:`` prefix.
    """

    name: str
    value: str


def attribute_name(column: str) -> str:
    """An attribute of the user's own by its column, so that all tables name it alike: ``attr:Main Material`` is
    ``main_material``."""
    return column.removeprefix("attr:").strip().lower().replace(" ", "_").replace("-", "_")


FACE = "identifiable_face"
"""Name of a stated label that is about the picture, not a word: whether a face can be recognised in it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible entity, before any filter.

    Attributes:
        source: name of the source, e.g. ``"am2k"``.
        stem: unique within the source; the entity id is ``source/stem``.
        split: the dataset's own split, None when it has none.
        kind: human, animal or object; ``object`` where a user's folder does not state it (then no label "kind").
        category: entry-level name as the dataset gives it, None when it gives none.
        files: where the pixels are.
        labels: everything else the dataset states.
        license: SPDX identifier or ``LicenseRef-...``.
        identifiable_face: a face can be recognised in it. Where a table of the user's says so or denies it, that
            is a label `FACE` as well.
    """

    source: str
    stem: str
    split: Split | None
    kind: EntityKind
    category: str | None
    files: CutoutFiles
    license: str
    identifiable_face: bool = False
    labels: tuple[StatedLabel, ...] = ()

    @property
    def entity_id(self) -> str:
        return f"{self.source}/{self.stem}"


@dataclass(frozen=True, slots=True)
class BackgroundCandidate:
    """One background picture. ``contains`` lists categories known to be in it; None means nobody looked."""

    source: str
    stem: str
    split: Split | None
    file: str
    license: str
    contains: tuple[str, ...] | None = None

    @property
    def background_id(self) -> str:
        return f"{self.source}/{self.stem}"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Something that was left out, and why. ``reason`` is a code such as ``corrupt`` or ``alpha_empty``."""

    source: str
    item: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class AlphaReading:
    """What ingest needs of one candidate.

    Attributes:
        alpha: uint8 (H, W), the same as ``read`` gives.
        content_hash: sha256 (hex) over the bytes of its files.
    """

    alpha: NDArray[np.uint8]
    content_hash: str


@dataclass(frozen=True, slots=True)
class BackgroundReading:
    """What ingest needs of one background: size in pixels as shown, and sha256 (hex) of its bytes."""

    width: int
    height: int
    content_hash: str


class EntitySource(Protocol):
    """A collection of cut-outs. Implementations are frozen dataclasses (they travel to worker processes)."""

    @property
    def name(self) -> str: ...

    def candidates(self) -> Iterator[Candidate | Rejection]:
        """Every candidate in sorted order; what is unusable by its names alone comes as a Rejection.

        Raises:
            BadInputError: the folder is missing or not of this layout (expected tree, download page, agreement).
        """
        ...

    def read(self, files: CutoutFiles, *, max_pixels: int) -> Cutout:
        """The pixels of one candidate. Pure.

        Raises:
            UnusableImageError: with a reason code, when a file cannot be used.
        """
        ...

    def inspect(self, files: CutoutFiles, *, max_pixels: int) -> AlphaReading:
        """Alpha and content hash of one candidate; its image is checked by header and size, not decoded.

        Raises:
            UnusableImageError: with a reason code, as ``read`` would raise it.
        """
        ...


class BackgroundSource(Protocol):
    """A collection of background pictures."""

    @property
    def name(self) -> str: ...

    def backgrounds(self) -> Iterator[BackgroundCandidate | Rejection]: ...

    def read_background(self, file: str, *, max_pixels: int) -> NDArray[np.uint8]:
        """uint8 (H, W, 3) RGB."""
        ...

    def inspect_background(self, file: str, *, max_pixels: int) -> BackgroundReading:
        """Size and content hash of one background; its pixels are not decoded.

        Raises:
            UnusableImageError: with a reason code.
        """
        ...


@dataclass(frozen=True, slots=True)
class SourceCard:
    """What the project knows of a dataset (``data_manifests/sources/<name>.toml``).

    Attributes:
        holds: ``"cut-outs"`` or ``"backgrounds"``.
        folders: names that its folder goes by; case, ``-`` and ``_`` do not count.
        origin: download page.
        agreement: page of the release agreement, or what is known instead of one.
        license: SPDX identifier or ``LicenseRef-...``; ``license_level`` its level of the lattice (card.py).
        identifiable_faces: ``"none"``, or where recognisable faces occur.
        layout: expected tree, for people.
        expected_counts: cut-outs (backgrounds) per part of the dataset, ``all`` when it has no parts.
    """

    name: str
    title: str
    holds: str
    folders: tuple[str, ...]
    origin: str
    agreement: str
    license: str
    license_level: str
    redistribution: bool
    identifiable_faces: str
    layout: str
    expected_counts: dict[str, int] = field(default_factory=dict)
    notes: str = ""
