"""The guarded opener on real files of every bad kind, and on thousands of damaged ones."""

from __future__ import annotations

import copy
import io
import struct
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from refmatte_engine.images.opener import (
    ImageFault,
    UnusableImageError,
    image_size,
    open_alpha,
    open_rgb,
    open_rgba,
    read_image_file,
)

RGB = (np.arange(12 * 20 * 3) * 7 % 251).astype(np.uint8).reshape(12, 20, 3)
GREY = RGB[..., 0].copy()
SMOOTH = np.broadcast_to(np.linspace(0, 255, 96, dtype=np.uint8)[None, :, None], (64, 96, 3)).copy()


def saved(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)
    return path


def refused(open_file: Callable[[], object]) -> UnusableImageError:
    with pytest.raises(UnusableImageError) as caught:
        open_file()
    return caught.value


@pytest.mark.parametrize(("suffix", "exact"), [("png", True), ("bmp", True), ("webp", False), ("jpg", False)])
def test_every_allowed_format_opens_as_pillow_reads_it(tmp_path: Path, suffix: str, exact: bool) -> None:
    path = saved(tmp_path / f"a.{suffix}", Image.fromarray(RGB))
    pixels = open_rgb(path)
    assert pixels.dtype == np.uint8
    assert np.array_equal(pixels, np.asarray(Image.open(path).convert("RGB")))
    assert np.array_equal(pixels, RGB) or not exact
    assert image_size(path) == (20, 12)
    pixels[0, 0] = 0  # a caller may write into what is his


def test_the_content_counts_not_the_suffix(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.webp", Image.fromarray(RGB), lossless=True).rename(tmp_path / "a.jpg")
    assert np.array_equal(open_rgb(path), RGB)


def test_a_missing_empty_or_unknown_file(tmp_path: Path) -> None:
    assert refused(lambda: open_rgb(tmp_path / "no.png")).reason is ImageFault.FILE_MISSING
    assert refused(lambda: open_rgb(tmp_path)).reason is ImageFault.FILE_MISSING
    (tmp_path / "empty.png").touch()
    assert refused(lambda: open_rgb(tmp_path / "empty.png")).reason is ImageFault.EMPTY_FILE
    (tmp_path / "text.png").write_text("not an image")
    assert refused(lambda: open_rgb(tmp_path / "text.png")).reason is ImageFault.UNSUPPORTED_FORMAT
    for suffix in ("gif", "tif"):
        path = saved(tmp_path / f"a.{suffix}", Image.fromarray(GREY))
        assert refused(lambda path=path: open_rgb(path)).reason is ImageFault.UNSUPPORTED_FORMAT


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp"])
def test_a_truncated_file_is_refused_before_it_is_decoded(tmp_path: Path, suffix: str) -> None:
    whole = saved(tmp_path / f"whole.{suffix}", Image.fromarray(SMOOTH)).read_bytes()
    for share in (0.3, 0.6, 0.97):
        path = tmp_path / f"cut.{suffix}"
        path.write_bytes(whole[: int(len(whole) * share)])
        assert refused(lambda path=path: open_rgb(path)).reason is ImageFault.CORRUPT
        if suffix != "bmp":
            assert refused(lambda path=path: image_size(path)).reason is ImageFault.CORRUPT


def test_a_jpeg_that_only_lost_its_end_marker_is_refused(tmp_path: Path) -> None:
    whole = saved(tmp_path / "a.jpg", Image.fromarray(SMOOTH), progressive=True).read_bytes()
    assert whole.endswith(b"\xff\xd9")
    (tmp_path / "a.jpg").write_bytes(whole[:-2])
    assert "end marker" in refused(lambda: open_rgb(tmp_path / "a.jpg")).detail
    (tmp_path / "a.jpg").write_bytes(whole + b"trailing bytes of some camera")
    assert open_rgb(tmp_path / "a.jpg").shape == SMOOTH.shape


def test_a_wrong_checksum_of_png_pixels_is_refused(tmp_path: Path) -> None:
    data = bytearray(saved(tmp_path / "a.png", Image.fromarray(RGB)).read_bytes())
    data[data.index(b"IDAT") + 10] ^= 1
    (tmp_path / "a.png").write_bytes(data)
    assert "checksum" in refused(lambda: open_rgb(tmp_path / "a.png")).detail


def png_chunk(kind: bytes, payload: bytes, *, good: bool = True) -> bytes:
    checksum = zlib.crc32(kind + payload) ^ (0 if good else 1)
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", checksum)


@pytest.mark.parametrize("profile", [b"sRGB\0\0not deflated", b"no terminator", b"", b"x\0\x07" + b"\xff" * 50])
@pytest.mark.parametrize("good", [True, False])
def test_a_broken_colour_profile_does_not_matter(tmp_path: Path, profile: bytes, good: bool) -> None:
    """Test alphas of the Adobe data set have such iCCP chunks (dataset.md section 3)."""
    path = saved(tmp_path / "a.png", Image.fromarray(GREY))
    data = path.read_bytes()
    end_of_header = 8 + 25
    path.write_bytes(data[:end_of_header] + png_chunk(b"iCCP", profile, good=good) + data[end_of_header:])
    assert np.array_equal(open_alpha(path), GREY)


def test_bombs_are_refused_by_their_header_alone(tmp_path: Path) -> None:
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(bytes(1000)))
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb + png_chunk(b"IEND", b""))
    error = refused(lambda: open_rgb(path))
    assert error.reason is ImageFault.TOO_LARGE
    assert refused(lambda: open_rgb(path, max_pixels=10**9)).reason is ImageFault.TOO_LARGE

    small = saved(tmp_path / "small.png", Image.fromarray(RGB))
    assert refused(lambda: open_rgb(small, max_pixels=239)).reason is ImageFault.TOO_LARGE
    assert "--max-pixels" in str(refused(lambda: image_size(small, max_pixels=239)))
    assert open_rgb(small, max_pixels=240).shape == (12, 20, 3)


