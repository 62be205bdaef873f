"""The sample: real photographs with clean mattes, nobody recognisable, nothing heavy imported."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from refmatte_engine.entities import Box
from refmatte_engine.errors import BadInputError
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.sources.base import Candidate, CutoutFiles
from refmatte_engine.sources.sample import (
    DATA,
    PHOTOGRAPHS,
    SUBJECTS,
    Photograph,
    SampleBackgrounds,
    SampleSource,
    blur_face,
    photograph,
)

CAP = 10**8
CANDIDATES = tuple(SampleSource().candidates())
BACKGROUNDS = tuple(SampleBackgrounds().backgrounds())


def named(stem: str) -> Candidate:
    return next(candidate for candidate in CANDIDATES if candidate.stem == stem)


def test_people_animals_things_and_transparent_things() -> None:
    assert len(CANDIDATES) >= 10
    assert {c.kind for c in CANDIDATES} == set(EntityKind)
    transparent = [c for c in CANDIDATES if ("transparent", "true") in {(s.name, s.value) for s in c.labels}]
    assert len(transparent) >= 4
    assert [c.stem for c in CANDIDATES] == sorted({c.stem for c in CANDIDATES})
    assert not any(c.identifiable_face for c in CANDIDATES)
    assert all(c.split is None for c in CANDIDATES)


@pytest.mark.parametrize("candidate", CANDIDATES, ids=lambda c: c.stem)
def test_every_cutout_is_whole_and_clean(candidate: Candidate) -> None:
    source = SampleSource()
    cutout = source.read(candidate.files, max_pixels=CAP)
    alpha, foreground = cutout.alpha, cutout.foreground
    assert foreground is not None
    assert candidate.files.foreground is not None
    assert foreground.shape == cutout.image.shape == (*alpha.shape, 3)
    assert min(alpha.shape) >= 256
    rows, columns = np.nonzero(alpha)
    assert max(np.ptp(rows), np.ptp(columns)) >= 200
    # Something soft, something opaque unless one sees through it, and background around it.
    assert ((alpha > 0) & (alpha < 255)).sum() > 300
    assert (alpha == 0).mean() > 0.05
    if candidate.stem in SUBJECTS:
        assert (alpha == 255).sum() > 3000
    # The foreground explains the image: where opaque it is the image.
    opaque = alpha == 255
    assert np.array_equal(foreground[opaque], cutout.image[opaque])
    reading = source.inspect(candidate.files, max_pixels=CAP)
    assert np.array_equal(reading.alpha, alpha)
    assert reading.content_hash == source.inspect(candidate.files, max_pixels=CAP).content_hash


@pytest.mark.parametrize("name", sorted(SUBJECTS))
def test_foreground_colours_carry_no_old_background(name: str) -> None:
    """At soft pixels the stored colours are nearer to the thing than the photograph's mixed ones."""
    import cv2

    cutout = SampleSource().read(named(name).files, max_pixels=CAP)
    assert cutout.foreground is not None
    opaque = (cutout.alpha == 255).astype(np.float32)
    soft = (cutout.alpha > 20) & (cutout.alpha < 200)
    inside = cv2.blur(cutout.image * opaque[..., None], (13, 13))
    weight = cv2.blur(opaque, (13, 13))
    soft &= weight > 0.05
    near = inside[soft] / weight[soft][:, None]
    stored = np.abs(cutout.foreground[soft] - near).mean()
    pasted = np.abs(cutout.image[soft] - near).mean()
    assert stored < 0.8 * pasted


