"""The grammar against the paper's printed strings, and text -> claims -> text both ways."""

from __future__ import annotations

from itertools import product

import pytest
from spoken import LEXICON, MODERN, MODERN_COLOR, PAPER, PAPER_COLOR

from refmatte_engine.attributes.labels import ColorShare, Labels
from refmatte_engine.config import Color, Words
from refmatte_engine.express.claims import Attribute, Claims, Facet, Thing
from refmatte_engine.express.draws import pick
from refmatte_engine.express.geometry import ABSOLUTE, RELATIVE
from refmatte_engine.express.grammar import Wording, noun_phrase, render, series, suits
from refmatte_engine.express.parse import UnknownWordsError, parse
from refmatte_engine.express.sayable import Speaker
from refmatte_engine.express.truth import Judge
from refmatte_engine.lexicon import Scope
from refmatte_engine.lexicon.model import Form
from refmatte_engine.manifest.vocabulary import EntityKind, ExpressionKind, Position

JUDGES = {"paper": Judge(LEXICON, PAPER, PAPER_COLOR), "modern": Judge(LEXICON, MODERN, MODERN_COLOR)}
BASIC, ABS, REL, REL2 = ExpressionKind

COLOR, OPACITY, SALIENCY = Facet.COLOR, Facet.OPACITY, Facet.SALIENCY
GENDER, WORN, GARMENT = Facet.GENDER, Facet.CLOTHES_COLOR, Facet.CLOTHES_TYPE


def said(noun: str, *attributes: tuple[str, str]) -> Thing:
    return Thing.of(noun, *(Attribute(facet, value) for facet, value in attributes))


def clusters(*names: str) -> tuple[ColorShare, ...]:
    shares = (0.5, 0.3, 0.2)[: len(names)]
    return tuple(
        ColorShare(name, LEXICON.basic_colors[name], "", share, (50.0, 0.0, 0.0))
        for name, share in zip(names, shares, strict=True)
    )


FLOWER = Labels(EntityKind.OBJECT, "flower", colors=clusters("lightpink"), transparent=False, salient=True)
CAT = Labels(EntityKind.ANIMAL, "cat", colors=clusters("dimgray"), transparent=False, salient=True)
ALPACA = Labels(
    EntityKind.ANIMAL, "alpaca", colors=clusters("sienna", "darksalmon"), transparent=False, salient=True
)
BRUTE = Labels(EntityKind.ANIMAL, "alpaca", colors=clusters("rosybrown"), transparent=False, salient=True)
BAG = Labels(EntityKind.OBJECT, "plastic bag", colors=clusters("lightgray"), transparent=True, salient=True)
FIRE = Labels(EntityKind.OBJECT, "fire", colors=clusters("wheat"), transparent=True, salient=False)
FLAME = Labels(EntityKind.OBJECT, "fire", colors=clusters("lightsalmon"), transparent=True, salient=False)
VASE = Labels(EntityKind.OBJECT, "vase", colors=clusters("gray"), transparent=False, salient=True)


def person(gender: str, garment: str, *colors: str, age: str = "adult") -> Labels:
    return Labels(
        EntityKind.HUMAN, "human", colors=clusters(*colors), transparent=False, salient=True,
        gender=gender, age_group=age, clothes_type=garment,
    )  # fmt: skip


def lady(garment: str) -> Labels:
    return person("female", garment, "lightgray", "linen")


CRIMSON = person("female", "print", "crimson")
MAN_IN_SLEEVE = person("male", "sleeve", "white")
MAN_IN_T_SHIRT = person("male", "t-shirt", "white")

