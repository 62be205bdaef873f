"""An exported model against torch on a photo of random pixels: processor seconds of one thread, least of three.

uv run --all-packages --all-extras python recipes/compare_onnx.py RUN EXPORTED
RUN may also be `random:PRESET`: that preset's model with random weights, which is exported to EXPORTED first.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from clipmat import Matter
from clipmat.config import preset
from clipmat.export import OnnxMatter, export_model
from clipmat.model.clipmat import build_model
from clipmat.model.folder import Origin, save_model

PHRASES = ["the red cup", "the left dog", "the woman in the coat"]


def seconds(call: Callable[[], object]) -> float:
    times = []
    for _ in range(3):
        began = time.process_time()
        call()
        times.append(time.process_time() - began)
    return min(times)


def main(run: str, exported: str) -> None:
    torch.set_num_threads(1)
    if run.startswith("random:"):
        torch.manual_seed(0)
        config = preset(run.removeprefix("random:")).model
        run = f"{exported}-torch"
        save_model(Path(run), config, build_model(config).state_dict(), Origin(steps=0))
        print(export_model(run, Path(exported)))
    photo = np.random.default_rng(0).integers(0, 256, (600, 800, 3), dtype=np.uint8)
    onnx, matter = OnnxMatter(exported, threads=1), Matter.from_pretrained(run, "cpu")
    for n in (1, 3):
        here = seconds(lambda n=n: onnx.predict(photo, PHRASES[:n]))
        there = seconds(lambda n=n: matter.predict(photo, PHRASES[:n]))
        print(f"{n} phrases: onnxruntime {here:.1f} s, torch {there:.1f} s, {there / here:.1f} times as fast")


if __name__ == "__main__":
    main(*sys.argv[1:])
