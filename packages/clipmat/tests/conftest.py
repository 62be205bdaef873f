"""A drawn dataset in the engine's format, small enough to train on in seconds."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np
import pytest

COLOURS = {
    "red": (205, 30, 35),
    "green": (45, 145, 60),
    "blue": (35, 85, 200),
    "yellow": (248, 215, 45),
    "pink": (252, 165, 198),
    "black": (25, 25, 28),
}
SHAPES = ("circle", "square", "triangle")


def coverage(shape: str, side: int) -> np.ndarray:
    """(side, side) in [0, 1], supersampled."""
    fine = (np.arange(4 * side) + 0.5) / (4 * side) * 2 - 1
    x, y = np.meshgrid(fine, fine)
    inside = {
        "circle": x * x + y * y < 0.9,
        "square": np.maximum(abs(x), abs(y)) < 0.88,
        "triangle": (y > -0.9) & (abs(x) < (y + 0.95) / 2),
    }[shape]
    return inside.reshape(side, 4, side, 4).mean((1, 3))


def draw_scene(rng: np.random.Generator, width: int, height: int):
    """Image uint8 (H, W, 3) and two things: (alpha uint8 (H, W), colour, shape), the left one first."""
    base = rng.uniform(90, 170, 3)
    tilt = np.linspace(-20, 20, height)[:, None, None] * rng.uniform(-1, 1)
    image = np.clip(base + tilt + rng.normal(0, 3, (height, width, 3)), 0, 255)
    colours = rng.choice(list(COLOURS), 2, replace=False)
    things = []
    for slot, colour in enumerate(colours):
        shape = str(rng.choice(SHAPES))
        side = int(rng.integers(int(0.28 * width), int(0.42 * width)))
        left = int(rng.integers(0, width // 2 - side + 1)) + slot * (width // 2)
        top = int(rng.integers(0, height - side + 1))
        alpha = np.zeros((height, width))
        alpha[top : top + side, left : left + side] = coverage(shape, side)
        image = alpha[..., None] * np.array(COLOURS[str(colour)]) + (1 - alpha[..., None]) * image
        things.append((np.rint(alpha * 255).astype(np.uint8), str(colour), shape))
    return np.rint(image).astype(np.uint8), things


def phrases(things, which: int) -> list[tuple[str, str]]:
    """(kind, text) of one of two things."""
    (_, colour, shape), (_, other_colour, other_shape) = things[which], things[1 - which]
    side = ("left", "right")[which]
    return [
        ("basic", f"the {colour} {shape}"),
        ("absolute", f"the {shape} on the {side}"),
        ("relative", f"the {shape} to the {side} of the {other_colour} {other_shape}"),
        ("relative2", f"the {colour} {shape} which is to the {side} of the {other_colour} {other_shape}"),
    ]


def write_dataset(
    root: Path, n_train: int, n_test: int, *, size: tuple[int, int] = (120, 96), seed: int = 0
) -> Path:
    """A finished dataset of two-thing images, as the engine would leave it."""
    from PIL import Image

    from refmatte_engine.manifest.build_manifest import BuildManifest, count_split, write_manifest
    from refmatte_engine.manifest.records import BoxRecord, ExpressionRow, ImageRow, KindSource, MatteRow
    from refmatte_engine.manifest.tables import Stamp, shard_name, write_table
    from refmatte_engine.manifest.vocabulary import Split

    width, height = size
    stamp = Stamp(plan_hash="0" * 64, engine_version="0.1.0")
    counts = {}
    for split, n in ((Split.TRAIN, n_train), (Split.TEST, n_test)):
        rows: dict[type, list] = {ImageRow: [], MatteRow: [], ExpressionRow: []}
        for folder in ("images", "mattes"):
            (root / split / folder).mkdir(parents=True)
        for index in range(n):
            rng = np.random.default_rng([seed, split == Split.TEST, index])
            image, things = draw_scene(rng, width, height)
            image_id = f"rim_{split}_{index:08x}"
            name = f"{split}/images/{image_id}.jpg"
            Image.fromarray(image).save(root / name, quality=95, subsampling=0)
            shapes = {shape for _, _, shape in things}
            rows[ImageRow].append(
                ImageRow(
                    image_id=image_id, split=split, file_name=name, sha256=_digest(root / name), width=width,
                    height=height, relation=None, background_id=None, n_entities=2,
                    in_keyword_setting=len(shapes) == 2, license="CC0-1.0", license_level="public-domain",
                    sources=("test",), contains_identifiable_faces=False, index=index, stem=None, group=None,
                    seed_key=None, floating_cut=False, selected_expression=None,
                )
            )  # fmt: skip
            for k, (alpha, _, shape) in enumerate(things):
                matte_id = f"{image_id}_{k + 1}"
                matte_name = f"{split}/mattes/{matte_id}.png"
                Image.fromarray(alpha).save(root / matte_name)
                rows[MatteRow].append(
                    MatteRow(
                        matte_id=matte_id, image_id=image_id, split=split, entity_id=None, file_name=matte_name,
                        sha256=_digest(root / matte_name), keyword=shape, kind=None, category=shape,
                        bbox=BoxRecord(0, 0, width, height), z_order=k, position=None, visible_fraction=1.0,
                        attributes=None, touched_borders=(), license="CC0-1.0", source="test",
                        contains_identifiable_faces=False,
                    )
                )  # fmt: skip
                rows[ExpressionRow] += [
                    ExpressionRow(
                        expression_id=f"{matte_id}_e{i}", matte_id=matte_id, image_id=image_id, split=split,
                        target_ids=(matte_id,), kind=kind, text=text, relation=None, related_matte_id=None,
                        unambiguous=True, template=None, kind_source=KindSource.STATED,
                    )
                    for i, (kind, text) in enumerate(phrases(things, k))
                ]  # fmt: skip
        for kind, of_kind in rows.items():
            write_table(root / split / shard_name(kind, 0, 1), kind, of_kind, stamp)
        counts[split] = count_split(rows[ImageRow], rows[MatteRow], rows[ExpressionRow])
    write_manifest(
        root,
        BuildManifest(
            plan_hash="0" * 64, schema_version="1.0", engine_version="0.1.0", origin="build", seed=seed,
            preset=None, splits=counts, rejected={}, license="CC0-1.0", license_level="public-domain",
            identifiable_faces=0, versions={},
        ),
    )  # fmt: skip
    return root


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 + 6 images of two coloured shapes. Tests must not write into it."""
    return write_dataset(tmp_path_factory.mktemp("data") / "drawn", 40, 6)