PRINTED = [
    # Figure 3a
    ("the lightpink and salient flower", BASIC, "before", FLOWER,
     said("flower", (COLOR, "lightpink"), (SALIENCY, "salient")), None, "", "", None, None),
    ("the plant which is lightpink and salient at the rightmost edge of the picture", ABS, "which", FLOWER,
     said("plant", (COLOR, "lightpink"), (SALIENCY, "salient")), Position.RIGHT, "at the rightmost edge of", "",
     None, None),
    ("the flower which is lightpink at the right side of the cat which is dimgray and non-transparent", REL2,
     "which", FLOWER, said("flower", (COLOR, "lightpink")), Position.RIGHT, "at the right side of", "which", CAT,
     said("cat", (COLOR, "dimgray"), (OPACITY, "non-transparent"))),
    # Figure 3b
    ("the person in the linen lace", BASIC, "in_the", lady("lace"),
     said("person", (WORN, "linen"), (GARMENT, "lace")), None, "", "", None, None),
    ("the female human with the lightgray lace on top of the image", ABS, "with_the", lady("lace"),
     said("human", (GENDER, "female"), (WORN, "lightgray"), (GARMENT, "lace")), Position.TOP, "on top of", "",
     None, None),
    ("the female individual with the lightgray print over the male mortal who is dressed in white sleeve", REL2,
     "with_the", lady("print"), said("individual", (GENDER, "female"), (WORN, "lightgray"), (GARMENT, "print")),
     Position.TOP, "over", "dressed_in", MAN_IN_SLEEVE,
     said("mortal", (GENDER, "male"), (WORN, "white"), (GARMENT, "sleeve"))),
    # Figure 3c
    ("the beast which is sienna and salient", BASIC, "which", ALPACA,
     said("beast", (COLOR, "sienna"), (SALIENCY, "salient")), None, "", "", None, None),
    ("the alpaca which is sienna and non-transparent in front of the photo", ABS, "which", ALPACA,
     said("alpaca", (COLOR, "sienna"), (OPACITY, "non-transparent")), Position.IN_FRONT_OF, "in front of", "",
     None, None),
    ("the darksalmon and salient brute in front of the salient male mankind with the white t-shirt", REL2,
     "before", ALPACA, said("brute", (COLOR, "darksalmon"), (SALIENCY, "salient")), Position.IN_FRONT_OF,
     "in front of", "with_the", MAN_IN_T_SHIRT,
     said("mankind", (GENDER, "male"), (SALIENCY, "salient"), (WORN, "white"), (GARMENT, "t-shirt"))),
    # Supplement Figure 7, 1-4, and Figure 5
    ("the plastic bag which is lightgray and transparent", BASIC, "which", BAG,
     said("plastic bag", (COLOR, "lightgray"), (OPACITY, "transparent")), None, "", "", None, None),
    ("the fire which is wheat at the most right side of the picture", ABS, "which", FIRE,
     said("fire", (COLOR, "wheat")), Position.RIGHT, "at the most right side of", "", None, None),
    ("the woman in the crimson print on the left side of the rosybrown and salient brute", REL2, "in_the", CRIMSON,
     said("woman", (WORN, "crimson"), (GARMENT, "print")), Position.LEFT, "on the left side of", "before", BRUTE,
     said("brute", (COLOR, "rosybrown"), (SALIENCY, "salient"))),
    ("the gray and salient vase at the most right side of the picture", ABS, "before", VASE,
     said("vase", (COLOR, "gray"), (SALIENCY, "salient")), Position.RIGHT, "at the most right side of", "", None,
     None),
    ("the flame which is lightsalmon and non-salient", BASIC, "which", FLAME,
     said("flame", (COLOR, "lightsalmon"), (SALIENCY, "non-salient")), None, "", "", None, None),
]  # fmt: skip


@pytest.mark.parametrize("row", PRINTED, ids=[row[0] for row in PRINTED])
def test_printed_strings(row: tuple) -> None:  # type: ignore[type-arg]
    """Each comes out word for word, reads back, and every choice in it is one that `paper` draws."""
    text, kind, form, labels, target, position, phrase, related_form, related_labels, related = row
    judge = JUDGES["paper"]
    dialect = judge.dialect
    scope = Scope.ABSOLUTE if kind is ABS else Scope.RELATIVE
    cell = next((p for p in dialect.phrases if (p.position, p.scope, p.text) == (position, scope, phrase)), None)
    image = text.rsplit(" ", 1)[-1] if kind is ABS else "photo"
    wording = Wording(
        frame=dialect.frame(kind),
        form=dialect.form(form),
        related_form=dialect.form(related_form) if related_form else None,
        phrase=cell,
        image=image,
    )
    claims = Claims(target, cell.means if cell else None, related)
    assert render(claims, wording, judge) == text
    assert parse(text, LEXICON, PAPER) == claims
    drawable(target, labels, wording.form, kind, dialect.style.counts[kind])
    if related is not None:
        assert wording.related_form is not None
        drawable(related, related_labels, wording.related_form, kind, dialect.style.related_counts[kind])
    assert image in dialect.style.images


