import json

import pytest
from image_trees import kept, left_out, write_pairs

from refmatte_engine.errors import BadInputError
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.sources.aim500 import AIM500

TYPES = {
    "o_toy": ("SO", "toy"),
    "o_glass": ("STM", "transparent"),
    "o_web": ("NS", "transparent"),
    "o_branch": ("NS", "plant"),
    "o_feather": ("STM", "toy"),
    "o_chair": ("SO", "furniture"),
    "o_cat": ("STM", "animal"),
    "o_face": ("SO", "portrait"),
}


@pytest.fixture
def root(tmp_path):
    write_pairs(tmp_path, "original", "mask", [*TYPES, "o_unlisted"])
    write_pairs(tmp_path, "usr", "trimap", TYPES, suffix=".png")
    table = {stem: {"type": type_, "category": group} for stem, (type_, group) in TYPES.items()}
    (tmp_path / "aim_category_type.json").write_text(json.dumps(table))
    return tmp_path


def said(candidate):
    return {label.name: label.value for label in candidate.labels}


def test_the_objects_of_the_paper_are_the_default(root):
    source = AIM500(root)
    candidates = kept(source)
    assert {stem: c.category for stem, c in candidates.items()} == {
        "o_branch": "plant",
        "o_chair": "piece of furniture",
        "o_feather": "toy",
        "o_glass": None,
        "o_toy": "toy",
        "o_web": None,
    }
    assert left_out(source) == {"o_cat": "not_in_subset", "o_face": "not_in_subset", "o_unlisted": "type_missing"}
    assert {c.kind for c in candidates.values()} == {EntityKind.OBJECT}
    assert {c.split for c in candidates.values()} == {None}
    assert {c.license for c in candidates.values()} == {"LicenseRef-AIM-500-unspecified"}


def test_all_of_it_has_portraits_with_faces(root):
    candidates = kept(AIM500(root, subset="all"))
    assert candidates["o_face"].kind is EntityKind.HUMAN
    assert candidates["o_cat"].kind is EntityKind.ANIMAL
    assert [stem for stem, c in candidates.items() if c.identifiable_face] == ["o_face"]


def test_types_say_what_is_salient_and_transparent(root):
    candidates = kept(AIM500(root))
    assert said(candidates["o_toy"]) == {"salient": "true", "transparent": "false"}
    assert said(candidates["o_glass"]) == {"salient": "true", "transparent": "true"}
    assert said(candidates["o_web"]) == {"salient": "false", "transparent": "true"}
    assert said(candidates["o_branch"]) == {"salient": "false"}
    # "meticulous" is not transparent: nothing is known
    assert said(candidates["o_feather"]) == {"salient": "true"}


def test_without_its_table_it_cannot_be_used(root):
    (root / "aim_category_type.json").unlink()
    with pytest.raises(BadInputError, match=r"aim_category_type\.json is missing"):
        list(AIM500(root).candidates())
