"""Drawings of animals. Each is a pure function that returns a layer (see `brush`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from refmatte_engine.randomness import generator_for
from refmatte_engine.sources.brush import blurred, curve, depth_inside, grid, mirrored, over, rgb, strokes
from refmatte_engine.sources.outlines import coverage
from refmatte_engine.sources.scenery import fractal_noise

if TYPE_CHECKING:
    from refmatte_engine.sources.brush import Layer, Line


def butterfly() -> Layer:
    """A blue butterfly from above."""
    rng = generator_for(0, "illustration", "butterfly")
    height, width = 520, 680
    c = width / 2
    fore = curve(
        (c + 6, 236), (c + 60, 140), (c + 170, 44), (c + 290, 24), (c + 318, 60), (c + 296, 150), (c + 236, 226),
        (c + 120, 268), (c + 6, 262),
    )  # fmt: skip
    hind = curve(
        (c + 6, 250), (c + 110, 256), (c + 208, 262), (c + 248, 312), (c + 232, 384), (c + 172, 424),
        (c + 150, 486), (c + 122, 440), (c + 56, 392), (c + 8, 300),
    )  # fmt: skip
    x, y = grid(height, width)
    mottle = fractal_noise(rng, height, width, cell=36, octaves=3)
    mottle = 0.5 * (mottle + mottle[:, ::-1])
    layer: Layer = (np.zeros((height, width, 3)), np.zeros((height, width)))
    for wing, bright, dark in ((hind, (58, 132, 222), (22, 46, 128)), (fore, (74, 158, 240), (20, 60, 160))):
        covered = np.clip(coverage((wing,), width, height) + coverage((mirrored(wing, c),), width, height), 0, 1)
        depth = depth_inside(covered)
        inner = np.clip(depth / 60 + 0.12 * mottle, 0, 1)[..., None]
        paint = rgb(*dark) + inner * (rgb(*bright) - rgb(*dark))
        border = np.clip((21 + 5 * mottle - depth) / 9, 0, 1)[..., None]
        paint = paint + border * (rgb(18, 16, 24) - paint)
        layer = over(layer, paint, covered)
    veins = []
    for tip in ((288, 60), (262, 150), (190, 226), (196, 44)):
        veins.append(curve((c + 16, 246), (c + tip[0] * 0.5, 246 - (246 - tip[1]) * 0.62), (c + tip[0], tip[1])))
    for tip in ((220, 300), (206, 372), (140, 424), (64, 380)):
        veins.append(curve((c + 14, 268), (c + tip[0] * 0.55, 268 + (tip[1] - 268) * 0.42), (c + tip[0], tip[1])))
    both = [(line, 2.2) for vein in veins for line in (vein, mirrored(vein, c))]
    layer = over(
        layer, np.broadcast_to(rgb(20, 24, 52), layer[0].shape), 0.7 * layer[1] * strokes(both, height, width)
    )
    spots = np.zeros((height, width))
    for sx, sy, r in (
        (298, 66, 7),
        (292, 96, 6),
        (280, 128, 6),
        (262, 158, 5),
        (232, 322, 6),
        (228, 348, 6),
        (214, 376, 6),
    ):
        for side in (1, -1):
            spots = np.maximum(spots, np.clip(r - np.hypot(x - c - side * sx, y - sy) + 0.5, 0, 1))
    layer = over(layer, np.broadcast_to(rgb(240, 244, 250), layer[0].shape), spots * layer[1])
    body = np.maximum(np.hypot((x - c) / 12, (y - 262) / 50) * 1.0, 0)
    tail = np.hypot((x - c) / (9.5 - 0.02 * (y - 300)), (y - 340) / 66)
    head = np.hypot((x - c) / 11, (y - 206) / 12)
    for part in (tail, body, head):
        lit = np.clip(1.05 - 0.5 * part, 0.45, 1.1)[..., None]
        layer = over(layer, lit * rgb(62, 52, 50), np.clip((1 - part) * 10 + 0.5, 0, 1))
    feelers = [curve((c + s * 4, 200), (c + s * 26, 150), (c + s * 58, 112)) for s in (1, -1)]
    tips = [np.array([line[-1], line[-1] + (line[-1] - line[-3])]) for line in feelers]
    thin = strokes([*((line, 2.6) for line in feelers), *((tip, 7.0) for tip in tips)], height, width)
    return over(layer, np.broadcast_to(rgb(30, 26, 28), layer[0].shape), thin)


def goldfish() -> Layer:
    """A goldfish with fins one sees through a little."""
    rng = generator_for(0, "illustration", "goldfish")
    height, width = 480, 720
    x, y = grid(height, width)
    body_line = np.concatenate(
        [
            curve((52, 246), (96, 186), (180, 132), (290, 116), (390, 146), (470, 206), (508, 236)),
            curve((512, 262), (470, 290), (400, 334), (300, 366), (190, 352), (104, 306), (52, 246)),
        ]
    )
    fins = (
        # tail (two lobes), back, belly, breast
        (curve((492, 240), (560, 168), (640, 92), (688, 82), (672, 150), (634, 214), (606, 250),
                (650, 300), (690, 366), (686, 420), (620, 392), (546, 320), (492, 262)), (500, 250)),
        (curve((196, 134), (222, 74), (282, 34), (352, 38), (386, 82), (430, 176), (330, 150),
                (196, 140)), (300, 190)),
        (curve((300, 352), (330, 404), (384, 436), (404, 420), (392, 372), (400, 328), (340, 340)), (340, 320)),
    )  # fmt: skip
    layer: Layer = (np.zeros((height, width, 3)), np.zeros((height, width)))
    for line, root in fins:
        covered = coverage((line,), width, height)
        away = np.hypot(x - root[0], y - root[1])
        angle = np.arctan2(y - root[1], x - root[0])
        rays = 0.5 + 0.5 * np.sin(angle * 64)
        far = np.clip(away / 210, 0, 1)
        paint = (0.92 + 0.08 * rays)[..., None] * (rgb(244, 122, 26) + far[..., None] * rgb(10, 56, 66))
        layer = over(layer, np.clip(paint, 0, 1), covered * np.clip(1.0 - 0.5 * far + 0.12 * rays, 0, 1))
    covered = coverage((body_line,), width, height)
    depth = depth_inside(covered)
    round_ = np.clip(depth / 95, 0, 1) ** 0.6
    light = 0.74 + 0.32 * round_ - 0.2 * np.clip((y - 250) / 120, -0.35, 1)
    paint = light[..., None] * (rgb(250, 128, 20) + np.clip((y - 262) / 150, 0, 1)[..., None] * rgb(6, 78, 110))
    # Scales: rows of arcs, faint, on the flank only.
    p, q = (x - 40) / 26, (y - 20) / 22
    shift = 0.5 * (np.floor(q) % 2)
    arc = np.hypot((p + shift) % 1 - 0.2, (q % 1 - 0.5) * 1.1)
    flank = np.clip((x - 178) / 40, 0, 1) * np.clip(depth / 20, 0, 1)
    ridge = np.exp(-((arc - 0.55) ** 2) / 0.004) * flank
    paint = (
        paint * (1 - 0.2 * ridge[..., None])
        + 0.02 * fractal_noise(rng, height, width, cell=12, octaves=2)[..., None]
    )
    layer = over(layer, np.clip(paint, 0, 1), covered)
    gill = blurred(strokes([(curve((176, 176), (202, 236), (186, 306)), 5.0)], height, width), 1.5)
    layer = over(layer, np.broadcast_to(rgb(176, 66, 8), layer[0].shape), 0.75 * gill)
    mouth = strokes([(curve((52, 250), (70, 262), (82, 262)), 4.0)], height, width)
    layer = over(layer, np.broadcast_to(rgb(150, 54, 10), layer[0].shape), mouth * covered)
    breast = curve((214, 292), (262, 300), (306, 336), (300, 356), (250, 342), (214, 306))
    rays = 0.5 + 0.5 * np.sin(np.arctan2(y - 296, x - 206) * 60)
    layer = over(
        layer, (0.88 + 0.12 * rays)[..., None] * rgb(255, 158, 62), 0.85 * coverage((breast,), width, height)
    )
    for r, color in ((25, (255, 232, 176)), (20, (246, 190, 60)), (13, (16, 14, 14))):
        layer = over(
            layer,
            np.broadcast_to(rgb(*color), layer[0].shape),
            np.clip(r - np.hypot(x - 122, y - 214) + 0.5, 0, 1),
        )
    return over(layer, np.ones_like(layer[0]), np.clip(4.5 - np.hypot(x - 117, y - 209), 0, 1))


def ladybug() -> Layer:
    """A ladybug from above."""
    height, width = 560, 460
    x, y = grid(height, width)
    c, top = width / 2, 196.0
    layer: Layer = (np.zeros((height, width, 3)), np.zeros((height, width)))
    legs = []
    for foot, knee, hip in (
        ((-178, 168), (-140, 216), 262),
        ((-204, 330), (-176, 314), 322),
        ((-176, 486), (-164, 424), 386),
    ):
        leg = curve((c, hip), (c + knee[0], knee[1]), (c + foot[0], foot[1]))
        legs += [(leg, 11.0), (mirrored(leg, c), 11.0)]
    for tip in ((-62, 34), (62, 34)):
        legs.append((curve((c + tip[0] * 0.3, 110), (c + tip[0] * 0.75, 64), (c + tip[0], tip[1])), 7.0))
    layer = over(layer, np.broadcast_to(rgb(28, 24, 26), layer[0].shape), strokes(legs, height, width))
    for cx, cy, rx, ry, color in (
        (c, 128.0, 62.0, 46.0, (26, 24, 28)),
        (c, 172.0, 104.0, 62.0, (34, 31, 36)),
        (c, 350.0, 158.0, 178.0, (206, 28, 24)),
    ):
        away = np.hypot((x - cx) / rx, (y - cy) / ry)
        shade = np.clip(1.16 - 0.5 * np.hypot((x - cx + 0.3 * rx) / rx, (y - cy + 0.4 * ry) / ry) ** 1.6, 0.4, 1.2)
        layer = over(layer, np.clip(shade[..., None] * rgb(*color), 0, 1), np.clip((1 - away) * rx + 0.5, 0, 1))
    shell = np.clip((1 - np.hypot((x - c) / 158, (y - 350) / 178)) * 158 + 0.5, 0, 1)
    spots = np.zeros((height, width))
    for sx, sy, r in ((64, 268, 30), (92, 366, 27), (50, 452, 27)):
        for side in (-1, 1):
            spots = np.maximum(spots, np.clip(r - np.hypot(x - c - side * sx, (y - sy) * 0.94) + 0.5, 0, 1))
    spots = np.maximum(spots, np.clip(30 - np.hypot(x - c, y - top - 22) + 0.5, 0, 1))
    seam = strokes([(np.array([[c, 176.0], [c, 528.0]]), 4.0)], height, width)
    layer = over(layer, np.broadcast_to(rgb(24, 20, 22), layer[0].shape), shell * np.maximum(spots, seam))
    cheeks = np.zeros((height, width))
    for side in (-1, 1):
        cheeks = np.maximum(cheeks, np.clip(15 - np.hypot(x - c - side * 66, (y - 160) * 0.8) + 0.5, 0, 1))
        cheeks = np.maximum(cheeks, np.clip(8 - np.hypot(x - c - side * 30, y - 110) + 0.5, 0, 1))
    layer = over(layer, np.broadcast_to(rgb(246, 244, 238), layer[0].shape), cheeks * layer[1])
    shine = blurred(strokes([(curve((c - 112, 300), (c - 96, 252), (c - 62, 222)), 24.0)], height, width), 7.0)
    return over(layer, np.ones_like(layer[0]), 0.5 * shine * shell)


def jellyfish() -> Layer:
    """A violet jellyfish: a bell one sees through, and long thin arms."""
    rng = generator_for(0, "illustration", "jellyfish")
    height, width = 720, 460
    x, y = grid(height, width)
    c = width / 2
    layer: Layer = (np.broadcast_to(rgb(170, 118, 222), (height, width, 3)).copy(), np.zeros((height, width)))
    arms: list[Line] = []
    threads: list[Line] = []
    for k in range(15):
        start = c + (k - 7) * 23.0
        sway = rng.uniform(-1, 1, 4) * 20
        long = 300 + 170 * rng.uniform() + 90 * (1 - abs(k - 7) / 7)
        line = curve(
            (start, 236), (start * 0.92 + c * 0.08 + sway[0], 236 + long * 0.3),
            (start * 0.84 + c * 0.16 - sway[1], 236 + long * 0.62),
            (start * 0.8 + c * 0.2 + sway[2], min(236 + long, 706)),
        )  # fmt: skip
        (arms if k % 3 == 1 else threads).append(line)
    thin = strokes([(line, 3.0) for line in threads], height, width)
    fade = np.clip(1.1 - (y - 236) / 560, 0.15, 1.0)
    layer = over(layer, np.broadcast_to(rgb(204, 158, 240), layer[0].shape), 0.75 * thin * fade)
    frill = strokes([(line, 15.0) for line in arms], height, width)
    wave = 0.75 + 0.25 * np.sin(y / 6.0 + x / 5.0)
    layer = over(layer, wave[..., None] * rgb(226, 182, 246), 0.7 * blurred(frill, 1.6) * fade)
    bell_line = np.concatenate(
        [
            curve(
                (c - 196, 236),
                (c - 192, 150),
                (c - 120, 54),
                (c, 20),
                (c + 120, 54),
                (c + 192, 150),
                (c + 196, 236),
            ),
            np.stack(
                [
                    np.linspace(c + 196, c - 196, 200),
                    238 + 15 * np.abs(np.sin(np.linspace(0, 9 * np.pi, 200))),
                ],
                axis=1,
            ),
        ]
    )
    bell = coverage((bell_line,), height=height, width=width)
    depth = depth_inside(bell)
    edge = np.exp(-depth / 16.0)
    ribs = 0.5 + 0.5 * np.cos(np.arctan2(x - c, 330 - y) * 22)
    glow = np.clip(1.0 - np.hypot((x - c) / 150, (y - 150) / 96), 0, 1)
    paint = rgb(140, 78, 206) + (0.5 * ribs * np.clip(depth / 40, 0, 1) * 0.35 + 0.35 * glow)[..., None] * 0.9
    layer = over(layer, np.clip(paint, 0, 1), bell * np.clip(0.52 + 0.36 * edge + 0.12 * ribs, 0, 0.92))
    shine = blurred(strokes([(curve((c - 128, 156), (c - 96, 98), (c - 46, 66)), 16.0)], height, width), 5.0)
    return over(layer, np.ones_like(layer[0]), 0.6 * shine * bell)
