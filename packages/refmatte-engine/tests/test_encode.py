"""Files decode to the pixels that went in, in more than one decoder, and bytes repeat."""

from __future__ import annotations

import io
import zlib

import cv2
import numpy as np
import pytest
from drawn_shapes import KINDS, draw_alpha
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from refmatte_engine.compose.encode import encode_jpeg, encode_matte


def decoded_twice(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    by_opencv = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    with Image.open(io.BytesIO(data)) as image:
        image.verify()
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode in ("L", "RGB")
        by_pillow = np.asarray(image)
    return by_opencv, by_pillow


@given(arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40))))
def test_any_matte_survives(matte: np.ndarray) -> None:
    data = encode_matte(matte)
    for decoded in decoded_twice(data):
        assert decoded.dtype == np.uint8 and np.array_equal(decoded, matte)
    assert data == encode_matte(matte.copy(order="F"))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_mattes_are_not_much_larger_than_those_of_zlib(kind: str) -> None:
    matte = np.zeros((540, 810), np.uint8)
    matte[90:450, 200:560] = draw_alpha(kind, 360, 360, 1)
    rows = np.pad(matte, ((0, 0), (1, 0))).tobytes()
    data = encode_matte(matte)
    assert np.array_equal(decoded_twice(data)[1], matte)
    assert len(data) <= 1.6 * len(zlib.compress(rows, 1)) + 100


def test_a_jpeg_keeps_colours_and_repeats() -> None:
    ramp = np.linspace(0, 255, 96 * 64).astype(np.uint8).reshape(64, 96)
    rgb = np.stack([ramp, ramp[:, ::-1], np.full_like(ramp, 40)], axis=2)
    data = encode_jpeg(rgb, 95)
    assert data == encode_jpeg(rgb.copy(), 95)
    by_opencv, by_pillow = decoded_twice(data)
    assert np.abs(by_pillow.astype(int) - rgb).mean() < 2.0
    assert np.abs(by_opencv[..., ::-1].astype(int) - rgb).mean() < 2.0
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "JPEG" and not image.info.get("progressive")
        # 4:2:0: luminance is sampled twice as densely as both chroma channels, in both directions.
        assert [layer[1:3] for layer in image.layer] == [(2, 2), (1, 1), (1, 1)]  # type: ignore[attr-defined]


def test_quality_sets_the_size() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert len(encode_jpeg(rgb, 80)) < len(encode_jpeg(rgb, 95)) < len(encode_jpeg(rgb, 100))
