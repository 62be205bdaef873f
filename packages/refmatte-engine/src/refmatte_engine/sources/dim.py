"""DIM: the Adobe Deep Image Matting foregrounds (dataset.md section 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from refmatte_engine.manifest.vocabulary import EntityKind, Split
from refmatte_engine.sources.base import Rejection
from refmatte_engine.sources.paired import Describe, Facts, PairedDataset, Part, Unfit

LICENSED, OTHER = "Adobe-licensed images", "Other"


@dataclass(frozen=True, slots=True)
class DIM(PairedDataset):
    """``{Training_set,Test_set}/{Adobe-licensed images,Other}/{fg,alpha}``; foreground colours are the images.

    Faces were not reviewed by its authors, so every cut-out counts as showing a recognisable one.
    """

    card_name: ClassVar[str] = "dim"

    def parts(self) -> Iterator[Part | Rejection]:
        for split, names in (
            (Split.TRAIN, ("Training_set", "Train_set", "Train")),
            (Split.TEST, ("Test_set", "Test")),
        ):
            folder = self.folder("", *names)
            if folder is None:
                continue
            inner = filter(None, (self.folder(folder, name) for name in (LICENSED, OTHER)))
            parts = [part for place in inner if (part := self._part(split, place)) is not None]
            # combined_fg holds the same files once more: it counts only where the originals are gone.
            if not parts and (combined := self._part(split, folder)) is not None:
                parts.append(combined)
            yield from parts

    def describer(self) -> Describe:
        def describe(part: Part, stem: str) -> Facts | Unfit:
            return Facts(EntityKind.OBJECT, None, identifiable_face=True)

        return describe

    def _part(self, split: Split, folder: str) -> Part | None:
        image = self.folder(folder, "fg", "combined_fg")
        alpha = self.folder(folder, "alpha", "combined_alpha")
        if image is None or alpha is None:
            return None
        return Part(split.value, split, image, alpha, image, prefix=f"{split.value}/")