@pytest.fixture(scope="session")
def make_dataset():
    """`write_dataset`, for tests that need another size."""
    return write_dataset


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder of the preset tiny with random weights."""
    import torch

    from clipmat.config import preset
    from clipmat.model.clipmat import build_model
    from clipmat.model.folder import Origin, save_model

    folder = tmp_path_factory.mktemp("model") / "tiny"
    torch.manual_seed(0)
    config = preset("tiny").model
    save_model(folder, config, build_model(config).state_dict(), Origin(steps=0))
    return folder


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Small tensors gain nothing from threads, and lose much on a shared machine."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def clipmat(monkeypatch, capsys, tmp_path):
    """Run the command in an empty folder; gives exit code, stdout, stderr."""
    from clipmat.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CLIPMAT_CHECKPOINT", raising=False)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["clipmat", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return run


@pytest.fixture(scope="session")
def networks(tmp_path_factory: pytest.TempPathFactory):
    """Folders of small networks of transformers by name; a test that asks is skipped without the extra."""
    pytest.importorskip("transformers")
    import importlib.util
    from functools import cache

    at = Path(__file__).with_name("tiny_networks.py")
    spec = importlib.util.spec_from_file_location("tiny_networks", at)
    tiny = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tiny)
    root = tmp_path_factory.mktemp("networks")
    return cache(lambda name: str(getattr(tiny, f"save_{name}")(root / name)))
