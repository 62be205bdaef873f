"""Procedural pictures to stand things on: soft backdrops, and landscapes without any single thing in them.

Every scene is a pure function of a generator and a size, and returns float64 (height, width, 3) RGB in [0, 1].
"""

from __future__ import annotations

import colorsys
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Field = NDArray[np.float64]
    Picture = NDArray[np.float64]
    Scene = Callable[[np.random.Generator, int, int], Picture]

RGB = tuple[float, float, float]


def to_pixels(picture: Picture, rng: np.random.Generator) -> NDArray[np.uint8]:
    """uint8 (H, W, 3) of a picture in [0, 1], with a little grain against banding."""
    grain = rng.normal(0.0, 1.1, picture.shape[:2])[..., None]
    pixels: NDArray[np.uint8] = np.clip(np.rint(picture * 255.0 + grain), 0, 255).astype(np.uint8)
    return pixels


def fractal_noise(rng: np.random.Generator, height: int, width: int, *, cell: float, octaves: int = 4) -> Field:
    """Smooth noise, mean 0, about [-1, 1]; ``cell`` is the size of the largest lumps in pixels."""
    import cv2

    total = np.zeros((height, width))
    for octave in range(octaves):
        side = max(cell / 2**octave, 2.0)
        rows, columns = int(np.ceil(height / side)) + 3, int(np.ceil(width / side)) + 3
        grid = rng.uniform(-1.0, 1.0, (rows, columns))
        full = (int(np.ceil(columns * side)), int(np.ceil(rows * side)))
        fine = cv2.resize(grid, full, interpolation=cv2.INTER_CUBIC)
        y, x = int(side), int(side)
        total += fine[y : y + height, x : x + width] / 2**octave
    return total


def soft_line(rng: np.random.Generator, width: int, *, cell: float, octaves: int = 5) -> Field:
    """A wavy line of ``width`` values, about [-1, 1]."""
    line: Field = fractal_noise(rng, 1, width, cell=cell, octaves=octaves)[0]
    return line


def vertical_blend(height: int, width: int, *stops: tuple[float, RGB]) -> Picture:
    """Colours blended from top (0) to bottom (1) through the given stops."""
    at = (np.arange(height) + 0.5) / height
    places = [place for place, _ in stops]
    channels = [np.interp(at, places, [color[c] for _, color in stops]) for c in range(3)]
    return np.broadcast_to(np.stack(channels, axis=1)[:, None, :], (height, width, 3)).copy()


def _mix(below: Picture, color: RGB | Picture, share: Field) -> Picture:
    return below + share[..., None] * (np.asarray(color) - below)


def _hsv(h: float, s: float, v: float) -> RGB:
    return colorsys.hsv_to_rgb(h % 1.0, s, v)


def _vignette(picture: Picture, strength: float = 0.22) -> Picture:
    height, width = picture.shape[:2]
    y = ((np.arange(height) + 0.5) / height - 0.5)[:, None]
    x = ((np.arange(width) + 0.5) / width - 0.5)[None, :]
    return np.asarray(picture * (1.0 - strength * 2.0 * (x**2 + y**2))[..., None])


# ---------------------------------------------------------------- backdrops


def backdrop(rng: np.random.Generator, height: int, width: int) -> Picture:
    """A painted studio cloth: two tones of one hue, clouded."""
    hue, saturation = rng.uniform(), rng.uniform(0.12, 0.42)
    light = np.array(_hsv(hue, saturation * 0.7, rng.uniform(0.72, 0.9)))
    dark = np.array(_hsv(hue + rng.uniform(-0.06, 0.06), saturation, rng.uniform(0.4, 0.58)))
    clouds = fractal_noise(rng, height, width, cell=max(height, width) / 3, octaves=5)
    y = ((np.arange(height) + 0.5) / height)[:, None]
    share = np.clip(0.45 + 0.3 * clouds + 0.5 * (y - 0.5), 0.0, 1.0)
    return _vignette(_mix(np.broadcast_to(light, (height, width, 3)), tuple(dark), share))


def room(rng: np.random.Generator, height: int, width: int) -> Picture:
    """A plain wall that rounds softly into a floor."""
    wall = np.array(_hsv(rng.uniform(), rng.uniform(0.08, 0.35), rng.uniform(0.68, 0.88)))
    floor = np.array(_hsv(rng.uniform(0.05, 0.14), rng.uniform(0.15, 0.45), rng.uniform(0.45, 0.65)))
    edge = rng.uniform(0.62, 0.74)
    y = ((np.arange(height) + 0.5) / height)[:, None] + np.zeros((1, width))
    share = 1.0 / (1.0 + np.exp(-(y - edge) * 30.0))
    picture = _mix(np.broadcast_to(wall, (height, width, 3)), tuple(floor), share)
    light = fractal_noise(rng, height, width, cell=float(max(height, width)), octaves=2)
    texture = fractal_noise(rng, height, width, cell=6.0, octaves=2)
    return _vignette(np.clip(picture * (1.0 + 0.08 * light + 0.008 * texture)[..., None], 0.0, 1.0))


