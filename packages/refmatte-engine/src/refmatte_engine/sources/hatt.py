"""HATT: Distinctions-646, under the many names that circulate (dataset.md section 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from refmatte_engine.manifest.vocabulary import EntityKind, Split
from refmatte_engine.sources.base import Rejection
from refmatte_engine.sources.paired import Describe, Facts, PairedDataset, Part, Unfit

FOLDERS = {
    Split.TRAIN: ("Train", "Train_ori", "Train_comp"),
    Split.TEST: ("Test", "Test_ori", "Test_comp"),
}
IMAGES = ("FG", "Fg_images")
ALPHAS = ("GT", "alpha", "Alpha_matte", "mask")
COMPOSITES = ("merged", "Image")
"""A folder with one of these inside was made by the authors' script: every foreground again and again."""


@dataclass(frozen=True, slots=True)
class HATT(PairedDataset):
    """``{Train,Test}/{FG,GT}`` and aliases; foreground colours are the images.

    Faces were not reviewed by its authors, so every cut-out counts as showing a recognisable one.
    """

    card_name: ClassVar[str] = "hatt"

    def parts(self) -> Iterator[Part | Rejection]:
        for split, names in FOLDERS.items():
            found = False
            for folder in filter(None, (self.folder("", name) for name in names)):
                image, alpha = self.folder(folder, *IMAGES), self.folder(folder, *ALPHAS)
                if folder.lower().endswith("_comp") or self.folder(folder, *COMPOSITES) is not None:
                    detail = f"{folder} holds composites, not cut-outs: unpack the original Train and Test"
                    yield Rejection(self.name, folder, "pre_composited", detail)
                elif image is not None and alpha is not None and not found:
                    found = True
                    yield Part(split.value, split, image, alpha, image, prefix=f"{split.value}/")

    def describer(self) -> Describe:
        def describe(part: Part, stem: str) -> Facts | Unfit:
            return Facts(EntityKind.OBJECT, None, identifiable_face=True)

        return describe
