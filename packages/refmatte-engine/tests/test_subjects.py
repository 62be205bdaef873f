from __future__ import annotations

import numpy as np

from refmatte_engine.attributes.labels import Labels
from refmatte_engine.entities import Background, Box, Entity, Shape
from refmatte_engine.lexicon import load_lexicon
from refmatte_engine.manifest.vocabulary import EntityKind, Side, Split
from refmatte_engine.plan.planner import draw_plan
from refmatte_engine.plan.subjects import backdrops_of, names_in, subjects_of
from refmatte_engine.presets import load_preset
from refmatte_engine.sources.base import CutoutFiles


def entity(name: str, kind: EntityKind, category: str | None, split: Split | None = None) -> Entity:
    cells = np.ones((2, 2), np.uint8)
    return Entity(
        entity_id=name,
        source=name.partition("/")[0],
        split=split,
        kind=kind,
        category=category,
        files=CutoutFiles(f"{name}.png"),
        width=100,
        height=100,
        box=Box(10, 10, 80, 80),
        cut_sides=frozenset({Side.BOTTOM}),
        soft_share=0.1,
        mass_centre=(0.5, 0.5),
        shape=Shape(cells.astype(bool), cells, cells),
        content_hash=name,
        license="CC0-1.0",
        contains_identifiable_faces=False,
    )


def background(name: str, contains: tuple[str, ...] | None) -> Background:
    return Background(name, "bg", None, f"{name}.jpg", 90, 60, name, "CC0-1.0", contains)


def test_labels_win_over_what_the_entity_came_with() -> None:
    entities = [
        entity("s/b", EntityKind.OBJECT, "thing"),
        entity("s/a", EntityKind.OBJECT, None),
        entity("s/c", EntityKind.ANIMAL, None),
        entity("s/d", EntityKind.OBJECT, "cup"),
    ]
    labels = {"s/b": Labels(EntityKind.ANIMAL, "lion")}
    subjects, unnamed = subjects_of(entities, labels, names_in(load_lexicon()))
    assert [(one.entity_id, one.kind, one.category) for one in subjects] == [
        ("s/b", EntityKind.ANIMAL, "lion"),
        ("s/c", EntityKind.ANIMAL, "animal"),
        ("s/d", EntityKind.OBJECT, "cup"),
    ]
    assert unnamed == ("s/a",)
    assert {"lion", "animal"} <= subjects[0].names
    assert subjects[0].cut_sides == {Side.BOTTOM}


def test_what_a_background_shows_is_known_by_its_broader_names() -> None:
    shown, empty, unchecked = backdrops_of(
        [background("bg/3", None), background("bg/1", ("Palm tree",)), background("bg/2", ())],
        names_in(load_lexicon()),
    )
    assert shown.contains == {"palm tree"}
    assert empty.contains == frozenset() and unchecked.contains is None
    tree = backdrops_of([background("bg/1", ("tree",))], names_in(load_lexicon()))[0]
    assert {"tree", "plant"} <= tree.broader


def test_a_plan_from_entities_counts_what_it_cannot_name() -> None:
    entities = [
        entity(f"s/{category or 'x'}{i}", EntityKind.OBJECT, category)
        for category in ("cup", "kite", None)
        for i in range(6)
    ]
    backgrounds = [background(f"bg/{i}", None) for i in range(4)]

    def by_category(labels: object) -> bool:
        return len({known.category for known in labels}) == 2  # type: ignore[attr-defined]

    preset = load_preset("modern", ["sampling.three_share=0"])
    plan = draw_plan(entities, backgrounds, {}, preset, 1, 20, by_category)
    assert len(plan.rows) == 20
    assert plan.passed_over["unnamed"] == 6
    assert not any("/x" in one.entity_id for row in plan.rows for one in row.entities)
