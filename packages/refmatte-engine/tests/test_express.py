"""Expressions: true, unique, four of a kind, and told by labels alone when `tellable` says so."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spoken import (
    LEXICON,
    MODERN,
    MODERN_COLOR,
    PAPER,
    PAPER_COLOR,
    SETTINGS,
    animal,
    human,
    scene,
    sets_of_labels,
    swatch,
    thing,
)

from refmatte_engine.attributes.labels import CustomAttribute, Labels
from refmatte_engine.config import Color, Words
from refmatte_engine.errors import BadInputError
from refmatte_engine.express import Expression, Scene, Truth, evaluate, express, is_unambiguous, parse, tellable
from refmatte_engine.express.choose import Chooser
from refmatte_engine.lexicon import keyword, load_lexicon
from refmatte_engine.manifest.vocabulary import EntityKind, ExpressionKind, Position, Relation

KINDS = list(ExpressionKind)


def write(
    where: Scene, words: Words = MODERN, color: Color = MODERN_COLOR, seed: int = 1
) -> tuple[Expression, ...]:
    return express(where, lexicon=LEXICON, words=words, color=color, seed=seed, image_id="rim_test_0")


def alone(text: str, where: Scene, target: str, words: Words = MODERN, color: Color = MODERN_COLOR) -> bool:
    return is_unambiguous(text, where, target=target, lexicon=LEXICON, words=words, color=color)


def can_tell(labels: Sequence[Labels], words: Words = MODERN, color: Color = MODERN_COLOR) -> bool:
    return tellable(labels, lexicon=LEXICON, words=words, color=color)


# The promise --------------------------------------------------------------------------------------


@st.composite
def certain_centres(draw: st.DrawFn, relation: Relation, n: int) -> list[tuple[float, float]]:
    """Layouts in which every direction is certain, with the ends in their halves and the middle in its third."""
    slack = 10  # pixels, of 1000
    bands = {2: [(0, 480), (560, 1000)], 3: [(0, 300), (360, 640), (700, 1000)]}[n]
    along = [draw(st.floats(low + slack, high - slack)) for low, high in bands]
    across = [draw(st.floats(0, 1000)) for _ in range(n)]
    if relation is Relation.TOP_BOTTOM:
        return list(zip(across, along, strict=True))
    return list(zip(along, across, strict=True))


@settings(max_examples=150, deadline=None)
@given(
    st.data(), sets_of_labels(), st.sampled_from(SETTINGS), st.integers(0, 2**32), st.sampled_from([0.0, 0.005])
)
def test_every_text_is_true_unique_and_flagged_right(
    data: st.DataObject,
    drawn: tuple[Relation, tuple[Labels, ...]],
    setting: tuple[Words, Color],
    seed: int,
    slack: float,
) -> None:
    """Flags equal what the evaluator finds from the text; tellable sets have four good texts for everybody."""
    relation, labels = drawn
    words, color = setting
    where = scene(relation, labels, data.draw(certain_centres(relation, len(labels))), slack)
    expressions = write(where, words, color, seed)
    assert [(e.matte_id, e.kind) for e in expressions] == [(a.matte_id, k) for a in where.actors for k in KINDS]
    told = can_tell(labels, words, color)
    for e in expressions:
        truths = evaluate(e.text, where, target=e.matte_id, lexicon=LEXICON, words=words, color=color)
        assert truths[e.matte_id] is Truth.YES, e.text
        assert e.unambiguous == all(t is Truth.NO for m, t in truths.items() if m != e.matte_id), e.text
        assert e.unambiguous or not told, e.text
    for actor in where.actors:
        assert len({e.text for e in expressions if e.matte_id == actor.matte_id}) == 4


@settings(max_examples=100, deadline=None)
@given(st.data(), sets_of_labels(), st.sampled_from(SETTINGS))
def test_uncertain_places_are_never_passed_off_as_certain(
    data: st.DataObject, drawn: tuple[Relation, tuple[Labels, ...]], setting: tuple[Words, Color]
) -> None:
    relation, labels = drawn
    words, color = setting
    centres = [(data.draw(st.floats(0, 1000)), data.draw(st.floats(0, 1000))) for _ in labels]
    where = scene(relation, labels, centres, slack=0.02)
    for e in write(where, words, color):
        assert e.unambiguous == alone(e.text, where, e.matte_id, words, color), e.text


# Who can be told apart ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([human(), human()], False),
        ([human(), animal("cat")], True),
        ([human(swatch("white", 0.9)), human()], False),  # the other may wear white as well
        ([human(swatch("white", 0.9)), human(swatch("red", 0.9))], True),
        ([human(gender="female", age_group="adult"), human(gender="male", age_group="adult")], True),
        ([human(gender="female"), human(gender="male")], False),  # girls and women: nothing to call them
        ([animal("cat", swatch("gray", 0.9)), animal("cat", swatch("gray", 0.9, "dark"))], False),
        ([animal("cat", swatch("gray", 0.9)), animal("cat", swatch("orange", 0.9))], True),
        ([animal("cat", swatch("gray", 0.9)), animal("cat", swatch("orange", 0.8), swatch("gray", 0.2))], False),
        ([thing("plant"), thing("flower")], False),
        ([thing("glass", transparent=True), thing("glass")], False),  # `modern` has no word for the opaque one
        ([animal("bear"), thing("teddy bear")], True),  # only one of them is an animal
        ([thing("cup"), thing("coffee cup")], False),
        ([animal("bear", swatch("black", 0.9)), thing("teddy bear", swatch("pink", 0.9))], True),
        ([Labels(EntityKind.OBJECT, None), animal("cat")], False),
    ],
)
def test_tellable(labels: list[Labels], expected: bool) -> None:
    assert can_tell(labels) is expected


def test_three_need_one_attribute_each() -> None:
    red, gray, white = (human(swatch(term, 0.9)) for term in ("red", "gray", "white"))
    assert can_tell([red, gray, white])
    assert not can_tell([red, gray, red])


# Wording ------------------------------------------------------------------------------------------

HORSE = animal("horse", swatch("black", 0.9))
CAT = animal("cat", swatch("gray", 0.8), swatch("brown", 0.2))
TEDDY = thing("teddy bear", swatch("brown", 0.9))
GLASS = thing("glass", transparent=True)
LEAVES = thing("maple leaves", swatch("orange", 0.6))
WOMAN = human(swatch("blue", 0.6), gender="female", age_group="adult", clothes_type="denim jacket")
PERSON = human(swatch("white", 0.8))
NET = thing("net", swatch("white", 0.9), transparent=True)


def texts(where: Scene, n: int = 120) -> set[str]:
    return {e.text for seed in range(n) for e in write(where, seed=seed)}


def test_modern_reads_naturally() -> None:
    said = texts(scene(Relation.LEFT_RIGHT, [CAT, TEDDY, HORSE]))
    assert "the black horse on the right" in said
    assert "the gray cat to the left of the teddy bear" in said
    assert "the gray cat" in said
    said = texts(scene(Relation.FRONT_BEHIND, [WOMAN, GLASS]))
    assert "the woman in the denim jacket in the foreground" in said
    assert "the transparent glass" in said
    said = texts(scene(Relation.TOP_BOTTOM, [NET, PERSON]))
    assert "the person wearing white at the bottom of the picture" in said
    assert "the white net" in said
    assert not any("transparent" in text for text in said)  # everyone knows it of a net
    said = texts(scene(Relation.LEFT_RIGHT, [LEAVES, CAT]))
    assert any(re.search("the (orange )?(maple )?leaves (that|which) are to the left of", text) for text in said)
    assert not any(re.search(r"leaves (that|which) is|cat (that|which) are", text) for text in said)


ODD = re.compile(r"salient|non-|mortal|mankind|citizenry|brute|\b(on|on top of) the (?!left|right)|  | ,|\{|\}")


@settings(max_examples=80, deadline=None)
@given(sets_of_labels(), st.integers(0, 2**32))
def test_modern_never_says(drawn: tuple[Relation, tuple[Labels, ...]], seed: int) -> None:
    relation, labels = drawn
    for e in write(scene(relation, labels), seed=seed):
        assert not ODD.search(e.text), e.text
        assert e.text.startswith("the ")
        assert not re.search(r"\ba [aeiou](?!ni)|\ban [^aeiou]", e.text), e.text


@pytest.mark.parametrize("category", ["maple leaves", "walruses", "marbles", "sunglasses", "cat"])
def test_verbs_follow_the_number(category: str) -> None:
    kind = LEXICON.kind_of(category)
    assert kind is not None
    many = Labels(kind, category, plural=True)
    where = scene(Relation.LEFT_RIGHT, [many, animal("zebra")])
    for seed in range(40):
        for e in write(where, seed=seed):
            if e.kind is ExpressionKind.RELATIVE2:
                verb = "are" if e.matte_id.endswith("_1") else "is"
                assert re.search(f"(that|which) {verb} ", e.text), e.text


def test_rpe_1_is_short_and_rpe_2_says_all() -> None:
    vase = replace(thing("vase", swatch("blue", 0.9), transparent=True), custom=())
    where = scene(Relation.LEFT_RIGHT, [vase, CAT])
    for words, color in SETTINGS:
        for seed in range(60):
            for e in write(where, words, color, seed):
                claims = parse(e.text, LEXICON, words)
                if e.kind is ExpressionKind.RELATIVE:
                    assert claims.related is not None
                    assert len(claims.target.attributes) <= 1 and len(claims.related.attributes) <= 1
    full = [e for e in write(where) if e.matte_id.endswith("_1") and e.kind is ExpressionKind.RELATIVE2]
    assert full[0].text.startswith("the transparent blue vase")


def test_nothing_known_is_the_bare_noun() -> None:
    plain = write(scene(Relation.LEFT_RIGHT, [animal("zebra"), thing("chair")]))
    assert [e.text for e in plain if e.kind is ExpressionKind.BASIC] == ["the zebra", "the chair"]


def test_common_names_prevail() -> None:
    where = scene(Relation.LEFT_RIGHT, [animal("rabbit"), thing("chair")])
    said = Counter(
        parse(e.text, LEXICON, MODERN).target.noun for seed in range(200) for e in write(where, seed=seed)[:4]
    )
    assert said["rabbit"] / said.total() > 0.75
    assert said["animal"] / said.total() < 0.08
    cows = scene(Relation.LEFT_RIGHT, [animal("cattle"), thing("chair")])
    assert not any("cattle" in text for text in texts(cows, 30))


def test_the_clothes_color_is_not_said_of_a_scarf() -> None:
    where = scene(Relation.LEFT_RIGHT, [human(swatch("pink", 0.9), clothes_type="scarf"), CAT])
    assert not any("pink scarf" in text for text in texts(where, 80))


def test_words_that_would_be_misread_are_not_said_together() -> None:
    bag = thing("bag", custom=())
    plastic = replace(bag, custom=(CustomAttribute("material", "plastic"),))
    where = scene(Relation.LEFT_RIGHT, [plastic, CAT])
    assert not any("plastic bag" in text for text in texts(where, 40))


@pytest.mark.parametrize(
    "value", ["", " ", ",", "red, white", "x" * 50 + " y" * 300, "a\nb", "{be}", "Dark  Oak."]
)
def test_odd_values_break_no_phrase(value: str) -> None:
    odd = replace(thing("vase"), custom=(CustomAttribute("finish", value),))
    where = scene(Relation.LEFT_RIGHT, [odd, thing("chair")])
    for seed in range(20):
        for e in write(where, seed=seed):
            assert alone(e.text, where, e.matte_id) and e.unambiguous
            assert "\n" not in e.text and len(e.text) < 200


@pytest.mark.parametrize("kind", list(EntityKind))
@pytest.mark.parametrize("name", ["child", "woman", "boy", "bride", "human", "cat", "sheep", "leaf", "zorp", None])
@pytest.mark.parametrize("age", [None, "baby", "senior", "teen"])
def test_there_is_always_a_word(name: str | None, kind: EntityKind, age: str | None) -> None:
    for many in (False, True):
        strange = Labels(kind, name, plural=many, age_group=age)
        for words, color in SETTINGS:
            found = write(scene(Relation.TOP_BOTTOM, [strange, thing("chair")]), words, color)
            assert len({e.text for e in found[:4]}) == 4


def test_one_attribute_at_most() -> None:
    where = scene(Relation.LEFT_RIGHT, [thing("vase", swatch("blue", 0.9), transparent=True), WOMAN])
    for seed in range(20):
        for e in write(where, Words(max_attributes=1), seed=seed):
            assert len(parse(e.text, LEXICON, MODERN).target.attributes) <= 1


# Positions ----------------------------------------------------------------------------------------


def test_columns_of_a_relative_phrase() -> None:
    where = scene(Relation.LEFT_RIGHT, [CAT, HORSE, TEDDY])
    for seed in range(30):
        for e in write(where, seed=seed):
            i = int(e.matte_id[-1]) - 1
            if e.kind is ExpressionKind.BASIC:
                assert (e.relation, e.related_matte_id) == (None, None)
            elif e.kind is ExpressionKind.ABSOLUTE:
                assert e.relation is (Position.LEFT, Position.MIDDLE, Position.RIGHT)[i]
                assert e.related_matte_id is None
            else:
                assert e.related_matte_id is not None
                j = int(e.related_matte_id[-1]) - 1
                assert e.relation is (Position.LEFT if i < j else Position.RIGHT)


def test_neighbours_are_named_before_what_is_beyond_them() -> None:
    where = scene(Relation.TOP_BOTTOM, [CAT, HORSE, TEDDY])
    seen = {
        (e.matte_id[-1], (e.related_matte_id or "0")[-1]) for seed in range(40) for e in write(where, seed=seed)
    }
    assert {pair for pair in seen if pair[1] != "0"} == {("1", "2"), ("2", "1"), ("2", "3"), ("3", "2")}


def test_clothes_of_several_colours_are_not_one_colour() -> None:
    """Somebody in blue dungarees and an orange jumper is never "in blue"."""
    swatches = (swatch("blue", 0.6), swatch("orange", 0.35))
    woman = human(*swatches, gender="female", age_group="adult", clothes_type="dungarees")
    texts = [e.text for seed in range(60) for e in write(scene(Relation.LEFT_RIGHT, [woman, CAT]), seed=seed)]
    assert any("blue dungarees" in text for text in texts)
    assert not [text for text in texts if re.search(r"(in|wearing) blue(?! dungarees)", text)]


def test_beside_needs_another_discriminator() -> None:
    """Of two like things on both sides of a third, "next to" says nothing: a direction is said instead."""
    where = scene(Relation.LEFT_RIGHT, [animal("cat"), thing("chair"), animal("cat")])
    for seed in range(60):
        for e in write(where, seed=seed):
            if e.kind in (ExpressionKind.RELATIVE, ExpressionKind.RELATIVE2) and not e.matte_id.endswith("_2"):
                assert ("next to" in e.text or "beside" in e.text) <= (not e.unambiguous), e.text
    assert not alone("the cat next to the chair", where, "rim_test_0_1")
    assert alone("the cat to the left of the chair", where, "rim_test_0_1")


def test_off_center_middles_are_still_told() -> None:
    where = scene(Relation.LEFT_RIGHT, [CAT, HORSE, TEDDY], [(50, 500), (200, 500), (400, 500)])
    found = {e.matte_id[-1]: e for e in write(where) if e.kind is ExpressionKind.ABSOLUTE}
    assert "between the other two" in found["2"].text
    assert "farthest to the right" in found["3"].text
    assert all(e.unambiguous for e in found.values())


def test_ambiguous_people_stay_in_paper_and_are_flagged() -> None:
    where = scene(Relation.LEFT_RIGHT, [human(), human()])
    found = write(where, PAPER, PAPER_COLOR)
    basic = [e for e in found if e.kind is ExpressionKind.BASIC]
    assert len(found) == 8
    assert not any(e.unambiguous for e in basic)
    assert all(e.unambiguous for e in found if e.kind is ExpressionKind.ABSOLUTE)


# The evaluator ------------------------------------------------------------------------------------


def test_relative_phrases_hold_for_some_pair() -> None:
    where = scene(Relation.LEFT_RIGHT, [animal("cat"), animal("dog"), animal("cat")])

    def truths(text: str, target: str = "rim_test_0_1") -> list[str]:
        found = evaluate(text, where, target=target, lexicon=LEXICON, words=MODERN, color=MODERN_COLOR)
        return [truth.value for truth in found.values()]

    assert truths("the cat to the left of the dog") == ["yes", "no", "no"]
    assert truths("the cat next to the dog") == ["yes", "no", "yes"]
    assert truths("the dog to the left of the cat", "rim_test_0_2") == ["no", "yes", "no"]
    assert truths("the cat to the left of the cat") == ["yes", "no", "no"]
    assert truths("the animal to the right of the cat", "rim_test_0_3") == ["no", "yes", "yes"]


def test_unknown_may_hold() -> None:
    where = scene(Relation.LEFT_RIGHT, [human(swatch("white", 0.9)), human()])
    found = evaluate(
        "the person in white", where, target="rim_test_0_1", lexicon=LEXICON, words=MODERN, color=MODERN_COLOR
    )
    assert list(found.values()) == [Truth.YES, Truth.MAYBE]


def test_strange_targets_are_named() -> None:
    where = scene(Relation.LEFT_RIGHT, [CAT, HORSE])
    with pytest.raises(BadInputError, match="not one of this image's mattes"):
        evaluate("the cat", where, target="x", lexicon=LEXICON, words=MODERN, color=MODERN_COLOR)


# Chance -------------------------------------------------------------------------------------------


def test_same_address_same_words() -> None:
    where = scene(Relation.LEFT_RIGHT, [CAT, HORSE, WOMAN])
    assert write(where, seed=5) == write(where, seed=5)
    assert write(where, seed=5) != write(where, seed=6)
    again = express(
        where, lexicon=load_lexicon(), words=MODERN.model_copy(), color=Color(), seed=5, image_id="rim_test_0"
    )
    assert again == write(where, seed=5)


def test_the_relation_is_drawn_apart_from_other_words() -> None:
    """Another colour, another synonym: the same relation phrase."""
    before = scene(Relation.LEFT_RIGHT, [CAT, TEDDY])
    after = scene(Relation.LEFT_RIGHT, [animal("okapi"), WOMAN])

    def phrases(where: Scene, seed: int) -> list[str]:
        pattern = r"(on the [a-z]+ ?(side )?of|on the [a-z]+|to the [a-z]+ of|next to|beside)"
        return [m.group(1) for e in write(where, seed=seed) if (m := re.search(pattern, e.text))]

    assert all(phrases(before, seed) == phrases(after, seed) for seed in range(40))


def test_hash_seed_changes_nothing() -> None:
    program = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from test_express import CAT, HORSE, WOMAN, Relation, scene, write\n"
        "print([e.text for e in write(scene(Relation.LEFT_RIGHT, [CAT, HORSE, WOMAN]))])"
    )
    tests = Path(__file__).parent
    runs = [
        subprocess.run(
            [sys.executable, "-c", program, str(tests), str(tests / "support")],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("0", "7")
    ]
    assert runs[0] == runs[1] != ""


def test_keyword() -> None:
    assert keyword(CAT, LEXICON) == "cat"
    assert keyword(Labels(EntityKind.HUMAN, None), LEXICON) == "human"


def test_chooser_is_kept_with_the_lexicon() -> None:
    write(scene(Relation.LEFT_RIGHT, [CAT, HORSE]))
    assert any(isinstance(value, Chooser) for value in LEXICON.cache.values())
