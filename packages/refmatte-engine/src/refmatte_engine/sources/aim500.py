"""AIM-500: natural images of seven classes; which are transparent or salient is stated (dataset.md section 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from refmatte_engine.errors import BadInputError
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.sources.base import Rejection, StatedLabel
from refmatte_engine.sources.paired import Describe, Facts, PairedDataset, Part, Unfit
from refmatte_engine.sources.stated import read_records
from refmatte_engine.sources.tree import find_file

TYPE_TABLE = "aim_category_type.json"

KINDS = {"portrait": EntityKind.HUMAN, "animal": EntityKind.ANIMAL}
"""All other classes are objects."""

NOUNS = {
    "portrait": "human",
    "animal": "animal",
    "fruit": "fruit",
    "furniture": "piece of furniture",
    "plant": "plant",
    "toy": "toy",
    "transparent": None,
}
"""A class is a kind, not a name; failing a correction it is the noun. A transparent thing then stays unnamed."""


@dataclass(frozen=True, slots=True)
class AIM500(PairedDataset):
    """``{original,mask}`` and one JSON table of types.

    Attributes:
        subset: ``"objects"`` is the paper's 200 of 500, without portraits and animals.
    """

    card_name: ClassVar[str] = "aim500"
    subset: Literal["objects", "all"] = "objects"

    def parts(self) -> Iterator[Part | Rejection]:
        image, alpha = self.folder("", "original"), self.folder("", "mask")
        if image is not None and alpha is not None:
            yield Part("all", None, image, alpha)

    def describer(self) -> Describe:
        path = find_file(self.root, TYPE_TABLE)
        if path is None:
            raise BadInputError(
                f"aim500: {self.root / TYPE_TABLE} is missing: it comes with the images ({self.card.origin})"
            )
        records = read_records(path)

        def describe(part: Part, stem: str) -> Facts | Unfit:
            record = records.get(stem, {})
            group, type_ = record.get("category", "").lower(), record.get("type", "").upper()
            if group not in NOUNS or type_ not in {"SO", "STM", "NS"}:
                return Unfit("type_missing", f"{TYPE_TABLE} says {record} of it")
            kind = KINDS.get(group, EntityKind.OBJECT)
            if self.subset == "objects" and kind is not EntityKind.OBJECT:
                return Unfit("not_in_subset", f'class {group}: sources.aim500_subset = "all" takes it in')
            labels = _stated(group, type_)
            return Facts(kind, NOUNS[group], labels, identifiable_face=kind is EntityKind.HUMAN)

        return describe


def _stated(group: str, type_: str) -> tuple[StatedLabel, ...]:
    """SO salient opaque, STM salient transparent or meticulous, NS non-salient.

    STM also holds opaque things with fine edges, so it says "transparent" of its class transparent only.
    """
    labels = [StatedLabel("salient", "false" if type_ == "NS" else "true")]
    if group == "transparent":
        labels.append(StatedLabel("transparent", "true"))
    elif type_ == "SO":
        labels.append(StatedLabel("transparent", "false"))
    return tuple(labels)
