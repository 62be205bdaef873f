"""Labels against a truth: numbers by hand, and the command on drawn entities whose truth is known exactly."""

from __future__ import annotations

import csv as csvlib
from pathlib import Path

import pytest
from command import refmatte
from hypothesis import given
from hypothesis import strategies as st

from refmatte_engine.agreement import agreement_text
from refmatte_engine.attributes.agreement import NOT_KNOWN, Confusion, OriginAgreement, agreement
from refmatte_engine.attributes.color_names import basic_colors
from refmatte_engine.attributes.corrections import read_corrections
from refmatte_engine.attributes.labels import ColorShare, CustomAttribute, Labels, Origin
from refmatte_engine.attributes.values import READERS, state
from refmatte_engine.attributes.written import written
from refmatte_engine.errors import BadInputError
from refmatte_engine.lexicon import load_lexicon
from refmatte_engine.manifest.vocabulary import EntityKind

LEXICON = load_lexicon()


def truth(tmp_path: Path, text: str):
    path = tmp_path / "truth.csv"
    path.write_text(text, encoding="utf-8")
    return read_corrections(path)


def thing(category: str, color: str = "", origin: Origin = Origin.MODEL, **more) -> Labels:
    colors = (ColorShare(color, color, "", 0.6, (50.0, 0.0, 0.0)),) if color else ()
    origins = [("category", origin), *([("color", Origin.COMPUTED)] if color else [])]
    return Labels(EntityKind.OBJECT, category, colors=colors, origins=tuple(origins), **more)


def test_numbers_by_hand(tmp_path: Path) -> None:
    labels = {
        "s/1": thing("cup", "red"),
        "s/2": thing("cup", "red", Origin.DATASET),
        "s/3": thing("vase"),
        "s/4": thing("vase", "blue"),
        "s/6": thing("cup"),
    }
    rows = truth(
        tmp_path,
        "entity_id,drop,category,color\n"
        "s/1,,cup,red\ns/2,,cup,white 60%; red 40%\ns/3,,cup,green\ns/4,,vase,unknown\ns/5,,lamp,\ns/6,yes,,\n"
        "t/1,,cup,\n",
    )
    found = agreement(labels, rows, LEXICON, left_out=["s/5", "s/9"])
    category, color = (next(one for one in found.labels if one.label == name) for name in ("category", "color"))
    assert (found.entities, found.kept, found.left_out) == (5, 1, 1)
    assert (category.stated, category.known, category.correct) == (5, 4, 3)
    assert (category.accuracy, category.coverage) == (0.75, 0.8)
    assert category.origins == (OriginAgreement("dataset", 1, 1), OriginAgreement("model", 3, 2))
    assert Confusion("cup", "vase", 1) in category.confusions
    assert Confusion("lamp", NOT_KNOWN, 1) in category.confusions
    assert (color.stated, color.known, color.correct, color.guessed) == (3, 2, 1, 1)
    assert [str(problem) for problem in found.problems] == ["truth.csv line 8: there is no entity t/1: s/1?"]


def test_words_are_compared_by_what_they_mean(tmp_path: Path) -> None:
    man = Labels(EntityKind.HUMAN, "human", gender="male", origins=(("gender", Origin.MODEL),))
    rows = truth(
        tmp_path, "entity_id,category,gender,age_group,attr:pose\ns/1,woman,,,\ns/2,mugs,,,\ns/3,,male,34,up\n"
    )
    custom = (CustomAttribute("pose", "up"),)
    found = agreement(
        {
            "s/1": man,
            "s/2": thing("mug"),
            "s/3": Labels(EntityKind.HUMAN, "human", age_group="adult", custom=custom),
        },
        rows,
        LEXICON,
    )
    said = {one.label: (one.stated, one.known, one.correct) for one in found.labels}
    assert said["category"] == (2, 2, 2)
    assert said["gender"] == (2, 1, 0)
    assert said["age_group"] == (2, 1, 1)
    assert said["attr:pose"] == (1, 1, 1)


