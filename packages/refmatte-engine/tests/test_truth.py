"""What words mean: true strictly, unique loosely (DESIGN 5.1)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from spoken import LEXICON, MODERN, MODERN_COLOR, PAPER, PAPER_COLOR, animal, human, swatch, thing

from refmatte_engine.attributes.labels import ColorShare, CustomAttribute, Labels
from refmatte_engine.express.claims import Attribute, Facet
from refmatte_engine.express.geometry import MAYBE, NO, YES
from refmatte_engine.express.truth import Judge, judge_for
from refmatte_engine.manifest.vocabulary import EntityKind

MODERN_JUDGE, PAPER_JUDGE = Judge(LEXICON, MODERN, MODERN_COLOR), Judge(LEXICON, PAPER, PAPER_COLOR)


def noun(word: str, labels: Labels, judge: Judge = MODERN_JUDGE) -> int:
    return judge.noun(word, labels, labels)


def color(word: str, labels: Labels, about: Labels | None = None, judge: Judge = MODERN_JUDGE) -> int:
    return judge.attribute(Attribute(Facet.COLOR, word), labels, about or labels)


# Colours ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "claimed"),
    [(0.39, 0.10, False), (0.41, 0.10, True), (0.45, 0.35, False), (0.46, 0.35, True), (0.50, 0.40, False)],
)
def test_a_color_is_said_from_40_percent_and_1_3_times_the_next(
    first: float, second: float, claimed: bool
) -> None:
    cat = animal("cat", swatch("gray", first), swatch("brown", second))
    assert (color("gray", cat) == YES) is claimed


def test_clusters_of_one_term_add_up() -> None:
    cat = animal("cat", swatch("gray", 0.25), swatch("brown", 0.2), swatch("gray", 0.2))
    assert color("gray", cat) == YES


def test_shades_need_agreement() -> None:
    light = animal("cat", swatch("gray", 0.5, "light"), swatch("gray", 0.2, "light"))
    assert MODERN_JUDGE.claimed_colors(light) == ("gray", "light gray")
    mixed = animal("cat", swatch("gray", 0.5, "light"), swatch("gray", 0.2))
    assert MODERN_JUDGE.claimed_colors(mixed) == ("gray",)
    assert MODERN_JUDGE.claimed_colors(animal("cat", swatch("black", 0.9, "dark"))) == ("black",)


def test_another_entity_fits_from_15_percent_of_the_term() -> None:
    gray = animal("cat", swatch("gray", 0.9))
    assert color("gray", animal("dog", swatch("brown", 0.85), swatch("gray", 0.14)), gray) == NO
    assert color("gray", animal("dog", swatch("brown", 0.85), swatch("gray", 0.15)), gray) == MAYBE
    assert color("light gray", animal("dog", swatch("gray", 0.9, "dark")), gray) == MAYBE


def test_another_entity_fits_by_a_near_color_of_another_name() -> None:
    gray = animal("cat", ColorShare("gray", "gray", "", 0.9, (50.0, 2.0, 4.0)))
    near = ColorShare("rosybrown", "brown", "", 0.9, (50.0, 6.0, 10.0))
    far = ColorShare("sienna", "brown", "", 0.9, (42.0, 22.0, 34.0))
    assert color("gray", animal("dog", near), gray) == MAYBE
    assert color("gray", animal("dog", far), gray) == NO
    assert color("gray", replace(animal("dog", near), colors=(replace(near, share=0.14),)), gray) == NO


def test_unknown_colors_may_be_any() -> None:
    assert color("gray", animal("dog"), animal("cat", swatch("gray", 0.9))) == MAYBE


def test_paper_takes_ranked_css3_names() -> None:
    alpaca = animal("alpaca", swatch("brown", 0.6), swatch("orange", 0.25), swatch("white", 0.1))
    assert PAPER_JUDGE.claimed_colors(alpaca) == ("sienna", "darkorange")
    assert color("sienna", alpaca, judge=PAPER_JUDGE) == YES
    assert color("brown", alpaca, judge=PAPER_JUDGE) == MAYBE  # brown is a CSS3 name of its own there


def test_colors_of_people_are_their_clothes() -> None:
    woman = human(swatch("white", 0.9))
    white = Attribute(Facet.CLOTHES_COLOR, "white")
    assert MODERN_JUDGE.attribute(white, woman, woman) == YES
    assert color("white", woman) == MAYBE  # nobody looked at the skin


# Nouns --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "category", "expected"),
    [
        ("dog", "dog", YES),
        ("dog", "golden retriever", YES),
        ("golden retriever", "dog", MAYBE),
        ("golden retriever", "poodle", NO),
        ("animal", "cat", YES),
        ("cat", "dog", NO),
        ("bear", "teddy bear", MAYBE),
        ("teddy bear", "bear", NO),
        ("cow", "wildebeest", MAYBE),
        ("deer", "impala", MAYBE),
        ("plant", "flower", YES),
        ("flower", "plant", MAYBE),
        ("glass", "wine glass", YES),
        ("leaves", "maple leaves", YES),
        ("person", "teddy bear", NO),
        ("person", "statue", MAYBE),
    ],
)
def test_words_for_categories(word: str, category: str, expected: int) -> None:
    kind = LEXICON.kind_of(category)
    assert kind is not None
    labels = Labels(kind, category, plural=LEXICON.is_plural(category))
    assert noun(word, labels) == expected


def test_unknown_categories() -> None:
    assert noun("cat", Labels(EntityKind.ANIMAL, None)) == MAYBE
    assert noun("animal", Labels(EntityKind.ANIMAL, None)) == YES
    assert noun("chair", Labels(EntityKind.ANIMAL, None)) == NO
    assert noun("cat", Labels(EntityKind.OBJECT, None)) == MAYBE  # object is also what nobody looked at
    assert noun("person", Labels(EntityKind.HUMAN, None)) == YES


@pytest.mark.parametrize(
    ("word", "category", "kind", "expected"),
    [
        ("zorp", "zorp", EntityKind.OBJECT, YES),
        ("zorp", "gizmo", EntityKind.OBJECT, NO),
        ("cat", "zorp", EntityKind.OBJECT, NO),
        ("chair", "office chair", EntityKind.OBJECT, YES),
        ("office chair", "chair", EntityKind.OBJECT, MAYBE),
        ("bear", "bear statue", EntityKind.OBJECT, MAYBE),
        ("animal", "okapi", EntityKind.ANIMAL, YES),
        ("bird", "kookaburra", EntityKind.ANIMAL, MAYBE),
        ("toy", "zorp", EntityKind.OBJECT, MAYBE),
        ("zorp", "toy", EntityKind.OBJECT, MAYBE),
        ("zorp", "animal", EntityKind.ANIMAL, NO),
        ("zorps", "zorp", EntityKind.OBJECT, MAYBE),
    ],
)
def test_words_of_users(word: str, category: str, kind: EntityKind, expected: int) -> None:
    assert noun(word, Labels(kind, category)) == expected


def test_synonyms_of_a_row_hold_for_its_whole_category() -> None:
    mine = Labels(EntityKind.OBJECT, "zorp", synonyms=("thingy",))
    assert noun("thingy", mine) == YES
    assert MODERN_JUDGE.noun("thingy", Labels(EntityKind.OBJECT, "zorp"), mine) == YES
    assert MODERN_JUDGE.noun("thingy", Labels(EntityKind.OBJECT, "gizmo"), mine) == NO


@pytest.mark.parametrize(
    ("word", "gender", "age", "expected"),
    [
        ("woman", "female", "adult", YES),
        ("woman", "female", "senior", YES),
        ("woman", "female", None, MAYBE),
        ("woman", None, "adult", MAYBE),
        ("woman", "male", "adult", NO),
        ("woman", "female", "child", NO),
        ("girl", "female", "youth", YES),
        ("girl", "female", "adult", MAYBE),
        ("person", None, None, YES),
        ("baby", None, "baby", YES),
        ("child", None, "adult", NO),
    ],
)
def test_words_for_people(word: str, gender: str | None, age: str | None, expected: int) -> None:
    assert noun(word, human(gender=gender, age_group=age)) == expected


def test_table_2_words_mean_their_whole_group_in_paper() -> None:
    ten = human(gender="female", age_group="child")
    assert noun("baby girl", ten, PAPER_JUDGE) == YES
    assert noun("baby girl", ten) == NO  # `modern` keeps baby, little and plain apart
    assert noun("mortal", ten, PAPER_JUDGE) == YES


def test_number() -> None:
    cats = Labels(EntityKind.ANIMAL, "cat", plural=True)
    assert (noun("cats", cats), noun("cat", cats)) == (YES, MAYBE)
    assert noun("cats", animal("cat")) == MAYBE
    assert noun("sheep", Labels(EntityKind.ANIMAL, "sheep", plural=True)) == YES
    women = human(gender="female", age_group="adult", plural=True)
    assert (noun("women", women), noun("people", women)) == (YES, YES)
    assert noun("women", replace(women, gender="male")) == NO


# Other attributes ---------------------------------------------------------------------------------


def test_opacity_and_saliency() -> None:
    for known, transparent, opaque in ((True, YES, NO), (False, NO, YES), (None, MAYBE, MAYBE)):
        glass = replace(thing("glass"), transparent=known, salient=known)
        for facet, yes, no in (
            (Facet.OPACITY, "transparent", "non-transparent"),
            (Facet.SALIENCY, "salient", "non-salient"),
        ):
            assert PAPER_JUDGE.attribute(Attribute(facet, yes), glass, glass) == transparent
            assert PAPER_JUDGE.attribute(Attribute(facet, no), glass, glass) == opaque


@pytest.mark.parametrize(
    ("word", "worn", "expected"),
    [
        ("jacket", "denim jacket", YES),
        ("denim jacket", "jacket", MAYBE),
        ("denim jacket", "leather jacket", MAYBE),
        ("denim jacket", "dress", NO),
        ("t-shirt", None, MAYBE),
        ("coat", "wool coat", YES),
    ],
)
def test_clothes(word: str, worn: str | None, expected: int) -> None:
    person = human(clothes_type=worn)
    assert MODERN_JUDGE.attribute(Attribute(Facet.CLOTHES_TYPE, word), person, person) == expected


def custom(**values: str) -> Labels:
    return thing("zorp", custom=tuple(CustomAttribute(name, value) for name, value in sorted(values.items())))


def test_user_attributes() -> None:
    striped = Attribute("attr:pattern", "striped")
    assert MODERN_JUDGE.attribute(striped, custom(pattern="striped"), custom()) == YES
    assert MODERN_JUDGE.attribute(striped, custom(pattern="dotted"), custom()) == NO
    assert MODERN_JUDGE.attribute(striped, custom(), custom(pattern="striped")) == MAYBE


def test_words_that_say_two_things_hold_when_one_does() -> None:
    red_shade = custom(shade="red")
    blue = replace(custom(shade="blue"), colors=(swatch("blue", 0.9),))
    assert color("red", red_shade) == YES  # "red" is read as its shade
    assert color("red", blue, red_shade) == NO
    assert color("red", replace(blue, custom=()), red_shade) == MAYBE  # its shade is unknown
    reddish = replace(blue, colors=(swatch("red", 1.0),))
    assert MODERN_JUDGE.attribute(Attribute("attr:shade", "red"), reddish, red_shade) == YES


def test_judges_are_kept_per_settings() -> None:
    assert judge_for(LEXICON, MODERN, MODERN_COLOR) is judge_for(LEXICON, MODERN.model_copy(), MODERN_COLOR)
    assert judge_for(LEXICON, MODERN, MODERN_COLOR) is not judge_for(LEXICON, PAPER, MODERN_COLOR)