def out_of_focus(rng: np.random.Generator, height: int, width: int) -> Picture:
    """A garden, a street, a room: whatever it was, it is far out of focus."""
    hue = rng.uniform()
    picture = np.broadcast_to(
        np.array(_hsv(hue, rng.uniform(0.15, 0.4), rng.uniform(0.35, 0.6))), (height, width, 3)
    )
    for _ in range(5):
        color = _hsv(hue + rng.uniform(-0.16, 0.16), rng.uniform(0.1, 0.5), rng.uniform(0.4, 0.92))
        blur = fractal_noise(rng, height, width, cell=max(height, width) / rng.uniform(2.2, 4.0), octaves=2)
        picture = _mix(picture, color, np.clip(0.7 * blur, 0.0, 0.75))
    return _vignette(picture)


BACKDROPS: tuple[Scene, ...] = (backdrop, room, out_of_focus)
"""Scenes without any edge that could pass for a thing."""


# ---------------------------------------------------------------- landscapes


def _clouds(rng: np.random.Generator, height: int, width: int, *, stretch: float = 3.0) -> Field:
    """Share of cloud, [0, 1]: lumps wider than high."""
    import cv2

    squashed = fractal_noise(rng, height, max(int(width / stretch), 8), cell=height / 3, octaves=6)
    noise = cv2.resize(squashed, (width, height), interpolation=cv2.INTER_CUBIC)
    share: Field = np.clip(noise * 1.1 - 0.05, 0.0, 1.0) ** 1.2
    return share


def _below(line: Field, height: int) -> Field:
    """Share of each pixel under a line given as heights in pixels from the top."""
    return np.clip(np.arange(height)[:, None] + 1.0 - line[None, :], 0.0, 1.0)


