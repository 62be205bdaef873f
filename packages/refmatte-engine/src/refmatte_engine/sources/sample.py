"""The sample source: real photographs that ship inside installed wheels, and drawings of translucent things.

The photographs stay where they are (scikit-image, scikit-learn, matplotlib); this package adds their alpha
mattes and, where alpha is below 255, their foreground colours (``sample_data``, made by
``authoring/make_sample_mattes.py``). Faces are blurred when a photograph is read, as in P3M-10k, so that nobody
in the sample can be recognised. Nothing is downloaded, and neither pymatting nor torch is imported.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from refmatte_engine.entities import Box
from refmatte_engine.errors import BadInputError
from refmatte_engine.images.opener import open_alpha, open_rgb
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.randomness import generator_for
from refmatte_engine.sources import scenery
from refmatte_engine.sources.base import (
    AlphaReading,
    BackgroundCandidate,
    BackgroundReading,
    Candidate,
    Cutout,
    CutoutFiles,
    StatedLabel,
)
from refmatte_engine.sources.illustrations import ILLUSTRATIONS, illustration

if TYPE_CHECKING:
    from numpy.typing import NDArray

DATA = Path(__file__).parent / "sample_data"
VERSION = 1
"""Raised whenever equal addresses would give other pixels."""
DRAWN_LICENSE = "CC0-1.0"
SIZE = (1200, 800)
"""Width and height of a drawn background."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """A photograph inside an installed package, and the part of it that is used.

    Attributes:
        package, file: the import package and the file's place in it.
        credit: who made it; ``license`` is an SPDX identifier.
        region: what is kept of it; None for all.
        face: box around the ellipse that is blurred, in the whole photograph's pixels.
    """

    package: str
    file: str
    credit: str
    license: str
    region: Box | None = None
    face: Box | None = None

    @property
    def path(self) -> Path:
        """Where it lies on this machine; the package is found, not imported.

        Raises:
            BadInputError: the package is not installed or came without it.
        """
        spec = importlib.util.find_spec(self.package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            path = Path(folder, self.file)
            if path.is_file():
                return path
        raise BadInputError(
            f"the sample photograph {self.file} of the package {self.package} is not installed here: "
            "reinstall refmatte-engine's dependencies from wheels, or name other sources"
        )


@dataclass(frozen=True, slots=True)
class Subject:
    """What a photograph or a drawing of the sample shows, as a person looking at it labelled it."""

    kind: EntityKind
    category: str
    labels: tuple[tuple[str, str], ...] = ()


PHOTOGRAPHS: dict[str, Photograph] = {
    "astronaut": Photograph(
        "skimage",
        "data/astronaut.png",
        "NASA",
        "LicenseRef-public-domain",
        region=Box(0, 0, 512, 452),
        face=Box(181, 68, 84, 120),
    ),
    "china": Photograph("sklearn", "datasets/images/china.jpg", "danielbuechele (Flickr)", "CC-BY-2.0"),
    "coffee": Photograph("skimage", "data/coffee.png", "Rachel Michetti, Pikolo Espresso Bar", "CC0-1.0"),
    "dahlia": Photograph("sklearn", "datasets/images/flower.jpg", "vultilion (Flickr)", "CC-BY-2.0"),
    "grace_hopper": Photograph(
        "matplotlib",
        "mpl-data/sample_data/grace_hopper.jpg",
        "James S. Davis, United States Navy",
        "LicenseRef-public-domain",
        region=Box(0, 0, 512, 440),
        face=Box(160, 122, 214, 212),
    ),
    "hubble_deep_field": Photograph(
        "skimage", "data/hubble_deep_field.jpg", "NASA, ESA", "LicenseRef-public-domain"
    ),
    "pagoda": Photograph(
        "sklearn",
        "datasets/images/china.jpg",
        "danielbuechele (Flickr)",
        "CC-BY-2.0",
        region=Box(0, 0, 420, 331),
    ),
    "photographer": Photograph(
        "skimage", "data/camera.png", "Lav Varshney", "CC0-1.0", face=Box(196, 118, 62, 78)
    ),
    "rocket": Photograph(
        "skimage", "data/rocket.jpg", "SpaceX", "LicenseRef-public-domain", region=Box(192, 104, 260, 299)
    ),
}

SUBJECTS: dict[str, Subject] = {
    "astronaut": Subject(
        EntityKind.HUMAN,
        "human",
        (("gender", "female"), ("age_group", "adult"), ("clothes_color", "orange"), ("clothes_type", "spacesuit")),
    ),
    "coffee": Subject(EntityKind.OBJECT, "coffee cup", (("color", "red"),)),
    "dahlia": Subject(EntityKind.OBJECT, "flower", (("color", "orange"),)),
    "grace_hopper": Subject(
        EntityKind.HUMAN,
        "human",
        (("gender", "female"), ("age_group", "senior"), ("clothes_color", "black"), ("clothes_type", "uniform")),
    ),
    "pagoda": Subject(EntityKind.OBJECT, "pagoda"),
    "photographer": Subject(
        EntityKind.HUMAN,
        "human",
        (("gender", "male"), ("age_group", "adult"), ("clothes_color", "black"), ("clothes_type", "coat")),
    ),
    "rocket": Subject(EntityKind.OBJECT, "rocket", (("color", "white"),)),
}
"""Photographs with a matte."""


def photograph(name: str, *, max_pixels: int = 50_000_000) -> NDArray[np.uint8]:
    """uint8 (H, W, 3): the region of a photograph, as it was taken."""
    known = PHOTOGRAPHS[name]
    pixels = open_rgb(known.path, max_pixels=max_pixels)
    box = known.region
    return pixels if box is None else pixels[box.y : box.y + box.h, box.x : box.x + box.w].copy()


def blur_face(photo: NDArray[np.uint8], face: Box) -> NDArray[np.uint8]:
    """``photo`` with the ellipse inside ``face`` blurred beyond recognition, softly at its edge.

    The blur is a twelfth of the face's width: eyes, nose and mouth become smudges, as in P3M-10k.
    """
    import cv2

    reach = face.w
    y0, y1 = max(0, face.y - reach), min(photo.shape[0], face.y + face.h + reach)
    x0, x1 = max(0, face.x - reach), min(photo.shape[1], face.x + face.w + reach)
    around = photo[y0:y1, x0:x1].astype(np.float32)
    y, x = np.mgrid[y0:y1, x0:x1] + 0.5
    radius = np.hypot((x - face.x - face.w / 2) / (face.w / 2), (y - face.y - face.h / 2) / (face.h / 2))
    inside = np.clip((1.0 - radius) * 7.0, 0.0, 1.0).astype(np.float32)
    # Only the face's own pixels are mixed, so that hair and sky do not bleed into it.
    sigma = face.w / 12
    weight = cv2.GaussianBlur(inside, (0, 0), sigma)
    mixed = cv2.GaussianBlur(around * inside[..., None], (0, 0), sigma) / np.maximum(weight, 1e-6)[..., None]
    blurred = photo.copy()
    blurred[y0:y1, x0:x1] = np.rint(around + inside[..., None] * (mixed - around)).astype(np.uint8)
    return blurred


def _matted_photograph(name: str, max_pixels: int) -> Cutout:
    known = PHOTOGRAPHS[name]
    image = photograph(name, max_pixels=max_pixels)
    alpha = open_alpha(DATA / f"{name}_alpha.png", max_pixels=max_pixels)
    stored = open_rgb(DATA / f"{name}_foreground.png", max_pixels=max_pixels)
    # Opaque pixels are the photograph's; where nothing is stored nobody will look.
    is_stored = (alpha < 255) & stored.any(axis=2)
    foreground = np.where(is_stored[..., None], stored, image)
    if known.face is not None:
        x, y = (known.region.x, known.region.y) if known.region else (0, 0)
        face = Box(known.face.x - x, known.face.y - y, known.face.w, known.face.h)
        image = blur_face(image, face)
        foreground = np.where((alpha == 255)[..., None], image, blur_face(foreground, face))
    return Cutout(image=image, alpha=alpha, foreground=foreground)


def _read(address: str, max_pixels: int) -> Cutout:
    match address.split("/"):
        case ["photograph", name] if name in SUBJECTS:
            return _matted_photograph(name, max_pixels)
        case ["drawing", name] if name in ILLUSTRATIONS:
            return illustration(name)
    raise BadInputError(f"'{address}' is not in the sample; it was made by another version")


@dataclass(frozen=True, slots=True)
class SampleSource:
    """The sample's cut-outs: people, animals, things, and things one sees through."""

    @property
    def name(self) -> str:
        return "sample"

    def candidates(self) -> Iterator[Candidate]:
        found = [
            *(
                _candidate(name, f"photograph/{name}", s, PHOTOGRAPHS[name].license)
                for name, s in SUBJECTS.items()
            ),
            *(
                _candidate(name, f"drawing/{name}", Subject(i.kind, i.category, i.labels), DRAWN_LICENSE)
                for name, i in ILLUSTRATIONS.items()
            ),
        ]
        yield from sorted(found, key=lambda candidate: candidate.stem)

    def read(self, files: CutoutFiles, *, max_pixels: int) -> Cutout:
        return _read(files.image, max_pixels)

    def inspect(self, files: CutoutFiles, *, max_pixels: int) -> AlphaReading:
        cutout = _read(files.image, max_pixels)
        digest = hashlib.sha256(f"sample, version {VERSION}: {files.image}".encode())
        for pixels in (cutout.image, cutout.alpha, cutout.foreground):
            assert pixels is not None
            digest.update(pixels.tobytes())
        return AlphaReading(alpha=cutout.alpha, content_hash=digest.hexdigest())


