from __future__ import annotations

import importlib.util
import tomllib
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from refmatte_engine.errors import BadInputError
from refmatte_engine.known_data import known_data_root
from refmatte_engine.manifest.vocabulary import EntityKind, Relation, Side, Split
from refmatte_engine.plan.groups import Group
from refmatte_engine.plan.inventory import InventoryRow, plan_inventory, read_inventory, subjects_of_rows
from refmatte_engine.plan.planner import Plan
from refmatte_engine.plan.records import Stem
from refmatte_engine.plan.splits import Splits, assign_splits
from refmatte_engine.plan.statistics import splits_json
from refmatte_engine.presets import load_preset

INVENTORY = known_data_root() / "refmatte_inventory.csv"
PAPER = load_preset("paper")
TRAIN, TEST = Split.TRAIN, Split.TEST


@pytest.fixture(scope="module")
def paper() -> dict[str, Any]:
    """The numbers the paper prints."""
    return tomllib.loads((known_data_root() / "expected_counts.toml").read_text())


@pytest.fixture(scope="module")
def rows() -> tuple[InventoryRow, ...]:
    return read_inventory(INVENTORY)


@pytest.fixture(scope="module")
def splits(rows: tuple[InventoryRow, ...]) -> Splits:
    return assign_splits(subjects_of_rows(rows), (), PAPER, seed=0)


@pytest.fixture(scope="module", params=range(20))
def plan(request: pytest.FixtureRequest) -> Plan:
    return plan_inventory(INVENTORY, PAPER, request.param)


