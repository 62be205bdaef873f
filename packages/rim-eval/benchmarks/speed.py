"""How long scoring one pair takes, beside the time to decode its two PNGs and beside a plain implementation.

    uv run --with scikit-image --with scipy python packages/rim-eval/benchmarks/speed.py [MATTE.png ...]

Prints minimum times of one thread and their ratio to the decode floor. Without arguments two mattes are drawn: a
portrait of about a tenth soft pixels and a cloud of more than half. The plain implementation is written here for
the purpose, from the formulae, with scipy and scikit-image; its numbers are checked against ours.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rim_eval.definition import Metric, choose_definition
from rim_eval.ground_truth.scenes import Item, Scene
from rim_eval.matching import SceneTask
from rim_eval.scene_scoring import SceneScoring, score_scene

HEIGHT, WIDTH = 1080, 1620
LIMITS = {"SAD MSE MAD": (1.1, 1.1), "all metrics": (2.5, 4.0)}
"""Promised ratios to the decode floor: typical matte, mostly soft matte."""


def portrait(rng: np.random.Generator) -> NDArray[np.uint8]:
    """A body with hair-fine strands at its edge."""
    alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.ellipse(alpha, (WIDTH // 2, HEIGHT // 3), (190, 250), 0, 0, 360, 255, -1)
    cv2.ellipse(alpha, (WIDTH // 2, HEIGHT), (430, 460), 0, 0, 360, 255, -1)
    for angle in rng.uniform(0, 360, 500):
        direction = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
        start = np.array([WIDTH / 2, HEIGHT / 3]) + direction * [185, 245]
        end = start + direction * rng.uniform(30, 150) + rng.normal(0, 25, 2)
        colour = int(rng.integers(90, 255))
        cv2.line(alpha, start.astype(int).tolist(), end.astype(int).tolist(), colour, 1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(alpha, (0, 0), 1.5), np.uint8)


def cloud(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Smoke: soft nearly everywhere it is."""
    total = np.zeros((HEIGHT, WIDTH), np.float32)
    for octave in range(1, 6):
        coarse = rng.random((2**octave + 1, 2**octave + 2), np.float32)
        total += cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC) / 2**octave
    return np.clip((total - np.quantile(total, 0.4)) * 420, 0, 255).astype(np.uint8)


def predicted(alpha: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """What a network might make of it: blurred, a little noisy where soft."""
    blurred = cv2.GaussianBlur(alpha, (0, 0), 2.0).astype(np.float32)
    soft = (blurred > 3) & (blurred < 252)
    noise = cv2.GaussianBlur(rng.normal(0, 12, alpha.shape).astype(np.float32), (0, 0), 1.5)
    return np.clip(np.rint(blurred + noise * soft), 0, 255).astype(np.uint8)


def fastest(run: Callable[[], object], seconds: float = 1.5) -> float:
    """Minimum time of a call in milliseconds, over at least five."""
    run()
    times: list[float] = []
    while len(times) < 5 or sum(times) < seconds:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return 1000 * min(times)


def plain(prediction: Path, truth: Path) -> dict[str, float]:
    """All metrics by scipy and scikit-image, whole arrays in float64, as an evaluation script would."""
    from scipy import ndimage
    from skimage.measure import label

    p, g = (cv2.imread(str(path), cv2.IMREAD_UNCHANGED).astype(np.float64) / 255 for path in (prediction, truth))
    difference = p - g
    half = 4
    i = np.arange(-half, half + 1)
    gauss = np.exp(-(i**2) / (2 * 1.4**2)) / (1.4 * np.sqrt(2 * np.pi))
    kernel = np.outer(gauss, -i * gauss / 1.4**2)
    kernel /= np.sqrt((kernel**2).sum())

    def magnitude(alpha: NDArray[np.float64]) -> NDArray[np.float64]:
        stretched = (alpha - alpha.min()) / (alpha.max() - alpha.min())
        x, y = (ndimage.correlate(stretched, k, mode="nearest") for k in (kernel, kernel.T))
        return np.sqrt(x**2 + y**2)

    level = np.full(p.shape, -1.0)
    for j in range(1, 11):
        inside = np.minimum(p, g) * 10 >= j - 1e-9
        labels = label(inside, connectivity=1)
        sizes = np.bincount(labels.ravel())
        sizes[0] = 0
        omega = labels == sizes.argmax() if sizes.any() else np.zeros_like(inside)
        level[(level == -1) & ~omega] = (j - 1) / 10
    level[level == -1] = 1.0
    distance = [np.where(a - level >= 0.15, a - level, 0.0) for a in (p, g)]
    return {
        "SAD": float(np.abs(difference).sum() / 1000),
        "MSE": float((difference**2).mean()),
        "MAD": float(np.abs(difference).mean()),
        "GRAD": float(((magnitude(p) - magnitude(g)) ** 2).sum() / 1000),
        "CONN": float(np.abs(distance[0] - distance[1]).sum() / 1000),
    }


def benchmark(name: str, truth: NDArray[np.uint8], folder: Path, rng: np.random.Generator) -> None:
    """Print the lines of one matte."""
    paths = folder / f"{name}_gt.png", folder / f"{name}.png"
    for path, alpha in zip(paths, (truth, predicted(truth, rng)), strict=True):
        cv2.imwrite(str(path), alpha)
    soft = float(((truth > 0) & (truth < 255)).mean())
    task = SceneTask(Scene(name, {name: paths[0]}, (Item(name, name, (name,)),)), {name: paths[1]}, {})
    definition = choose_definition()
    few = SceneScoring(definition, (Metric.SAD, Metric.MSE, Metric.MAD))
    every = SceneScoring(definition, tuple(Metric))
    ours = score_scene(task, every)[0]
    for key, value in plain(paths[1], paths[0]).items():
        found = ours.value(Metric(key))
        assert found is not None and abs(found - value) <= 1e-9 * max(value, 1e-9), (key, found, value)

    floor = fastest(lambda: [cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in paths])
    print(f"\n{name}: {truth.shape[1]} x {truth.shape[0]}, {100 * soft:.0f} % soft")
    print(f"  {'decode floor (OpenCV, 2 PNGs)':<34}{floor:9.1f} ms")
    for label, scoring in (("SAD MSE MAD", few), ("all metrics", every)):
        took = fastest(lambda scoring=scoring: score_scene(task, scoring))
        limit = LIMITS[label][soft > 0.25]
        print(f"  {'rim-eval, ' + label:<34}{took:9.1f} ms {took / floor:7.2f} x floor (promised {limit} x)")
    took = fastest(lambda: plain(paths[1], paths[0]))
    print(f"  {'plain scipy + scikit-image':<34}{took:9.1f} ms {took / floor:7.2f} x floor")


def main() -> None:
    """Run the benchmark on drawn mattes, or on the files named on the command line."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng(0)
    drawn = {"portrait": portrait(rng), "cloud": cloud(rng)}
    named: dict[str, NDArray[np.uint8]] = {}
    for argument in sys.argv[1:]:
        pixels = np.asarray(cv2.imread(argument, cv2.IMREAD_UNCHANGED), np.uint8)
        named[Path(argument).stem] = pixels if pixels.ndim == 2 else pixels[:, :, -1]
    with tempfile.TemporaryDirectory() as folder:
        for name, truth in (named or drawn).items():
            benchmark(name, np.ascontiguousarray(truth), Path(folder), rng)


if __name__ == "__main__":
    main()
