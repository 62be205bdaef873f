"""The engine's objects survive the tables, and a composed image's rows say what is in it."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from refmatte_engine.attributes.labels import ColorShare, CustomAttribute, Labels, Origin
from refmatte_engine.entities import Background, Box, Entity, Shape
from refmatte_engine.manifest.records import BackgroundRow, EntityRow, PlanRow, QuarantineRow
from refmatte_engine.manifest.tables import Stamp, read_rows, write_table
from refmatte_engine.manifest.vocabulary import EntityKind, Position, Relation, Side, Split
from refmatte_engine.plan.records import Placement, PlannedEntity, PlannedImage, Slot, Stem
from refmatte_engine.rows.composed import (
    FileDigest,
    image_row,
    in_keyword_setting,
    matte_file,
    matte_rows,
    plan_row,
    planned_of,
    touched_borders,
    visible_box,
)
from refmatte_engine.rows.inventory import (
    background_of,
    background_row,
    entity_of,
    entity_row,
    inventory_digests,
    labels_of,
    quarantine_row,
    rejection_of,
)
from refmatte_engine.sources.base import CutoutFiles, Rejection, StatedLabel

STAMP = Stamp("", "")
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.integers(0, 2**31 - 1)
shares = st.floats(0, 1)
boxes = st.builds(Box, numbers, numbers, numbers, numbers)


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    size = draw(st.tuples(st.integers(1, 20), st.integers(1, 20)))
    return Shape(
        support=draw(arrays(np.bool_, size)), mass=draw(arrays(np.uint8, size)), solid=draw(arrays(np.uint8, size))
    )


labels = st.builds(
    Labels,
    kind=st.sampled_from(EntityKind),
    category=st.none() | words,
    synonyms=st.lists(words, max_size=2).map(tuple),
    plural=st.booleans(),
    colors=st.lists(
        st.builds(ColorShare, words, words, words, shares, st.tuples(shares, shares, shares)), max_size=3
    ).map(tuple),
    transparent=st.none() | st.booleans(),
    salient=st.none() | st.booleans(),
    gender=st.none() | words,
    age_group=st.none() | words,
    clothes_type=st.none() | words,
    custom=st.lists(st.builds(CustomAttribute, words, words), max_size=2).map(tuple),
    origins=st.lists(st.tuples(words, st.sampled_from(Origin)), max_size=2).map(tuple),
)
entities = st.builds(
    Entity,
    entity_id=words,
    source=words,
    split=st.none() | st.sampled_from(Split),
    kind=st.sampled_from(EntityKind),
    category=st.none() | words,
    files=st.builds(CutoutFiles, words, st.none() | words, st.none() | words),
    width=numbers,
    height=numbers,
    box=boxes,
    cut_sides=st.frozensets(st.sampled_from(Side)),
    soft_share=shares,
    mass_centre=st.tuples(shares, shares),
    shape=shapes(),
    content_hash=words,
    license=words,
    contains_identifiable_faces=st.booleans(),
    labels=st.lists(st.builds(StatedLabel, words, words), max_size=2).map(tuple),
)
plans = st.builds(
    PlannedImage,
    image_id=words,
    slot=st.builds(
        Slot,
        st.sampled_from(Split),
        numbers,
        st.sampled_from(Stem),
        st.integers(-1, 1000),
        st.sampled_from(Relation),
        st.integers(2, 3),
        st.none() | st.booleans(),
    ),
    entities=st.lists(st.builds(PlannedEntity, words, st.sampled_from(Position), st.booleans()), max_size=3).map(
        tuple
    ),
    background_id=words,
    redraw=numbers,
    width=numbers,
    height=numbers,
    attempt=st.integers(-1, 99),
    placements=st.lists(
        st.builds(
            Placement, *([st.integers(-5000, 5000)] * 2), numbers, numbers, st.integers(0, 2), st.booleans()
        ),
        max_size=3,
    ).map(tuple),
    floating_cut=st.booleans(),
)


def _same_entity(a: Entity, b: Entity) -> bool:
    plain = [field.name for field in fields(Entity) if field.name != "shape"]
    return all(getattr(a, name) == getattr(b, name) for name in plain) and all(
        np.array_equal(getattr(a.shape, name), getattr(b.shape, name))
        and getattr(a.shape, name).dtype == getattr(b.shape, name).dtype
        for name in ("support", "mass", "solid")
    )


@settings(max_examples=40)
@given(entities, st.none() | labels)
def test_entities_and_labels_survive_the_table(
    tmp_path_factory: pytest.TempPathFactory, entity: Entity, known: Labels | None
) -> None:
    path = tmp_path_factory.mktemp("t") / "entities.parquet"
    write_table(path, EntityRow, [entity_row(entity, known)], STAMP)
    (row,) = read_rows(path, EntityRow)
    assert _same_entity(entity_of(row), entity)
    assert labels_of(row) == known


@settings(max_examples=40)
@given(st.lists(plans, max_size=3))
def test_plans_survive_the_table(tmp_path_factory: pytest.TempPathFactory, rows: list[PlannedImage]) -> None:
    path = tmp_path_factory.mktemp("t") / "plan.parquet"
    write_table(path, PlanRow, map(plan_row, rows), STAMP)
    assert [planned_of(row) for row in read_rows(path, PlanRow)] == rows


@pytest.mark.parametrize("contains", [None, (), ("dog", "net")])
def test_backgrounds_and_rejections_survive(tmp_path: Path, contains: tuple[str, ...] | None) -> None:
    background = Background("bg20k/a", "bg20k", Split.TEST, "a.jpg", 9, 8, "00", "MIT", contains)
    rejection = Rejection("am2k", "m_1", "alpha_empty", "no pixel")
    write_table(tmp_path / "b", BackgroundRow, [background_row(background)], STAMP)
    write_table(tmp_path / "q", QuarantineRow, [quarantine_row(rejection)], STAMP)
    assert [background_of(row) for row in read_rows(tmp_path / "b", BackgroundRow)] == [background]
    assert [rejection_of(row) for row in read_rows(tmp_path / "q", QuarantineRow)] == [rejection]


# ---- composed images -----------------------------------------------------------------------------------------


@given(
    arrays(np.uint8, st.tuples(st.integers(1, 8), st.integers(1, 8)), elements=st.sampled_from([0, 0, 0, 1, 255]))
)
def test_the_box_holds_all_alpha_and_no_less(matte: NDArray[np.uint8]) -> None:
    height, width = matte.shape
    box = visible_box(matte)
    rows, columns = np.nonzero(matte)
    if not rows.size:
        assert box == Box(0, 0, 0, 0)
        assert touched_borders(box, width, height) == ()
        return
    assert (box.x, box.y) == (columns.min(), rows.min())
    assert (box.x + box.w - 1, box.y + box.h - 1) == (columns.max(), rows.max())
    touched = {
        Side.LEFT: matte[:, 0], Side.TOP: matte[0], Side.RIGHT: matte[:, -1], Side.BOTTOM: matte[-1],
    }  # fmt: skip
    assert touched_borders(box, width, height) == tuple(side for side in Side if touched[side].any())


@pytest.mark.parametrize(
    ("categories", "expected"),
    [(["cat", "dog"], True), (["cat", "cat"], False), (["cat", None], False), (["cat", "dog", "cat"], False)],
)
def test_keywords_must_tell_entities_apart(categories: list[str | None], expected: bool) -> None:
    assert in_keyword_setting(categories) is expected


def _entity(name: str, source: str, license: str, *, faces: bool = False) -> Entity:
    one_cell = np.ones((1, 1), np.uint8)
    return Entity(
        entity_id=f"{source}/{name}",
        source=source,
        split=None,
        kind=EntityKind.ANIMAL,
        category=name,
        files=CutoutFiles(f"{name}.png"),
        width=9,
        height=9,
        box=Box(0, 0, 9, 9),
        cut_sides=frozenset(),
        soft_share=0.0,
        mass_centre=(0.5, 0.5),
        shape=Shape(one_cell.astype(np.bool_), one_cell, one_cell),
        content_hash="00",
        license=license,
        contains_identifiable_faces=faces,
    )


def test_a_row_joins_the_licences_of_all_that_is_in_the_image() -> None:
    members = {
        e.entity_id: e for e in (_entity("cat", "am2k", "MIT"), _entity("dog", "web", "CC-BY-NC-4.0", faces=True))
    }
    known = {name: Labels(EntityKind.ANIMAL, entity.category) for name, entity in members.items()}
    background = Background("bg20k/x", "bg20k", None, "x.jpg", 20, 20, "00", "CC-BY-4.0")
    planned = PlannedImage(
        "rim_test_00000000",
        Slot(Split.TEST, 3, Stem.GROUP, 0, Relation.LEFT_RIGHT, 2, None),
        (PlannedEntity("am2k/cat", Position.LEFT), PlannedEntity("web/dog", Position.RIGHT)),
        "bg20k/x", 0, 20, 10, 0, (Placement(0, 0, 5, 5, 0), Placement(9, 0, 5, 5, 1)),
    )  # fmt: skip
    image = image_row(
        planned, seed=7, file=FileDigest("test/images/a.jpg", "11"), entities=members, background=background,
        labels=known,
    )  # fmt: skip
    assert image.license == "CC-BY-4.0 AND CC-BY-NC-4.0 AND MIT"
    assert image.license_level == "non-commercial"
    assert image.sources == ("am2k", "bg20k", "web")
    assert image.contains_identifiable_faces is True
    assert (image.seed_key, image.group, image.in_keyword_setting) == ("7:test:3", 0, True)

    alpha = np.zeros((10, 20), np.uint8)
    alpha[2:5, 0:4] = 200
    files = [matte_file("a.png", "22", alpha, 0.75)] * 2
    rows = matte_rows(
        planned, files, entities=members, labels=known, keywords={"am2k/cat": "cat", "web/dog": "dog"}
    )
    assert [row.matte_id for row in rows] == ["rim_test_00000000_1", "rim_test_00000000_2"]
    assert [row.contains_identifiable_faces for row in rows] == [False, True]
    assert [row.position for row in rows] == [Position.LEFT, Position.RIGHT]
    assert rows[0].touched_borders == (Side.LEFT,)
    assert (rows[0].bbox.x, rows[0].bbox.y, rows[0].bbox.w, rows[0].bbox.h) == (0, 2, 4, 3)
    with pytest.raises(ValueError, match="zip"):
        matte_rows(planned, files[:1], entities=members, labels=known, keywords={"am2k/cat": "", "web/dog": ""})


def test_an_inventory_digest_moves_with_everything_a_plan_may_know() -> None:
    cat, dog = _entity("cat", "am2k", "MIT"), _entity("dog", "web", "MIT")
    background = Background("bg20k/x", "bg20k", None, "x.jpg", 20, 20, "00", "MIT")
    base = inventory_digests([cat, dog], [background])
    assert sorted(base) == ["am2k", "bg20k", "web"]
    assert inventory_digests([dog, cat], [background]) == base
    changed = [
        inventory_digests([replace(cat, content_hash="01"), dog], [background])["am2k"],
        inventory_digests([replace(cat, split=Split.TEST), dog], [background])["am2k"],
        inventory_digests([cat], [background], {"am2k/cat": Labels(EntityKind.ANIMAL, "lion")})["am2k"],
    ]
    assert len({base["am2k"], *changed}) == 4
    assert inventory_digests([cat, dog], [replace(background, contains=("dog",))])["bg20k"] != base["bg20k"]