@pytest.mark.parametrize("name", ["astronaut", "grace_hopper", "photographer"])
def test_faces_are_blurred_beyond_their_features(name: str) -> None:
    import cv2

    known = PHOTOGRAPHS[name]
    assert known.face is not None
    sharp, blurred = photograph(name), SampleSource().read(named(name).files, max_pixels=CAP)
    face = known.face
    # The middle half of the box holds eyes, nose and mouth.
    middle = np.s_[
        face.y + face.h // 4 : face.y + 3 * face.h // 4, face.x + face.w // 4 : face.x + 3 * face.w // 4
    ]
    for pixels in (blurred.image, blurred.foreground):
        assert pixels is not None
        detail = cv2.Laplacian(pixels[middle].astype(np.float32), cv2.CV_32F).std()
        assert detail < 0.15 * cv2.Laplacian(sharp[middle].astype(np.float32), cv2.CV_32F).std()
    outside = np.ones(sharp.shape[:2], dtype=bool)
    outside[face.y : face.y + face.h, face.x : face.x + face.w] = False
    assert np.array_equal(blurred.image[outside], sharp[outside])


def test_a_blurred_face_keeps_its_mean_colour_and_its_surroundings_out() -> None:
    photo = np.full((120, 100, 3), (10, 200, 10), dtype=np.uint8)
    y, x = np.mgrid[0:120, 0:100]
    photo[np.hypot((x - 49.5) / 30, (y - 59.5) / 40) < 1] = (200, 150, 120)
    blurred = blur_face(photo, Box(20, 20, 60, 80))
    assert np.abs(blurred[60, 50].astype(int) - (200, 150, 120)).max() <= 3
    assert np.array_equal(blurred[:20], photo[:20])


def test_every_licence_is_named() -> None:
    assert {c.license for c in CANDIDATES} <= {"CC0-1.0", "CC-BY-2.0", "LicenseRef-public-domain"}
    assert named("dahlia").license == named("pagoda").license == "CC-BY-2.0"
    assert all(photo.credit for photo in PHOTOGRAPHS.values())


def test_backgrounds() -> None:
    assert len(BACKGROUNDS) >= 6
    source = SampleBackgrounds()
    for candidate in BACKGROUNDS:
        assert candidate.contains
        picture = source.read_background(candidate.file, max_pixels=CAP)
        reading = source.inspect_background(candidate.file, max_pixels=CAP)
        assert picture.shape == (reading.height, reading.width, 3)
        assert min(picture.shape[:2]) >= (427 if candidate.stem == "china" else 800)
        assert np.array_equal(picture, source.read_background(candidate.file, max_pixels=CAP))
    assert next(b for b in BACKGROUNDS if b.stem == "china").contains == ("pagoda", "tree", "lake")


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(BadInputError, match="made by another version"):
        SampleSource().read(CutoutFiles(image="photograph/unicorn"), max_pixels=CAP)
    with pytest.raises(BadInputError, match="made by another version"):
        SampleBackgrounds().read_background("drawing/../secrets", max_pixels=CAP)
    missing = Photograph("skimage", "data/no_such.png", "nobody", "CC0-1.0")
    with pytest.raises(BadInputError, match="is not installed here"):
        _ = missing.path
    with pytest.raises(BadInputError, match="is not installed here"):
        _ = Photograph("no_such_package", "x.png", "nobody", "CC0-1.0").path


def test_package_data_is_small_and_complete() -> None:
    files = {path.name: path.stat().st_size for path in DATA.iterdir()}
    assert set(files) == {f"{name}_{part}.png" for name in SUBJECTS for part in ("alpha", "foreground")}
    assert sum(files.values()) < 1_200_000


def test_reading_the_sample_imports_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from refmatte_engine.sources.sample import SampleBackgrounds, SampleSource\n"
        "assert not {'cv2', 'PIL', 'skimage', 'sklearn', 'matplotlib'} & set(sys.modules)\n"
        "source, places = SampleSource(), SampleBackgrounds()\n"
        "for c in source.candidates():\n"
        "    source.read(c.files, max_pixels=10**8)\n"
        "for b in list(places.backgrounds())[:2]:\n"
        "    places.read_background(b.file, max_pixels=10**8)\n"
        "heavy = {'pymatting', 'numba', 'scipy', 'torch', 'skimage', 'sklearn', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
