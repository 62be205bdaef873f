"""Measures of visible mattes, and how far layout's expectation may be from them."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_shapes import KINDS, background_of, cutout_of, draw_alpha, entity_of
from hypothesis import given, settings
from hypothesis import strategies as st

from refmatte_engine.attributes.labels import Labels
from refmatte_engine.compose.composite import compose
from refmatte_engine.config import Layout
from refmatte_engine.layout import LayoutFailure, place
from refmatte_engine.layout.geometry import measure_matte, scene_from_layout, scene_from_mattes
from refmatte_engine.manifest.vocabulary import EntityKind, Relation, Split, positions
from refmatte_engine.plan.records import PlannedEntity, PlannedImage, Slot, Stem


def test_measures_of_a_hand_made_matte() -> None:
    matte = np.zeros((6, 8), np.uint8)
    matte[2, 3], matte[2, 4], matte[4, 3] = 255, 128, 127
    measured = measure_matte(matte)
    assert measured.box == (3.0, 2.0, 5.0, 3.0)
    x = (3.5 * 255 + 4.5 * 128 + 3.5 * 127) / 510
    assert measured.centre == pytest.approx((x, (2.5 * 383 + 4.5 * 127) / 510))
    assert measured.mass == pytest.approx((255 + 128 + 127) / 255)


def test_a_matte_below_one_half_is_measured_over_all_its_alpha() -> None:
    matte = np.zeros((4, 4), np.uint8)
    matte[1, 1], matte[1, 3] = 100, 50
    measured = measure_matte(matte)
    assert measured.box == (1.0, 1.0, 4.0, 2.0)
    assert measured.centre == pytest.approx((1.5 * 2 / 3 + 3.5 / 3, 1.5))


def test_an_empty_matte_is_an_error() -> None:
    with pytest.raises(ValueError, match="empty matte"):
        measure_matte(np.zeros((4, 4), np.uint8))


@given(st.sampled_from(sorted(KINDS)), st.integers(10, 90), st.integers(10, 90), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_measures_equal_a_slow_reference(kind: str, width: int, height: int, seed: int) -> None:
    matte = np.zeros((120, 120), np.uint8)
    matte[7 : 7 + height, 11 : 11 + width] = draw_alpha(kind, width, height, seed)
    weight = matte.astype(np.float64)
    rows, columns = np.nonzero(matte >= 128 if (matte >= 128).any() else matte)
    measured = measure_matte(matte)
    assert measured.box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    where = np.arange(120) + 0.5
    centre = (weight.sum(0) @ where / weight.sum(), weight.sum(1) @ where / weight.sum())
    assert measured.centre == pytest.approx(centre)
    assert measured.mass == pytest.approx(matte.sum() / 255)


@given(
    st.sampled_from([Relation.LEFT_RIGHT, Relation.TOP_BOTTOM, Relation.FRONT_BEHIND]),
    st.lists(st.sampled_from(sorted(KINDS)), min_size=2, max_size=2),
    st.integers(0, 99),
)
@settings(max_examples=40, deadline=None)
def test_the_slack_of_a_laid_out_scene_covers_the_composed_one(
    relation: Relation, kinds: list[str], seed: int
) -> None:
    names = ("a", "b")
    alphas = {
        name: draw_alpha(kind, 260, 320, seed + k) for k, (name, kind) in enumerate(zip(names, kinds, strict=True))
    }
    entities = {name: entity_of(name, alpha) for name, alpha in alphas.items()}
    row = PlannedImage(
        "rim_train_0",
        Slot(Split.TRAIN, 0, Stem.EXTRA, -1, relation, 2, None),
        tuple(
            PlannedEntity(name, position, mirrored=seed % 2 == 1)
            for name, position in zip(names, positions(relation, 2), strict=True)
        ),
        "drawn/grey",
    )
    laid = place(row, entities, background_of(640, 480), Layout(min_side_share=0.1), seed=seed, sizes={})
    if isinstance(laid, LayoutFailure):
        return
    labels = {name: Labels(EntityKind.OBJECT, "shape") for name in names}
    composed = compose(
        np.zeros((480, 640, 3), np.uint8),
        [cutout_of(entities[name], alphas[name]) for name in names],
        laid.placements,
        (laid.width, laid.height),
    )
    expected = scene_from_layout(laid, entities, labels)
    measured = scene_from_mattes(laid, composed.mattes, labels)
    assert expected.slack > 0.0 and measured.slack == 0.0
    assert [actor.matte_id for actor in measured.actors] == ["rim_train_0_1", "rim_train_0_2"]
    for before, after in zip(expected.actors, measured.actors, strict=True):
        assert abs(before.centre[0] - after.centre[0]) <= expected.slack * laid.width
        assert abs(before.centre[1] - after.centre[1]) <= expected.slack * laid.height


def test_a_scene_needs_a_matte_per_entity() -> None:
    row = PlannedImage(
        "rim_train_0",
        Slot(Split.TRAIN, 0, Stem.EXTRA, -1, Relation.LEFT_RIGHT, 2, None),
        (),
        "drawn/grey",
    )
    with pytest.raises(ValueError, match="1 mattes for 0 entities"):
        scene_from_mattes(row, [np.ones((2, 2), np.uint8)], {})