def test_a_file_larger_than_its_pixels_can_need_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    with path.open("wb") as file:
        file.truncate(20 * 2**20)
    assert refused(lambda: open_rgb(path, max_pixels=1000)).reason is ImageFault.TOO_LARGE


def test_compressed_text_in_a_png_is_never_unpacked(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("comment", "a" * 70_000_000, zip=True)
    path = saved(tmp_path / "a.png", Image.fromarray(RGB), pnginfo=info)
    assert np.array_equal(open_rgb(path), RGB)


@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_an_animation_is_refused(tmp_path: Path, suffix: str) -> None:
    frames = [Image.fromarray(np.roll(SMOOTH, step, axis=1)) for step in range(3)]
    path = saved(tmp_path / f"a.{suffix}", frames[0], save_all=True, append_images=frames[1:])
    error = refused(lambda: image_size(path))
    assert error.reason is ImageFault.ANIMATED
    assert "3 frames" in error.detail


def test_a_multi_picture_jpeg_is_its_first_photograph(tmp_path: Path) -> None:
    photo, preview = Image.fromarray(SMOOTH), Image.fromarray(RGB)
    path = saved(tmp_path / "a.jpg", photo, format="MPO", save_all=True, append_images=[preview])
    assert open_rgb(path).shape == SMOOTH.shape


def test_cmyk_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.jpg", Image.fromarray(RGB).convert("CMYK"))
    assert refused(lambda: open_rgb(path)).reason is ImageFault.CMYK
    assert refused(lambda: open_alpha(path)).reason is ImageFault.CMYK


def test_palette_and_bilevel_images_are_looked_up(tmp_path: Path) -> None:
    palette = Image.fromarray(RGB).quantize(16)
    path = saved(tmp_path / "p.png", palette)
    assert np.array_equal(open_rgb(path), np.asarray(palette.convert("RGB")))

    grey_palette = Image.fromarray(GREY).convert("P")
    assert grey_palette.mode == "P"
    assert np.array_equal(open_alpha(saved(tmp_path / "g.png", grey_palette)), GREY)

    bilevel = Image.fromarray(GREY > 100)
    assert np.array_equal(open_alpha(saved(tmp_path / "b.png", bilevel)), np.where(GREY > 100, 255, 0))


def test_16_bits_become_8(tmp_path: Path) -> None:
    wide = (GREY.astype(np.uint16) * 257).astype(np.uint16)
    assert np.array_equal(open_alpha(saved(tmp_path / "a.png", Image.fromarray(wide))), GREY)
    assert np.array_equal(open_rgb(tmp_path / "a.png")[..., 2], GREY)
    levels = np.array([[0, 128, 129, 65406, 65407, 65535]], dtype=np.uint16)
    rounded = open_alpha(saved(tmp_path / "b.png", Image.fromarray(levels)))
    assert rounded.tolist() == [[0, 0, 1, 254, 255, 255]]


def test_16_bit_colour_keeps_its_high_byte(tmp_path: Path) -> None:
    rows = b"".join(b"\0" + (row.astype(">u2") * 257).tobytes() for row in RGB.astype(np.uint16))
    header = struct.pack(">IIBBBBB", 20, 12, 16, 2, 0, 0, 0)
    data = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(rows)) + png_chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + data)
    assert np.array_equal(open_rgb(tmp_path / "a.png"), RGB)


