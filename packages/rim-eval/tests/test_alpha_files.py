import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from rim_eval.alpha_files import MAX_PIXELS, READERS, read_matte
from rim_eval.errors import BadMatteError, NotAMatteError, UnreadableFileError

RAMP = np.arange(0, 240, dtype=np.uint8).reshape(12, 20)


def test_grey_of_both_depths(tmp_path, save):
    assert (read_matte(save(tmp_path / "a.png", RAMP)) == RAMP).all()
    wide = RAMP.astype(np.uint16) * 251
    read = read_matte(save(tmp_path / "b.png", wide))
    assert read.dtype == np.uint16 and (read == wide).all()
    assert (read_matte(save(tmp_path / "c.tiff", wide)) == wide).all()
    assert (read_matte(save(tmp_path / "d.bmp", RAMP)) == RAMP).all()


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_the_alpha_channel_of_pictures_that_have_one(tmp_path, mode):
    other = Image.fromarray(255 - RAMP)
    bands = [other] * (len(mode) - 1) + [Image.fromarray(RAMP)]
    Image.merge(mode, bands).save(tmp_path / "a.png")
    assert (read_matte(tmp_path / "a.png") == RAMP).all()


def test_sixteen_bit_rgba_keeps_its_bits(tmp_path, save):
    alpha = RAMP.astype(np.uint16) * 257 + 3
    pixels = np.dstack([np.zeros_like(alpha)] * 3 + [alpha])
    assert (read_matte(save(tmp_path / "a.png", pixels)) == alpha).all()


def test_palette_by_greys_or_by_transparency(tmp_path):
    grey = Image.fromarray(RAMP).convert("P")
    grey.save(tmp_path / "grey.png")
    assert (read_matte(tmp_path / "grey.png") == RAMP).all()
    grey.save(tmp_path / "clear.png", transparency=bytes(255 - i for i in range(256)))
    assert (read_matte(tmp_path / "clear.png") == 255 - RAMP).all()
    colours = Image.fromarray(np.dstack([RAMP, RAMP // 2, RAMP])).convert("P", palette=Image.Palette.ADAPTIVE)
    colours.save(tmp_path / "colour.png")
    with pytest.raises(NotAMatteError, match="colour"):
        read_matte(tmp_path / "colour.png")


def test_one_bit_is_black_and_white(tmp_path):
    Image.fromarray(RAMP > 100).save(tmp_path / "a.png")
    assert (read_matte(tmp_path / "a.png") == (RAMP > 100) * 255).all()


def test_rgb_only_when_it_is_grey(tmp_path, save):
    assert (read_matte(save(tmp_path / "a.png", np.dstack([RAMP] * 3))) == RAMP).all()
    with pytest.raises(NotAMatteError, match=r"b\.png.*colour image"):
        read_matte(save(tmp_path / "b.png", np.dstack([RAMP, RAMP, RAMP // 2])))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats(tmp_path, save, dtype):
    values = (RAMP / 255).astype(dtype)
    assert (read_matte(save(tmp_path / "a.npy", values)) == values).all()
    if dtype != np.float16:
        assert (read_matte(save(tmp_path / "a.tiff", values)) == values).all()


@pytest.mark.parametrize(
    "values",
    [
        np.full((3, 3), np.nan),
        np.full((3, 3), -0.1),
        np.full((3, 3), 1.5, np.float32),
        np.zeros((3, 3, 1), np.uint8),
        np.zeros(9, np.uint8),
        np.zeros((3, 3), np.int64),
        np.zeros((0, 3), np.uint8),
    ],
)
def test_arrays_that_are_no_mattes_are_named(tmp_path, save, values):
    with pytest.raises(BadMatteError, match=r"bad\.npy"):
        read_matte(save(tmp_path / "bad.npy", values))


def test_python_objects_are_not_loaded(tmp_path):
    np.save(tmp_path / "a.npy", np.array([[{}]], dtype=object), allow_pickle=True)
    with pytest.raises(BadMatteError, match="objects"):
        read_matte(tmp_path / "a.npy")


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_a_bomb_is_refused_by_its_header(tmp_path):
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(UnreadableFileError, match=f"{MAX_PIXELS:,}"):
        read_matte(tmp_path / "a.png")
    with (tmp_path / "b.npy").open("wb") as stream:
        np.lib.format.write_array_header_1_0(
            stream, {"descr": "|u1", "fortran_order": False, "shape": (2_000_000, 2_000_000)}
        )
    with pytest.raises(UnreadableFileError, match="cap"):
        read_matte(tmp_path / "b.npy")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("empty.png", b"", "is empty"),
        ("text.png", b"hello", "not a PNG"),
        ("a.exr", b"v/1\x01", "unknown format"),
        ("a.npy", b"\x93NUMPY\x01\x00", "not a readable"),
        ("a.tiff", b"II*\x00", "cannot be decoded"),
        ("a.jpg", b"\xff\xd8\xff", "cannot be decoded"),
    ],
)
def test_bad_files_are_named(tmp_path, name, data, words):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UnreadableFileError, match=words) as caught:
        read_matte(tmp_path / name)
    assert name in str(caught.value)


def test_a_folder_with_the_name_of_a_file(tmp_path):
    (tmp_path / "a.png").mkdir()
    with pytest.raises(UnreadableFileError, match="cannot be opened"):
        read_matte(tmp_path / "a.png")


NOISE = np.random.default_rng(0).integers(0, 256, (20, 30), dtype=np.uint8)


@pytest.mark.parametrize("suffix", sorted(set(READERS) - {".jpeg", ".tif"}))
@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_files_are_refused_or_read_never_worse(tmp_path, suffix, data):
    if suffix == ".npy":
        np.save(tmp_path / "whole.npy", NOISE)
        whole = (tmp_path / "whole.npy").read_bytes()
    else:
        whole = cv2.imencode(suffix, NOISE)[1].tobytes()
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    damaged = damaged[: data.draw(st.integers(0, len(damaged)))] if data.draw(st.booleans()) else damaged
    path = tmp_path / f"damaged{suffix}"
    path.write_bytes(damaged)
    try:
        matte = read_matte(path)
    except BadMatteError as problem:
        assert path.name in str(problem)
    else:
        assert matte.ndim == 2
        if suffix == ".png" and bytes(damaged) != whole:
            # Only bytes outside every check sum (after the end) can differ unnoticed.
            assert (matte == NOISE).all()
