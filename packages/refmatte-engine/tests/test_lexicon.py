"""The lexicon against the paper's tables, and its own consistency."""

from __future__ import annotations

from pathlib import Path

import pytest

from refmatte_engine.errors import BadInputError, UsageError
from refmatte_engine.lexicon import (
    Number,
    Profile,
    Scope,
    UserAttribute,
    UserCategory,
    load_lexicon,
    load_user_attributes,
)
from refmatte_engine.lexicon.inflection import article, plural
from refmatte_engine.manifest.vocabulary import EntityKind, Position

LEXICON = load_lexicon()


def test_table_4_counts() -> None:
    phrases = LEXICON.dialect("paper").phrases
    absolute = {p.text for p in phrases if p.scope is Scope.ABSOLUTE}
    relative = {p.text for p in phrases if p.scope is Scope.RELATIVE}
    middle = {p.text for p in phrases if p.position is Position.MIDDLE}
    assert len(phrases) == 43
    assert (len(absolute), len(relative), len(absolute & relative)) == (18, 21, 6)
    assert len(absolute | relative) == 33
    assert len((absolute | relative) - middle) == 31  # Table 5, "Rels."
    assert all(p.scope is Scope.ABSOLUTE for p in phrases if p.position is Position.MIDDLE)


def test_table_2_words() -> None:
    words = {w.text: w for w in LEXICON.dialect("paper").human_words}
    assert len(words) == 6 + 1 + 19  # base, "human" of the figures, distinct words of the table
    assert words["girl"].said == {"baby", "little_child", "child", "youth"}
    assert words["girl"].gender == "female"
    assert words["senior citizen"].gender is None
    assert words["lady"].said == {"adult"}


@pytest.mark.parametrize(
    ("word", "transparent", "non_salient"),
    [
        ("glass", True, False),
        ("beer", True, False),
        ("veil", True, False),
        ("smoke", True, True),
        ("leaves", False, True),
        ("water spray", False, True),
        ("cloud smog", True, False),
        ("smog", True, True),  # both readings of the list's "cloud smog"
        ("Plastic_Bag", True, False),
        ("teddy bear", False, False),
    ],
)
def test_opacity_lists(word: str, transparent: bool, non_salient: bool) -> None:
    assert LEXICON.is_transparent([word]) is transparent
    assert LEXICON.is_non_salient([word]) is non_salient


def test_opacity_goes_by_synonyms() -> None:
    assert LEXICON.is_transparent(LEXICON.words_of("water splash"))
    assert not LEXICON.is_transparent(LEXICON.words_of("glasses"))


ANIMALS = (
    "alpaca", "antelope", "bear", "camel", "cat", "cattle", "deer", "dog", "elephant", "giraffe", "horse",
    "kangaroo", "leopard", "lion", "monkey", "rabbit", "rhinoceros", "sheep", "tiger", "zebra",
)  # fmt: skip


def test_categories_of_the_sources() -> None:
    assert all(LEXICON.kind_of(name) is EntityKind.ANIMAL for name in ANIMALS)
    shapes = "circle square triangle star heart ring cross crescent arrow diamond hexagon drop leaf flower cloud"
    assert all(LEXICON.kind_of(name) is EntityKind.OBJECT for name in (*shapes.split(), "lightning bolt"))
    for source in LEXICON.source_classes.values():
        assert all(name in LEXICON.categories for name in source.values())
    assert LEXICON.source_class("sim", "texture_holed") is None
    assert LEXICON.is_plural("walruses")
    assert LEXICON.is_plural("maple leaves")
    assert not LEXICON.is_plural("leaf")


def test_every_category_is_sound() -> None:
    for name, category in LEXICON.categories.items():
        assert category.size is not None and 0.01 <= category.size <= 100, name
        assert all(above in LEXICON.categories for above in category.is_a), name
        assert all(LEXICON.categories[above].kind is category.kind for above in category.is_a), name
        for profile in Profile:
            nouns = LEXICON.dialect(profile).nouns
            assert name in nouns
            assert all(name in nouns[word].categories for word in LEXICON.words_of(name)), name
        assert (category.number is Number.SINGULAR) or category.plural == name


def test_words_denote_sets() -> None:
    nouns = LEXICON.dialect("modern").nouns
    assert {"flower", "rose", "tree", "leaves"} <= nouns["plant"].categories
    assert "plant" in nouns["flower"].may  # what is only known to be a plant may be a flower
    assert "cat" not in nouns["flower"].categories | nouns["flower"].may
    assert "teddy bear" in nouns["bear"].may
    assert "fox statue" in nouns["fox"].may
    assert "golden retriever" in nouns["dog"].categories
    assert {"cat", "alpaca", "butterfly"} <= LEXICON.dialect("paper").nouns["beast"].categories
    assert nouns["cats"].number is Number.PLURAL
    assert nouns["people"].number is Number.PLURAL


def test_modern_has_no_stilted_words() -> None:
    modern = LEXICON.dialect("modern")
    said = {w.text for w in modern.human_words} | {w for words in modern.broad_words.values() for w in words}
    said |= {w for c in LEXICON.categories.values() for w in c.synonyms.get(Profile.MODERN, ())}
    assert said.isdisjoint({"mortal", "mankind", "citizenry", "brute", "beast", "human being"})


