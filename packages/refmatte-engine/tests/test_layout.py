"""What layout promises, checked on composed pixels; and every reason to give a row up."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from drawn_shapes import KINDS, Alpha, background_of, cutout_of, draw_alpha, entity_of
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from refmatte_engine.attributes.labels import Labels
from refmatte_engine.compose.composite import compose, resized
from refmatte_engine.config import Layout
from refmatte_engine.entities import Entity
from refmatte_engine.express.scene import Scene
from refmatte_engine.layout import FailureReason, LayoutFailure, canvas_size, place
from refmatte_engine.layout.geometry import measure_matte, scene_from_layout
from refmatte_engine.layout.spans import Span, draw_positions, narrowed
from refmatte_engine.manifest.vocabulary import EntityKind, Relation, Side, Split, positions
from refmatte_engine.plan.records import PlannedEntity, PlannedImage, Slot, Stem
from refmatte_engine.plan.standing import standing

WIDTH, HEIGHT = 720, 480
SETTINGS = Layout(min_side_share=0.15)
GROUPINGS = [
    (Relation.LEFT_RIGHT, 2),
    (Relation.LEFT_RIGHT, 3),
    (Relation.TOP_BOTTOM, 2),
    (Relation.TOP_BOTTOM, 3),
    (Relation.FRONT_BEHIND, 2),
]


def row_of(relation: Relation, n: int, mirrored: Sequence[bool] = (False,) * 3, index: int = 0) -> PlannedImage:
    """A row of entities named 0, 1, ... in the order of the relation."""
    return PlannedImage(
        f"rim_train_{index}",
        Slot(Split.TRAIN, index, Stem.EXTRA, -1, relation, n, None),
        tuple(
            PlannedEntity(str(k), position, mirrored=mirrored[k])
            for k, position in enumerate(positions(relation, n))
        ),
        "drawn/grey",
    )


def entities_of(alphas: Sequence[Alpha]) -> dict[str, Entity]:
    return {str(k): entity_of(str(k), alpha) for k, alpha in enumerate(alphas)}


def solid(width: int, height: int, *, cut: Sequence[Side] = ()) -> Alpha:
    """An opaque block in a frame with a margin, but for the sides it is cut by."""
    alpha = np.full((height, width), 255, np.uint8)
    for side in set(Side) - set(cut):
        match side:
            case Side.LEFT:
                alpha[:, :10] = 0
            case Side.RIGHT:
                alpha[:, -10:] = 0
            case Side.TOP:
                alpha[:10] = 0
            case Side.BOTTOM:
                alpha[-10:] = 0
    return alpha


@given(
    st.sampled_from(GROUPINGS),
    st.lists(st.sampled_from(sorted(KINDS)), min_size=3, max_size=3),
    st.lists(st.tuples(st.integers(120, 420), st.integers(120, 420)), min_size=3, max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.integers(0, 10_000),
)
@settings(max_examples=90, deadline=None)
def test_every_rule_holds_on_pixels(
    grouping: tuple[Relation, int],
    kinds: list[str],
    sizes: list[tuple[int, int]],
    mirrored: list[bool],
    seed: int,
) -> None:
    relation, n = grouping
    alphas = [draw_alpha(kind, *size, seed + k) for k, (kind, size) in enumerate(zip(kinds, sizes, strict=True))][
        :n
    ]
    entities = entities_of(alphas)
    laid = place(
        row_of(relation, n, mirrored), entities, background_of(WIDTH, HEIGHT), SETTINGS, seed=seed, sizes={}
    )
    assume(not isinstance(laid, LayoutFailure))
    assert isinstance(laid, PlannedImage)
    assert (laid.width, laid.height) == (WIDTH, HEIGHT) and not laid.floating_cut
    cutouts = [cutout_of(entities[str(k)], alpha) for k, alpha in enumerate(alphas)]
    composite = compose(np.zeros((HEIGHT, WIDTH, 3), np.uint8), cutouts, laid.placements, (WIDTH, HEIGHT))
    for k, at in enumerate(laid.placements):
        box = entities[str(k)].box
        assert at.mirrored is mirrored[k]
        assert at.x >= 0 and at.x + at.w <= WIDTH and at.y >= 0 and at.y + at.h <= HEIGHT
        assert at.w <= box.w and at.h <= box.h
        assert at.w / at.h == pytest.approx(box.w / box.h, rel=0.5 / min(at.w, at.h) * 3)
    if relation is Relation.FRONT_BEHIND:
        front, rear = composite.visible_fractions
        assert front == 1.0
        assert SETTINGS.min_visible_share - 0.01 <= rear <= 1.0 - SETTINGS.min_overlap_share + 0.01
        return
    alone = np.zeros((HEIGHT, WIDTH), np.int64)
    for cutout, at in zip(cutouts, laid.placements, strict=True):
        alone[at.y : at.y + at.h, at.x : at.x + at.w] += resized(cutout, at)[1] > 0
    assert alone.max() == 1
    assert_in_order(composite.mattes, relation)
    labels = {name: Labels(EntityKind.OBJECT, "shape") for name in entities}
    assert_certain(scene_from_layout(laid, entities, labels))


def assert_certain(scene: Scene) -> None:
    """Before any pixel is drawn the rules hold even if every centre is off by the scene's slack."""
    axis = 0 if scene.relation is Relation.LEFT_RIGHT else 1
    centres = [actor.centre[axis] / (scene.width, scene.height)[axis] for actor in scene.actors]
    assert all(b - a >= 0.05 + 2 * scene.slack - 1e-9 for a, b in pairwise(centres))
    assert centres[0] + scene.slack <= 0.5 + 1e-9 and centres[-1] - scene.slack >= 0.5 - 1e-9
    if len(centres) == 3:
        assert centres[1] - scene.slack >= 1 / 3 - 1e-9 and centres[1] + scene.slack <= 2 / 3 + 1e-9


