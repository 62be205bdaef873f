"""MDETR (Kamath et al., ICCV 2021) with the authors' weights, in an environment of its own (docs/baselines.md).

    python mdetr.py --data DATASET --checkpoint phrasecut_resnet101_checkpoint.pth --out PREDS

The authors' code needs transformers 4.5.1, so this file imports nothing of this package: it runs as a script under
Python 3.9, reads the dataset's tables, and writes the files that `rim-eval score PREDS DATASET` takes.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

REPOSITORY: Final = "ashkamath/mdetr:main"
ENTRY: Final = "mdetr_resnet101_phrasecut"
SHORTER_SIDE, LONGER_SIDE = 800, 1333
"""Of the network's input, as the authors evaluate."""
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Mdetr:
    """The mask of the query that is surest to be an object of the text."""

    def __init__(self, network: Any, device: str = "cpu") -> None:
        """`network`: maps ([image], [text]) to ``pred_logits`` (1, N, C) and ``pred_masks`` (1, N, h, w)."""
        self._network = network.to(device).eval()
        self._device = device

    @classmethod
    def from_checkpoint(cls, checkpoint: Path, device: str = "cpu", repository: str = REPOSITORY) -> Mdetr:
        """The authors' code through torch.hub, their weights from a local file, opened safely."""
        import torch

        torch.serialization.add_safe_globals([argparse.Namespace])
        weights = torch.load(checkpoint, map_location="cpu", weights_only=True)["model"]
        network: Any = torch.hub.load(repository, ENTRY, pretrained=False)  # type: ignore[no-untyped-call]
        network.load_state_dict(weights)
        return cls(network, device)

    def predict(self, image: NDArray[np.uint8], text: str) -> NDArray[np.float32]:
        """The alpha of one text: float32 (H, W) in [0, 1]; ``image`` is uint8 (H, W, 3) RGB."""
        import torch
        import torch.nn.functional as F

        high, wide = image.shape[:2]
        scale = min(SHORTER_SIDE / min(high, wide), LONGER_SIDE / max(high, wide))
        size = (max(1, round(high * scale)), max(1, round(wide * scale)))
        pixels = torch.from_numpy(np.ascontiguousarray(image)).to(self._device).permute(2, 0, 1).float() / 255.0
        pixels = F.interpolate(pixels[None], size=size, mode="bilinear", align_corners=False, antialias=True)[0]
        mean, std = (pixels.new_tensor(values).view(3, 1, 1) for values in (MEAN, STD))
        with torch.no_grad():
            found = self._network([(pixels - mean) / std], [text])
            # The last class means "no object".
            surest = int((1.0 - found["pred_logits"][0].softmax(-1)[:, -1]).argmax())
            share = found["pred_masks"][:, surest, None].float().sigmoid()
            alpha = F.interpolate(share, size=(high, wide), mode="bilinear", align_corners=False)
        result: NDArray[np.float32] = alpha[0, 0].cpu().numpy()
        return result

    def predict_many(self, image: NDArray[np.uint8], texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """The alphas of several texts; MDETR mixes text and image early, so each is a pass of its own."""
        return [self.predict(image, text) for text in texts]


@dataclass(frozen=True)
class Item:
    """One file to write: its name, its image, its text."""

    name: str
    image: Path
    text: str


def items_of(data: Path, split: str, setting: str) -> Iterator[Item]:
    """What a split asks, read from its tables."""
    import pyarrow.parquet as pq

    def rows(table: str, columns: list[str]) -> Iterator[dict[str, Any]]:
        for path in sorted((data / split).glob(f"{table}-*.parquet")):
            yield from pq.read_table(path, columns=columns).to_pylist()

    images = {row["image_id"]: row for row in rows("images", ["image_id", "file_name", "in_keyword_setting"])}
    if setting == "keyword":
        for row in rows("mattes", ["matte_id", "image_id", "keyword"]):
            image = images[row["image_id"]]
            if image["in_keyword_setting"] and row["keyword"] is not None:
                yield Item(row["matte_id"], data / image["file_name"], row["keyword"])
        return
    for row in rows("expressions", ["expression_id", "matte_id", "image_id", "target_ids", "text"]):
        if row["target_ids"] == [row["matte_id"]]:
            yield Item(row["expression_id"], data / images[row["image_id"]]["file_name"], row["text"])


def write_predictions(mdetr: Mdetr, items: Sequence[Item], out: Path) -> int:
    """One 8-bit grey PNG for each item; those that are there already stay. Returns how many were written."""
    from PIL import Image

    out.mkdir(parents=True, exist_ok=True)
    written = 0
    for item in items:
        path = out / f"{item.name}.png"
        if path.exists():
            continue
        alpha = mdetr.predict(np.asarray(Image.open(item.image).convert("RGB")), item.text)
        unfinished = path.with_suffix(".part")
        Image.fromarray(np.rint(alpha * 255.0).astype(np.uint8)).save(unfinished, format="PNG")
        unfinished.replace(path)
        written += 1
    return written


def main() -> None:
    """The script."""
    parser = argparse.ArgumentParser(description="Predict a split of a dataset with MDETR.")
    parser.add_argument("--data", type=Path, required=True, help="dataset folder")
    parser.add_argument("--checkpoint", type=Path, required=True, help="phrasecut_resnet101_checkpoint.pth")
    parser.add_argument("--out", type=Path, required=True, help="folder of predictions")
    parser.add_argument("--split", default="test", choices=["train", "test"])
    parser.add_argument("--setting", default="expression", choices=["expression", "keyword"])
    parser.add_argument("--device", default="cpu")
    asked = parser.parse_args()
    items = list(items_of(asked.data, asked.split, asked.setting))
    if not items:
        parser.error(f"{asked.data} has no {asked.setting} items in its {asked.split} split")
    mdetr = Mdetr.from_checkpoint(asked.checkpoint, asked.device)
    print(f"{write_predictions(mdetr, items, asked.out)} predictions written to {asked.out}")


if __name__ == "__main__":
    main()
