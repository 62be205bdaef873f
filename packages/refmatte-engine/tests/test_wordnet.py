"""From names to entries, on a WordNet of two dozen synsets that stands in support/small_wordnet.py."""

from __future__ import annotations

import json
import tomllib
import zipfile
from pathlib import Path
from unittest import mock

import pytest
from command import refmatte
from small_wordnet import SmallNet

from refmatte_engine.errors import BadInputError, StateConflictError, UsageError
from refmatte_engine.lexicon import load_lexicon, load_user_words
from refmatte_engine.lexicon.model import Number
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.wordnet import data, toml_text
from refmatte_engine.wordnet.checked import checked, load_checked
from refmatte_engine.wordnet.net import closure
from refmatte_engine.wordnet.own import propose_lexicon
from refmatte_engine.wordnet.project import make_lexicon
from refmatte_engine.wordnet.proposal import propose
from refmatte_engine.wordnet.senses import meaning
from refmatte_engine.wordnet.words import everyday, plural_of, synonyms, word_forms

NET = SmallNet()
LEXICON = load_lexicon()


def sense(key: str):
    found = NET.sense(key)
    assert found is not None
    return found


# Senses -------------------------------------------------------------------------------------------


def test_what_is_above_comes_nearest_first() -> None:
    assert [each.key for each in closure(sense("mouse.n.01"), NET)] == [
        "rodent.n.01",
        "animal.n.01",
        "object.n.01",
        "entity.n.01",
    ]


def test_the_common_thing_wins_and_no_thing_is_no_choice() -> None:
    found = meaning("mouse", NET)
    assert [each.sense.key for each in found.ranked] == ["mouse.n.01", "mouse.n.04"]  # not the bruise
    assert found.doubtful == ()
    assert found.ranked[0].kind is EntityKind.ANIMAL


def test_a_stated_kind_decides() -> None:
    chosen = meaning("crane", NET, kind=EntityKind.ANIMAL).chosen
    assert chosen is not None and chosen.sense.key == "crane.n.05"


def test_our_categories_decide_between_equals_and_the_rest_is_for_a_person() -> None:
    found = meaning("crane", NET)
    assert [each.sense.key for each in (found.ranked[0], *found.doubtful)] == ["crane.n.04", "crane.n.05"]
    kin = meaning("crane", NET, kin={"animal.n.01"}).chosen
    assert kin is not None and kin.sense.key == "crane.n.05"


@pytest.mark.parametrize("choice", ["crane.n.05", "3"])
def test_a_person_chooses_by_synset_or_number(choice: str) -> None:
    found = meaning("crane", NET, stated=choice)
    assert found.chosen is not None and found.chosen.sense.key == "crane.n.05"
    assert found.doubtful == ()


@pytest.mark.parametrize("choice", ["0", "9", "crane.n.77", "rubbish"])
def test_a_choice_that_is_none_names_the_senses(choice: str) -> None:
    with pytest.raises(UsageError, match=r"no sense of 'crane'.*3 crane\.n\.05 \(a wading bird\)"):
        meaning("crane", NET, stated=choice)


def test_the_last_words_stand_in_for_a_name_that_wordnet_lacks() -> None:
    found = meaning("pizza rotisserie", NET)
    assert (found.chosen, found.head) == (None, "rotisserie")
    assert meaning("zorp", NET).ranked == ()
    assert meaning("black shiner", NET).head is None  # a state is no thing


# Words --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "key", "number", "many", "article"),
    [
        ("rotisserie", "rotisserie.n.01", Number.SINGULAR, "rotisseries", "a"),
        ("mouse", "mouse.n.01", Number.SINGULAR, "mice", "a"),
        ("sneakers", "gym_shoe.n.01", Number.PLURAL, "sneakers", ""),
        ("walrus", "walrus.n.01", Number.SINGULAR, "walruses", "a"),
        ("foam", "foam.n.01", Number.MASS, "foam", ""),
        ("footwear", "footwear.n.01", Number.MASS, "footwear", ""),
        ("shoe", "shoe.n.01", Number.SINGULAR, "shoes", "a"),  # counted, though footwear is not
    ],
)
def test_number_plural_and_article(word: str, key: str, number: Number, many: str, article: str) -> None:
    forms = word_forms(word, sense(key), NET)
    assert (forms.number, forms.plural, forms.article) == (number, many, article)


def test_plurals_are_the_everyday_ones() -> None:
    words = ("octopus", "bus", "old mouse", "snowman", "jellyfish", "corpus")
    assert [plural_of(word, NET) for word in words] == [
        "octopuses",
        "buses",
        "old mice",
        "snowmen",
        "jellyfish",
        "corpora",
    ]


def test_synonyms_without_latin_and_spellings() -> None:
    assert synonyms("house mouse", sense("house_mouse.n.01"), NET) == ()
    assert synonyms("gym-shoe", sense("gym_shoe.n.01"), NET) == ("sneaker",)
    words = synonyms("sofa", sense("sofa.n.01"), NET)
    assert words == ("couch", "lounge")
    assert everyday(words, sense("sofa.n.01"), NET) == ("couch",)  # a lounge is a room first


