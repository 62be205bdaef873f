"""Draw a small RefMatte-style test set and the predictions of two imaginary models, to try rim-eval on.

    python packages/rim-eval/example/make_example.py example/

Writes example/shapes (the dataset), example/model-a and example/model-b (one prediction an expression). Everything
is drawn; the same command draws the same files.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

HEIGHT, WIDTH = 288, 432
COLOURS = {"red": (205, 52, 45), "yellow": (235, 190, 50), "blue": (45, 95, 190), "green": (60, 150, 80)}
PLACES = {2: (0.28, 0.72), 3: (0.19, 0.5, 0.81)}
KINDS = ("basic", "absolute", "relative", "relative2")


@dataclass(frozen=True)
class Thing:
    """One shape in one image."""

    colour: str
    shape: str
    alpha: NDArray[np.uint8]

    @property
    def name(self) -> str:
        return f"{self.colour} {self.shape}"


def draw_shape(
    shape: str, centre: tuple[float, float], radius: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """The soft alpha (H, W) of a ball, ring, star, furball or glass."""
    big = np.zeros((HEIGHT * 4, WIDTH * 4), np.uint8)
    x, y, r = int(centre[0] * 4), int(centre[1] * 4), int(radius * 4)
    if shape == "star":
        angles = np.arange(10) * np.pi / 5 - np.pi / 2
        lengths = np.where(np.arange(10) % 2, 0.42, 1.0) * r
        points = np.stack([x + lengths * np.cos(angles), y + lengths * np.sin(angles)], axis=1)
        cv2.fillPoly(big, [np.rint(points).astype(np.int32)], 255)
    elif shape == "ring":
        cv2.circle(big, (x, y), int(0.75 * r), 255, int(0.45 * r))
    else:
        cv2.circle(big, (x, y), int(r * (0.72 if shape == "furball" else 0.9)), 255, -1)
    if shape == "furball":
        for angle in rng.uniform(0, 2 * np.pi, 700):
            end = r * rng.uniform(0.8, 1.12)
            tip = angle + rng.normal(0, 0.12)
            start = (int(x + 0.68 * r * np.cos(angle)), int(y + 0.68 * r * np.sin(angle)))
            stop = (int(x + end * np.cos(tip)), int(y + end * np.sin(tip)))
            cv2.line(big, start, stop, int(rng.integers(140, 255)), 3, cv2.LINE_AA)
    alpha = cv2.resize(big, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32)
    if shape == "glass":
        distance = (
            np.hypot(*(np.mgrid[:HEIGHT, :WIDTH] - np.array([centre[1], centre[0]])[:, None, None])) / radius
        )
        alpha *= np.clip(0.25 + 0.7 * distance**3, 0, 1)
    return np.rint(alpha).astype(np.uint8)


def draw_image(number: int) -> tuple[NDArray[np.uint8], list[Thing]]:
    """(photo (H, W, 3) RGB, its things from left to right)."""
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([number, 1])))
    count = 2 + number % 2
    shapes = rng.permutation(["ball", "ring", "star", "furball", "glass"])[:count]
    colours = rng.permutation(list(COLOURS))[:count]
    low, high = rng.uniform(60, 120, 3), rng.uniform(170, 235, 3)
    photo = low + (high - low) * np.linspace(0, 1, HEIGHT)[:, None, None] + rng.normal(0, 4, (HEIGHT, WIDTH, 1))
    things = []
    for x, shape, colour in zip(PLACES[count], shapes, colours, strict=True):
        centre = (x * WIDTH, HEIGHT * rng.uniform(0.45, 0.6))
        alpha = draw_shape(str(shape), centre, WIDTH * rng.uniform(0.11, 0.14), rng)
        shade = np.linspace(1.15, 0.7, HEIGHT)[:, None, None]
        share = alpha[:, :, None] / 255
        photo = photo * (1 - share) + np.array(COLOURS[str(colour)]) * shade * share
        things.append(Thing(str(colour), str(shape), alpha))
    return np.clip(photo, 0, 255).astype(np.uint8), things


def phrases(things: list[Thing], k: int) -> tuple[str, str, str, str]:
    """The four expressions of thing k."""
    thing, other = things[k], things[k - 1]
    side = {0: "on the left", len(things) - 1: "on the right"}.get(k, "in the middle")
    place = "to the right of" if k > 0 else "to the left of"
    return (
        f"the {thing.name}",
        f"the {thing.shape} {side} of the image",
        f"the {thing.shape} {place} the {other.shape}",
        f"the thing which is {thing.colour} and {place} the {other.name}",
    )


def predict(things: list[Thing], k: int, kind: str, skill: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """What a model of some skill answers: mostly the right thing, a little blurred; sometimes not."""
    luck = rng.random() + (0.04 if kind == "basic" else 0.0)
    alpha = things[k].alpha.astype(np.float32)
    if luck > skill + 0.09:
        alpha = np.maximum(alpha, things[k - 1].alpha)
    elif luck > skill + 0.03:
        alpha = things[k - 1].alpha.astype(np.float32)
    elif luck > skill:
        alpha = alpha * 0
    blurred = cv2.GaussianBlur(alpha, (0, 0), 1.0 + 3 * (1 - skill))
    noise = cv2.GaussianBlur(rng.normal(0, 25, alpha.shape).astype(np.float32), (0, 0), 2.0)
    return np.clip(np.rint(blurred + noise * (blurred > 8)), 0, 255).astype(np.uint8)


def save(path: Path, pixels: NDArray[np.uint8]) -> None:
    """RGB or grey, by suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), pixels[:, :, ::-1] if pixels.ndim == 3 else pixels)


def main(root: Path, images: int = 10) -> None:
    """Write the dataset and both models' predictions under `root`."""
    data = root / "shapes"
    tables: dict[str, list[dict[str, object]]] = {"images": [], "mattes": [], "expressions": []}
    for number in range(images):
        photo, things = draw_image(number)
        image_id = f"rim_test_{0x5A4E0000 + number:08x}"
        save(data / f"test/images/{image_id}.jpg", photo)
        tables["images"].append(
            {"image_id": image_id, "split": "test", "file_name": f"test/images/{image_id}.jpg", "width": WIDTH,
             "height": HEIGHT, "relation": "left_right", "n_entities": len(things), "in_keyword_setting": True}
        )  # fmt: skip
        for k, thing in enumerate(things):
            matte_id = f"{image_id}_{k}"
            save(data / f"test/mattes/{matte_id}.png", thing.alpha)
            tables["mattes"].append(
                {"matte_id": matte_id, "image_id": image_id, "file_name": f"test/mattes/{matte_id}.png",
                 "keyword": thing.shape, "category": thing.shape,
                 "attributes": {"transparent": thing.shape == "glass", "colour": thing.colour}}
            )  # fmt: skip
            for i, (kind, text) in enumerate(zip(KINDS, phrases(things, k), strict=True)):
                name = f"{matte_id}_e{i}"
                tables["expressions"].append(
                    {"expression_id": name, "matte_id": matte_id, "image_id": image_id, "target_ids": [matte_id],
                     "kind": kind, "text": text}
                )  # fmt: skip
                for model, (folder, skill) in enumerate((("model-a", 0.78), ("model-b", 0.9))):
                    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([number, k, i, model, 2])))
                    save(root / folder / f"{name}.png", predict(things, k, kind, skill, rng))
    for table, rows in tables.items():
        pq.write_table(pa.Table.from_pylist(rows), data / f"test/{table}-00000-of-00001.parquet")
    (data / "MANIFEST.json").write_text(json.dumps({"schema_version": "1.0"}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