def drawable(thing: Thing, labels: Labels, form: Form, kind: ExpressionKind, counts: tuple[float, ...]) -> None:
    judge = JUDGES["paper"]
    sayable = Speaker(LEXICON, PAPER, PAPER_COLOR).sayable(labels)
    assert any(noun.text == thing.noun and noun.weight > 0 for noun in sayable.nouns)
    weights = {each.attribute: each.weight for each in sayable.attributes}
    assert all(weights.get(attribute, 0) > 0 for attribute in thing.attributes)
    assert suits(form, thing, judge)
    assert form.weights[kind] > 0
    clothes = judge.dialect.style.clothes_counts[kind]
    worn = sum(attribute.facet in (WORN, GARMENT) for attribute in thing.attributes)
    assert counts[len(thing.attributes) - worn] > 0 or (labels.kind is EntityKind.HUMAN and worn > 0)
    assert not worn or clothes[worn] > 0


def things(profile: str, person: bool) -> list[Thing]:
    """Noun phrases that use every word of a kind once, and every combination of facets."""
    judge = JUDGES[profile]
    facets = judge.dialect.style.says - {"user"}
    words = {facet: sorted(set(values.values())) for facet, values in LEXICON.facet_words.items()}
    colors = sorted(LEXICON.basic_colors)
    if profile == "modern":
        shades = [f"{m} {term}" for term, modifiers in LEXICON.shades.items() for m in modifiers]
        colors = [*sorted(set(LEXICON.basic_colors.values())), *shades]
    words |= {COLOR: colors, WORN: colors, GARMENT: sorted(LEXICON.garments)}
    mine = {GENDER, Facet.AGE, WORN, GARMENT, OPACITY, SALIENCY} if person else {COLOR, OPACITY, SALIENCY}
    mine &= set(facets)
    found = [said("human" if person else "vase", (facet, word)) for facet in sorted(mine) for word in words[facet]]
    for chosen in product(*[[None, words[facet][0], words[facet][-1]] for facet in sorted(mine)]):
        found.append(
            said(
                "human" if person else "vase",
                *((facet, word) for facet, word in zip(sorted(mine), chosen, strict=True) if word),
            )
        )
    return found


@pytest.mark.parametrize("profile", ["paper", "modern"])
@pytest.mark.parametrize("person", [True, False])
def test_every_form_and_word_reads_back(profile: str, person: bool) -> None:
    judge = JUDGES[profile]
    words = Words(profile=profile)  # type: ignore[arg-type]
    count = 0
    for thing, form, article in product(things(profile, person), judge.dialect.forms, ["the", "a"]):
        if form.people is person and suits(form, thing, judge):
            text = noun_phrase(thing, form, article, judge)
            assert parse(text, LEXICON, words) == Claims(thing), text
            count += 1
    assert count > 100


@pytest.mark.parametrize("profile", ["paper", "modern"])
def test_every_noun_reads_back(profile: str) -> None:
    """Alone and with every colour, in every form; the few that would be read as another word are never said."""
    judge = JUDGES[profile]
    words = Words(profile=profile)  # type: ignore[arg-type]
    forms = [form for form in judge.dialect.forms if not form.people]
    for noun in judge.dialect.nouns:
        for color in ("orange", "gray", "brown", None):
            thing = said(noun, (COLOR, color)) if color else said(noun)
            if f"{color} {noun}" in judge.dialect.nouns:
                continue
            for form in forms:
                if suits(form, thing, judge):
                    assert parse(noun_phrase(thing, form, "the", judge), LEXICON, words).target == thing


@pytest.mark.parametrize("profile", ["paper", "modern"])
def test_every_phrase_reads_back(profile: str) -> None:
    judge = JUDGES[profile]
    words = Words(profile=profile)  # type: ignore[arg-type]
    target, related = said("cat", (COLOR, "gray")), said("leaves", (COLOR, "orange"))
    before = judge.dialect.form("before")
    for frame, phrase, image, who in product(
        judge.dialect.frames, judge.dialect.phrases, judge.dialect.style.images, judge.dialect.style.who
    ):
        absolute = phrase.scope is Scope.ABSOLUTE
        if frame.kind is BASIC or absolute != (frame.kind is ABS):
            continue
        claims = Claims(target, phrase.means, None if absolute else related)
        wording = Wording(frame, before, None if absolute else before, phrase=phrase, image=image, who=who)
        text = render(claims, wording, judge)
        assert parse(text, LEXICON, words) == claims, text
        assert phrase.means in (ABSOLUTE if absolute else RELATIVE)


