"""Slow reference implementations, written from the formulae, and builders of small ground truths."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import settings

# The first call of a compiled loop takes seconds.
settings.register_profile("rim-eval", deadline=None)
settings.load_profile("rim-eval")


class Reference:
    """The standard's definitions, pixel by pixel, sharing no code with the package."""

    @staticmethod
    def components(inside: np.ndarray) -> list[list[tuple[int, int]]]:
        """4-connected components in raster order of their first pixel."""
        seen = np.zeros(inside.shape, bool)
        found = []
        for start in zip(*np.nonzero(inside), strict=True):
            if seen[start]:
                continue
            seen[start] = True
            queue, pixels = deque([start]), []
            while queue:
                y, x = queue.popleft()
                pixels.append((y, x))
                for ny, nx in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
                    if (
                        0 <= ny < inside.shape[0]
                        and 0 <= nx < inside.shape[1]
                        and inside[ny, nx]
                        and not seen[ny, nx]
                    ):
                        seen[ny, nx] = True
                        queue.append((ny, nx))
            found.append(pixels)
        return found

    @classmethod
    def conn(
        cls,
        p: np.ndarray,
        g: np.ndarray,
        *,
        reached: Callable[[np.ndarray, int], np.ndarray] | None = None,
        tie: str = "raster",
        empty: str = "flag",
        background: bool = False,
    ) -> tuple[float, np.ndarray]:
        """(CONN, l map): l is level j - 1 of the first Omega_j that misses a pixel."""
        scale = np.iinfo(p.dtype).max
        a, b = p.astype(np.int64), g.astype(np.int64)
        reached = reached or (lambda k, j: 10 * k >= scale * j)
        last = np.full(p.shape, -1)
        for j in range(1, 11):
            inside = reached(np.minimum(a, b), j)
            parts = cls.components(inside)
            omega = np.zeros(p.shape, bool)
            if not parts:
                if background:
                    omega[:] = True
                elif empty == "skip":
                    continue
            elif background and np.count_nonzero(~inside) >= max(map(len, parts)):
                omega = ~inside
            else:
                first = (
                    (lambda part: min(part)) if tie == "raster" else (lambda part: min((x, y) for y, x in part))
                )
                size = max(map(len, parts))
                winner = min((part for part in parts if len(part) == size), key=first)
                for pixel in winner:
                    omega[pixel] = True
            last[(last == -1) & ~omega] = j - 1
        last[last == -1] = 10
        # d >= 0.15 as integers: 20 k - 2 scale l >= 3 scale.
        d = [np.where(20 * k - 2 * scale * last >= 3 * scale, 10 * k - scale * last, 0) for k in (a, b)]
        return int(np.abs(d[0] - d[1]).sum()) / (10_000 * scale), last

    @staticmethod
    def grad_map(alpha: np.ndarray, *, stretch: bool = True) -> np.ndarray:
        """DIM's gradient magnitude by the two-dimensional kernel, pixel by pixel."""
        values = alpha / (np.iinfo(alpha.dtype).max if alpha.dtype.kind == "u" else 1.0)
        if stretch:
            span = values.max() - values.min()
            values = (values - values.min()) / span if span else np.zeros(values.shape)
        sigma = 1.4
        half = int(np.ceil(sigma * np.sqrt(-2 * np.log(np.sqrt(2 * np.pi) * sigma * 0.01))))
        assert half == 4
        i = np.arange(-half, half + 1)
        gauss = np.exp(-(i**2) / (2 * sigma**2)) / (sigma * np.sqrt(2 * np.pi))
        kernel = np.outer(gauss, -i * gauss / sigma**2)
        kernel /= np.sqrt((kernel**2).sum())
        padded = np.pad(values, half, mode="edge")
        h, w = values.shape
        gx, gy = np.zeros((h, w)), np.zeros((h, w))
        for dy in range(2 * half + 1):
            for dx in range(2 * half + 1):
                gx += kernel[dy, dx] * padded[dy : dy + h, dx : dx + w]
                gy += kernel[dx, dy] * padded[dy : dy + h, dx : dx + w]
        return np.sqrt(gx**2 + gy**2)

    @classmethod
    def grad(cls, p: np.ndarray, g: np.ndarray, *, stretch: bool = True) -> float:
        """DIM's gradient error."""
        return float(((cls.grad_map(p, stretch=stretch) - cls.grad_map(g, stretch=stretch)) ** 2).sum() / 1000)


@pytest.fixture(scope="session")
def reference() -> type[Reference]:
    return Reference


