"""Drawings of things one sees through. Each is a pure function that returns a layer (see `brush`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from refmatte_engine.randomness import generator_for
from refmatte_engine.sources.brush import blurred, curve, depth_inside, grid, mirrored, over, rgb, strokes
from refmatte_engine.sources.outlines import coverage
from refmatte_engine.sources.scenery import fractal_noise

if TYPE_CHECKING:
    from refmatte_engine.sources.brush import Layer, Line


def smoke() -> Layer:
    """A plume that rises from a point, curls and thins."""
    import cv2

    rng = generator_for(0, "illustration", "smoke")
    height, width = 760, 620
    x, y = grid(height, width)
    rise = 1.0 - y / height
    swirl_x = fractal_noise(rng, height, width, cell=170, octaves=4)
    swirl_y = fractal_noise(rng, height, width, cell=170, octaves=4)
    strength = 10.0 + 62.0 * rise
    noise = fractal_noise(rng, height, width, cell=120, octaves=6).astype(np.float32)
    moved_x, moved_y = (x + strength * swirl_x).astype(np.float32), (y + strength * swirl_y).astype(np.float32)
    wisps = np.asarray(cv2.remap(noise, moved_x, moved_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))
    centre = width * 0.5 + 34.0 * np.sin(rise * 6.4) * rise + 0.4 * strength * swirl_x
    spread = 24.0 + 165.0 * rise**1.1
    plume = np.exp(-(np.abs((x - centre) / spread) ** 2.6) * 1.7)
    fade = np.clip(1.3 - 1.05 * rise, 0.0, 1.0) * np.clip(rise / 0.025, 0.0, 1.0)
    edge = np.clip(np.minimum(x, width - x) / 60, 0, 1) * np.clip(y / 90, 0, 1)
    alpha = np.clip(fade * edge * (1.2 * plume + 0.65 * wisps * plume**0.6), 0.0, 0.92)
    alpha = np.clip((alpha - 0.035) / 0.965, 0.0, 1.0)
    light = 0.92 + 0.1 * wisps - 0.04 * (x - centre) / spread
    return np.clip(light, 0.8, 1.0)[..., None] * rgb(247, 249, 252), alpha


def flame() -> Layer:
    """A camp-fire flame: white-yellow at the heart, red at the tips."""
    import cv2

    rng = generator_for(0, "illustration", "flame")
    height, width = 620, 420
    x, y = grid(height, width)
    base = height - 46.0
    rise = (base - y) / (base - 14.0)
    flat = fractal_noise(rng, height // 2, width, cell=110, octaves=4)
    # Flicker is drawn out upwards, and grows with the height.
    flicker = np.asarray(cv2.resize(flat, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.float64)
    sway = (26.0 * np.sin(3.4 * rise + 0.4) + 30.0 * flicker) * np.clip(rise, 0.0, 1.0)
    heat = np.zeros((height, width))
    for offset, reach, half in ((0, 1.0, 150), (-84, 0.56, 84), (88, 0.68, 88), (-36, 0.8, 84), (44, 0.44, 90)):
        t = np.clip(rise / reach, 0.0, 1.0)
        # Round at the foot, widest a quarter up, drawn out to a tip.
        profile = half * 1.55 * (t + 0.14) ** 0.5 * (1.0 - t) ** 1.25
        spread = np.clip(t / 0.3, 0.0, 1.0) ** 0.6 * (1.0 - 0.5 * t)
        away = np.abs(x - width / 2 - offset * spread - sway * (1.0 + offset / 260.0))
        foot = np.sqrt(np.clip(1.0 - np.minimum(rise, 0.0) ** 2 / 0.075**2, 0.0, 1.0))
        tongue = np.where((rise < reach) & (profile > 0), 1.0 - away / np.maximum(profile * foot, 1e-6), 0.0)
        heat = np.hypot(heat, np.clip(tongue, 0.0, 1.0))
    heat = blurred(np.clip(heat * (1.06 - 0.4 * np.clip(rise, 0, 1)) + 0.05 * flicker * heat, 0, 1), 2.0)
    stops = [0.0, 0.12, 0.35, 0.6, 1.0]
    colors = np.stack(
        [
            np.interp(heat, stops, [0.78, 0.92, 1.0, 1.0, 1.0]),
            np.interp(heat, stops, [0.14, 0.33, 0.58, 0.8, 0.95]),
            np.interp(heat, stops, [0.04, 0.05, 0.09, 0.25, 0.68]),
        ],
        axis=2,
    )
    return colors, np.clip(1.5 * heat**0.8, 0.0, 0.94)


def spider_web() -> Layer:
    """An orb web: spokes, and a spiral that sags between them."""
    rng = generator_for(0, "illustration", "spider web")
    side = 720
    hub = np.array([side * 0.5, side * 0.47])
    spokes = 18
    angles = np.linspace(0, 2 * np.pi, spokes, endpoint=False) + rng.uniform(-0.06, 0.06, spokes)
    reach = side * (0.40 + 0.075 * rng.uniform(-1, 1, spokes))
    along = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    lines: list[tuple[Line, float]] = [
        (np.stack([hub, hub + along[k] * (reach[k] + 22)]), 2.0) for k in range(spokes)
    ]
    rings = 19
    for ring in range(rings):
        share = 0.1 + 0.88 * (ring + 0.5 * (ring > 0)) / rings
        for k in range(spokes):
            n = (k + 1) % spokes
            turn = k / spokes / rings
            a = hub + along[k] * reach[k] * (share + turn * 0.88)
            b = hub + along[n] * reach[n] * (share + turn * 0.88 if n else share + 0.88 / rings)
            middle = (a + b) / 2 + (hub - (a + b) / 2) * 0.085
            lines.append((curve(tuple(a), tuple(middle), tuple(b), n=8), 1.5))
    threads = strokes(lines, side, side)
    drops: list[tuple[Line, float]] = []
    for points, _ in lines[spokes:]:
        if rng.uniform() < 0.2:
            at = points[int(rng.integers(len(points)))]
            t = np.linspace(0, 2 * np.pi, 24)
            r = float(rng.uniform(1.4, 2.6))
            drops.append((at + r * np.stack([np.cos(t), np.sin(t)], axis=1), r))
    dew = strokes(drops, side, side)
    alpha = np.maximum(0.8 * threads, 0.95 * dew)
    paint = np.broadcast_to(rgb(232, 236, 240), (side, side, 3)) + 0.08 * dew[..., None]
    return np.clip(paint, 0, 1), np.clip(alpha, 0, 1)


def net() -> Layer:
    """A fishing net that hangs from a rope with floats: diamond meshes, drawn out by their weight."""
    height, width = 560, 720
    lines: list[tuple[Line, float]] = []
    columns, rows = 22, 15

    def place(u: float, v: float) -> tuple[float, float]:
        # u runs along the rope, v down; the net gathers towards its lower middle.
        sag = 42 * np.sin(np.pi * u)
        half = (width / 2 - 34) * (1 - 0.2 * v)
        x = width / 2 + half * (2 * u - 1) + 10 * np.sin(2.2 * np.pi * u + 3.2 * v) * v
        y = 58 + sag * (1 - 0.3 * v) + (height - 150) * v * (0.84 + 0.22 * np.sin(np.pi * u))
        return float(x), float(y)

    for i in range(-rows, columns + 1):
        for direction in (1, -1):
            points = []
            for j in range(rows * 4 + 1):
                v = j / (rows * 4)
                u = (i + j / 4) / columns if direction == 1 else (columns - i - j / 4) / columns
                if -1e-9 <= u <= 1 + 1e-9:
                    points.append(place(u, v))
            if len(points) > 1:
                lines.append((np.array(points), 3.0))
    edges = (
        [place(0, v) for v in np.linspace(0, 1, 60)],
        [place(1, v) for v in np.linspace(0, 1, 60)],
        [place(u, 1) for u in np.linspace(0, 1, 80)],
    )
    lines += [(np.array(edge), 4.0) for edge in edges]
    cords = strokes(lines, height, width)
    rope_line = np.array([place(u, 0) for u in np.linspace(0, 1, 120)])
    rope = strokes([(rope_line, 9.0)], height, width)
    x, y = grid(height, width)
    shade = 1.0 - 0.25 * blurred(cords, 3.0)
    paint = shade[..., None] * rgb(52, 122, 92)
    layer: Layer = (paint, 0.95 * cords)
    twist = 0.84 + 0.16 * np.sin((x + 0.8 * y) * 0.9)
    layer = over(layer, twist[..., None] * rgb(196, 164, 108), rope)
    for u in np.linspace(0.06, 0.94, 7):
        cx, cy = place(float(u), 0)
        away = np.hypot((x - cx) / 24, (y - cy) / 17)
        bob = np.clip((1 - away) * 17, 0, 1)
        lit = 1.02 - 0.34 * np.hypot((x - cx + 7) / 30, (y - cy + 7) / 22)
        layer = over(layer, np.clip(lit, 0.5, 1.05)[..., None] * rgb(226, 120, 44), bob)
    return layer


def wine_glass() -> Layer:
    """An empty wine glass: bright at its rims, nearly nothing in between."""
    height, width = 760, 380
    c = width / 2
    right = np.concatenate(
        [
            curve((c + 98, 28), (c + 118, 90), (c + 132, 170), (c + 122, 260), (c + 78, 335), (c + 22, 376)),
            curve((c + 13, 400), (c + 9, 470), (c + 9, 600), (c + 14, 660), (c + 36, 690), (c + 92, 708)),
            curve((c + 118, 716), (c + 112, 728), (c + 60, 737), (c, 739)),
        ]
    )
    outline = np.concatenate([right, mirrored(right, c)[::-1]])
    x, y = grid(height, width)
    opening = np.hypot((x - c) / 98, (y - 28) / 12)
    body = np.maximum(coverage((outline,), width, height), np.clip((1 - opening) * 12 + 0.5, 0, 1))
    depth = depth_inside(body)
    wall = np.exp(-depth / 5.0)
    alpha = body * (0.13 + 0.62 * wall)
    paint = np.broadcast_to(rgb(196, 214, 224), (height, width, 3)) * (1.0 - 0.42 * wall[..., None])
    layer: Layer = (paint, alpha)
    rim = np.exp(-((opening - 1) ** 2) / (2 * 0.035**2))
    layer = over(layer, np.broadcast_to(rgb(246, 250, 252), paint.shape), 0.75 * rim)
    stem = body * np.clip(1 - np.abs(x - c) / 14, 0, 1) * (y > 380) * (y < 690)
    layer = over(layer, np.broadcast_to(rgb(214, 226, 232), paint.shape), 0.5 * stem)
    streaks = strokes(
        [
            (curve((c - 82, 70), (c - 100, 150), (c - 100, 220), (c - 84, 282)), 15.0),
            (curve((c - 62, 62), (c - 72, 110)), 6.0),
            (curve((c + 88, 190), (c + 86, 250), (c + 66, 300)), 7.0),
            (curve((c - 2, 420), (c - 2, 620)), 3.5),
            (curve((c - 66, 712), (c - 30, 704)), 5.0),
        ],
        height,
        width,
    )
    return over(layer, np.ones_like(paint), 0.85 * body * blurred(streaks, 2.0))


def soap_bubble() -> Layer:
    """A soap bubble: a thin film with all colours at its rim and a window's reflection."""
    rng = generator_for(0, "illustration", "soap bubble")
    side, radius = 520, 240.0
    x, y = grid(side, side)
    u, v = (x - side / 2) / radius, (y - side / 2) / radius
    r = np.hypot(u, v)
    covered = np.clip((1 - r) * radius + 0.5, 0, 1)
    film = 2.2 * r**3 + 0.35 * v + 0.2 * fractal_noise(rng, side, side, cell=190, octaves=3)
    hues = [0.5 + 0.5 * np.cos(2 * np.pi * (film * 1.35 + shift)) for shift in (0.0, 0.36, 0.68)]
    paint = np.stack(hues, axis=2) * 0.55 + 0.45
    alpha = covered * (0.1 + 0.58 * np.clip(r, 0, 1) ** 5)
    layer: Layer = (paint, alpha)
    for cx, cy, size, strength in ((-0.42, -0.46, 0.27, 0.9), (0.46, 0.52, 0.17, 0.55)):
        a, b = (u - cx) / size, (v - cy) / size
        # A window with a cross bar, bent by the sphere.
        bent_a, bent_b = a - 0.25 * b * b * np.sign(cx), b - 0.25 * a * a * np.sign(cy)
        pane = np.clip((0.5 - np.maximum(np.abs(bent_a), np.abs(bent_b))) * 24, 0, 1)
        bars = np.clip((np.minimum(np.abs(bent_a), np.abs(bent_b)) - 0.03) * 24, 0, 1)
        layer = over(layer, np.ones_like(paint), strength * blurred(pane * bars, 1.2))
    return layer
