"""An image and its alpha as two files: one size, upright together."""

from pathlib import Path

import numpy as np
import pytest
from image_trees import matte, photo, write
from PIL import Image

from refmatte_engine.images.opener import DEFAULT_MAX_PIXELS, UnusableImageError
from refmatte_engine.sources.cutout_files import (
    clamp_jpeg_noise,
    inspect_background,
    inspect_cutout,
    open_cutout,
)

CAP = DEFAULT_MAX_PIXELS


def exif(orientation: int) -> bytes:
    table = Image.Exif()
    table[0x0112] = orientation
    return table.tobytes()


def reason(*paths: Path) -> str:
    with pytest.raises(UnusableImageError) as caught:
        open_cutout(*paths, max_pixels=CAP)
    with pytest.raises(UnusableImageError) as inspected:
        inspect_cutout(*paths, None, max_pixels=CAP)
    assert inspected.value.reason is caught.value.reason
    return caught.value.reason.value


def test_reading_and_inspecting_agree(tmp_path):
    image, alpha = write(tmp_path / "a.png", photo(1)), write(tmp_path / "a_alpha.png", matte(1))
    colors = write(tmp_path / "fg.png", photo(2))
    cutout = open_cutout(image, alpha, colors, max_pixels=CAP)
    assert np.array_equal(cutout.image, photo(1))
    assert np.array_equal(cutout.alpha, matte(1))
    assert np.array_equal(cutout.foreground, photo(2))
    assert np.array_equal(inspect_cutout(image, alpha, colors, max_pixels=CAP).alpha, cutout.alpha)
    assert open_cutout(image, alpha, max_pixels=CAP).foreground is None


def test_the_content_hash_follows_every_file(tmp_path):
    image, alpha = write(tmp_path / "a.png", photo(1)), write(tmp_path / "a_alpha.png", matte(1))
    colors = write(tmp_path / "fg.png", photo(2))

    def digest(*paths):
        return inspect_cutout(*paths, max_pixels=CAP).content_hash

    hashes = {digest(image, alpha, None), digest(image, alpha, colors), digest(colors, alpha, None)}
    assert len(hashes) == 3
    before = digest(image, alpha, None)
    assert digest(write(tmp_path / "copy.png", photo(1)), alpha, None) == before
    write(alpha, matte(2))
    assert digest(image, alpha, None) != before


def test_an_alpha_of_another_size_is_refused(tmp_path):
    image = write(tmp_path / "a.png", photo())
    assert reason(image, write(tmp_path / "b.png", matte(0, 11, 8))) == "size_mismatch"
    assert reason(image, write(tmp_path / "c.png", matte(0, 8, 12))) == "size_mismatch"


def test_a_foreground_of_another_size_is_refused_at_ingest_already(tmp_path):
    image, alpha = write(tmp_path / "a.png", photo()), write(tmp_path / "b.png", matte())
    colors = write(tmp_path / "c.png", photo(0, 10, 8))
    for look in (open_cutout, inspect_cutout):
        with pytest.raises(UnusableImageError) as caught:
            look(image, alpha, colors, max_pixels=CAP)
        assert caught.value.reason == "size_mismatch"


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_an_alpha_made_from_the_upright_photograph_stays_as_it_is(tmp_path, orientation):
    image = write(tmp_path / "a.jpg", photo(), exif=exif(orientation))
    upright = matte(3, 8, 12)
    cutout = open_cutout(image, write(tmp_path / "a.png", upright), max_pixels=CAP)
    assert np.array_equal(cutout.alpha, upright)
    assert cutout.image.shape[:2] == upright.shape


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_an_alpha_made_from_the_stored_pixels_is_turned_with_its_photograph(tmp_path, orientation):
    image = write(tmp_path / "a.jpg", photo(), exif=exif(orientation))
    alpha = write(tmp_path / "a.png", matte(3))
    tagged = write(tmp_path / "tagged.png", matte(3), exif=exif(orientation))
    turned = open_cutout(image, alpha, max_pixels=CAP).alpha
    assert turned.shape == (12, 8)
    assert np.array_equal(turned, open_cutout(image, tagged, max_pixels=CAP).alpha)
    assert np.array_equal(turned, inspect_cutout(image, alpha, None, max_pixels=CAP).alpha)


@pytest.mark.parametrize("orientation", [2, 3, 4])
def test_where_both_readings_fit_the_pair_is_refused_rather_than_guessed(tmp_path, orientation):
    image = write(tmp_path / "a.jpg", photo(), exif=exif(orientation))
    assert reason(image, write(tmp_path / "a.png", matte())) == "orientation_ambiguous"
    both = write(tmp_path / "b.png", matte(), exif=exif(orientation))
    assert open_cutout(image, both, max_pixels=CAP).alpha.shape == (8, 12)


def test_noise_of_jpeg_alphas_is_clamped_and_png_alphas_are_not_touched(tmp_path):
    levels = np.arange(256, dtype=np.uint8)
    clamped = clamp_jpeg_noise(levels)
    assert clamped[:4].tolist() == [0] * 4
    assert clamped[252:].tolist() == [255] * 4
    assert np.array_equal(clamped[4:252], levels[4:252])

    flat = np.full((16, 16), 2, dtype=np.uint8)
    image = write(tmp_path / "i.png", photo(0, 16, 16))
    jpeg, png = write(tmp_path / "a.jpg", flat, quality=100), write(tmp_path / "a.png", flat)
    assert open_cutout(image, jpeg, max_pixels=CAP).alpha.max() == 0
    assert open_cutout(image, png, max_pixels=CAP).alpha.min() == 2


def test_a_transparent_background_is_found_at_ingest(tmp_path):
    plain = inspect_background(write(tmp_path / "a.jpg", photo(), exif=exif(6)), max_pixels=CAP)
    assert (plain.width, plain.height) == (8, 12)
    holes = write(tmp_path / "b.png", np.dstack([photo(), matte()]))
    with pytest.raises(UnusableImageError) as caught:
        inspect_background(holes, max_pixels=CAP)
    assert caught.value.reason == "transparent_background"