def test_centres_that_move_when_shrunk_stay_in_their_places() -> None:
    # A fence's centre jumps from its middle to its post at one end as soon as it is drawn smaller.
    alphas = [draw_alpha("fence", 200, 200, 0), draw_alpha("disc", 200, 200, 0)]
    orders = {2: (0, 1), 3: (1, 0, 1)}
    for relation, n in GROUPINGS[:4]:
        chosen = [alphas[k] for k in orders[n]]
        if relation is Relation.TOP_BOTTOM:
            chosen = [np.ascontiguousarray(alpha.T) for alpha in chosen]
        entities = entities_of(chosen)
        laid_out = 0
        for index in range(12):
            row = row_of(relation, n, (index % 2 == 0,) * 3, index)
            laid = place(row, entities, background_of(WIDTH, HEIGHT), SETTINGS, seed=2, sizes={})
            if isinstance(laid, LayoutFailure):
                continue
            laid_out += 1
            cutouts = [cutout_of(entities[str(k)], alpha) for k, alpha in enumerate(chosen)]
            mattes = compose(
                np.zeros((HEIGHT, WIDTH, 3), np.uint8), cutouts, laid.placements, (WIDTH, HEIGHT)
            ).mattes
            assert_in_order(mattes, relation)
        assert laid_out >= 6


def assert_in_order(mattes: Sequence[Alpha], relation: Relation) -> None:
    """The evaluator's rules (dataset.md section 8) hold on pixels."""
    axis = 0 if relation is Relation.LEFT_RIGHT else 1
    centres = [measure_matte(matte).centre[axis] / (WIDTH, HEIGHT)[axis] for matte in mattes]
    assert all(b - a >= 0.05 for a, b in pairwise(centres))
    assert centres[0] <= 0.5 <= centres[-1]
    if len(mattes) == 3:
        assert 1 / 3 <= centres[1] <= 2 / 3


@pytest.mark.parametrize("least", [0.5, 0.7, 0.85])
def test_the_rear_one_keeps_the_share_that_is_asked_for(least: float) -> None:
    alphas = [solid(300, 300), solid(300, 300)]
    entities = entities_of(alphas)
    settings_ = SETTINGS.model_copy(update={"min_visible_share": least})
    cutouts = [cutout_of(entities[str(k)], alpha) for k, alpha in enumerate(alphas)]
    laid_out = 0
    for index in range(20):
        row = row_of(Relation.FRONT_BEHIND, 2, index=index)
        laid = place(row, entities, background_of(WIDTH, HEIGHT), settings_, seed=4, sizes={})
        if isinstance(laid, LayoutFailure):
            continue
        laid_out += 1
        composite = compose(np.zeros((HEIGHT, WIDTH, 3), np.uint8), cutouts, laid.placements, (WIDTH, HEIGHT))
        assert least <= composite.visible_fractions[1] <= 1.0 - settings_.min_overlap_share
    assert laid_out >= 3


def test_most_rows_of_whole_things_are_laid_out_at_the_first_attempts() -> None:
    entities = entities_of([draw_alpha("hairy", 300 + 40 * k, 360, k) for k in range(3)])
    for relation, n in GROUPINGS:
        rows = [row_of(relation, n, index=index) for index in range(20)]
        laid = [place(row, entities, background_of(WIDTH, HEIGHT), Layout(), seed=5, sizes={}) for row in rows]
        attempts = [row.attempt for row in laid if isinstance(row, PlannedImage)]
        assert len(attempts) == 20 and np.median(attempts) <= 2


