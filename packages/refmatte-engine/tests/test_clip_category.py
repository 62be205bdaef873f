"""How CLIP is asked: views, prompts, vocabulary; the points are colours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_models import FakeClip, look

from refmatte_engine.labellers.clip.category import ClipCategory
from refmatte_engine.labellers.clip.image_text import ImageTextModel
from refmatte_engine.labellers.clip.zero_shot import prompts_of, questions, softmax, views
from refmatte_engine.labellers.vocabulary import Name, make_vocabulary
from refmatte_engine.lexicon import load_lexicon
from refmatte_engine.manifest.vocabulary import EntityKind

LEXICON = load_lexicon()
VOCABULARY = make_vocabulary(
    LEXICON, {"blicket": None, "wug": EntityKind.ANIMAL, "mug": EntityKind.ANIMAL}, questions().unsaid
)
NAMES = {name.category: name for name in VOCABULARY.names}
COLORS = {"strawberry": (1.0, 0.0, 0.0), "frog": (0.0, 1.0, 0.0), "blicket": (0.0, 0.0, 1.0)}
WHOLE = np.full((40, 40), 255, np.uint8)


def proposal(scale: float = 60.0, **known):
    model: ImageTextModel = FakeClip(COLORS, scale=scale)
    (said,) = ClipCategory(model, VOCABULARY, LEXICON).propose([look(WHOLE, **known)])
    return said[0]


def test_the_name_that_fits_best_is_proposed_with_its_share() -> None:
    red = proposal(color=(250, 10, 10))
    assert red.value == "strawberry" and red.score is not None and 0.5 < red.score <= 1
    assert red.candidates[0].value == "strawberry" and len(red.candidates) == 5
    assert proposal(color=(10, 10, 250)).value == "blicket"  # a user's own name
    assert proposal(color=(10, 250, 10)).value == "frog"


def test_what_is_known_leaves_fewer_names() -> None:
    green = proposal(color=(10, 250, 10), category="fruit")
    assert green.value != "frog" and {one.value for one in green.candidates} <= VOCABULARY.classes["fruit"]
    animal = proposal(color=(250, 10, 10), kind=EntityKind.ANIMAL)
    kinds = {NAMES[one.value].kind for one in animal.candidates}
    assert kinds <= {EntityKind.ANIMAL, None} and animal.value != "strawberry"


def test_no_name_says_gender_or_age_and_none_is_a_shape() -> None:
    assert not NAMES.keys() & {
        "man",
        "woman",
        "boy",
        "girl",
        "child",
        "baby",
        "bride",
        "circle",
        "object",
        "animal",
    }
    assert {"human", "cat", "mug", "plastic bag", "blicket", "leaves"} <= NAMES.keys()
    assert NAMES["mug"].kind is EntityKind.OBJECT  # the lexicon knows it better
    assert set(questions().unsaid) <= LEXICON.categories.keys()


def test_own_names_say_no_gender_and_no_age_either() -> None:
    own = dict.fromkeys(("lady", "toddler", "old woman", "people", "dax"))
    names = {name.category for name in make_vocabulary(LEXICON, own, questions().unsaid).names}
    assert names & own.keys() == {"dax"}


def test_classes_of_datasets_stand_for_what_is_below_them() -> None:
    assert {"chair", "sofa", "piece of furniture"} <= VOCABULARY.classes["piece of furniture"]
    assert "dahlia" in VOCABULARY.classes["plant"] and "spider web" not in VOCABULARY.classes
    assert not VOCABULARY.fits("cat", look(WHOLE, category="plant"))
    assert VOCABULARY.fits("traffic light", look(WHOLE))
    assert not VOCABULARY.fits("traffic light", look(WHOLE, kind=EntityKind.ANIMAL))
    assert VOCABULARY.fits("wug", look(WHOLE, kind=EntityKind.ANIMAL))


@pytest.mark.parametrize(
    ("name", "prompt"),
    [
        ("apple", "a photo of an apple."),
        ("smoke", "a photo of smoke."),
        ("leaves", "a photo of leaves."),
        ("human", "a photo of a person."),
    ],
)
def test_prompts(name: str, prompt: str) -> None:
    assert prompts_of(NAMES[name], LEXICON)[0] == prompt
    assert len(set(prompts_of(Name("blicket", "blicket", None), LEXICON))) == len(questions().prompts)


def test_views_are_the_square_around_the_entity_with_and_without_the_photograph() -> None:
    alpha = np.zeros((100, 200), np.uint8)
    alpha[40:60, 20:40] = 255  # 20 pixels: a square of 24
    image = np.full((100, 200, 3), (0, 0, 200), np.uint8)
    image[40:60, 20:40] = (200, 0, 0)
    seen = look(alpha)
    seen = type(seen)(seen.entity_id, image, alpha, seen.kind, None)
    photo, alone = views(seen, 24)
    assert photo.shape == alone.shape == (24, 24, 3)
    assert tuple(photo[0, 0]) == (0, 0, 200) and tuple(alone[0, 0]) == (128, 128, 128)
    assert tuple(photo[12, 12]) == tuple(alone[12, 12]) == (200, 0, 0)
    assert (photo[2:22, 2:22] == (200, 0, 0)).all() and (alone[:2] == 128).all()


def test_beyond_the_edge_a_view_is_grey_and_half_alpha_is_half_grey() -> None:
    alpha = np.full((10, 40), 128, np.uint8)
    photo, alone = views(look(alpha, color=(228, 28, 128)), 48)
    assert tuple(photo[0, 24]) == (128, 128, 128) and tuple(photo[24, 24]) == (228, 28, 128)
    assert tuple(alone[24, 24]) == (178, 78, 128)
    assert views(look(np.zeros((10, 10), np.uint8)), 8)[1].min() == 128  # nothing is there: no crash


def test_the_fingerprint_names_model_prompts_and_vocabulary() -> None:
    def fingerprint(model: FakeClip, vocabulary=VOCABULARY) -> str:
        return ClipCategory(model, vocabulary, LEXICON).fingerprint

    plain = fingerprint(FakeClip(COLORS))
    assert plain == fingerprint(FakeClip(COLORS))
    assert plain != fingerprint(FakeClip(COLORS, fingerprint="fake clip 2"))
    assert plain != fingerprint(FakeClip(COLORS), make_vocabulary(LEXICON, {"dax": None}, questions().unsaid))
    kinds = replace(VOCABULARY, names=tuple(replace(name, kind=EntityKind.HUMAN) for name in VOCABULARY.names))
    assert plain != fingerprint(FakeClip(COLORS), kinds)
    classes = {**VOCABULARY.classes, "plant": frozenset({"dahlia"})}
    assert plain != fingerprint(FakeClip(COLORS), replace(VOCABULARY, classes=classes))


def test_texts_are_embedded_once() -> None:
    model = FakeClip(COLORS)
    labeller = ClipCategory(model, VOCABULARY, LEXICON)
    for _ in range(3):
        labeller.propose([look(WHOLE), look(WHOLE)])
    assert len(model.texts) == len(VOCABULARY.names) * len(questions().prompts)


def test_texts_are_embedded_once_for_many_runs(tmp_path: Path) -> None:
    first, second = FakeClip(COLORS), FakeClip(COLORS)
    said = [ClipCategory(model, VOCABULARY, LEXICON, tmp_path).propose([look(WHOLE)]) for model in (first, second)]
    assert said[0] == said[1] and first.texts and not second.texts

    more = FakeClip(COLORS)  # a new name costs its own prompts, a damaged file its own
    vocabulary = make_vocabulary(LEXICON, {"blicket": None, "wug": None, "dax": None}, questions().unsaid)
    next(tmp_path.iterdir()).write_bytes(b"")
    ClipCategory(more, vocabulary, LEXICON, tmp_path).propose([look(WHOLE)])
    assert len(more.texts) == 2 * len(questions().prompts)
    other = FakeClip(COLORS, fingerprint="fake clip 2")
    ClipCategory(other, VOCABULARY, LEXICON, tmp_path).propose([look(WHOLE)])
    assert len(other.texts) == len(first.texts)


def test_softmax_sums_to_one_and_takes_large_values() -> None:
    shares = softmax(np.array([1000.0, 1000.0, 900.0]))
    assert shares.sum() == pytest.approx(1.0) and shares[0] == pytest.approx(0.5)
