"""P3M-10k: portraits with blurred faces, and 500 without blur that are off by default (dataset.md section 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from refmatte_engine.manifest.vocabulary import EntityKind, Split
from refmatte_engine.sources.base import Rejection
from refmatte_engine.sources.paired import Describe, Facts, PairedDataset, Part, Unfit

NOT_BLURRED = "P3M-500-NP"


@dataclass(frozen=True, slots=True)
class P3M10k(PairedDataset):
    """Test folders lie below ``validation/`` (the archive) or beside ``train/`` (the authors' config).

    Attributes:
        include_np: let P3M-500-NP take part; its faces are not blurred.
    """

    card_name: ClassVar[str] = "p3m10k"
    include_np: bool = False

    def parts(self) -> Iterator[Part | Rejection]:
        folders = {"train": self.folder("", "train")}
        validation = self.folder("", "validation")
        for name in ("P3M-500-P", NOT_BLURRED):
            inside = None if validation is None else self.folder(validation, name)
            folders[name] = inside or self.folder("", name)
        for name, folder in folders.items():
            if folder is None:
                continue
            # Where a user put unblurred originals beside the blurred images, those must not get in.
            image = self.folder(folder, "original_image" if name == NOT_BLURRED else "blurred_image")
            alpha = self.folder(folder, "mask")
            if image is not None and alpha is not None:
                yield Part(name, Split.TRAIN if name == "train" else Split.TEST, image, alpha)

    def describer(self) -> Describe:
        def describe(part: Part, stem: str) -> Facts | Unfit:
            blurred = part.name != NOT_BLURRED
            if not blurred and not self.include_np:
                return Unfit("not_in_subset", f"{NOT_BLURRED}: sources.p3m10k_include_np = true takes it in")
            return Facts(EntityKind.HUMAN, "human", identifiable_face=not blurred)

        return describe