@given(st.sampled_from(GROUPINGS), st.data())
@settings(max_examples=60, deadline=None)
def test_cut_sides_lie_on_the_canvas_edge(grouping: tuple[Relation, int], data: st.DataObject) -> None:
    relation, n = grouping
    alphas, mirrored = [], []
    for position in positions(relation, n):
        cut = frozenset(
            data.draw(st.sets(st.sampled_from([Side.LEFT, Side.RIGHT, Side.BOTTOM, Side.TOP]), max_size=2))
        )
        stands = standing(cut, relation, position, n, allow_floating=False)
        assume(stands)
        mirrored.append(data.draw(st.sampled_from(sorted(stands))))
        alphas.append(solid(data.draw(st.integers(150, 300)), data.draw(st.integers(150, 300)), cut=sorted(cut)))
    entities = entities_of(alphas)
    laid = place(
        row_of(relation, n, [*mirrored, False]), entities, background_of(WIDTH, HEIGHT), SETTINGS, seed=1, sizes={}
    )
    assume(isinstance(laid, PlannedImage))
    assert isinstance(laid, PlannedImage) and not laid.floating_cut
    swap = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}
    for k, at in enumerate(laid.placements):
        cut = entities[str(k)].cut_sides
        edges = {swap.get(side, side) for side in cut} if at.mirrored else cut
        touches = {
            Side.LEFT: at.x == 0,
            Side.TOP: at.y == 0,
            Side.RIGHT: at.x + at.w == WIDTH,
            Side.BOTTOM: at.y + at.h == HEIGHT,
        }
        assert all(touches[side] for side in edges)


def test_whole_things_side_by_side_stand_on_common_ground() -> None:
    entities = entities_of([solid(200, 400), solid(300, 200), solid(240, 300)])
    for index in range(20):
        row = row_of(Relation.LEFT_RIGHT, 3, index=index)
        laid = place(row, entities, background_of(WIDTH, HEIGHT), SETTINGS, seed=3, sizes={})
        assert isinstance(laid, PlannedImage)
        feet = [(at.y + at.h) / HEIGHT for at in laid.placements]
        assert max(feet) - min(feet) <= 0.04 and min(feet) >= 0.8


def test_the_same_address_gives_the_same_placements_and_another_one_others() -> None:
    entities = entities_of([solid(300, 300), solid(300, 300)])
    row = row_of(Relation.LEFT_RIGHT, 2)

    def laid(row: PlannedImage, seed: int) -> object:
        result = place(row, entities, background_of(WIDTH, HEIGHT), SETTINGS, seed=seed, sizes={})
        assert isinstance(result, PlannedImage)
        return result.placements

    assert laid(row, 1) == laid(row, 1)
    assert laid(row, 1) != laid(row, 2)
    redrawn = PlannedImage(row.image_id, row.slot, row.entities, row.background_id, redraw=1)
    assert laid(row, 1) != laid(redrawn, 1)


def test_real_sizes_count_in_part() -> None:
    entities = entities_of([solid(400, 400), solid(400, 400)])

    def ratio(sizes: dict[str, float | None]) -> float:
        ratios = []
        for index in range(10):
            row = row_of(Relation.LEFT_RIGHT, 2, index=index)
            laid = place(row, entities, background_of(WIDTH, HEIGHT), SETTINGS, seed=1, sizes=sizes)
            assert isinstance(laid, PlannedImage)
            ratios.append(laid.placements[0].h / laid.placements[1].h)
        return float(np.mean(ratios))

    assert ratio({"0": None}) == pytest.approx(1.0)
    assert 1.1 < ratio({"0": 2.0, "1": 0.5}) < 4.0


@pytest.mark.parametrize(("width", "height", "canvas"), [
    (3000, 2000, (1620, 1080)), (640, 427, (640, 427)), (1000, 1500, (1000, 1500)), (1200, 4800, (1080, 4320)),
])  # fmt: skip
def test_the_canvas_keeps_the_aspect_and_is_never_larger_than_the_background(
    width: int, height: int, canvas: tuple[int, int]
) -> None:
    size = canvas_size(background_of(width, height), Layout())
    assert (size.width, size.height) == canvas


def failure(alphas: Sequence[Alpha], relation: Relation, settings_: Layout = SETTINGS) -> FailureReason:
    row = row_of(relation, len(alphas))
    result = place(row, entities_of(alphas), background_of(WIDTH, HEIGHT), settings_, seed=1, sizes={})
    assert isinstance(result, LayoutFailure) and result.image_id == row.image_id
    return result.reason


