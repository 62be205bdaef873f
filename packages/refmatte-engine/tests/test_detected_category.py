"""Which detection names an entity: overlaps by hand, a detector that finds what it is told to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fake_models import FakeDetector, instance, look

from refmatte_engine.labellers.detection.category import NOTHING, DetectedCategory
from refmatte_engine.labellers.detection.coco import things
from refmatte_engine.labellers.detection.detection import (
    Detector,
    Instance,
    best_by_category,
    cut_to_box,
    detector_size,
    overlap,
)
from refmatte_engine.labellers.vocabulary import Vocabulary, make_vocabulary
from refmatte_engine.lexicon import load_lexicon
from refmatte_engine.manifest.vocabulary import EntityKind

LEXICON = load_lexicon()
VOCABULARY = make_vocabulary(LEXICON, {"blicket": None}, ["animal"])

SQUARE = np.zeros((8, 8), np.uint8)
SQUARE[2:6, 2:6] = 255
"""16 pixels of 64."""


def proposal(*found: Instance, alpha=SQUARE, **known):
    detector: Detector = FakeDetector(found)
    (said,) = DetectedCategory(detector, VOCABULARY, 800).propose([look(alpha, **known)])
    return said[0]


def full(name: str, score: float, w: int = 4, h: int = 4, at: tuple[int, int] = (2, 2)) -> Instance:
    return instance(name, score, np.full((h, w), 255), at)


def test_overlap_by_hand() -> None:
    assert overlap(full("cat", 1.0), SQUARE) == 1.0
    assert overlap(full("cat", 1.0, w=2), SQUARE) == 8 / 16
    assert overlap(full("cat", 1.0, w=6, h=4, at=(2, 2)), SQUARE) == 16 / 24
    assert overlap(full("cat", 1.0, w=2, h=2, at=(0, 0)), SQUARE) == 0.0
    # Half a pixel of alpha against a whole one of the mask: 0.5 of 1.
    assert overlap(instance("cat", 1.0, [[254]]), np.array([[127]], np.uint8)) == 0.5
    assert overlap(instance("cat", 1.0, [[0]]), np.array([[0]], np.uint8)) == 0.0


def test_the_best_overlap_names_it_whatever_else_is_found() -> None:
    # A person who holds it is found with more certainty, but covers other pixels.
    person = full("person", 0.99, w=8, h=8, at=(0, 0))
    said = proposal(person, full("bottle", 0.8))
    assert (said.value, said.score) == ("bottle", 0.8)
    assert [one.value for one in said.candidates] == ["bottle"]  # 16 of 64 pixels are no match at all


def test_on_one_outline_the_score_decides_and_each_category_counts_once() -> None:
    said = proposal(full("dog", 0.6), full("cat", 0.7), full("dog", 0.9, w=3))
    assert [(one.value, one.score) for one in said.candidates] == [("cat", 0.7), ("dog", 0.675)]
    assert (said.value, said.score) == ("cat", 0.7)


def test_half_is_enough_and_less_is_nothing() -> None:
    assert proposal(full("cup", 1.0, w=2)).score == 0.5
    said = proposal(full("cup", 1.0, w=4, h=1))
    assert (said.value, said.score, said.candidates, said.reason) == (None, None, (), NOTHING)
    assert proposal().reason == NOTHING


def test_what_is_known_is_not_contradicted() -> None:
    found = (full("chair", 0.9), full("horse", 0.6), full("suitcase", 0.8), full("potted plant", 0.3))
    assert proposal(*found).value == "chair"
    assert [one.value for one in proposal(*found, kind=EntityKind.ANIMAL).candidates] == ["horse"]
    assert proposal(*found, kind=EntityKind.HUMAN).value is None
    plant = proposal(*found, category="plant")
    assert [one.value for one in plant.candidates] == ["potted plant"]
    assert proposal(*found, category="piece of furniture").value == "chair"
    assert proposal(*found, category="mug").value == "chair"  # a name is no class: it limits nothing


def test_the_fingerprint_names_what_fits_and_no_name_that_a_detector_lacks() -> None:
    def fingerprint(vocabulary: Vocabulary) -> str:
        return DetectedCategory(FakeDetector(), vocabulary, 800).fingerprint

    plain = fingerprint(VOCABULARY)
    assert plain == fingerprint(make_vocabulary(LEXICON, {"dax": EntityKind.ANIMAL}, ["animal"]))
    kinds = {"traffic light": EntityKind.ANIMAL}
    names = tuple(replace(name, kind=kinds.get(name.category, name.kind)) for name in VOCABULARY.names)
    assert plain != fingerprint(replace(VOCABULARY, names=names))
    classes = {**VOCABULARY.classes, "luggage": frozenset({"luggage", "traffic light"})}
    assert plain != fingerprint(replace(VOCABULARY, classes=classes))


def test_a_large_picture_is_shown_at_the_detectors_size() -> None:
    detector = FakeDetector((instance("cat", 0.9, np.full((400, 600), 255)),))
    alpha = np.full((800, 1200), 255, np.uint8)
    (said,) = DetectedCategory(detector, VOCABULARY, 400).propose([look(alpha)])
    assert detector.shown == [(600, 400)]
    assert (said[0].value, said[0].score) == ("cat", 0.9)


@pytest.mark.parametrize(
    ("size", "seen"),
    [((1600, 1200), (1067, 800)), ((3000, 1000), (1333, 444)), ((640, 480), (640, 480)), ((4000, 10), (1333, 3))],
)
def test_sizes(size: tuple[int, int], seen: tuple[int, int]) -> None:
    assert detector_size(*size, 800) == seen


def test_a_mask_is_cut_to_its_box_and_loses_nothing() -> None:
    mask = np.zeros((20, 30), np.uint8)
    mask[4:9, 10:19] = 200
    box, cut = cut_to_box(mask, (10.0, 4.0, 19.0, 9.0))
    again = np.zeros_like(mask)
    again[box.y : box.y + box.h, box.x : box.x + box.w] = cut
    assert (again == mask).all() and cut.size < mask.size
    assert cut_to_box(mask, (-5.0, -5.0, 99.0, 99.0))[1].shape == mask.shape


def test_best_by_category_ranks_by_score_then_name() -> None:
    assert best_by_category([("b", 0.5), ("a", 0.5), ("b", 0.7)]) == [("b", 0.7), ("a", 0.5)]


def test_cocos_names_have_entry_level_names() -> None:
    assert (
        len(things()) == len({thing.id for thing in things()}) == len({thing.category for thing in things()}) == 80
    )
    named = {thing.name: thing.category for thing in things()}
    assert (named["person"], named["mouse"], named["couch"]) == ("human", "computer mouse", "sofa")
    kinds = {thing.name: LEXICON.kind_of(thing.category) for thing in things()}
    animals = {name for name, kind in kinds.items() if kind is EntityKind.ANIMAL}
    assert animals == {"bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe"}
    assert [name for name, kind in kinds.items() if kind is EntityKind.HUMAN] == ["person"]


def test_cocos_numbers_are_torchvisions() -> None:
    detection = pytest.importorskip("torchvision.models.detection")
    names = detection.MaskRCNN_ResNet50_FPN_V2_Weights.DEFAULT.meta["categories"]
    assert {thing.id: thing.name for thing in things()} == {
        number: name for number, name in enumerate(names) if name not in {"__background__", "N/A"}
    }
