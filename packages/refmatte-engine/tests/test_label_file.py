"""Labels of a model that ran elsewhere."""

import numpy as np
import pytest

from refmatte_engine.errors import BadInputError
from refmatte_engine.labellers.base import Labeller, Look
from refmatte_engine.labellers.label_file import read_label_file
from refmatte_engine.manifest.vocabulary import EntityKind


def look(name):
    return Look(name, np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint8), EntityKind.HUMAN, "human")


def written(tmp_path, text):
    path = tmp_path / "fashion.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_are_proposals_with_their_scores(tmp_path):
    labeller: Labeller = read_label_file(
        written(
            tmp_path,
            "entity_id,clothes_type,clothes_type_score,gender\n"
            "a/1,Tee,0.71,female\na/2,Leather Jacket,0.5,\na/3,unknown,0.9,male\n",
        )
    )
    assert labeller.attributes == ("gender", "clothes_type")
    said = labeller.propose([look("a/2"), look("a/1"), look("a/3"), look("a/4")])
    assert [(each[0].value, each[1].value) for each in said] == [
        (None, "leather jacket"),
        ("female", "t-shirt"),
        ("male", None),
        (None, None),
    ]
    assert said[1][1].score == 0.71
    assert said[1][0].score == 1.0
    assert said[1][1].candidates[0].value == "t-shirt"
    assert said[2][1].reason == "fashion.csv line 4 says nothing"
    assert said[3][0].reason == "no row in fashion.csv"


def test_a_part_of_the_attributes_may_be_taken(tmp_path):
    whole = read_label_file(written(tmp_path, "entity_id,clothes_type,gender\na/1,Tee,female\n"))
    part = whole.only(("clothes_type", "clothes_color"))
    assert part.attributes == ("clothes_type",)
    assert [each.value for each in part.propose([look("a/1")])[0]] == ["t-shirt"]
    assert len(part.propose([look("a/2")])[0]) == 1
    assert part.fingerprint != whole.fingerprint
    with pytest.raises(BadInputError, match="no column age_group: it has gender, clothes_type"):
        whole.only(("age_group",))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("entity_id,clothes_typ\na/1,Tee\n", "did you mean 'clothes_type'"),
        ("entity_id,clothes_type_score\na/1,0.5\n", "no column with labels"),
        ("entity_id,gender\n,male\n", "line 2: entity_id is empty"),
        ("entity_id,gender\na/1,male\na/1,female\n", "line 3: a/1 is also in fashion.csv line 2"),
        ("entity_id,gender\na/1,mail\n", r"line 2: gender = 'mail'.*did you mean 'male'"),
        ("entity_id,clothes_color\na/1,bleu\n", r"line 2: clothes_color = 'bleu'.*did you mean 'blue'"),
        ("entity_id,gender,gender_score\na/1,male,1.5\n", "gender_score is '1.5': write a number from 0 to 1"),
        ("entity_id,gender,gender_score\na/1,male,nan\n", "write a number from 0 to 1"),
    ],
)
def test_a_wrong_file_names_the_line_and_what_is_legal(tmp_path, text, message):
    with pytest.raises(BadInputError, match=message):
        read_label_file(written(tmp_path, text))


def test_a_missing_file_is_bad_input(tmp_path):
    with pytest.raises(BadInputError, match="cannot be read"):
        read_label_file(tmp_path / "none.csv")


def test_another_file_has_another_fingerprint(tmp_path):
    one = read_label_file(written(tmp_path, "entity_id,gender\na/1,male\n"))
    assert one == read_label_file(tmp_path / "fashion.csv")
    two = read_label_file(written(tmp_path, "entity_id,gender\na/1,female\n"))
    assert one.fingerprint != two.fingerprint