@pytest.mark.parametrize("profile", ["paper", "modern"])
def test_the_other_profiles_phrases_are_understood(profile: str) -> None:
    words = Words(profile=profile)  # type: ignore[arg-type]
    for text in (
        "the brute at the rightmost edge of the picture",
        "the woman wearing a white t-shirt who is to the left of the plane",
        "a lightpink flower underneath the drop of water.",
        "The Gray Cat on the left",
    ):
        assert parse(text, LEXICON, words).predicate


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("the purple flibbertigibbet", "flibbertigibbet"),
        ("the cat on", "not understood|too early"),
        ("the cat that sings", "that sings"),
        ("the gray", "not understood|too early"),
        ("", "1 to"),
        ("cat " * 200, "1 to"),
        ("the cat to the left of", "too early|not understood"),
        ("the the cat", "not understood"),
    ],
)
def test_unknown_words_are_named(text: str, complaint: str) -> None:
    with pytest.raises(UnknownWordsError, match=complaint):
        parse(text, LEXICON, MODERN)


def test_deep_nonsense_ends_soon() -> None:
    with pytest.raises(UnknownWordsError):
        parse("the cat " + "in white " * 45 + "zzz", LEXICON, MODERN)
    with pytest.raises(UnknownWordsError):
        parse("the " + "gray and " * 45 + "zzz", LEXICON, MODERN)


def test_modern_wording() -> None:
    judge = JUDGES["modern"]

    def say(thing: Thing, form: str, article: str = "the") -> str:
        return noun_phrase(thing, judge.dialect.form(form), article, judge)

    assert say(said("glass", (COLOR, "blue"), (OPACITY, "transparent")), "before") == "the transparent blue glass"
    assert say(said("orange", (COLOR, "orange")), "before", "a") == "an orange orange"
    assert say(said("woman", (WORN, "white"), (GARMENT, "t-shirt")), "wearing_a_garment") == (
        "the woman wearing a white t-shirt"
    )
    assert say(said("man", (WORN, "orange"), (GARMENT, "coat")), "in_a_garment") == "the man in an orange coat"
    assert say(said("man", (GARMENT, "jeans")), "in_a_garment") == "the man in jeans"
    assert say(said("person", (WORN, "white")), "wearing_color") == "the person wearing white"
    leaves = Thing.of("maple leaves", Attribute(COLOR, "orange"), plural=True)
    assert say(leaves, "that") == "the maple leaves that are orange"
    assert say(leaves, "before", "a") == "the orange maple leaves"
    assert say(said("smoke"), "before", "a") == "the smoke"


def test_user_attributes_around_the_noun() -> None:
    judge = JUDGES["modern"]
    thing = said("woman", ("attr:holding", "umbrella"), ("attr:size", "tall"), (WORN, "red"), (GARMENT, "coat"))
    text = noun_phrase(thing, judge.dialect.form("in_the_garment"), "the", judge)
    assert text == "the tall woman in the red coat holding an umbrella"
    mug = said("mug", ("attr:pattern", "striped"), ("attr:state", "broken"), ("attr:size", "big"), (COLOR, "red"))
    assert noun_phrase(mug, judge.dialect.form("before"), "the", judge) == (
        "the big striped red mug that is broken"
    )


def test_series() -> None:
    assert series(["gray", "transparent", "salient"]) == "gray, transparent, and salient"
    text = "the vase which is gray, non-transparent, and salient"
    vase = said("vase", (COLOR, "gray"), (OPACITY, "non-transparent"), (SALIENCY, "salient"))
    assert noun_phrase(vase, JUDGES["paper"].dialect.form("which"), "the", JUDGES["paper"]) == text
    assert parse(text, LEXICON, PAPER) == Claims(vase)


def test_pick_follows_the_weights() -> None:
    assert [pick("abc", [1, 0, 1], number) for number in (0.0, 0.49, 0.5, 0.999)] == ["a", "a", "c", "c"]
    assert pick("abc", [0, 0, 0], 0.5) == "b"
    assert pick("ab", [1.0, 0.0], 1.0) == "a"


def test_claimed_colors_depend_on_the_preset() -> None:
    two = Labels(EntityKind.OBJECT, "vase", colors=clusters("sienna", "darksalmon"))
    assert JUDGES["paper"].claimed_colors(two) == ("sienna", "darksalmon")
    strict = Judge(LEXICON, MODERN, Color(claim_share=0.6))
    assert strict.claimed_colors(two) == ()
