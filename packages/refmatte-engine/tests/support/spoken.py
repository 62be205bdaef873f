"""Labels and scenes for the tests of words: builders, and hypothesis strategies that include the odd cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from refmatte_engine.attributes.labels import ColorShare, CustomAttribute, Labels
from refmatte_engine.config import Color, Words
from refmatte_engine.express.scene import Actor, Scene
from refmatte_engine.lexicon import UserAttribute, UserCategory, load_lexicon
from refmatte_engine.manifest.vocabulary import EntityKind, Relation

MODERN, PAPER = Words(profile="modern"), Words(profile="paper")
MODERN_COLOR = Color()
PAPER_COLOR = Color(distance="rgb", claim_share=0.0, claim_lead=1.0)
SETTINGS = ((MODERN, MODERN_COLOR), (PAPER, PAPER_COLOR))

LEXICON = load_lexicon(
    user_categories=[
        UserCategory("zorp"),
        UserCategory("office chair", synonyms=("swivel chair",)),
        UserCategory("okapi", EntityKind.ANIMAL),
        UserCategory("marbles", plural=True),
    ],
    user_attributes=[UserAttribute("holding", place="after", phrase="holding {a_value}"), UserAttribute("shade")],
)

SWATCHES = {
    "black": ("black", (9.0, 0.0, 0.0)),
    "white": ("white", (94.0, 0.0, 2.0)),
    "gray": ("dimgray", (45.0, 0.0, 0.0)),
    "red": ("firebrick", (43.0, 58.0, 36.0)),
    "orange": ("darkorange", (66.0, 36.0, 60.0)),
    "blue": ("steelblue", (52.0, -4.0, -32.0)),
    "pink": ("lightpink", (78.0, 28.0, 2.0)),
    "brown": ("sienna", (42.0, 18.0, 30.0)),
}


def swatch(term: str, share: float, modifier: str = "") -> ColorShare:
    """A cluster of a typical colour of a basic term."""
    css3, lab = SWATCHES[term]
    return ColorShare(css3, term, modifier, share, lab)


def human(*colors: ColorShare, **known: object) -> Labels:
    return Labels(EntityKind.HUMAN, "human", colors=colors, transparent=False, salient=True, **known)  # type: ignore[arg-type]


def animal(category: str, *colors: ColorShare, **known: object) -> Labels:
    return Labels(EntityKind.ANIMAL, category, colors=colors, transparent=False, salient=True, **known)  # type: ignore[arg-type]


def thing(category: str, *colors: ColorShare, transparent: bool = False, **known: object) -> Labels:
    plural = LEXICON.is_plural(category)
    return Labels(
        EntityKind.OBJECT,
        category,
        colors=colors,
        plural=plural,
        transparent=transparent,
        salient=True,
        **known,  # type: ignore[arg-type]
    )


def scene(
    relation: Relation,
    labels: Sequence[Labels],
    centres: Sequence[tuple[float, float]] | None = None,
    slack: float = 0.0,
) -> Scene:
    """A scene of 1000 x 1000 pixels; without centres the entities stand clearly in the order of the relation."""
    n = len(labels)
    if centres is None:
        at = [1000 * (k + 0.5) / n for k in range(n)]
        centres = {
            Relation.LEFT_RIGHT: [(x, 500.0) for x in at],
            Relation.TOP_BOTTOM: [(500.0, y) for y in at],
            Relation.FRONT_BEHIND: [(480.0, 560.0), (530.0, 470.0)],
        }[relation]
    actors = tuple(
        Actor(f"rim_test_0_{k + 1}", each, (x - 90, y - 90, x + 90, y + 90), (x, y))
        for k, (each, (x, y)) in enumerate(zip(labels, centres, strict=True))
    )
    return Scene(1000, 1000, relation, actors, slack)


# Strategies -----------------------------------------------------------------------------------------

_ANIMALS = [
    "alpaca",
    "cat",
    "cattle",
    "dog",
    "deer",
    "impala",
    "walruses",
    "walrus",
    "golden retriever",
    "bear",
    "sheep",
    "animal",
    "okapi",
]
_THINGS = [
    "flower", "dandelion", "plant", "leaves", "maple leaves", "leaf", "leaf branch", "glass", "wine glass",
    "teddy bear", "toy", "plastic bag", "bag", "smoke", "net", "spider web", "water splash", "coffee cup", "cup",
    "orange", "light", "fox statue", "ball", "piece of furniture", "chair", "object", "star", "zorp",
    "office chair", "marbles", "gizmo", "red ball", "wooden chair", "fish tank",
]  # fmt: skip
_CUSTOM = [
    ("pattern", "striped"), ("pattern", "plain"), ("texture", "striped"), ("material", "plastic"),
    ("material", "wooden"), ("weight", "light"), ("shade", "red"), ("shade", "gray"), ("holding", "umbrella"),
    ("holding", "red ball"), ("state", "broken"), ("size", "big"),
]  # fmt: skip


@st.composite
def color_lists(draw: st.DrawFn) -> tuple[ColorShare, ...]:
    terms = draw(st.lists(st.sampled_from(sorted(SWATCHES)), max_size=3, unique=True))
    left, found = 1.0, []
    for term in terms:
        share = round(draw(st.floats(0.05, 1.0)) * left, 3)
        modifier = draw(st.sampled_from(["", "light", "dark"]))
        found.append(swatch(term, share, modifier))
        left -= share
    return tuple(sorted(found, key=lambda cluster: -cluster.share))


@st.composite
def labels(draw: st.DrawFn) -> Labels:
    """Anything that may be known, or not, of an entity."""
    kind = draw(st.sampled_from(list(EntityKind)))
    custom = dict(draw(st.lists(st.sampled_from(_CUSTOM), max_size=2)))
    person = kind is EntityKind.HUMAN
    category = draw(
        st.sampled_from(
            {
                EntityKind.HUMAN: ["human", "human", "human", "woman", "astronaut", "firefighter", None],
                EntityKind.ANIMAL: [*_ANIMALS, None],
                EntityKind.OBJECT: [*_THINGS, None],
            }[kind]
        )
    )
    return Labels(
        kind=kind,
        category=category,
        synonyms=draw(st.sampled_from([(), (), (), ("thingy",), ("glass",)])),
        plural=LEXICON.is_plural(category) or draw(st.integers(0, 15)) == 0,
        colors=draw(color_lists()),
        transparent=draw(st.sampled_from([None, False, False, True])),
        salient=draw(st.sampled_from([None, True, False])),
        gender=draw(st.sampled_from([None, "female", "male"])) if person else None,
        age_group=draw(st.sampled_from([None, "baby", "little_child", "child", "youth", "adult", "senior"]))
        if person
        else None,
        clothes_type=draw(
            st.sampled_from(
                [None, None, "t-shirt", "denim jacket", "jeans", "scarf", "lace", "print", "wool coat"]
            )
        )
        if person
        else None,
        custom=tuple(CustomAttribute(name, value) for name, value in sorted(custom.items())),
    )


@st.composite
def sets_of_labels(draw: st.DrawFn) -> tuple[Relation, tuple[Labels, ...]]:
    """Two or three entities and a relation; now and then two that differ in little."""
    relation = draw(st.sampled_from(list(Relation)))
    size = 2 if relation is Relation.FRONT_BEHIND else draw(st.integers(2, 3))
    found = [draw(labels()) for _ in range(size)]
    if draw(st.integers(0, 3)) == 0:
        found[-1] = draw(st.sampled_from(found))
    if draw(st.integers(0, 3)) == 0:
        found[-1] = replace(found[0], colors=found[-1].colors, custom=found[-1].custom)
    return relation, tuple(found)
