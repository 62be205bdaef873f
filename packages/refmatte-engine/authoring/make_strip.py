"""Makes the strip of composites at the top of the README from a dataset of the sample source.

uv run refmatte build --sources sample --out data/
uv run python packages/refmatte-engine/authoring/make_strip.py data docs/strip.jpg EXPRESSION_ID ...
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from refmatte_engine import open_dataset
from refmatte_engine.manifest.dataset import Sample

HEIGHT, GAP, TEXT = 300, 14, 62


def panel(sample: Sample) -> Image.Image:
    """A composite, the matte of one phrase beside it, and the phrase below."""
    pixels, phrase, alpha = sample
    image, matte = Image.fromarray(pixels), Image.fromarray((alpha * 255).round().astype(np.uint8))
    width = round(HEIGHT * image.width / image.height)
    sheet = Image.new("RGB", (width, 2 * HEIGHT + TEXT + 4), "white")
    sheet.paste(image.resize((width, HEIGHT), Image.Resampling.LANCZOS), (0, 0))
    sheet.paste(matte.resize((width, HEIGHT), Image.Resampling.LANCZOS).convert("RGB"), (0, HEIGHT + 4))
    text = "\n".join(textwrap.wrap(f"“{phrase}”", width // 10))
    at, font = (width / 2, 2 * HEIGHT + 10), ImageFont.load_default(19)
    ImageDraw.Draw(sheet).multiline_text(at, text, fill="#222", font=font, anchor="ma", align="center")
    return sheet


def main(dataset: str, out: str, *expression_ids: str) -> None:
    opened = open_dataset(dataset)
    samples = {sample.sample_id: sample for split in opened.splits for sample in opened.samples(split)}
    panels = [panel(samples[name]) for name in expression_ids]
    width = sum(part.width for part in panels) + GAP * (len(panels) - 1)
    strip = Image.new("RGB", (width, panels[0].height), "white")
    x = 0
    for part in panels:
        strip.paste(part, (x, 0))
        x += part.width + GAP
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    strip.save(out, quality=88)


if __name__ == "__main__":
    main(*sys.argv[1:])