# The user's names ---------------------------------------------------------------------------------


def test_entries_for_free_names() -> None:
    found = propose(["griddle", "Sneakers", "pizza rotisserie", "zorp", "scissors", "mugs"], NET, LEXICON)
    assert found.known == (("scissors", "scissors"), ("mugs", "mug"))
    entries = found.words.categories
    assert list(entries) == ["griddle", "sneakers", "pizza rotisserie", "zorp"]
    assert (entries["griddle"].synset, entries["griddle"].is_a) == ("griddle.n.02", ("object",))
    assert (entries["sneakers"].is_a, entries["sneakers"].number) == (("shoe",), Number.PLURAL)
    assert entries["sneakers"].paper == ("gym shoes",)
    assert entries["zorp"].synset is None
    assert entries["zorp"].kind is EntityKind.OBJECT
    assert found.proposals[0].spoken == "a griddle, two griddles"


def test_a_hypernym_knows_all_it_denotes() -> None:
    found = propose(["griddle", "rotisserie", "zorp"], NET, LEXICON)
    appliance = found.words.hypernyms["kitchen appliance"]
    assert appliance.denotes == ("griddle", "rotisserie")
    assert not appliance.modern


def test_a_stated_sense_makes_an_entry_of_a_known_name() -> None:
    assert propose(["mouse"], NET, LEXICON).known == (("mouse", "mouse"),)
    entry = propose(["mouse=mouse.n.04"], NET, LEXICON).words.categories["mouse"]
    assert (entry.kind, entry.is_a, entry.paper) == (EntityKind.OBJECT, ("computer mouse",), ())
    with pytest.raises(UsageError, match="given twice"):
        propose(["mouse=1", "mouse=4"], NET, LEXICON)


def test_similar_names_are_told() -> None:
    (proposal,) = propose(["griddl"], NET, LEXICON).proposals
    assert proposal.near == ("griddle",)


def test_the_file_is_read_by_the_lexicon(tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("griddle  # the grey one\n\n# a comment\nrotisserie\n")
    out = tmp_path / "lexicon.toml"
    found = propose_lexicon(["crane"], names_file=names, out=out, net=NET)
    assert load_user_words(out) == found.proposals.words
    text = out.read_text()
    assert "crane=crane.n.05: a wading bird" in text
    assert "# CHECK" in text
    lexicon = load_lexicon(user_words=load_user_words(out))
    noun = lexicon.dialect("paper").nouns["kitchen appliance"]
    assert noun.categories == {"rotisserie", "griddle"}
    assert str(found).endswith("into the folder of the cut-outs")
    assert found.as_json()["categories"]["crane"]["check"] is True
    with pytest.raises(StateConflictError, match="your corrections"):
        propose_lexicon(["crane"], out=out, net=NET)


def test_nothing_to_propose_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "lexicon.toml"
    assert propose_lexicon(["cat"], out=out, net=NET).out is None
    assert not out.exists()


def test_bad_names(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no names"):
        propose_lexicon(net=NET)
    with pytest.raises(BadInputError, match="cannot name a category"):
        propose_lexicon(["<script>"], net=NET)
    with pytest.raises(BadInputError, match="cannot read the names"):
        propose_lexicon(names_file=tmp_path / "none", net=NET)
    with pytest.raises(BadInputError, match=r"no entities\.parquet"):
        propose_lexicon(collection=tmp_path, net=NET)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(BadInputError, match="UTF-8"):
        propose_lexicon(names_file=tmp_path / "binary", net=NET)


def test_the_command_and_a_collection(tmp_path: Path, built: Path) -> None:
    with mock.patch("refmatte_engine.wordnet.own.open_wordnet", return_value=NET):
        done = refmatte("lexicon", "propose", "griddle", "--collection", built, "--json")
        assert done.code == 0, done.err
        assert list(done.document["categories"]) == ["griddle"]
        assert "circle" in done.document["known"]  # a drawn shape
        assert refmatte("lexicon", "propose", "mouse=9").code == 2
        assert "kitchen appliance: said of griddle" in refmatte("lexicon", "propose", "griddle").out


# The project's own --------------------------------------------------------------------------------

CHECKED = {
    "group": [
        {"kind": "animal", "names": {"animal": {"size": 1.0, "paper": []}}},
        {
            "kind": "animal",
            "about": "Small ones",
            "names": {
                "rodent": {"size": 0.2},
                "mouse": {"size": 0.1},
                "house mouse": {"size": 0.1, "is_a": ["animal"], "modern": ["mousie"]},
                "octopus": {"size": 1.0, "number": "plural"},
            },
        },
        {
            "kind": "object",
            "names": {"object": {"size": 1.0, "refused": ["physical object"]}, "sofa": {"size": 2.0}},
        },
    ],
    "hypernym": {"animal": {"generic": True, "modern": ["animal"], "refused": ["fauna"]}},
    "number": {"mass": ["foam"], "plural": []},
}


def test_the_project_is_made_from_wordnet_and_corrections() -> None:
    made = make_lexicon(NET, checked(CHECKED))
    document = tomllib.loads(made.categories)
    assert document["animal"]["mouse"] == {"synset": "mouse.n.01", "size": 0.1, "is_a": ["rodent"]}
    assert document["animal"]["house mouse"] == {
        "synset": "house_mouse.n.01",
        "size": 0.1,
        "is_a": ["animal"],
        "may_be": ["mouse"],
        "modern": ["mousie"],
    }
    assert document["object"]["sofa"]["paper"] == ["couch", "lounge"]
    assert document["animal"]["octopus"]["number"] == "plural"
    assert "# Small ones\n" in made.categories
    assert tomllib.loads(made.hypernyms) == {
        "animal": {"generic": True, "modern": ["animal"], "paper": ["animal", "beast"]}
    }
    assert made.idle == ()


def test_corrections_that_correct_nothing_are_told() -> None:
    document = json.loads(json.dumps(CHECKED))
    document["group"][1]["names"]["mouse"] |= {"sense": "mouse.n.01", "is_a": ["rodent"], "plural": "mice"}
    assert make_lexicon(NET, checked(document)).idle == ("mouse.sense", "mouse.is_a", "mouse.plural")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sizes": 1}, "mouse.sizes"),
        ({"is_a": ["dragon"]}, "'dragon' is not a name"),
        ({"number": "dual"}, "mouse.number"),
    ],
)
def test_bad_corrections(change: dict[str, object], message: str) -> None:
    document = json.loads(json.dumps(CHECKED))
    document["group"][1]["names"]["mouse"] |= change
    with pytest.raises(UsageError, match=message):
        checked(document)


