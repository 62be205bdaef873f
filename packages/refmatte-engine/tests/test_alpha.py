"""Alpha files: integers on the disk, [0, 1] in memory, one division between them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import Image

from refmatte_engine.errors import BadInputError
from refmatte_engine.manifest.alpha import load_alpha, load_levels, save_alpha, to_levels, to_unit
from refmatte_engine.manifest.pixels import load_rgb

levels = arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)))


@given(levels)
def test_levels_survive_the_disk_and_the_division(
    tmp_path_factory: pytest.TempPathFactory, alpha: NDArray[np.uint8]
) -> None:
    path = tmp_path_factory.mktemp("a") / "a.png"
    save_alpha(path, alpha)
    assert np.array_equal(load_levels(path), alpha)
    assert np.array_equal(to_levels(load_alpha(path)), alpha)
    assert load_alpha(path).dtype == np.float32


def test_every_level_is_its_255th() -> None:
    ramp = np.arange(256, dtype=np.uint8)
    assert np.abs(to_unit(ramp) - np.arange(256) / 255.0).max() < 1e-7
    assert to_unit(np.array([65535, 257], np.uint16)).tolist() == [1.0, np.float32(257 / 65535)]


@given(st.floats(0, 1))
def test_a_float_goes_to_the_nearest_level(value: float) -> None:
    level = int(to_levels(np.array([[value]]))[0, 0])
    assert abs(level - value * 255) <= 0.5


@pytest.mark.parametrize("bad", [-0.01, 1.01, float("nan"), float("inf")])
def test_values_outside_the_unit_interval_are_refused(tmp_path: Path, bad: float) -> None:
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        save_alpha(tmp_path / "a.png", np.array([[0.5, bad]]))
    assert not (tmp_path / "a.png").exists()


def test_other_shapes_and_types_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\(H, W\)"):
        save_alpha(tmp_path / "a.png", np.zeros((2, 2, 1), np.uint8))
    with pytest.raises(ValueError, match="uint16"):
        save_alpha(tmp_path / "a.png", np.zeros((2, 2), np.uint16))  # type: ignore[arg-type]


def test_grey_in_other_wrappings_is_read(tmp_path: Path) -> None:
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
    wrapped = {
        "rgb": Image.fromarray(np.stack([grey] * 3, -1)),
        "palette": Image.fromarray(grey).convert("P"),
    }
    for name, image in wrapped.items():
        image.save(tmp_path / f"{name}.png")
        assert np.array_equal(load_levels(tmp_path / f"{name}.png"), grey), name
    deep = grey.astype(np.uint16) * 257
    Image.fromarray(deep).save(tmp_path / "deep.png")
    assert np.array_equal(load_levels(tmp_path / "deep.png"), deep)
    assert np.allclose(load_alpha(tmp_path / "deep.png"), grey / 255.0, atol=1e-7)


def test_bad_files_are_named(tmp_path: Path) -> None:
    color = np.zeros((3, 4, 3), np.uint8)
    color[0, 0, 1] = 1
    Image.fromarray(color).save(tmp_path / "color.png")
    with pytest.raises(BadInputError, match=r"color\.png has colour channels that differ"):
        load_levels(tmp_path / "color.png")
    with pytest.raises(BadInputError, match=r"absent\.png is missing"):
        load_alpha(tmp_path / "absent.png")
    (tmp_path / "gif.png").write_bytes(b"GIF89a" + bytes(20))
    with pytest.raises(BadInputError, match=r"gif\.png cannot be opened"):
        load_rgb(tmp_path / "gif.png")
    whole = tmp_path / "whole.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 40), np.uint8)).save(whole)
    (tmp_path / "cut.png").write_bytes(whole.read_bytes()[:700])
    with pytest.raises(BadInputError, match=r"cut\.png is damaged"):
        load_levels(tmp_path / "cut.png")
    with pytest.raises(BadInputError, match="40 x 40 pixels, more than 1,599"):
        load_levels(whole, max_pixels=1599)
    with pytest.raises(BadInputError, match="more than 1,599"):
        load_rgb(whole, max_pixels=1599)
    # Which of the two is the alpha? Nobody can tell, so nobody guesses.
    Image.fromarray(np.zeros((3, 4, 4), np.uint8)).save(tmp_path / "rgba.png")
    with pytest.raises(BadInputError, match="pixel format RGBA"):
        load_levels(tmp_path / "rgba.png")
