"""``lexicon.toml``: a user's categories are treated like the project's."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from command import refmatte
from small_wordnet import SmallNet

from refmatte_engine.agreement import evaluate_labels
from refmatte_engine.attributes.labels import Labels
from refmatte_engine.attributes.opacity import with_opacity
from refmatte_engine.errors import BadInputError, UsageError
from refmatte_engine.express.denotation import denotes
from refmatte_engine.express.geometry import MAYBE, NO, YES
from refmatte_engine.lexicon import load_lexicon, load_user_words
from refmatte_engine.lexicon.user_words import NO_WORDS, user_words
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.review.page import review_entities
from refmatte_engine.sources.drawn import write_cutouts
from refmatte_engine.wordnet.own import propose_lexicon

TOML = """
[categories.sneakers]
is_a = ["shoe"]
number = "plural"
modern = ["trainers"]

[categories.griddle]
synset = "griddle.n.02"
[categories.okapi]
kind = "animal"
size = 2.5
may_be = ["giraffe"]
[categories.zorp]
[categories.mouse]
kind = "object"
paper = ["computer mouse"]

[hypernyms."kitchen appliance"]
denotes = ["kettle", "griddle"]
may_be = ["knife rack"]
modern = true
[categories."knife rack"]
synset = "rack.n.01"
"""


@pytest.fixture(scope="module")
def lexicon(tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("words") / "lexicon.toml"
    path.write_text(TOML)
    return load_lexicon(user_words=load_user_words(path))


def test_entries_are_categories(lexicon) -> None:
    assert lexicon.kind_of("okapi") is EntityKind.ANIMAL
    assert lexicon.is_plural("sneakers")
    assert lexicon.words_of("sneakers") == ("sneakers", "trainers")
    assert lexicon.size_of("sneakers") == lexicon.size_of("shoe")
    assert lexicon.size_of("griddle") is None
    assert lexicon.kind_of("mouse") is EntityKind.OBJECT  # the user's, not the animal
    assert load_lexicon().kind_of("mouse") is EntityKind.ANIMAL


@pytest.mark.parametrize(
    ("word", "category", "kind", "expected"),
    [
        ("kitchen appliance", "griddle", "object", YES),
        ("kitchen appliance", "kettle", "object", YES),
        ("kitchen appliance", "knife rack", "object", MAYBE),
        ("kitchen appliance", "zorp", "object", MAYBE),  # nobody knows what it is
        ("kitchen appliance", "unheard of", "object", MAYBE),
        ("kitchen appliance", "teddy bear", "object", NO),
        ("kitchen appliance", "cat", "animal", NO),
        ("shoes", "sneakers", "object", YES),
        ("giraffe", "okapi", "animal", MAYBE),
        ("animal", "okapi", "animal", YES),
        ("computer mouse", "mouse", "object", YES),
        ("animal", "mouse", "object", NO),
    ],
)
def test_words_denote(lexicon, word: str, category: str, kind: str, expected: int) -> None:
    labels = Labels(EntityKind(kind), category, plural=lexicon.is_plural(category))
    assert denotes(lexicon.noun(word, "paper"), labels, lexicon) == expected


def test_what_it_looks_like_stays_unknown(lexicon) -> None:
    labels = with_opacity(Labels(EntityKind.OBJECT, "griddle"), lexicon)
    assert (labels.transparent, labels.salient) == (None, None)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"category": {}}, "category: Extra inputs"),
        ({"categories": {"a": {"kid": 1}}}, "categories.a.kid"),
        ({"categories": {"a": {"number": "dual"}}}, "categories.a.number"),
        ({"categories": {"a": {"size": -1}}}, "categories.a.size"),
        ({"categories": {"a,b": {}}}, "cannot name a category"),
        ({"categories": {"a": {"paper": ["<b>"]}}}, "cannot name a category"),
        ({"categories": {"a": {"modern": ["photo"]}}}, "whole picture"),
        ({"categories": {"a": {"is_a": ["shoo"]}}}, "there is no category 'shoo'; near: .*shoe"),
        ({"categories": {"a": {"is_a": ["cat"]}}}, "of kind object, 'cat' of kind animal"),
        ({"categories": {"a": {"is_a": ["b"]}, "b": {"is_a": ["a"]}}}, "circle"),
        ({"hypernyms": {"gear": {"denotes": []}}}, "hypernyms.gear.denotes"),
        ({"hypernyms": {"gear": {"denotes": ["gizmo"]}}}, "there is no category 'gizmo'"),
        ({"hypernyms": {"picture": {"denotes": ["cup"]}}}, "whole picture"),
    ],
)
def test_bad_entries(document: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load_lexicon(user_words=user_words(document, "lexicon.toml"))


def test_bad_files(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot read"):
        load_user_words(tmp_path / "none.toml")
    for content, message in ((b"a = ", "not valid TOML"), (b"\xff\xfe", "UTF-8"), (b"#" * 1_000_001, "larger")):
        (tmp_path / "lexicon.toml").write_bytes(content)
        with pytest.raises(UsageError, match=message):
            load_user_words(tmp_path / "lexicon.toml")


def test_two_folders_may_not_contradict() -> None:
    mine = user_words({"categories": {"zorp": {}}}, "a")
    theirs = user_words({"categories": {"zorp": {"kind": "animal"}}}, "b")
    assert NO_WORDS.joined(mine, "a").joined(mine, "b") == mine
    with pytest.raises(UsageError, match="b: 'zorp' is described otherwise"):
        mine.joined(theirs, "b")


def test_review_evaluation_and_proposals_know_the_words_of_the_folder(tmp_path: Path) -> None:
    folder, out = tmp_path / "cutouts", tmp_path / "labels"
    write_cutouts(folder, 2, categories=["sneakers"])
    (folder / "lexicon.toml").write_text('[categories.sneakers]\nmodern = ["trainers"]\nnumber = "plural"\n')
    sources = f"folder:{folder}"
    done = refmatte("label", "--sources", sources, "--backgrounds", "drawn:2", "--workers", 1, "--out", out)
    assert done.code == 0, done.err
    names = pq.read_table(out / "entities.parquet")["entity_id"].to_pylist()
    truth = tmp_path / "truth.csv"
    truth.write_text("entity_id,category\n" + "".join(f"{name},trainers\n" for name in names))
    (category,) = (one for one in evaluate_labels(out, truth).labels if one.label == "category")
    assert (category.correct, category.stated) == (2, 2)

    page = review_entities(out, sources=sources).page.read_text(encoding="utf-8")
    assert re.search(r'"sneakers"[^}]*"trainers"', page)

    found = propose_lexicon(collection=out, net=SmallNet())
    assert found.proposals.known == (("sneakers", "sneakers"),)


def test_a_build_speaks_the_words_and_can_be_verified(tmp_path: Path) -> None:
    folder = tmp_path / "cutouts"
    write_cutouts(folder, 12, categories=["griddle", "sneakers", "cat"])
    (folder / "lexicon.toml").write_text(
        '[categories.griddle]\ncommon = "bread griddle"\n'
        '[categories.sneakers]\nis_a = ["shoe"]\nnumber = "plural"\n'
        '[hypernyms."kitchen appliance"]\ndenotes = ["griddle", "kettle"]\nmodern = true\n'
    )
    out = tmp_path / "data"
    done = refmatte(
        "build", "--sources", f"folder:{folder}", "--backgrounds", "drawn:6", "--images", 12, "--workers", 1,
        "--out", out, "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    tables = [pq.read_table(path) for path in out.glob("*/expressions-*.parquet")]
    texts = [text for table in tables for text in table.column("text").to_pylist()]
    assert any("bread griddle" in text for text in texts)
    assert any("sneakers" in text and " are " in text for text in texts)
    assert not any("a sneakers" in text for text in texts)
    assert refmatte("verify", out).code == 0
    (folder / "lexicon.toml").write_text("[categories.griddle]\nis_a = ['shoo']\n")
    wrong = refmatte("label", "--sources", f"folder:{folder}", "--backgrounds", "drawn:6", "--out", tmp_path / "x")
    assert wrong.code == 2
    assert "shoo" in wrong.err
