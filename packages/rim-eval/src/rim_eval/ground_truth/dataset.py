"""Ground truth as a RefMatte-style dataset folder: Parquet tables beside `<split>/images` and `<split>/mattes`.

Read by documented names only: images (image_id, split, file_name, width, height, in_keyword_setting), mattes
(matte_id, image_id, file_name, keyword), expressions (expression_id, image_id, target_ids or matte_id, kind).
Paths are relative to the dataset root. `MANIFEST.json` marks a complete dataset.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rim_eval.errors import GroundTruthError, MixedSettingsError, UsageError, counted, listed
from rim_eval.ground_truth.grouping import Row, check_columns, groups_of
from rim_eval.ground_truth.scenes import GroundTruth, Item, Scene, inside, matte_files
from rim_eval.ground_truth.selection import load_index, selected_number

NEEDED: Final = {
    "images": ("image_id", "file_name", "width", "height"),
    "mattes": ("matte_id", "image_id", "file_name"),
    "expressions": ("expression_id", "image_id", "kind"),
}
USED: Final = {
    "images": ("relation", "in_keyword_setting", "selected_expression"),
    "mattes": ("keyword", "category", "attributes"),
    "expressions": ("matte_id", "target_ids", "text"),
}
"""Further columns a run looks at; others are read only to group by them: a split can have 500,000 rows."""


@dataclass(frozen=True, slots=True)
class DatasetOptions:
    """What is asked of a dataset folder."""

    split: str = "test"
    setting: str = "auto"
    protocol: str = "auto"
    index: Path | None = None
    group_by: tuple[str, ...] = ()
    allow_partial: bool = False
    only: Path | None = None
    """A folder of ground truth mattes: only these are scored, each must have a row."""


def is_dataset(folder: Path) -> bool:
    """Whether the folder holds our manifest or tables of any split."""
    return (folder / "MANIFEST.json").is_file() or any(folder.glob("*/mattes-*.parquet"))


def load_dataset(root: Path, predicted: Collection[str], options: DatasetOptions) -> GroundTruth:
    """Scenes of one split. `predicted`: stems of the prediction files; setting `auto` looks at them."""
    _check_complete(root, options)
    images = {row["image_id"]: row for row in read_table(root, options, "images")}
    mattes = {row["matte_id"]: row for row in read_table(root, options, "mattes")}
    _check_mattes(root, options.split, images, mattes)
    expressions = {
        row["expression_id"]: row
        for row in read_table(root, options, "expressions", required=options.setting != "keyword")
    }
    check_columns(
        options.group_by,
        {"expressions": expressions.values(), "mattes": mattes.values(), "images": images.values()},
    )
    kept = _selected_mattes(options.only, mattes)
    setting = choose_setting(options.setting, predicted, mattes, expressions)
    unused: frozenset[str] = frozenset()
    protocol = "none"
    if setting == "keyword":
        items = _keyword_items(images, mattes, kept, options.group_by)
    else:
        chosen = {name: row for name, row in expressions.items() if kept is None or set(_targets(row)) & kept}
        index = load_index(root, options.protocol, options.index, _selected_by_table(images))
        if index is not None:
            selected = _select(chosen, index)
            unused, chosen, protocol = frozenset(set(expressions) - set(selected)), selected, "index"
        else:
            protocol = "all"
        items = _expression_items(images, mattes, chosen, options.group_by)
    if not items:
        raise GroundTruthError(f"{root}: the {options.split} split has nothing to score in the {setting} setting.")
    scenes = []
    siblings: dict[str, dict[str, Path]] = defaultdict(dict)
    for matte_id, row in mattes.items():
        siblings[row["image_id"]][matte_id] = inside(root, row["file_name"], f"matte {matte_id}")
    for image_id in sorted(items):
        image = images[image_id]
        photo = inside(root, image["file_name"], f"image {image_id}")
        scenes.append(
            Scene(image_id, siblings[image_id], tuple(items[image_id]), photo, (image["width"], image["height"]))
        )
    example = scenes[0].items[0].id
    return GroundTruth(
        tuple(scenes),
        f"dataset/{options.split}",
        setting,
        protocol,
        "table",
        f"those of the {setting} setting of the {options.split} split, such as {example}.png",
        unused,
    )


def _check_complete(root: Path, options: DatasetOptions) -> None:
    manifest = root / "MANIFEST.json"
    if manifest.is_file():
        try:
            json.loads(manifest.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as problem:
            raise GroundTruthError(f"{manifest}: is not JSON ({problem}).") from problem
    elif not options.allow_partial:
        raise GroundTruthError(
            f"{root}: has no MANIFEST.json, so the dataset is not complete. Finish its build, or score what is "
            "there with --allow-partial."
        )
    if not (root / options.split).is_dir():
        splits = sorted(path.parent.name for path in root.glob("*/images-*.parquet"))
        raise GroundTruthError(f"{root}: has no split {options.split!r}, only {', '.join(dict.fromkeys(splits))}.")


def read_table(root: Path, options: DatasetOptions, name: str, required: bool = True) -> list[Row]:
    """The rows of one table of the split. GroundTruthError names a missing column or a bad file."""
    import pyarrow
    import pyarrow.parquet

    shards = sorted((root / options.split).glob(f"{name}-*.parquet"))
    if not shards and required:
        raise GroundTruthError(f"{root / options.split}: has no {name}-*.parquet.")
    rows: list[Row] = []
    for shard in shards:
        try:
            table = pyarrow.parquet.read_table(shard)
        except (OSError, pyarrow.ArrowException) as problem:
            raise GroundTruthError(f"{shard}: is not a readable Parquet file.") from problem
        lacking = [column for column in NEEDED[name] if column not in table.column_names]
        if lacking:
            raise GroundTruthError(f"{shard}: has no column {', '.join(lacking)}.")
        keep = [
            field.name
            for field in table.schema
            if not pyarrow.types.is_binary(field.type)
            and (options.group_by or field.name in (*NEEDED[name], *USED[name]))
        ]
        rows.extend(table.select(keep).to_pylist())
    return rows


def _check_mattes(root: Path, split: str, images: dict[str, Row], mattes: dict[str, Row]) -> None:
    if not images or not mattes:
        raise GroundTruthError(f"{root / split}: the tables have no rows.")
    orphans = sorted(matte_id for matte_id, row in mattes.items() if row["image_id"] not in images)
    if orphans:
        raise GroundTruthError(
            f"{root / split}: {counted(len(orphans), 'matte')} of unknown images: {listed(orphans)}."
        )
    folder = root / split / "mattes"
    if folder.is_dir():
        strangers = sorted(set(matte_files(folder, "ground truth")) - set(mattes))
        if strangers:
            raise GroundTruthError(
                f"{folder}: {counted(len(strangers), 'matte')} without a row in the table: {listed(strangers)}."
            )


def _selected_mattes(only: Path | None, mattes: dict[str, Row]) -> frozenset[str] | None:
    if only is None:
        return None
    names = matte_files(only, "ground truth")
    strangers = sorted(set(names) - set(mattes))
    if strangers:
        raise GroundTruthError(
            f"{only}: {counted(len(strangers), 'matte')} without a row in the manifest: {listed(strangers)}."
        )
    return frozenset(names)


def choose_setting(
    setting: str, predicted: Collection[str], keywords: Collection[str], expressions: Collection[str]
) -> str:
    """`keyword` or `expression`; `auto` goes by the names of the predictions and refuses a mixture."""
    if setting in ("keyword", "expression"):
        return setting
    if setting != "auto":
        raise UsageError(f"unknown setting {setting!r}. Choose keyword, expression or auto.")
    by_keyword, by_expression = sorted(set(predicted) & set(keywords)), sorted(set(predicted) & set(expressions))
    if by_keyword and by_expression:
        raise MixedSettingsError(
            f"the predictions mix keywords ({by_keyword[0]}) and expressions ({by_expression[0]}). "
            "Keep them in separate folders."
        )
    if not by_keyword and not by_expression:
        examples = ", ".join(f"{next(iter(sorted(names)))}.png" for names in (keywords, expressions) if names)
        raise MixedSettingsError(
            f"no prediction has a name of this split; yours are such as {min(predicted, default='(none)')}. "
            f"Expected names such as {examples}. Is it another split (--split)?"
        )
    return "keyword" if by_keyword else "expression"


def _keyword_items(
    images: dict[str, Row], mattes: dict[str, Row], kept: frozenset[str] | None, group_by: Sequence[str]
) -> dict[str, list[Item]]:
    items: dict[str, list[Item]] = defaultdict(list)
    for matte_id in sorted(mattes):
        row = mattes[matte_id]
        image = images[row["image_id"]]
        if "in_keyword_setting" not in image:
            raise GroundTruthError(
                "the images table has no column in_keyword_setting: the keyword setting is unknown."
            )
        if image["in_keyword_setting"] and (kept is None or matte_id in kept):
            groups = groups_of(group_by, "keyword", {"mattes": row, "images": image})
            items[row["image_id"]].append(Item(matte_id, matte_id, (matte_id,), groups, row.get("keyword")))
    return items


def _expression_items(
    images: dict[str, Row], mattes: dict[str, Row], expressions: dict[str, Row], group_by: Sequence[str]
) -> dict[str, list[Item]]:
    items: dict[str, list[Item]] = defaultdict(list)
    for name in sorted(expressions):
        row = expressions[name]
        targets = _targets(row)
        foreign = [target for target in targets if mattes.get(target, {}).get("image_id") != row["image_id"]]
        if row["image_id"] not in images or foreign:
            raise GroundTruthError(f"expression {name}: its image or target is not in the tables.")
        matte = mattes[targets[0]] if len(targets) == 1 else {}
        groups = groups_of(
            group_by, str(row["kind"]), {"expressions": row, "mattes": matte, "images": images[row["image_id"]]}
        )
        # Phrases of none or several targets are entities of their own.
        entity = targets[0] if len(targets) == 1 else name
        items[row["image_id"]].append(Item(name, entity, targets, groups, row.get("text")))
    return items


def _targets(row: Row) -> tuple[str, ...]:
    targets = row.get("target_ids")
    if targets is None:
        targets = [row["matte_id"]] if row.get("matte_id") else []
    return tuple(targets)


def _selected_by_table(images: Mapping[str, Row]) -> dict[str, int]:
    """What the column `selected_expression` says, where the dataset has it."""
    return {
        image_id: row["selected_expression"]
        for image_id, row in images.items()
        if row.get("selected_expression") is not None
    }


def _select(expressions: dict[str, Row], index: dict[str, int]) -> dict[str, Row]:
    return {
        name: row
        for name, row in expressions.items()
        if name.endswith(f"_e{selected_number(index, row['image_id'])}")
    }
