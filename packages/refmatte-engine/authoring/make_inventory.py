"""Writes ``data_manifests/refmatte_inventory.csv``: the paper's 13,187 entities, before long-tail moves.

Published (supp. Table 1): entities and number of categories of each source split, how many of it move to train,
230 categories in train and 66 in test. Not published: the names of the objects and how many there are of each.
This script assumes names (from the engine's lexicon) and counts that keep every published number:

- 45 object categories occur in test and in train; AIM-500 has 40 of them, SIM 25, DIM 20, HATT 26;
- AIM-500 has 53 long-tailed ones with one or two entities each (95 in all), SIM 2, DIM 7, HATT 4 with one each;
- 98 occur in the train splits of SIM, DIM and HATT only;
  45 + 53 + 2 + 7 + 4 + 98 = 209 = 230 - 20 animals - human.

Run: ``uv run python packages/refmatte-engine/authoring/make_inventory.py``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

TARGET = Path(__file__).resolve().parents[3] / "data_manifests" / "refmatte_inventory.csv"
HEADER = ("source", "split", "kind", "category", "count", "status")

ANIMALS = """alpaca, antelope, bear, camel, cat, cattle, deer, dog, elephant, giraffe, horse, kangaroo,
leopard, lion, monkey, rabbit, rhinoceros, sheep, tiger, zebra"""

IN_TEST = """flower, leaves, plant, net, smoke, smog, plastic bag, dandelion, spider web, glass, toy, fire,
tree, water, chair, lace, wine glass, ice cube, teddy bear, table, lamp, grass, bottle, feather, water drop,
gauze, cup, ice, fruit, flame, mesh, balloon, wedding dress, doll, glass bottle, cactus, fern, basket, fishing
net, veil, water spray, light bulb, branch, beer, cloth"""

LONG_TAIL_AIM = """rose, tulip, sunflower, orchid, lotus, lavender, hydrangea, palm tree, bonsai, potted
plant, maple leaves, pine cone, wheat, mushroom, succulent, apple, banana, grapes, lemon, pineapple,
strawberry, pumpkin, armchair, stool, bench, sofa, desk, cabinet, shelf, rocking chair, hammock, crib, mirror,
lantern, chandelier, candle, toy car, robot, plush toy, puppet, pinwheel, kite, water splash, soap bubble,
snowflake, glass ball, hourglass, wine, perfume bottle, bubble wrap, mesh bag, cloth net, icicle"""
LONG_TAIL_SIM = "dew, fog"
LONG_TAIL_DIM = "bird cage, dream catcher, bicycle, umbrella, sieve, fountain, parachute"
LONG_TAIL_HATT = "harp, crown, windmill, whisk"

TRAIN_ONLY = """cloud, steam, drip, crystal stone, light, curtain, fur, wig, dress, scarf, hat, coat,
necklace, handbag, backpack, rope, chain, fence, gate, ladder, broom, brush, fork, spoon, scissors, key, book,
pen, clock, cage, pillow, blanket, rug, towel, fan, vase, bowl, plate, pitcher, jar, mug, teapot, kettle,
coffee cup, champagne glass, cocktail, fish tank, magnifying glass, glasses, sunglasses, lens, ball,
basketball, statue, snowman, scarecrow, mask, swing, bed, wheel, motorcycle, tricycle, scooter, stroller,
wheelchair, car, truck, bus, train, airplane, helicopter, drone, boat, sailboat, hot air balloon, camera,
phone, microphone, headphones, guitar, violin, drum, trumpet, racket, flag, sign, tent, tower, bush, reed,
pampas grass, ivy, moss, twig, daisy, lily, bouquet, wreath"""

Row = tuple[str, str, str, str, int, str]


def names(text: str) -> list[str]:
    return [" ".join(name.split()) for name in text.split(",")]


def shared_out(total: int, n: int) -> list[int]:
    """``total`` entities over ``n`` categories: one each, the rest in proportion 1, 1/2, 1/3, ..."""
    harmonic = [1 / (rank + 1) for rank in range(n)]
    quotas = [(total - n) * share / sum(harmonic) for share in harmonic]
    counts = [1 + int(quota) for quota in quotas]
    by_remainder = sorted(range(n), key=lambda i: (int(quotas[i]) - quotas[i], i))
    for i in by_remainder[: total - sum(counts)]:
        counts[i] += 1
    return counts


def objects(source: str, split: str, categories: Sequence[str], total: int) -> Iterator[Row]:
    for category, count in zip(categories, shared_out(total, len(categories)), strict=True):
        yield source, split, "object", category, count, "assumed"


def inventory() -> list[Row]:
    """All rows, sorted."""
    in_test, train_only = names(IN_TEST), names(TRAIN_ONLY)
    rows: list[Row] = [
        ("p3m10k", "train", "human", "human", 9186, "published"),
        ("p3m10k", "test-1", "human", "human", 485, "published"),
        ("p3m10k", "test-2", "human", "human", 492, "published"),
    ]
    for animal in names(ANIMALS):
        rows.append(("am2k", "train", "animal", animal, 90, "assumed"))
        rows.append(("am2k", "test", "animal", animal, 10, "assumed"))
    rare = names(LONG_TAIL_AIM)
    for i, category in enumerate(rare):
        rows.append(("aim500", "test", "object", category, 2 if i < 95 - len(rare) else 1, "assumed"))
    for source, text in (("sim", LONG_TAIL_SIM), ("dim", LONG_TAIL_DIM), ("hatt", LONG_TAIL_HATT)):
        rows += [(source, "test", "object", category, 1, "assumed") for category in names(text)]
    rows += objects("aim500", "test", in_test[:40], 200 - 95)
    rows += objects("sim", "test", in_test[20:], 41 - 2)
    rows += objects("dim", "test", in_test[:20], 38 - 7)
    rows += objects("hatt", "test", in_test[10:36], 40 - 4)
    rows += objects("sim", "train", in_test[5:] + train_only[:42], 271)
    rows += objects("dim", "train", in_test[:38] + train_only[38:75], 224)
    rows += objects("hatt", "train", in_test[15:] + train_only[70:], 210)
    return sorted(rows)


def as_csv() -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(inventory())
    return text.getvalue()


if __name__ == "__main__":
    TARGET.write_text(as_csv(), encoding="utf-8", newline="\n")
