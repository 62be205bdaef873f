"""Foreground colours of cut-outs: clipmat's two blurs against pymatting, where the truth is known.

uv run --all-packages python recipes/compare_foreground.py
"""

import time

import cv2
import numpy as np
from pymatting import estimate_foreground_ml

from clipmat.prediction.foreground import estimate_foreground

HEIGHT, WIDTH = 600, 800


def smooth(seed: int, grain: int) -> np.ndarray:
    """A random picture without detail finer than ``grain`` pixels."""
    small = np.random.default_rng(seed).random((HEIGHT // grain, WIDTH // grain, 3)).astype(np.float32)
    return np.clip(cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), 0, 1)


def alphas() -> dict[str, np.ndarray]:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    away = np.hypot(y - HEIGHT / 2, x - WIDTH / 2)
    specks = (np.random.default_rng(5).random((HEIGHT, WIDTH)) > 0.85).astype(np.float32)
    hair = np.clip(3 * cv2.GaussianBlur(specks, (0, 0), 1.0), 0, 1) * np.clip((240 - away) / 60, 0, 1)
    inside = np.clip((180 - away) / 4 + 0.5, 0, 1)
    return {
        "edge of 12 px": np.clip((200 - away) / 12 + 0.5, 0, 1),
        "edge of 60 px": np.clip((200 - away) / 60 + 0.5, 0, 1),
        "hair-like specks": inside + (1 - inside) * hair,
        "glass, alpha 0.4": 0.4 * np.clip((200 - away) / 4 + 0.5, 0, 1),
    }


def main() -> None:
    ways = {
        "two blurs": lambda image, alpha: estimate_foreground(image, alpha.astype(np.float32)) / 255.0,
        "pymatting": lambda image, alpha: estimate_foreground_ml(image / 255.0, alpha.astype(np.float64)),
    }
    for name, alpha in alphas().items():
        soft = (alpha > 0.02) & (alpha < 0.98)
        for way, estimate in ways.items():
            errors, seconds = [], []
            for seed in range(3):
                truth, behind = smooth(seed, 60), smooth(100 + seed, 40)
                image = np.rint(255 * (alpha[..., None] * truth + (1 - alpha[..., None]) * behind)).astype(
                    np.uint8
                )
                began = time.process_time()
                found = estimate(image, alpha)
                seconds.append(time.process_time() - began)
                errors.append(255 * (np.abs(found - truth)[soft].mean(1) * alpha[soft]).mean())
            print(f"{name:18}{way:12}{np.mean(errors):6.1f} levels  {min(seconds):.2f} processor seconds")


if __name__ == "__main__":
    main()
