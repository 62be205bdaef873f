"""Ground truth in the layout RefMatte and RefMatte-RW100 were released in.

`mask/<image>_<k>.png`, a label file `{"<image>_<k>": {"image_name": ..., "expressions": [...]}}`, and for RW100
`eval_index_expression.json`: `{"<image>": i}`. Further keys of an entry serve the tables, as do those below
`refmatte.matte` and `refmatte.image`, where the export of a dataset keeps its columns. Without a list `kinds`
the order of the expressions is assumed: basic, absolute, relative, then relative2 (RefMatte) or free (RW100).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rim_eval.errors import GroundTruthError, MixedSettingsError, UsageError, counted, listed
from rim_eval.ground_truth.grouping import Row, check_columns, groups_of
from rim_eval.ground_truth.scenes import GroundTruth, Item, Scene, matte_files
from rim_eval.ground_truth.selection import load_index, selected_number

PHOTO_FOLDERS: Final = ("img", "image", "image_all")
CORE_KEYS: Final = ("image_name", "expressions", "kinds", "refmatte")
KINDS: Final = ("basic", "absolute", "relative")


@dataclass(frozen=True, slots=True)
class ReleasedOptions:
    """What is asked of a released layout."""

    split: str = "test"
    setting: str = "auto"
    protocol: str = "auto"
    labels: Path | None = None
    index: Path | None = None
    group_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Label:
    """One entry of the label file."""

    image: str
    expressions: tuple[str, ...]
    kinds: tuple[str, ...]
    keyword: str | None
    in_keyword_setting: bool
    tables: dict[str, Row]
    """What the entry says beyond the core keys, as rows of `expressions`, `mattes` and `images`."""


def find_released(folder: Path, split: str) -> Path | None:
    """The folder that holds `mask/` and a label file: this one, or one or two levels below, the split first."""
    for candidate in _candidates(folder, split):
        if (candidate / "mask").is_dir() and any(candidate.glob("*label*.json")):
            return candidate
    return None


def _candidates(folder: Path, split: str) -> Iterator[Path]:
    levels = (folder, folder / "RefMatte", folder / "RefMatte" / "RefMatte", folder / "RefMatte_RW_100")
    for level in levels:
        yield level
        yield level / split


def load_released(root: Path, predicted: Collection[str], options: ReleasedOptions) -> GroundTruth:
    """Scenes of a released folder. `predicted`: stems of the predictions, `<mask>_e<i>` or `<mask>`."""
    labels_file = options.labels or next(iter(sorted(root.glob("*label*.json"))))
    labels = read_labels(labels_file)
    check_columns(
        options.group_by,
        {table: [label.tables[table] for label in labels.values()] for table in ("mattes", "images")},
    )
    masks = matte_files(root / "mask", "ground truth")
    for names, problem in (
        (sorted(set(masks) - set(labels)), "without an entry in the label file"),
        (sorted(set(labels) - set(masks)), "in the label file without a mask"),
    ):
        if names:
            raise GroundTruthError(f"{root}: {counted(len(names), 'entity name')} {problem}: {listed(names)}.")
    per_expression = _per_expression(options.setting, predicted, masks)
    index = load_index(root, options.protocol, options.index) if options.setting != "keyword" else None
    if not per_expression and index is None and options.protocol == "rim":
        raise UsageError("the protocol `rim` needs --index FILE.")
    every = {f"{mask}_e{i}" for mask, label in labels.items() for i in range(len(label.expressions))}
    items: dict[str, list[Item]] = defaultdict(list)
    siblings: dict[str, dict[str, Path]] = defaultdict(dict)
    for mask, label in labels.items():
        siblings[label.image][mask] = masks[mask]
        items[label.image].extend(_items(mask, label, index, per_expression, options.group_by))
    scored = {item.id for scene in items.values() for item in scene}
    photos = _photos(root)
    scenes = tuple(
        Scene(image, siblings[image], tuple(items[image]), photos.get(image))
        for image in sorted(siblings)
        if items[image]
    )
    if not scenes:
        raise GroundTruthError(f"{root}: has nothing to score in the keyword setting.")
    setting = "expression" if per_expression or index is not None else "keyword"
    return GroundTruth(
        scenes,
        "released",
        setting,
        "index" if index is not None else ("all" if per_expression else "none"),
        "table",
        f"those of the label file, such as {scenes[0].items[0].id}.png",
        frozenset(every - scored) if per_expression else frozenset(),
    )


def _per_expression(setting: str, predicted: Collection[str], masks: Collection[str]) -> bool:
    by_mask = sorted(set(predicted) & set(masks))
    by_expression = sorted(set(predicted) - set(masks))
    if setting == "keyword":
        return False
    if setting not in ("expression", "auto"):
        raise UsageError(f"unknown setting {setting!r}. Choose keyword, expression or auto.")
    expressions = [name for name in by_expression if name.rsplit("_e", 1)[0] in masks]
    if by_mask and expressions:
        raise MixedSettingsError(
            f"the predictions mix one file a mask ({by_mask[0]}) and files per expression ({expressions[0]}). "
            "Keep them in separate folders."
        )
    return bool(expressions) or (setting == "expression" and not by_mask)


def _items(
    mask: str, label: Label, index: dict[str, int] | None, per_expression: bool, group_by: tuple[str, ...]
) -> Iterator[Item]:
    if index is not None:
        numbers = [selected_number(index, label.image)]
        if numbers[0] >= len(label.expressions):
            raise GroundTruthError(
                f"the expression index selects number {numbers[0]} of {mask}, which has {len(label.expressions)}."
            )
    elif per_expression:
        numbers = list(range(len(label.expressions)))
    else:
        if label.in_keyword_setting:
            yield Item(mask, mask, (mask,), groups_of(group_by, "keyword", label.tables), label.keyword)
        return
    for i in numbers:
        name = f"{mask}_e{i}" if per_expression else mask
        yield Item(name, mask, (mask,), groups_of(group_by, label.kinds[i], label.tables), label.expressions[i])


def read_labels(path: Path) -> dict[str, Label]:
    """The label file, checked: mask name -> label, sorted by mask name."""
    try:
        entries: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise GroundTruthError(f"{path}: cannot be opened.") from problem
    except (ValueError, RecursionError) as problem:
        raise GroundTruthError(f"{path}: is not JSON ({problem}).") from problem
    if not isinstance(entries, dict) or not entries:
        raise GroundTruthError(f"{path}: must map mask names to image_name and expressions.")
    free = "rw100" in path.name.lower()
    return {mask: _label(entries[mask], mask, path, free) for mask in sorted(entries)}


def _label(entry: Any, mask: str, path: Path, free: bool) -> Label:
    image = entry.get("image_name") if isinstance(entry, dict) else None
    texts = entry.get("expressions") if isinstance(entry, dict) else None
    if not isinstance(image, str) or not isinstance(texts, list) or not all(isinstance(t, str) for t in texts):
        raise GroundTruthError(f"{path}: {mask} needs image_name (text) and expressions (a list of texts).")
    kinds = entry.get("kinds")
    if not isinstance(kinds, list) or len(kinds) != len(texts):
        assumed = (*KINDS, "free" if free else "relative2")
        kinds = [assumed[i] if i < len(assumed) else f"e{i}" for i in range(len(texts))]
    further = _member(entry, "refmatte")
    matte, scene = _member(further, "matte"), _member(further, "image")
    plain = {key: value for key, value in entry.items() if key not in CORE_KEYS}
    keyword = entry.get("keyword")
    return Label(
        image=image,
        expressions=tuple(texts),
        kinds=tuple(map(str, kinds)),
        keyword=keyword if isinstance(keyword, str) else None,
        in_keyword_setting=scene.get("in_keyword_setting") is not False,
        tables={"mattes": {**plain, **matte}, "images": {**_only(plain, "relation"), **scene}},
    )


def _member(row: Row, key: str) -> Row:
    """A nested object, {} where there is none."""
    value = row.get(key)
    return value if isinstance(value, dict) else {}


def _only(row: Row, key: str) -> Row:
    return {key: row[key]} if key in row else {}


def _photos(root: Path) -> dict[str, Path]:
    for name in PHOTO_FOLDERS:
        if (root / name).is_dir():
            return {path.stem: path for path in sorted((root / name).iterdir())}
    return {}