def test_a_cut_side_that_cannot_stand_is_a_failure_unless_floating_is_allowed() -> None:
    alphas = [solid(300, 200, cut=[Side.BOTTOM]), solid(300, 200)]
    assert failure(alphas, Relation.TOP_BOTTOM) is FailureReason.CUT_SIDE_CANNOT_STAND
    free = SETTINGS.model_copy(update={"allow_floating_cut": True})
    laid = place(
        row_of(Relation.TOP_BOTTOM, 2), entities_of(alphas), background_of(WIDTH, HEIGHT), free, seed=1, sizes={}
    )
    assert isinstance(laid, PlannedImage) and laid.floating_cut


def test_mirroring_lets_a_left_cut_thing_stand_on_the_right() -> None:
    alphas = [solid(300, 300), solid(300, 300, cut=[Side.LEFT])]
    assert failure(alphas, Relation.LEFT_RIGHT) is FailureReason.CUT_SIDE_CANNOT_STAND
    row = row_of(Relation.LEFT_RIGHT, 2, [False, True])
    laid = place(row, entities_of(alphas), background_of(WIDTH, HEIGHT), SETTINGS, seed=1, sizes={})
    assert isinstance(laid, PlannedImage)
    assert laid.placements[1].mirrored and laid.placements[1].x + laid.placements[1].w == WIDTH


def test_a_source_too_small_for_the_canvas_is_a_failure() -> None:
    settings_ = Layout(min_side_share=0.25)
    assert (
        failure([solid(70, 70), solid(300, 300)], Relation.LEFT_RIGHT, settings_) is FailureReason.ENTITY_TOO_SMALL
    )
    small = place(
        row_of(Relation.LEFT_RIGHT, 2),
        entities_of([solid(110, 110), solid(300, 300)]),
        background_of(WIDTH, HEIGHT),
        settings_,
        seed=1,
        sizes={},
    )
    assert isinstance(small, PlannedImage) and small.placements[0].h == 90


def test_things_that_do_not_fit_above_each_other_are_a_failure() -> None:
    tall = [solid(60, 480) for _ in range(3)]
    settings_ = Layout(min_side_share=0.5)
    assert failure(tall, Relation.TOP_BOTTOM, settings_) is FailureReason.NO_ROOM


def test_two_things_cut_on_far_sides_cannot_stand_above_each_other() -> None:
    alphas = [solid(300, 100, cut=[Side.LEFT]), solid(300, 100, cut=[Side.RIGHT])]
    assert failure(alphas, Relation.TOP_BOTTOM) is FailureReason.NOT_PLAIN


def test_two_things_on_far_edges_cannot_hide_each_other() -> None:
    alphas = [solid(200, 300, cut=[Side.LEFT]), solid(200, 300, cut=[Side.RIGHT])]
    assert failure(alphas, Relation.FRONT_BEHIND) is FailureReason.TOO_LITTLE_OVERLAP


def test_what_would_vanish_behind_is_a_failure() -> None:
    # Both are pinned to the lower left corner, and the front one is much larger.
    alphas = [solid(500, 470, cut=[Side.LEFT, Side.BOTTOM]), solid(200, 200, cut=[Side.LEFT, Side.BOTTOM])]
    assert failure(alphas, Relation.FRONT_BEHIND) is FailureReason.TOO_MUCH_HIDDEN


spans = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=3)


@given(spans, st.lists(st.integers(-10, 20), min_size=3, max_size=3), st.integers(0, 1000))
def test_spans_are_narrowed_to_exactly_the_solutions(
    ends: list[tuple[int, int]], least: list[int], seed: int
) -> None:
    allowed = [Span(min(pair), max(pair)) for pair in ends]
    pairs = [(0, 1), (0, 2), (1, 2)] if len(allowed) == 3 else [(0, 1)]
    distances = dict(zip(pairs, least, strict=False))
    grids = np.meshgrid(*[np.arange(span.lo, span.hi + 1) for span in allowed], indexing="ij")
    holds = np.ones(grids[0].shape, bool)
    for (a, b), distance in distances.items():
        holds &= grids[b] - grids[a] >= distance
    found = narrowed(allowed, distances)
    drawn = draw_positions(allowed, distances, range(len(allowed)), np.random.default_rng(seed))
    if not holds.any():
        assert found is None and drawn is None
        return
    assert found == [Span(int(grid[holds].min()), int(grid[holds].max())) for grid in grids]
    assert drawn is not None
    assert all(span.lo <= at <= span.hi for span, at in zip(allowed, drawn, strict=True))
    assert all(drawn[b] - drawn[a] >= distance for (a, b), distance in distances.items())