def mountains(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Ridge behind ridge at dusk, each nearer one darker."""
    picture = vertical_blend(
        height,
        width,
        (0.0, (0.16, 0.24, 0.47)),
        (0.35, (0.66, 0.52, 0.62)),
        (0.55, (0.98, 0.76, 0.56)),
        (1.0, (1.0, 0.85, 0.6)),
    )
    picture = _mix(picture, (0.98, 0.7, 0.62), 0.4 * _clouds(rng, height, width, stretch=5.0))
    far, near = np.array((0.71, 0.55, 0.6)), np.array((0.07, 0.1, 0.16))
    ridges = 6
    for k in range(ridges):
        depth = k / (ridges - 1)
        rough = soft_line(rng, width, cell=width / (2.2 + 1.5 * depth), octaves=7)
        line = height * (0.44 + 0.46 * depth**1.15 - (0.1 - 0.035 * depth) * rough)
        color = far + (near - far) * depth**0.8
        share = _below(line, height)
        picture = _mix(picture, tuple(color), share)
        # Haze gathers at the foot of every ridge but the nearest.
        foot = np.clip((np.arange(height)[:, None] - line[None, :]) / (0.16 * height), 0.0, 1.0)
        picture = _mix(picture, (0.93, 0.72, 0.62), share * foot * 0.4 * (1.0 - depth))
    return np.clip(picture, 0.0, 1.0)


def sea(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Open water under an evening sky; small waves, larger towards the viewer."""
    import cv2

    horizon = int(height * 0.46)
    sky = vertical_blend(
        horizon, width, (0.0, (0.29, 0.46, 0.72)), (0.7, (0.78, 0.79, 0.8)), (1.0, (0.99, 0.83, 0.64))
    )
    sky = _mix(sky, (1.0, 0.93, 0.86), 0.75 * _clouds(rng, horizon, width, stretch=4.0))
    depth = height - horizon
    water = vertical_blend(
        depth, width, (0.0, (0.62, 0.66, 0.68)), (0.12, (0.3, 0.45, 0.56)), (1.0, (0.06, 0.2, 0.31))
    )
    waves = np.zeros((depth, width))
    at = (np.arange(depth) + 0.5) / depth
    for cell, weight in ((46.0, 0.6), (20.0, 0.4)):
        # Perspective: a row at depth t shows the noise field at 1/t, so far rows are compressed.
        field = fractal_noise(rng, 1400, width, cell=cell, octaves=4)
        rows = np.broadcast_to((1300.0 * at**0.45)[:, None], (depth, width)).astype(np.float32)
        spread = 0.3 + 0.7 * at[:, None]
        columns = (width / 2 + (np.arange(width)[None, :] - width / 2) / (2.6 * spread)).astype(np.float32)
        waves += weight * cv2.remap(field.astype(np.float32), columns, rows, cv2.INTER_LINEAR)
    water = _mix(water, (0.83, 0.85, 0.84), np.clip(waves, 0.0, 1.0) * (0.22 + 0.3 * (1 - at[:, None])))
    water = _mix(water, (0.02, 0.1, 0.18), np.clip(-waves, 0.0, 1.0) * 0.45)
    x = (np.arange(width)[None, :] - 0.62 * width) / width
    glow = np.exp(-((x / (0.09 + 0.14 * at[:, None])) ** 2)) * (1.0 - 0.75 * at[:, None])
    water = _mix(water, (1.0, 0.86, 0.66), np.clip(glow * (0.42 + 0.6 * np.clip(waves, -0.5, 1.0)), 0.0, 0.85))
    joined = np.concatenate([sky, water])
    band = slice(horizon - 3, horizon + 3)
    joined[band] = cv2.GaussianBlur(joined, (1, 5), 1.0)[band]
    seascape: Picture = np.clip(joined, 0.0, 1.0)
    return seascape


def meadow(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Rolling grass under a summer sky."""
    picture = vertical_blend(
        height, width, (0.0, (0.25, 0.5, 0.83)), (0.55, (0.75, 0.87, 0.95)), (1.0, (0.85, 0.9, 0.9))
    )
    picture = _mix(picture, (0.99, 0.99, 0.98), 0.95 * _clouds(rng, height, width, stretch=2.4))
    far, near = np.array((0.5, 0.64, 0.5)), np.array((0.3, 0.5, 0.15))
    rows = np.arange(height)[:, None]
    hills = 4
    for k in range(hills):
        depth = k / (hills - 1)
        wave = soft_line(rng, width, cell=width / 1.5, octaves=2)
        line = height * (0.5 + 0.13 * depth - (0.06 - 0.02 * depth) * wave)
        fall = np.clip((rows - line[None, :]) / (0.5 * height), 0.0, 1.0)
        patches = fractal_noise(rng, height, width, cell=width / 4, octaves=3)
        grass = (far + (near - far) * depth) * (1.1 - 0.42 * fall[..., None])
        texture = _seen_flat(rng, height, width, line, cell=26.0) * (0.05 + 0.2 * depth)
        grass = grass * (1.0 + texture + 0.1 * patches)[..., None]
        grass = _mix(grass, (0.66, 0.68, 0.25), np.clip(0.3 * patches, 0.0, 0.25) * (0.4 + 0.6 * depth))
        picture = _mix(picture, grass, _below(line, height))
    return np.clip(picture, 0.0, 1.0)


def _seen_flat(rng: np.random.Generator, height: int, width: int, line: Field, *, cell: float) -> Field:
    """Noise that lies on the ground below ``line``: fine and dense far away, coarse and tall near the viewer."""
    import cv2

    field = fractal_noise(rng, 2400, width * 2, cell=cell, octaves=4).astype(np.float32)
    near = np.clip((np.arange(height)[:, None] - line[None, :] + 4.0) / (0.6 * height), 0.004, 1.0)
    rows = (2390.0 * near**0.42).astype(np.float32)
    columns = (width + (np.arange(width)[None, :] - width / 2) / (0.55 + 1.6 * near)).astype(np.float32)
    return np.asarray(cv2.remap(field, columns, rows, cv2.INTER_LINEAR), dtype=np.float64)


def dunes(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Sand, lit from the left, under a pale sky."""
    picture = vertical_blend(
        height, width, (0.0, (0.36, 0.56, 0.79)), (0.5, (0.9, 0.88, 0.82)), (1.0, (0.94, 0.87, 0.76))
    )
    rows = np.arange(height)[:, None]
    count = 5
    for k in range(count):
        depth = k / (count - 1)
        crest = soft_line(rng, width, cell=width / (1.4 + 0.4 * k), octaves=2)
        line = height * (0.42 + 0.36 * depth - (0.045 + 0.035 * depth) * crest)
        slope = np.gradient(line) * 2.2
        fall = np.clip((rows - line[None, :]) / (height * 0.4), 0.0, 1.0)
        light = np.clip(0.84 - 0.3 * np.tanh(slope)[None, :] * np.exp(-3.0 * fall) - 0.26 * fall, 0.0, 1.1)
        sand = np.array((0.93, 0.72, 0.47)) * (1 - depth) + np.array((0.86, 0.57, 0.31)) * depth
        drift = fractal_noise(rng, height, width, cell=60.0 + 90.0 * depth, octaves=3)
        ripple = np.sin(
            2 * np.pi * (rows - line[None, :] + 9.0 * drift) / (5.0 + 13.0 * depth * fall + 4.0 * depth)
        )
        light = light * (1.0 + 0.03 * (0.4 + depth) * ripple + 0.03 * drift)
        picture = _mix(picture, sand * light[..., None], _below(line, height))
    grain = rng.normal(0.0, 0.012, (height, width, 1)) * (rows > 0.45 * height)[..., None]
    return np.clip(picture + grain, 0.0, 1.0)


def aurora(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Northern lights over a dark snowfield."""
    picture = vertical_blend(
        height, width, (0.0, (0.02, 0.04, 0.12)), (0.6, (0.05, 0.13, 0.22)), (1.0, (0.1, 0.2, 0.27))
    )
    stars = rng.uniform(size=(height, width)) ** 900
    picture = np.maximum(picture, (stars * rng.uniform(0.5, 1.0, (height, width)))[..., None])
    rows = np.arange(height)[:, None]
    for k in range(4):
        foot = height * (0.5 - 0.07 * k + 0.08 * soft_line(rng, width, cell=width / 1.8, octaves=3))
        reach = height * (0.2 + 0.07 * soft_line(rng, width, cell=width / 9, octaves=3))
        rise = foot[None, :] - rows
        curtain = np.exp(-np.clip(rise, 0.0, None) / reach[None, :]) / (1.0 + np.exp(-rise / (0.012 * height)))
        rays = np.clip(0.7 + 0.4 * soft_line(rng, width, cell=width / 24, octaves=4), 0.15, 1.2)[None, :]
        high = np.clip(rise / (0.45 * height), 0.0, 1.0)[..., None]
        color = np.array((0.2, 0.95, 0.55)) * (1 - high) + np.array((0.5, 0.3, 0.85)) * high
        picture = picture + 0.4 * (curtain * rays)[..., None] * color
    line = height * (0.7 - 0.03 * soft_line(rng, width, cell=width / 2.0, octaves=5))
    fall = np.clip((rows - line[None, :]) / (0.3 * height), 0.0, 1.0)
    drift = fractal_noise(rng, height, width, cell=width / 5, octaves=4)
    snow = np.array((0.36, 0.53, 0.58)) * (1.0 - 0.35 * fall + 0.08 * drift)[..., None]
    return np.clip(_mix(picture, snow, _below(line, height)), 0.0, 1.0)


def parquet_room(rng: np.random.Generator, height: int, width: int) -> Picture:
    """A bare wall above a wooden floor seen in perspective."""
    import cv2

    edge = int(height * 0.6)
    light = fractal_noise(rng, edge, width, cell=width / 1.2, octaves=2)
    plaster = fractal_noise(rng, edge, width, cell=5.0, octaves=2)
    wall = np.array((0.72, 0.77, 0.76)) * (1.0 + 0.07 * light + 0.007 * plaster)[..., None]
    depth = height - edge
    # Board pattern drawn flat, then seen in perspective.
    flat_h, flat_w, board = 640, 1800, 75
    boards = np.arange(flat_w) // board
    tone = rng.uniform(0.84, 1.08, boards.max() + 1)[boards]
    veins = cv2.resize(
        fractal_noise(rng, 40, flat_w, cell=7.0, octaves=3), (flat_w, flat_h), interpolation=cv2.INTER_CUBIC
    )
    flat = np.array((0.6, 0.41, 0.26)) * (tone[None, :] * (1.0 + 0.09 * veins))[..., None]
    seam = np.minimum(np.arange(flat_w) % board, board - np.arange(flat_w) % board) < 2
    flat = flat * np.where(seam, 0.72, 1.0)[None, :, None]
    source = np.array([[500, 0], [1300, 0], [1500, flat_h], [300, flat_h]], dtype=np.float32)
    target = np.array([[0, 0], [width, 0], [width * 1.45, depth], [-width * 0.45, depth]], dtype=np.float32)
    warp = cv2.getPerspectiveTransform(source, target)
    floor = cv2.warpPerspective(flat, warp, (width, depth), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT)
    floor = floor * vertical_blend(depth, width, (0.0, (1.06, 1.06, 1.06)), (1.0, (0.9, 0.9, 0.9)))
    skirting = int(height * 0.035)
    wall[-skirting:] = np.array((0.88, 0.88, 0.86))
    wall[-skirting - 3 : -skirting] *= 0.86
    wall[-4:] *= 0.6
    return np.clip(_vignette(np.concatenate([wall, np.asarray(floor)]), 0.18), 0.0, 1.0)


LANDSCAPES: dict[str, Scene] = {
    "mountains": mountains,
    "sea": sea,
    "meadow": meadow,
    "dunes": dunes,
    "aurora": aurora,
    "parquet_room": parquet_room,
}