def _candidate(name: str, address: str, subject: Subject, license_: str) -> Candidate:
    return Candidate(
        source="sample",
        stem=name,
        split=None,
        kind=subject.kind,
        category=subject.category,
        files=CutoutFiles(image=address, foreground=address),
        license=license_,
        labels=tuple(StatedLabel(label, value) for label, value in subject.labels),
    )


PHOTOGRAPHED_SCENES: dict[str, tuple[str, ...]] = {
    "china": ("pagoda", "tree", "lake"),
    "hubble_deep_field": ("galaxy", "star"),
}
"""Backgrounds that are photographs, and what can be seen in them."""

DRAWN_SCENES: dict[str, tuple[str, ...]] = {
    "aurora": ("snow", "star"),
    "dunes": ("sand",),
    "meadow": ("grass",),
    "mountains": ("mountain",),
    "parquet_room": ("floor", "wall"),
    "sea": ("water", "sea"),
}
"""Backgrounds that are drawn (`scenery.LANDSCAPES`), and what can be seen in them."""


@lru_cache(maxsize=len(DRAWN_SCENES))
def _landscape(name: str) -> NDArray[np.uint8]:
    """Drawn once per process (half a second each), 3 MB each; nobody writes into it."""
    rng = generator_for(0, "sample-background", name)
    width, height = SIZE
    return scenery.to_pixels(scenery.LANDSCAPES[name](rng, height, width), rng)


