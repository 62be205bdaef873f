"""What the README shows is what the command prints."""

import doctest
import re
import runpy
from pathlib import Path

import pytest

from rim_eval import compare, score
from rim_eval.reports.comparison_tables import comparison_tables
from rim_eval.reports.console import print_tables
from rim_eval.reports.tables import all_tables

PACKAGE = Path(__file__).parents[1]
README = (PACKAGE / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    root = tmp_path_factory.mktemp("example")
    runpy.run_path(str(PACKAGE / "example" / "make_example.py"))["main"](root)
    return {name: score(root / f"model-{name}", root / "shapes") for name in "ab"}


def shown(tables, path):
    with path.open("w", encoding="utf-8") as stream:
        print_tables(tables, stream)
    return [line.rstrip() for line in path.read_text(encoding="utf-8").splitlines()]


def block(marker):
    return re.search(rf"<!-- example: {marker} -->\n```\n(.*?)\n```", README, re.DOTALL)[1].splitlines()


def test_the_scored_example(runs, tmp_path):
    assert block("score") == shown(all_tables(runs["a"])[:2], tmp_path / "out.txt")
    assert runs["a"].signature in README


def test_the_compared_example(runs, tmp_path):
    import json

    for name, report in runs.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(report.to_json()))
    result = compare(tmp_path / "a.json", tmp_path / "b.json")
    assert set(block("compare")) <= set(shown(comparison_tables(result), tmp_path / "out.txt"))


def test_the_python_example():
    failed, attempted = doctest.testfile(str(PACKAGE / "README.md"), module_relative=False)
    assert failed == 0 and attempted > 4
