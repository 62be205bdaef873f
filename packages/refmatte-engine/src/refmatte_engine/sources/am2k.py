"""AM-2k: photographs of 20 kinds of animals (dataset.md section 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from refmatte_engine.manifest.vocabulary import EntityKind, Split
from refmatte_engine.sources.base import Rejection
from refmatte_engine.sources.paired import Describe, Facts, PairedDataset, Part, Unfit, category_word
from refmatte_engine.sources.stated import read_records
from refmatte_engine.sources.tree import find_file

CATEGORY_TABLE = "am2k_split_category.json"


@dataclass(frozen=True, slots=True)
class AM2k(PairedDataset):
    """``{train,validation}/{original,mask}``; closed-form foregrounds in ``train/fg`` where they were unpacked."""

    card_name: ClassVar[str] = "am2k"

    def parts(self) -> Iterator[Part | Rejection]:
        for name, split in (("train", Split.TRAIN), ("validation", Split.TEST)):
            folder = self.folder("", name)
            if folder is None:
                continue
            image, alpha = self.folder(folder, "original"), self.folder(folder, "mask")
            if image is not None and alpha is not None:
                yield Part(name, split, image, alpha, self.folder(folder, "fg"))

    def describer(self) -> Describe:
        table = find_file(self.root, CATEGORY_TABLE)
        records = {} if table is None else read_records(table)

        def describe(part: Part, stem: str) -> Facts | Unfit:
            return Facts(EntityKind.ANIMAL, _category(records.get(stem, {})))

        return describe


def _category(record: dict[str, str]) -> str | None:
    """The record's category; the name of that field is not published, so any text but the split will do."""
    names = sorted(name for name in record if name.lower() != "split" and record[name].strip())
    best = next((name for name in names if "categ" in name.lower()), None) or (names[0] if names else None)
    return None if best is None else category_word(record[best])
