"""Writes a small finished dataset: soft discs on grey, by the engine's own rows, without its planner."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from refmatte_engine.attributes.labels import ColorShare, Labels, Origin
from refmatte_engine.cards import collect_facts, write_cards
from refmatte_engine.compose.encode import encode_jpeg, encode_matte
from refmatte_engine.entities import Background, Box, Entity, Shape
from refmatte_engine.express.scene import Expression
from refmatte_engine.manifest.build_manifest import write_manifest
from refmatte_engine.manifest.ids import image_ids, matte_id
from refmatte_engine.manifest.records import (
    BackgroundRow,
    EntityRow,
    ExpressionRow,
    ImageRow,
    MatteRow,
    PlanRow,
    QuarantineRow,
)
from refmatte_engine.manifest.tables import Stamp, shard_name, write_table
from refmatte_engine.manifest.vocabulary import EntityKind, ExpressionKind, Position, Relation, Split, positions
from refmatte_engine.plan.records import Placement, PlannedEntity, PlannedImage, Slot, Stem
from refmatte_engine.rows.composed import (
    FileDigest,
    expression_rows,
    image_file_name,
    image_row,
    matte_file,
    matte_file_name,
    matte_rows,
    plan_row,
)
from refmatte_engine.rows.inventory import background_row, entity_row, quarantine_row
from refmatte_engine.sources.base import CutoutFiles, Rejection, StatedLabel

WIDTH, HEIGHT = 160, 120
STAMP = Stamp("0" * 64, "0.1.0")
_CENTRES = {
    Relation.LEFT_RIGHT: {Position.LEFT: (35, 60), Position.MIDDLE: (80, 60), Position.RIGHT: (125, 60)},
    Relation.TOP_BOTTOM: {Position.TOP: (80, 25), Position.MIDDLE: (80, 60), Position.BOTTOM: (80, 95)},
    Relation.FRONT_BEHIND: {Position.IN_FRONT_OF: (88, 62), Position.BEHIND: (70, 55)},
}
_RELATIONS = {
    Split.TRAIN: [
        (Relation.LEFT_RIGHT, 3),
        (Relation.TOP_BOTTOM, 2),
        (Relation.FRONT_BEHIND, 2),
        (Relation.LEFT_RIGHT, 2),
    ],
    Split.TEST: [(Relation.TOP_BOTTOM, 3), (Relation.LEFT_RIGHT, 2)],
}
_NAMES = {Split.TRAIN: ["cat", "dog", "horse"], Split.TEST: ["camel", "rabbit", "monkey"]}
_WORDS = {
    Position.LEFT: ("on the far left of", "to the left of"),
    Position.MIDDLE: ("in the middle of", "to the left of"),
    Position.RIGHT: ("on the far right of", "to the right of"),
    Position.TOP: ("at the top of", "above"),
    Position.BOTTOM: ("at the bottom of", "below"),
    Position.IN_FRONT_OF: ("in the foreground of", "in front of"),
    Position.BEHIND: ("in the background of", "behind"),
}


def make_entity(name: str, kind: EntityKind = EntityKind.ANIMAL, *, license: str = "CC0-1.0") -> Entity:
    """An entity with a small disc as its shape."""
    disc = _disc(12, 12, 6, 6, 5)
    return Entity(
        entity_id=f"drawn/{name}",
        source="drawn",
        split=None,
        kind=kind,
        category=name,
        files=CutoutFiles(f"{name}.png"),
        width=400,
        height=300,
        box=Box(10, 20, 300, 200),
        cut_sides=frozenset(),
        soft_share=0.125,
        mass_centre=(0.5, 0.25),
        shape=Shape(support=disc > 0, mass=disc, solid=np.where(disc >= 128, 255, 0).astype(np.uint8)),
        content_hash=hashlib.sha256(name.encode()).hexdigest(),
        license=license,
        contains_identifiable_faces=False,
        labels=(StatedLabel("color", "gray"),),
    )


def make_labels(name: str, kind: EntityKind = EntityKind.ANIMAL) -> Labels:
    """Labels with one gray cluster."""
    return Labels(
        kind=kind,
        category=name,
        colors=(ColorShare("gray", "gray", "", 0.8, (53.6, 0.0, -0.1)),),
        transparent=False,
        salient=True,
        origins=(("category", Origin.DATASET), ("color", Origin.COMPUTED)),
    )


def _disc(width: int, height: int, x: float, y: float, radius: float) -> np.ndarray:
    """uint8 (height, width): a disc with a soft edge of two pixels."""
    rows, columns = np.mgrid[:height, :width]
    distance = np.hypot(columns + 0.5 - x, rows + 0.5 - y)
    return (np.clip((radius - distance) / 2 + 0.5, 0, 1) * 255).round().astype(np.uint8)


def _planned(image_id: str, split: Split, index: int, relation: Relation, names: list[str]) -> PlannedImage:
    places = positions(relation, len(names))
    front = 1 if relation is Relation.FRONT_BEHIND else 0
    return PlannedImage(
        image_id=image_id,
        slot=Slot(split, index, Stem.EXTRA, -1, relation, len(names), True),
        entities=tuple(PlannedEntity(f"drawn/{name}", place) for name, place in zip(names, places, strict=True)),
        background_id=f"drawn/{split}",
        width=WIDTH,
        height=HEIGHT,
        attempt=0,
        placements=tuple(Placement(0, 0, 40, 40, z=(front - k) if front else k) for k in range(len(names))),
    )


def _texts(row: PlannedImage, names: list[str]) -> list[Expression]:
    found = []
    for k, (name, entity) in enumerate(zip(names, row.entities, strict=True), start=1):
        other = 2 if k == 1 else k - 1
        absolute, relative = _WORDS[entity.position]
        if entity.position is Position.MIDDLE:
            relative = "to the right of" if row.slot.relation is Relation.LEFT_RIGHT else "below"
        texts = {
            ExpressionKind.BASIC: f"the gray {name}",
            ExpressionKind.ABSOLUTE: f"the gray {name} {absolute} the image",
            ExpressionKind.RELATIVE: f"the {name} {relative} the {names[other - 1]}",
            ExpressionKind.RELATIVE2: f"the {name} which is gray {relative} the {names[other - 1]}",
        }
        for kind, text in texts.items():
            related = kind in (ExpressionKind.RELATIVE, ExpressionKind.RELATIVE2)
            found.append(
                Expression(
                    matte_id=matte_id(row.image_id, k),
                    kind=kind,
                    text=text,
                    relation=None if kind is ExpressionKind.BASIC else entity.position,
                    related_matte_id=matte_id(row.image_id, other) if related else None,
                    template="test",
                    unambiguous=True,
                )
            )
    return found


def write_tiny_build(root: Path) -> Path:
    """Four train and two test images of every relation, with two and three entities."""
    everyone = [name for names in _NAMES.values() for name in names]
    entities = {f"drawn/{name}": make_entity(name) for name in everyone}
    labels = {f"drawn/{name}": make_labels(name) for name in everyone}
    backgrounds = {
        split: Background(f"drawn/{split}", "drawn", None, f"{split}.png", 400, 300, "5" * 64, "MIT")
        for split in Split
    }
    plan: list[PlannedImage] = []
    for split, relations in _RELATIONS.items():
        names, background = _NAMES[split], backgrounds[split]
        images, mattes, expressions = [], [], []
        ids = image_ids(7, split, len(relations))
        for index, (image_id, (relation, n)) in enumerate(zip(ids, relations, strict=True)):
            row = _planned(image_id, split, index, relation, names[:n])
            plan.append(row)
            image, matte_files = _compose(root, row)
            images.append(
                image_row(row, seed=7, file=image, entities=entities, background=background, labels=labels)
            )
            mattes += matte_rows(
                row, matte_files, entities=entities, labels=labels,
                keywords={name: name.split("/")[1] for name in entities},
            )  # fmt: skip
            expressions += expression_rows(split, image_id, _texts(row, names[:n]))
        folder = root / split
        write_table(folder / shard_name(ImageRow, 0, 1), ImageRow, images, STAMP)
        write_table(folder / shard_name(MatteRow, 0, 1), MatteRow, mattes, STAMP)
        write_table(folder / shard_name(ExpressionRow, 0, 1), ExpressionRow, expressions, STAMP)
    write_table(
        root / "entities.parquet", EntityRow, [entity_row(e, labels[i]) for i, e in entities.items()], STAMP
    )
    write_table(
        root / "backgrounds.parquet", BackgroundRow, [background_row(each) for each in backgrounds.values()], STAMP
    )
    write_table(
        root / "quarantine.parquet", QuarantineRow, [quarantine_row(Rejection("drawn", "x", "corrupt"))], STAMP
    )
    write_table(root / "plan.parquet", PlanRow, map(plan_row, plan), STAMP)
    facts = collect_facts(root, stamp=STAMP, seed=7, preset="modern", rejected={"no_room": 2})
    write_cards(root, facts)
    write_manifest(root, facts.manifest())
    return root


def _compose(root: Path, row: PlannedImage) -> tuple[FileDigest, list]:
    """Discs at the places of the relation; a disc in front hides what is behind it."""
    radius = 14 if row.slot.relation is Relation.TOP_BOTTOM else 18
    alphas = [
        _disc(WIDTH, HEIGHT, *_CENTRES[row.slot.relation][entity.position], radius) for entity in row.entities
    ]
    through = np.full((HEIGHT, WIDTH), 255, np.int64)
    visible: dict[int, np.ndarray] = {}
    for k in sorted(range(len(alphas)), key=lambda k: -row.placements[k].z):
        visible[k] = ((alphas[k] * through + 127) // 255).astype(np.uint8)
        through = through - visible[k]
    rgb = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    for k, matte in visible.items():
        rgb[matte >= 128] = 60 * k + 60
    image = _write(root, image_file_name(row.slot.split, row.image_id), encode_jpeg(rgb, 95))
    files = []
    for k in range(len(alphas)):
        file = _write(
            root, matte_file_name(row.slot.split, matte_id(row.image_id, k + 1)), encode_matte(visible[k])
        )
        fraction = float(visible[k].sum()) / float(alphas[k].sum())
        files.append(matte_file(file.name, file.sha256, visible[k], fraction))
    return image, files


def _write(root: Path, name: str, data: bytes) -> FileDigest:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return FileDigest(name, hashlib.sha256(data).hexdigest())