def test_a_wrong_truth_says_where(tmp_path: Path) -> None:
    rows = truth(tmp_path, "entity_id,color\ns/1,rde\n")
    with pytest.raises(BadInputError, match=r"truth.csv line 2 \(s/1\): color = 'rde': did you mean 'red'"):
        agreement({"s/1": thing("cup")}, rows, LEXICON)


def test_many_categories_become_a_list_of_mistakes(tmp_path: Path) -> None:
    names = [f"blicket {letter}" for letter in "abcdefghijklmnopqrst"]
    lines = [f"s/{i},{name}\n" for i, name in enumerate(names)]
    labels = {f"s/{i}": thing(names[i // 2]) for i in range(20)}
    text = agreement_text(agreement(labels, truth(tmp_path, "entity_id,category\n" + "".join(lines)), LEXICON))
    assert "most frequent mistakes" in text
    assert "blicket k is labelled blicket f" in text
    assert "others of 4 kinds" in text


WORDS = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8).filter(
    lambda word: word.lower() != "unknown"
)
TERMS = basic_colors()
COLORS = st.lists(
    st.tuples(st.sampled_from(sorted(TERMS.modifiers)), st.floats(0.01, 1.0)), min_size=1, max_size=4
).map(
    lambda several: tuple(
        ColorShare(term, term, "dark", share / sum(weight for _, weight in several), (0.0, 0.0, 0.0))
        for term, share in several
    )
)


@given(
    labels=st.builds(
        Labels,
        kind=st.just(EntityKind.HUMAN),
        category=WORDS.map(str.lower),
        synonyms=st.lists(WORDS.map(str.lower), max_size=3, unique=True).map(tuple),
        plural=st.booleans(),
        colors=COLORS,
        transparent=st.none() | st.booleans(),
        gender=st.sampled_from([None, "male", "female"]),
        age_group=st.sampled_from([None, "baby", "senior"]),
        custom=WORDS.map(lambda word: (CustomAttribute("pattern", word),)),
    )
)
def test_what_is_written_is_read_back(labels: Labels) -> None:
    read = Labels(EntityKind.HUMAN, None)
    columns = written(labels)
    for name in sorted(columns, key=lambda name: list(READERS).index(name) if name in READERS else 99):
        read = state(read, name.removeprefix("attr:"), columns[name], Origin.CORRECTION)
    same = ("kind", "category", "synonyms", "plural", "transparent", "gender", "age_group", "custom")
    assert [getattr(read, name) for name in same] == [getattr(labels, name) for name in same]
    assert sorted(color.basic for color in read.colors) == sorted(color.basic for color in labels.colors)
    assert sum(color.share for color in read.colors) == pytest.approx(1.0, abs=0.005)


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The truth of drawn entities as one knows it who has drawn them, with two mistakes put in."""
    from refmatte_engine.sources.base import Candidate
    from refmatte_engine.sources.drawn import DrawnSource

    path = tmp_path_factory.mktemp("truth") / "truth.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csvlib.writer(stream)
        table.writerow(["entity_id", "category", "color"])
        for place, one in enumerate(one for one in DrawnSource(24).candidates() if isinstance(one, Candidate)):
            color = next(label.value for label in one.labels if label.name == "color")
            table.writerow([one.entity_id, "teapot" if place < 2 else one.category, color])
    return path


def test_the_command_prints_accuracy_and_confusions(tmp_path: Path, exact: Path) -> None:
    label = (
        "label",
        "--sources",
        "drawn:24",
        "--backgrounds",
        "drawn:4",
        "--out",
        tmp_path / "data",
        "--workers",
        1,
    )
    done = refmatte(*label, "--evaluate", exact, "--quiet")
    assert done.code == 0, done.err
    assert "accuracy" in done.out and "teapot" in done.out
    document = refmatte(*label, "--evaluate", exact, "--json").document
    found = document["agreement"]["labels"]["category"]
    assert document["agreement"]["labels"]["color"]["accuracy"] == 1.0
    assert found["stated"] - found["correct"] == 2 - document["agreement"]["left_out"]
    missing = refmatte(*label, "--evaluate", tmp_path / "nothing.csv")
    assert missing.code == 3
    assert "nothing.csv" in missing.err