def test_an_alpha_of_equal_channels_is_one_channel(tmp_path: Path) -> None:
    as_rgb = np.stack([GREY] * 3, axis=-1)
    assert np.array_equal(open_alpha(saved(tmp_path / "a.png", Image.fromarray(as_rgb))), GREY)
    as_rgba = np.dstack([as_rgb, np.full_like(GREY, 255)])
    assert np.array_equal(open_alpha(saved(tmp_path / "b.png", Image.fromarray(as_rgba))), GREY)
    jpeg = saved(tmp_path / "c.jpg", Image.fromarray(as_rgb), quality=90)
    assert np.array_equal(open_alpha(jpeg), np.asarray(Image.open(jpeg))[..., 0])


def test_an_alpha_of_unequal_channels_is_refused(tmp_path: Path) -> None:
    pixels = np.stack([GREY] * 3, axis=-1)
    pixels[3, 4, 2] += 1
    path = saved(tmp_path / "a.png", Image.fromarray(pixels))
    assert refused(lambda: open_alpha(path)).reason is ImageFault.ALPHA_UNEQUAL_CHANNELS
    palette = saved(tmp_path / "p.png", Image.fromarray(RGB).quantize(8))
    assert refused(lambda: open_alpha(palette)).reason is ImageFault.ALPHA_UNEQUAL_CHANNELS


def test_two_candidates_for_the_alpha_are_refused(tmp_path: Path) -> None:
    two = Image.fromarray(np.dstack([GREY, GREY[::-1]]), "LA")
    path = saved(tmp_path / "a.png", two)
    assert refused(lambda: open_alpha(path)).reason is ImageFault.ALPHA_AMBIGUOUS
    same = saved(tmp_path / "b.png", Image.fromarray(np.dstack([GREY, GREY]), "LA"))
    assert np.array_equal(open_alpha(same), GREY)