def blob(shape: tuple[int, int], centre: tuple[float, float], radius: float) -> np.ndarray:
    """A soft disc: uint8 (H, W); centre and radius as shares of the image."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    distance = np.hypot((y / shape[0] - centre[0]), (x / shape[1] - centre[1])) / radius
    return np.rint(255 * np.clip((1.2 - distance) / 0.4, 0, 1)).astype(np.uint8)


@pytest.fixture(scope="session")
def soft_disc() -> Callable[..., np.ndarray]:
    return blob


def write_image(path: Path, pixels: np.ndarray) -> Path:
    """Save an array by its suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".npy":
        np.save(path, pixels)
    else:
        assert cv2.imwrite(str(path), pixels)
    return path


@pytest.fixture(scope="session")
def save() -> Callable[[Path, np.ndarray], Path]:
    return write_image


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Two images of two entities each, predictions all different: one good, one wrong, one empty, one soft."""
    left, right = blob((40, 60), (0.5, 0.25), 0.2), blob((40, 60), (0.5, 0.75), 0.2)
    truths = {
        "rim_test_0000000a_0": left,
        "rim_test_0000000a_1": right,
        "rim_test_0000000b_0": left,
        "rim_test_0000000b_1": right,
    }
    predictions = {
        "rim_test_0000000a_0": left,
        "rim_test_0000000a_1": left,
        "rim_test_0000000b_0": np.zeros_like(left),
        "rim_test_0000000b_1": (right * 0.9).astype(np.uint8),
    }
    for name in truths:
        write_image(tmp_path / "gt" / f"{name}.png", truths[name])
        write_image(tmp_path / "pred" / f"{name}.png", predictions[name])
    return tmp_path / "pred", tmp_path / "gt"


DATASET_SHAPE = (24, 36)


def build_dataset(root: Path, *, extra_expressions: list[Mapping[str, Any]] | None = None) -> Path:
    """A dataset of two images: `aa` with a cat and a dog, `bb` with two cats (not in the keyword setting)."""
    images, mattes, expressions = [], [], []
    for image_id, categories, in_keyword in (
        ("rim_test_000000aa", ("cat", "dog"), True),
        ("rim_test_000000bb", ("cat", "cat"), False),
    ):
        write_image(root / f"test/images/{image_id}.jpg", np.full((*DATASET_SHAPE, 3), 90, np.uint8))
        images.append(
            {
                "image_id": image_id,
                "split": "test",
                "file_name": f"test/images/{image_id}.jpg",
                "width": DATASET_SHAPE[1],
                "height": DATASET_SHAPE[0],
                "relation": "left_right",
                "n_entities": 2,
                "in_keyword_setting": in_keyword,
            }
        )
        for k, category in enumerate(categories):
            matte_id = f"{image_id}_{k}"
            write_image(root / f"test/mattes/{matte_id}.png", blob(DATASET_SHAPE, (0.5, 0.25 + 0.5 * k), 0.2))
            mattes.append(
                {
                    "matte_id": matte_id,
                    "image_id": image_id,
                    "entity_id": f"e{k}",
                    "file_name": f"test/mattes/{matte_id}.png",
                    "keyword": category,
                    "kind": "animal",
                    "category": category,
                    "z_order": k,
                    "attributes": {"transparent": None if k else False, "colour": "red"},
                }
            )
            for i, kind in enumerate(("basic", "absolute", "relative", "relative2")):
                expressions.append(
                    {
                        "expression_id": f"{matte_id}_e{i}",
                        "matte_id": matte_id,
                        "image_id": image_id,
                        "target_ids": [matte_id],
                        "kind": kind,
                        "text": f"the {category} {i}",
                        "relation": "left" if i > 1 else None,
                    }
                )
    expressions += [dict(row) for row in extra_expressions or []]
    for name, rows in (("images", images), ("mattes", mattes), ("expressions", expressions)):
        pq.write_table(pa.Table.from_pylist(rows), root / f"test/{name}-00000-of-00001.parquet")
    (root / "MANIFEST.json").write_text(json.dumps({"schema_version": "1.0"}))
    return root


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return build_dataset(tmp_path / "data")


@pytest.fixture(scope="session")
def make_dataset() -> Callable[..., Path]:
    return build_dataset


def predict_dataset(root: Path, folder: Path, names: str) -> Path:
    """Perfect predictions of a dataset: `keyword` or `expression` names."""
    for table, key in (("mattes", "matte_id"), ("expressions", "expression_id")):
        if (table == "mattes") != (names == "keyword"):
            continue
        for row in pq.read_table(next((root / "test").glob(f"{table}-*.parquet"))).to_pylist():
            if names == "keyword" and row["image_id"].endswith("bb"):
                continue
            total = np.zeros(DATASET_SHAPE, np.int64)
            for target in [row["matte_id"]] if names == "keyword" else row["target_ids"]:
                total += cv2.imread(str(root / f"test/mattes/{target}.png"), cv2.IMREAD_UNCHANGED)
            write_image(folder / f"{row[key]}.png", np.minimum(total, 255).astype(np.uint8))
    return folder


@pytest.fixture(scope="session")
def predict() -> Callable[[Path, Path, str], Path]:
    return predict_dataset
