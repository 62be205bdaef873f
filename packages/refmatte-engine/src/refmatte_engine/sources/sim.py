"""SIM (SIMD): 20 classes of matting patterns, JPEG alphas (dataset.md section 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from refmatte_engine.manifest.vocabulary import EntityKind, Split
from refmatte_engine.sources.base import Rejection
from refmatte_engine.sources.paired import Describe, Facts, PairedDataset, Part, Unfit
from refmatte_engine.sources.tree import subfolders

NOUNS = {
    "fire": "fire",
    "insect": "insect",
    "net": "net",
    "plant_flower": "flower",
    "plant_leaf": "leaf",
    "plant_tree": "tree",
    "plastic_bag": "plastic bag",
    "spider_web": "spider web",
    "water_drop": "water drop",
    "water_spray": "water spray",
}
"""Classes that name a thing. The others name a pattern (fur, motion) or a choice (smoke_cloud): left unnamed."""

FACELESS = frozenset(NOUNS) | {"glass_ice", "smoke_cloud", "texture_holed", "texture_smooth"}
"""Classes of things; in all others (hair, fur, defocus, motion, sharp) a recognisable face may occur."""

COMPOSITES = "generated_testset"


@dataclass(frozen=True, slots=True)
class SIM(PairedDataset):
    """``<root>/<class>/{fg,alpha}``, files of the same name; foreground colours are the images.

    Attributes:
        train, test: names of the two roots, which are not published; without them classes lie at the top.
    """

    card_name: ClassVar[str] = "sim"
    train: str = "train"
    test: str = "test"

    def parts(self) -> Iterator[Part | Rejection]:
        for split, inside in self._roots():
            name = split.value if split else "all"
            for group in subfolders(self.root / inside):
                folder = f"{inside}/{group}" if inside else group
                image, alpha = self.folder(folder, "fg"), self.folder(folder, "alpha")
                if group.lower() != COMPOSITES and image is not None and alpha is not None:
                    yield Part(name, split, image, alpha, image, prefix=f"{folder}/", group=group.lower())

    def describer(self) -> Describe:
        def describe(part: Part, stem: str) -> Facts | Unfit:
            return Facts(EntityKind.OBJECT, NOUNS.get(part.group), identifiable_face=part.group not in FACELESS)

        return describe

    def _roots(self) -> list[tuple[Split | None, str]]:
        named = ((Split.TRAIN, self.train), (Split.TEST, self.test))
        there: list[tuple[Split | None, str]] = [
            (split, folder) for split, name in named if (folder := self.folder("", name)) is not None
        ]
        return there or [(None, "")]