def test_rgba_gives_foreground_and_alpha(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", Image.fromarray(np.dstack([RGB, GREY])))
    cutout = open_rgba(path)
    assert np.array_equal(cutout.image, RGB)
    assert np.array_equal(cutout.alpha, GREY)
    assert cutout.foreground is not None
    assert np.array_equal(cutout.foreground, RGB)
    assert refused(lambda: open_rgba(saved(tmp_path / "b.png", Image.fromarray(RGB)))).reason == "alpha_missing"


def test_a_background_must_not_be_transparent(tmp_path: Path) -> None:
    opaque = saved(tmp_path / "a.png", Image.fromarray(np.dstack([RGB, np.full_like(GREY, 255)])))
    assert np.array_equal(open_rgb(opaque, opaque=True), RGB)
    holes = saved(tmp_path / "b.png", Image.fromarray(np.dstack([RGB, GREY])))
    assert refused(lambda: open_rgb(holes, opaque=True)).reason is ImageFault.TRANSPARENT_BACKGROUND
    assert np.array_equal(open_rgb(holes), RGB)


def test_a_damaged_exif_block_says_nothing(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.jpg", Image.fromarray(RGB), exif=b"Exif\0\0II*\0garbage of all kinds")
    assert image_size(path) == (20, 12)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_as_pillow_does(tmp_path: Path, suffix: str, orientation: int) -> None:
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path / f"a.{suffix}", Image.fromarray(SMOOTH[:40]), exif=exif.tobytes())
    expected = np.asarray(ImageOps.exif_transpose(Image.open(path)).convert("RGB"))
    assert np.array_equal(open_rgb(path), expected)
    assert image_size(path) == (expected.shape[1], expected.shape[0])


def test_the_error_crosses_process_borders() -> None:
    error = UnusableImageError(Path("a.png"), ImageFault.CORRUPT, "why")
    twin = copy.copy(error)  # rebuilt from its arguments, as a process pool does
    assert (twin.path, twin.reason, twin.detail, str(twin)) == (error.path, error.reason, "why", str(error))
    assert error.exit_code == 3


def seeds() -> dict[str, bytes]:
    exif = Image.Exif()
    exif[0x0112] = 6
    images = {
        "grey.png": Image.fromarray(GREY),
        "rgba.png": Image.fromarray(np.dstack([RGB, GREY])),
        "palette.png": Image.fromarray(RGB).quantize(16),
        "base.jpg": Image.fromarray(RGB),
        "grey.jpg": Image.fromarray(GREY),
        "a.webp": Image.fromarray(RGB),
        "a.bmp": Image.fromarray(RGB),
    }
    files = {}
    for name, image in images.items():
        buffer = io.BytesIO()
        extra = {"exif": exif} if name.endswith("jpg") else {}
        image.save(buffer, Image.registered_extensions()[Path(name).suffix], **extra)
        files[name] = buffer.getvalue()
    return files


SEEDS = seeds()
FUZZED = 3000


def damaged(data: bytes, generator: np.random.Generator) -> bytes:
    """Flip, overwrite, cut, repeat or insert some bytes; PNG checksums are made right again half of the time."""
    spoilt = bytearray(data)
    for _ in range(int(generator.integers(1, 5))):
        place = int(generator.integers(0, max(1, len(spoilt))))
        kind = generator.integers(0, 5)
        if kind == 0 and spoilt:
            spoilt[place % len(spoilt)] ^= 1 << int(generator.integers(0, 8))
        elif kind == 1:
            spoilt[place : place + 4] = generator.bytes(4)
        elif kind == 2:
            del spoilt[place : place + int(generator.integers(1, 200))]
        elif kind == 3:
            spoilt[place:place] = spoilt[: int(generator.integers(1, 60))]
        else:
            spoilt[place:place] = generator.bytes(int(generator.integers(1, 30)))
    return repaired(bytes(spoilt)) if generator.integers(0, 2) else bytes(spoilt)


def repaired(data: bytes) -> bytes:
    """A PNG with the checksums its damaged chunks would have, so that the damage reaches the decoder."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return data
    out, position = data[:8], 8
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        payload = data[position + 8 : position + 8 + length]
        out += png_chunk(data[position + 4 : position + 8], payload)
        position += 12 + length
    return out


def test_thousands_of_damaged_files_never_surprise(tmp_path: Path) -> None:
    generator = np.random.Generator(np.random.PCG64(5))
    path = tmp_path / "fuzz"
    opened = 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for round_ in range(FUZZED):
            path.write_bytes(damaged(list(SEEDS.values())[round_ % len(SEEDS)], generator))
            for open_file in (open_rgb, open_alpha, open_rgba, image_size):
                try:
                    open_file(path, max_pixels=10_000)
                    opened += 1
                except UnusableImageError as error:
                    assert error.reason in ImageFault
                    assert error.detail
    assert 0 < opened < 4 * FUZZED  # the damage is neither harmless nor total


@given(st.binary(max_size=200))
def test_any_bytes_open_or_are_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    for start in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\x20\0\0\0WEBPVP8 ", b"BM"):
        path.write_bytes(start + data)
        with pytest.raises(UnusableImageError):
            read_image_file(path, max_pixels=1000).rgb()