def make_inventory() -> ModuleType:
    path = Path(__file__).parents[1] / "authoring" / "make_inventory.py"
    spec = importlib.util.spec_from_file_location("make_inventory", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_file_is_what_its_script_writes() -> None:
    assert INVENTORY.read_text(encoding="utf-8") == make_inventory().as_csv()


def test_the_papers_own_numbers_agree(paper: dict[str, Any]) -> None:
    """dataset.md section 1: only 450,024 gives the headline; the printed 449,624 does not."""
    train, test = paper["expression"]["train"], paper["expression"]["test"]
    assert train["mattes"] * 4 == train["texts"] == 450_024 != train["texts_printed"] == 449_624
    assert test["mattes"] * 4 == test["texts"]
    assert train["texts"] + test["texts"] == paper["headline"]["expressions"] == 474_996
    assert train["mattes"] + test["mattes"] == paper["headline"]["mattes"]
    assert train["images"] + test["images"] == paper["headline"]["images"]
    assert sum(part["entities"] for part in paper["sources"]) == paper["headline"]["entities"]


def test_every_published_total_of_supplement_table_1(
    rows: tuple[InventoryRow, ...], paper: dict[str, Any]
) -> None:
    assert sum(row.count for row in rows) == 13_187
    entities = Counter[tuple[str, str, str]]()
    categories = Counter[tuple[str, str, str]]()
    for row in rows:
        key = row.source, row.part, row.kind.value
        entities[key] += row.count
        categories[key] += 1
    for part in paper["sources"]:
        key = part["source"], part["split"], part["kind"]
        assert entities.pop(key) == part["entities"], key
        assert categories[key] == part["categories"], key
    assert not entities
    assert {row.status for row in rows} == {"published", "assumed"}
    assert all(row.kind is EntityKind.HUMAN for row in rows if row.status == "published")


def test_long_tail_moves_and_what_is_left(
    splits: Splits, rows: tuple[InventoryRow, ...], paper: dict[str, Any]
) -> None:
    subjects = subjects_of_rows(rows)
    assert splits.long_tail == {"aim500": 95, "dim": 7, "hatt": 4, "sim": 2}
    assert splits.unseen_test_categories == () and splits.filled == () and splits.same_content == 0
    for split in Split:
        own = [one for one in subjects if splits.entities[one.entity_id] is split]
        assert Counter(one.kind.value for one in own) == paper["entities_after_moves"][split.value]
        assert len({one.category for one in own}) == paper["expression"][split.value]["categories"]
    for part in paper["sources"]:
        own = [
            one
            for one in subjects
            if one.entity_id.startswith(f"{part['source']}/{part['split']}-{part['kind']}-")
        ]
        assert len(own) == part["entities"]
        assert sum(splits.entities[one.entity_id] is TRAIN for one in own) == part["to_train"]


def test_the_papers_plan_to_the_last_image(plan: Plan, paper: dict[str, Any]) -> None:
    printed = splits_json(plan.counts())
    for split in ("train", "test"):
        ours, theirs = printed[split], paper["expression"][split]
        assert ours["images"] == theirs["images"]
        assert ours["relations"] == paper["relations"][split]
        assert abs(ours["mattes"] - theirs["mattes"]) <= 0.01 * theirs["mattes"]
        assert ours["expressions"] == 4 * ours["mattes"]
        assert ours["ambiguous"] is None
        keyword = paper["keyword"][split]
        for what in ("images", "mattes"):
            kept, published = ours["keyword"][what] / ours[what], keyword[what] / theirs[what]
            assert abs(kept - published) <= 0.01, (split, what, kept, published)
    assert plan.shortfalls == ()


def test_the_papers_groups_and_extras(plan: Plan, paper: dict[str, Any]) -> None:
    for split in Split:
        rows = [row for row in plan.rows if row.slot.split is split]
        groups: list[Group] = [group for group in plan.groups if group.split is split]
        theirs = paper["groups"][split.value]
        assert len(groups) == theirs["groups"]
        members = Counter(member.kind for group in groups for member in group.members)
        assert members == {
            EntityKind.HUMAN: theirs["humans"],
            EntityKind.ANIMAL: theirs["animals"],
            EntityKind.OBJECT: theirs["objects"],
        }
        assert sum(row.slot.stem is Stem.EXTRA for row in rows) == theirs["extras"]
        per_group = Counter(row.slot.group for row in rows if row.slot.stem is Stem.GROUP)
        assert set(per_group.values()) == {20 if split is TRAIN else 10}
        backgrounds = Counter((row.slot.group, row.background_id) for row in rows if row.slot.group >= 0)
        assert max(backgrounds.values()) == 1


def test_seeds_differ_in_what_meets_and_not_in_how_often() -> None:
    one, two = (plan_inventory(INVENTORY, PAPER, seed, 1900) for seed in (1, 2))
    assert one.counts() == two.counts()
    assert {row.entities for row in one.rows} != {row.entities for row in two.rows}


def test_modern_plans_from_a_table_and_heeds_cut_sides(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(
        "source,split,kind,category,count,cut_sides\n"
        "p,,human,human,40,bottom\n"
        "a,train,animal,cat,20,\n"
        "a,test-1,animal,cat,4,\n"
        "o,,object,cup,20,left+bottom\n"
        "o,,object,kite,20,\n"
    )
    plan = plan_inventory(file, load_preset("modern"), 3, 200, backgrounds={TRAIN: 20, TEST: 5})
    cut = {s.entity_id: s.cut_sides for pool in plan.pools.values() for s in pool.subjects}
    tops = [row.entities[0].entity_id for row in plan.rows if row.slot.relation is Relation.TOP_BOTTOM]
    assert tops and not any(Side.BOTTOM in cut[name] for name in tops)
    assert all(len({plan.categories[o.entity_id] for o in row.entities}) == len(row.entities) for row in plan.rows)


GOOD = "source,split,kind,category,count\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "missing: source"),
        ("source,split,kind,category\n", "missing: count"),
        (GOOD.replace("count", "count,colour"), "unknown: colour"),
        (GOOD + "a,train,plant,rose,3\n", "line 2: kind 'plant'"),
        (GOOD + "a,train,object,rose,-3\n", "line 2: count '-3'"),
        (GOOD + "a,train,object,rose,1e3\n", "line 2: count"),
        (GOOD + "a,dev,object,rose,3\n", "line 2: split 'dev'"),
        (GOOD + "a,train,object,,3\n", "line 2: category is empty"),
        (GOOD + "a,train,object\n", "line 2: not as many cells"),
        (GOOD + "a,train,object,rose,3,4\n", "line 2: not as many cells"),
        (GOOD + "a,train,object,rose,3\na,train,object,rose,4\n", "two rows for a, train, object, rose"),
        (GOOD + "a,train,object,rose,999999999\n", "more than 5,000,000"),
        (GOOD.strip() + ",status\na,train,object,rose,3,guessed\n", "line 2: status 'guessed'"),
        (GOOD.strip() + ",cut_sides\na,train,object,rose,3,below\n", "line 2: cut_sides 'below'"),
        (GOOD + 'a,train,object,"rose,3\n', "not a CSV table"),
        (GOOD, "too few entities"),
    ],
)
def test_a_bad_table_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "inventory.csv"
    file.write_text(text)
    with pytest.raises(BadInputError, match=said):
        plan_inventory(file, PAPER, 0)


def test_a_missing_or_foreign_file(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot be read"):
        read_inventory(tmp_path / "absent.csv")
    binary = tmp_path / "photo.csv"
    binary.write_bytes(b"\xff\xd8\xff\xe0" * 9)
    with pytest.raises(BadInputError, match="not a CSV table"):
        read_inventory(binary)