@dataclass(frozen=True, slots=True)
class SampleBackgrounds:
    """The sample's backgrounds: two photographs and drawn landscapes, with what they contain."""

    @property
    def name(self) -> str:
        return "sample"

    def backgrounds(self) -> Iterator[BackgroundCandidate]:
        for name, contains in sorted((PHOTOGRAPHED_SCENES | DRAWN_SCENES).items()):
            photographed = name in PHOTOGRAPHED_SCENES
            yield BackgroundCandidate(
                source=self.name,
                stem=name,
                split=None,
                file=f"photograph/{name}" if photographed else f"drawing/{name}",
                license=PHOTOGRAPHS[name].license if photographed else DRAWN_LICENSE,
                contains=contains,
            )

    def read_background(self, file: str, *, max_pixels: int) -> NDArray[np.uint8]:
        match file.split("/"):
            case ["photograph", name] if name in PHOTOGRAPHED_SCENES:
                return photograph(name, max_pixels=max_pixels)
            case ["drawing", name] if name in DRAWN_SCENES:
                return _landscape(name)
        raise BadInputError(f"'{file}' is not in the sample; it was made by another version")

    def inspect_background(self, file: str, *, max_pixels: int) -> BackgroundReading:
        digest = hashlib.sha256(f"sample, version {VERSION}: {file} {SIZE}".encode())
        (width, height) = SIZE
        match file.split("/"):
            case ["drawing", name] if name in DRAWN_SCENES:
                pass
            case _:
                pixels = self.read_background(file, max_pixels=max_pixels)
                height, width = pixels.shape[:2]
                digest.update(pixels.tobytes())
        return BackgroundReading(width=width, height=height, content_hash=digest.hexdigest())