def test_sizes() -> None:
    assert LEXICON.size_of("elephant") == 5.0
    assert LEXICON.size_of("office chair") == LEXICON.size_of("chair")
    assert LEXICON.size_of("zorp") is None
    assert LEXICON.size_of(None) is None


def test_basic_colors() -> None:
    assert LEXICON.basic_color("lightpink") == "pink"
    assert LEXICON.basic_color("dark blue") == "blue"
    assert LEXICON.basic_color("dark white") is None
    assert LEXICON.basic_color("cat") is None
    assert len(set(LEXICON.basic_colors.values())) == 11
    assert len(LEXICON.basic_colors) == 138


def test_basic_colors_cover_css3() -> None:
    import webcolors  # type: ignore[import-untyped]

    names = {name.replace("grey", "gray") for name in webcolors.names("css3")} - {"aqua", "fuchsia"}
    assert set(LEXICON.basic_colors) == names


@pytest.mark.parametrize(
    ("word", "expected"),
    [("apple", "an"), ("unicorn", "a"), ("hour", "an"), ("x-ray", "an"), ("one-eyed cat", "a"), ("old man", "an")],
)
def test_article(word: str, expected: str) -> None:
    assert article(word) == expected


@pytest.mark.parametrize(
    ("word", "expected"), [("box", "boxes"), ("toy", "toys"), ("puppy", "puppies"), ("old woman", "old women")]
)
def test_plural(word: str, expected: str) -> None:
    assert plural(word) == expected


# What a user adds ---------------------------------------------------------------------------------


def test_user_additions() -> None:
    lexicon = load_lexicon(
        user_categories=[UserCategory("okapi", EntityKind.ANIMAL), UserCategory("marbles", plural=True)],
        user_attributes=[UserAttribute("holding", place="after", phrase="holding {a_value}")],
    )
    assert lexicon.kind_of("okapi") is EntityKind.ANIMAL
    assert lexicon.is_plural("marbles")
    assert lexicon.attribute("holding").phrase == "holding {a_value}"
    assert lexicon.attribute("never heard of").phrase == "{value}"
    assert LEXICON.kind_of("okapi") is None  # the project's lexicon stays as it is


@pytest.mark.parametrize("name", ["photo", "Image", "picture"])
def test_words_for_the_picture_are_taken(name: str) -> None:
    with pytest.raises(UsageError, match="whole picture"):
        load_lexicon(user_categories=[UserCategory(name)])


def test_double_names_are_refused() -> None:
    with pytest.raises(UsageError, match="twice"):
        load_lexicon(user_categories=[UserCategory("zorp"), UserCategory("zorp")])
    with pytest.raises(UsageError, match="twice"):
        load_lexicon(user_attributes=[UserAttribute("mood"), UserAttribute("mood")])


@pytest.mark.parametrize("name", ["", " ", "a,b", "x" * 200, "<script>", "=cmd()", "a\nb"])
def test_odd_category_names_are_refused(name: str) -> None:
    with pytest.raises(BadInputError, match="cannot name a category"):
        UserCategory(name)


@pytest.mark.parametrize("name", ["cafe\u0301 chair", "कुर्सी", "kitchen-knife", "jack-o'-lantern", "стул"])
def test_names_of_all_scripts_are_words(name: str) -> None:
    assert UserCategory(name).name == name


def test_attributes_file(tmp_path: Path) -> None:
    path = tmp_path / "attributes.toml"
    path.write_text(
        '[attributes.holding]\nplace = "after"\nphrase = "holding {a_value}"\n[attributes.size]\nrank = -2\n'
    )
    assert load_user_attributes(path) == (
        UserAttribute("holding", place="after", phrase="holding {a_value}"),
        UserAttribute("size", rank=-2),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("attributes = 3", "must hold tables"),
        ("[attribute.x]", "unknown key 'attribute'"),
        ("[attributes]\nx = 1", "attributes.x must be a table"),
        ("[attributes.x]\nplce = 'after'", "attributes.x.plce is not a key"),
        ("[attributes.x]\nrank = 'high'", "attributes.x.rank must be int"),
        ("[attributes.x]\nrank = true", "attributes.x.rank must be int"),
        ("[attributes.x]\nquiet = [1]", "list of words"),
        ("[attributes.x]\nplace = 'under'", "'before' or 'after'"),
        ("[attributes.x]\nphrase = 'holding'", "must name"),
        ("[attributes.x]\nphrase = '{value} and {value}'", "must name"),
        ("[attributes.x]\nphrase = '{value.__class__}'", "slots"),
        ("[attributes.x]\nphrase = '{value!r}'", "slots"),
        ("[attributes.x]\nphrase = '{'", "unmatched"),
        (f"[attributes.x]\nphrase = '{'y' * 300}{{value}}'", "longer than"),
        ("[attributes.x]\n[attributes.x]", "not valid TOML"),
        ("a = " + "[" * 100_000, "not valid TOML"),
    ],
)
def test_bad_attributes_file(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "attributes.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        load_user_attributes(path)


def test_unreadable_attributes_file(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot read"):
        load_user_attributes(tmp_path / "none.toml")
    big = tmp_path / "big.toml"
    big.write_bytes(b"#" * 1_000_001)
    with pytest.raises(UsageError, match="larger"):
        load_user_attributes(big)
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="UTF-8"):
        load_user_attributes(binary)