def test_a_refused_word_must_be_a_synonym() -> None:
    document = json.loads(json.dumps(CHECKED))
    document["group"][1]["names"]["mouse"]["refused"] = ["rat"]
    with pytest.raises(UsageError, match="'rat', refused for 'mouse'"):
        make_lexicon(NET, checked(document))


def test_every_published_name_was_checked() -> None:
    assert list(load_checked().categories()) == list(LEXICON.categories)


# Data ---------------------------------------------------------------------------------------------


def test_data_is_copied_with_lexnames(tmp_path: Path) -> None:
    source = tmp_path / "debian"
    source.mkdir()
    for name in data.FILES[1:]:
        (source / name).write_text(name)
    with pytest.raises(BadInputError, match=r"cntlist\.rev missing"):
        data.copy_data(source, tmp_path / "nltk")
    (source / "cntlist.rev").write_text("counts")
    done = refmatte("lexicon", "data", "--from", source, "--to", tmp_path / "nltk")
    assert done.code == 0, done.err
    target = tmp_path / "nltk" / "corpora" / "wordnet"
    assert sorted(path.name for path in target.iterdir()) == sorted([*data.FILES, "lexnames"])
    lines = (target / "lexnames").read_text().splitlines()
    assert (len(lines), lines[5], lines[-1]) == (45, "05\tnoun.animal\t1", "44\tadj.ppl\t3")


def test_missing_nltk_says_how_to_get_it() -> None:
    with (
        mock.patch.dict("sys.modules", {"nltk": None, "nltk.data": None}),
        pytest.raises(BadInputError, match=r"pip install 'refmatte-engine\[wordnet\]'"),
    ):
        data.open_wordnet()


def test_missing_data_says_how_to_get_it() -> None:
    nltk_data = pytest.importorskip("nltk.data")
    with mock.patch.object(nltk_data, "path", ["/nowhere"]), pytest.raises(BadInputError, match="lexicon data"):
        data.open_wordnet()


def test_a_zip_that_was_cut_short_is_bad_input(tmp_path: Path) -> None:
    nltk_data = pytest.importorskip("nltk.data")
    (tmp_path / "corpora").mkdir()
    with zipfile.ZipFile(tmp_path / "corpora" / "wordnet.zip", "w") as archive:
        archive.writestr("wordnet/lexnames", data.LEXNAMES)
    whole = (tmp_path / "corpora" / "wordnet.zip").read_bytes()
    (tmp_path / "corpora" / "wordnet.zip").write_bytes(whole[:-30])
    with (
        mock.patch.object(nltk_data, "path", [str(tmp_path)]),
        pytest.raises(BadInputError, match=r"cannot be read .*lexicon data"),
    ):
        data.open_wordnet()


def test_toml_text_is_toml() -> None:
    table = {"a b": 'say "x" \\ \x7f é', "list": ["p", "q"], "yes": True, "size": 0.5}
    assert tomllib.loads(f"t = {toml_text.inline(table)}") == {"t": table}
    assert toml_text.comment("two\nlines") == "# two lines"
