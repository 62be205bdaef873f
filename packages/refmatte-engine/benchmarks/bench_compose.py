"""How fast is composition? Ratios of CPU time, measured interleaved in one run, on generated pictures.

    uv run python packages/refmatte-engine/benchmarks/bench_compose.py [--images 20] [--rounds 3]

engine       read the background, take prepared cut-outs from the cache, compose, encode, write the files.
group floor  what nobody can avoid: decode each background once per image and each entity once per group,
             encode one JPEG and the PNG mattes with the fastest installed codecs; no resize, blend or write.
reference B  what a competent researcher would script: OpenCV, PNG foregrounds, float32 blending of the full
             canvas, cv2.imwrite with defaults.

Absolute times depend on the machine; the ratios are the result. Goals: engine at 0.70 of the group floor or
more (floor time / engine time), and 8 times as fast as reference B.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from refmatte_engine.compose.allocation import keep_large_blocks
from refmatte_engine.compose.composite import compose
from refmatte_engine.compose.encode import encode_jpeg, encode_matte
from refmatte_engine.config import Filters, Foreground, Layout
from refmatte_engine.entities import Background, Entity
from refmatte_engine.foreground.prepare import CutoutCache, PreparedCutout, level_for
from refmatte_engine.images.opener import DEFAULT_MAX_PIXELS, open_rgb
from refmatte_engine.ingest.filters import cut_sides
from refmatte_engine.ingest.measure import measure_alpha
from refmatte_engine.layout import LayoutFailure, place
from refmatte_engine.manifest.vocabulary import EntityKind, Relation, Split, positions
from refmatte_engine.plan.records import PlannedEntity, PlannedImage, Slot, Stem
from refmatte_engine.sources.base import Cutout, CutoutFiles

Pixels = NDArray[np.uint8]

GROUP = 7
"""Entities per group: 5 humans, 1 animal, 1 object."""

COMPOSITES = 20
"""Images per group."""

QUALITY = 95
BACKGROUNDS = ((1620, 1080), (1600, 1067), (2000, 1333), (1920, 1280), (1440, 1080), (2250, 1500))
ENTITIES = ((1080, 1620), (1400, 1200), (1620, 1080), (1300, 1500), (1900, 1600), (1100, 1700), (1500, 1150))


@dataclass(frozen=True)
class Corpus:
    """Files on disk, and the rows to compose from them."""

    folder: Path
    entities: Mapping[str, Entity]
    backgrounds: Mapping[str, Background]
    rows: Sequence[PlannedImage]

    def read(self, files: CutoutFiles, *, max_pixels: int) -> Cutout:
        """As an entity source: the shipped foreground of the generated entity."""
        image = open_rgb(self.folder / files.image, max_pixels=max_pixels)
        alpha = cv2.imread(str(self.folder / f"{files.alpha}"), cv2.IMREAD_GRAYSCALE)
        assert alpha is not None
        return Cutout(image, np.asarray(alpha, np.uint8), image)


def texture(width: int, height: int, rng: np.random.Generator) -> Pixels:
    """A smooth picture with detail at every scale, about as hard to compress as a photograph."""
    image = np.zeros((height, width, 3), np.float32)
    for octave in range(2, 10):
        cells = (max(2, height * 2**octave // 1024), max(2, width * 2**octave // 1024), 3)
        noise = rng.normal(0.0, 1.0, cells).astype(np.float32)
        image += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC) * 0.62**octave * 260
    return np.clip(image + 128, 0, 255).astype(np.uint8)


def hairy_alpha(width: int, height: int, rng: np.random.Generator) -> Pixels:
    """A body that fills the frame, with some hundred thin strands around it; cut at the bottom."""
    alpha = np.zeros((height, width), np.uint8)
    centre, axes = (width // 2, int(height * 0.62)), (int(width * 0.3), int(height * 0.5))
    cv2.ellipse(alpha, centre, axes, 0, 0, 360, 255, -1, cv2.LINE_AA)
    for angle in rng.uniform(0, 2 * np.pi, 400):
        start = np.array([centre[0] + axes[0] * np.cos(angle), centre[1] + axes[1] * np.sin(angle)])
        end = start + rng.normal(0, 0.06, 2) * (width, height) + 0.06 * np.array([np.cos(angle), -0.5]) * width
        strand = tuple(int(v) for v in start), tuple(int(v) for v in end)
        cv2.line(alpha, *strand, int(rng.integers(90, 255)), int(rng.integers(1, 3)), cv2.LINE_AA)
    return np.asarray(np.maximum(alpha, cv2.GaussianBlur(alpha, (0, 0), 2.0)), np.uint8)


def make_corpus(folder: Path, images: int) -> Corpus:
    rng = np.random.default_rng(0)
    entities, backgrounds = {}, {}
    for k, (width, height) in enumerate(BACKGROUNDS):
        name = f"background{k}.jpg"
        cv2.imwrite(str(folder / name), texture(width, height, rng), [cv2.IMWRITE_JPEG_QUALITY, 92])
        backgrounds[name] = Background(name, "bench", None, name, width, height, name, "CC0-1.0")
    for k, (width, height) in enumerate(ENTITIES):
        colours, alpha = texture(width, height, rng), hairy_alpha(width, height, rng)
        cv2.imwrite(str(folder / f"{k}.jpg"), colours, [cv2.IMWRITE_JPEG_QUALITY, 95])
        cv2.imwrite(str(folder / f"{k}.png"), colours)
        cv2.imwrite(str(folder / f"{k}_alpha.png"), alpha)
        measured = measure_alpha(alpha)
        assert measured.box is not None and measured.shape is not None
        entities[str(k)] = Entity(
            entity_id=str(k),
            source="bench",
            split=None,
            kind=EntityKind.HUMAN,
            category="human",
            files=CutoutFiles(f"{k}.jpg", f"{k}_alpha.png", f"{k}.jpg"),
            width=width,
            height=height,
            box=measured.box,
            cut_sides=cut_sides(measured, Filters()),
            soft_share=measured.soft_share,
            mass_centre=measured.mass_centre,
            shape=measured.shape,
            content_hash=str(k),
            license="CC0-1.0",
            contains_identifiable_faces=False,
        )
    return Corpus(folder, entities, backgrounds, plan(entities, backgrounds, images, rng))


def plan(
    entities: Mapping[str, Entity],
    backgrounds: Mapping[str, Background],
    images: int,
    rng: np.random.Generator,
) -> list[PlannedImage]:
    """Two and three entities in turn, side by side, every tenth image front/behind."""
    rows: list[PlannedImage] = []
    index = 0
    while len(rows) < images:
        relation = Relation.FRONT_BEHIND if index % 10 == 9 else Relation.LEFT_RIGHT
        count = 2 if relation is Relation.FRONT_BEHIND or index % 2 else 3
        chosen = rng.choice(sorted(entities), count, replace=False)
        row = PlannedImage(
            f"rim_bench_{index}",
            Slot(Split.TRAIN, index, Stem.GROUP, 0, relation, count, None),
            tuple(
                PlannedEntity(str(name), position)
                for name, position in zip(chosen, positions(relation, count), strict=True)
            ),
            sorted(backgrounds)[index % len(backgrounds)],
        )
        index += 1
        placed = place(row, entities, backgrounds[row.background_id], Layout(), seed=0, sizes={})
        if not isinstance(placed, LayoutFailure):
            rows.append(placed)
    return rows


def engine(corpus: Corpus, cache: CutoutCache, out: Path) -> Callable[[PlannedImage], None]:
    """Everything the engine does for one image, its own guarded opener and its own cache included."""

    def cutout(entity: Entity, longest: int) -> PreparedCutout:
        return cache.get_or_prepare(
            entity,
            corpus,  # type: ignore[arg-type]  # reads cut-outs, and is asked for nothing else
            level_for(longest),
            Foreground(),
            transparent=None,
            max_pixels=DEFAULT_MAX_PIXELS,
        )

    def run(row: PlannedImage) -> None:
        file = corpus.folder / corpus.backgrounds[row.background_id].file
        background = open_rgb(file, max_pixels=DEFAULT_MAX_PIXELS)
        cutouts = [
            cutout(corpus.entities[planned.entity_id], max(at.w, at.h))
            for planned, at in zip(row.entities, row.placements, strict=True)
        ]
        composite = compose(background, cutouts, row.placements, (row.width, row.height))
        (out / f"{row.image_id}.jpg").write_bytes(encode_jpeg(composite.rgb, QUALITY))
        for k, matte in enumerate(composite.mattes, start=1):
            (out / f"{row.image_id}_{k}.png").write_bytes(encode_matte(matte))

    return run


def group_floor(
    corpus: Corpus, samples: Mapping[str, tuple[Pixels, list[Pixels]]]
) -> Callable[[PlannedImage], None]:
    """Decodes and encodes alone; a seventh of a group's entities per 20 / 7 images."""
    encoded = {
        name: ((corpus.folder / f"{name}.jpg").read_bytes(), (corpus.folder / f"{name}_alpha.png").read_bytes())
        for name in corpus.entities
    }
    names = sorted(corpus.entities)

    def run(row: PlannedImage) -> None:
        data = (corpus.folder / corpus.backgrounds[row.background_id].file).read_bytes()
        cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        before, after = (GROUP * (row.slot.index + k) // COMPOSITES for k in (0, 1))
        for turn in range(before, after):
            colours, alpha = encoded[names[turn % len(names)]]
            cv2.imdecode(np.frombuffer(colours, np.uint8), cv2.IMREAD_COLOR)
            cv2.imdecode(np.frombuffer(alpha, np.uint8), cv2.IMREAD_GRAYSCALE)
        rgb, mattes = samples[row.image_id]
        cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        for matte in mattes:
            encode_matte(matte)

    return run


def reference_b(corpus: Corpus, out: Path) -> Callable[[PlannedImage], None]:
    """OpenCV, PNG foregrounds, float32 over the full canvas, cv2.imwrite defaults."""

    def run(row: PlannedImage) -> None:
        background = cv2.imread(str(corpus.folder / corpus.backgrounds[row.background_id].file))
        size = (row.width, row.height)
        canvas = cv2.resize(background, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        layers = []
        for planned, at in zip(row.entities, row.placements, strict=True):
            box = corpus.entities[planned.entity_id].box
            inside = np.s_[box.y : box.y + box.h, box.x : box.x + box.w]
            colours = cv2.imread(str(corpus.folder / f"{planned.entity_id}.png"))[inside]
            alpha = cv2.imread(str(corpus.folder / f"{planned.entity_id}_alpha.png"), cv2.IMREAD_GRAYSCALE)[inside]
            full = np.zeros((row.height, row.width, 4), np.float32)
            target = np.s_[at.y : at.y + at.h, at.x : at.x + at.w]
            full[target][..., :3] = cv2.resize(colours, (at.w, at.h), interpolation=cv2.INTER_AREA)
            full[target][..., 3] = cv2.resize(alpha, (at.w, at.h), interpolation=cv2.INTER_AREA)
            layers.append((at.z, full[..., :3], full[..., 3:] / 255.0))
        layers.sort(key=lambda layer: layer[0])
        mattes: list[NDArray[np.float32]] = []
        for _, colours, alpha in layers:
            canvas = alpha * colours + (1.0 - alpha) * canvas
            mattes = [matte * (1.0 - alpha) for matte in mattes] + [alpha]
        cv2.imwrite(str(out / f"{row.image_id}_b.jpg"), np.round(canvas).astype(np.uint8))
        for k, matte in enumerate(mattes, start=1):
            cv2.imwrite(str(out / f"{row.image_id}_b_{k}.png"), np.round(matte * 255.0).astype(np.uint8))

    return run


def cpu_seconds(work: Callable[[PlannedImage], None], row: PlannedImage) -> float:
    start = time.process_time()
    work(row)
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--images", type=int, default=COMPOSITES, help="composites per round")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    keep_large_blocks()
    with tempfile.TemporaryDirectory() as name:
        folder, out = Path(name), Path(name) / "out"
        out.mkdir()
        corpus = make_corpus(folder, arguments.images)
        cache = CutoutCache(folder / "cache")
        samples: dict[str, tuple[Pixels, list[Pixels]]] = {}
        contestants = {
            "engine": engine(corpus, cache, out),
            "group floor": group_floor(corpus, samples),
            "reference B": reference_b(corpus, out),
        }
        for row in corpus.rows:
            # Warm: kernels compiled, cut-outs prepared, files in the page cache; and what the floor encodes.
            contestants["engine"](row)
            image = cv2.imread(str(out / f"{row.image_id}.jpg"))
            mattes = [cv2.imread(str(out / f"{row.image_id}_{k}.png"), 0) for k in range(1, len(row.entities) + 1)]
            samples[row.image_id] = (
                np.asarray(image, np.uint8),
                [np.asarray(matte, np.uint8) for matte in mattes],
            )
        rounds: dict[str, list[float]] = {key: [] for key in contestants}
        for _ in range(arguments.rounds):
            spent = dict.fromkeys(contestants, 0.0)
            for row in corpus.rows:
                for key, work in contestants.items():
                    spent[key] += cpu_seconds(work, row)
            for key, seconds in spent.items():
                rounds[key].append(seconds / len(corpus.rows))
    for key, seconds in rounds.items():
        print(f"{key:12} {1000 * statistics.median(seconds):7.1f} ms CPU per image")
    for key, goal in (("group floor", 0.7), ("reference B", 8.0)):
        ratios = [a / b for a, b in zip(rounds[key], rounds["engine"], strict=True)]
        spread = f"rounds {min(ratios):.2f} to {max(ratios):.2f}"
        print(f"{key} / engine  {statistics.median(ratios):5.2f}  ({spread}; goal {goal})")


if __name__ == "__main__":
    main()
