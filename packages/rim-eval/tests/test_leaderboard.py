import json

import pytest

from rim_eval import score
from rim_eval.errors import UsageError
from rim_eval.leaderboard import leaderboard, paper_rows


def test_every_paper_row_implies_one_image_size():
    """SAD / MAD is the mean pixel count in thousands; the spec's two misprints are the only strangers."""
    strange = []
    for row in paper_rows()["rows"]:
        for setting in ("keyword", "expression", "rw100"):
            sad, _, mad, sad_e, _, mad_e = row[setting]
            for column, s, m in (("MAD", sad, mad), ("MAD(E)", sad_e, mad_e)):
                low, high = s / (m + 0.00005), s / (m - 0.00005)
                if not (low <= 1770 and high >= 1730):
                    strange.append((row["name"], setting, column))
    assert sorted(strange) == [
        ("CLIPMat ViT-B/16", "expression", "MAD(E)"),
        ("CLIPMat ViT-L/14 + refiner", "keyword", "MAD"),
    ]
    marked = [
        (row["name"], row["doubtful"]["setting"], row["doubtful"]["column"])
        for row in paper_rows()["rows"]
        if "doubtful" in row
    ]
    assert sorted(marked) == sorted(strange)


def test_runs_stand_beside_the_paper_by_setting(folders, tmp_path):
    (tmp_path / "run.json").write_text(json.dumps(score(*folders).to_json()))
    alone = leaderboard([tmp_path / "run.json"])
    assert [entry.name for entry in alone.entries] == ["run"]  # plain folders have no setting of the paper
    board = leaderboard([tmp_path / "run.json"], paper="all")
    assert len(board.entries) == 1 + 24 and len(board.tables()) == 4
    first = board.tables()[0]
    assert first.header[:4] == ("method", "region", "size", "expressions") and "CONN rule" in first.header
    assert any("only on the same items" in note for note in board.notes)


def test_the_best_comes_first_and_misprints_are_marked():
    board = leaderboard(paper="keyword")
    assert [entry.values["SAD"] for entry in board.entries] == sorted(
        entry.values["SAD"] for entry in board.entries
    )
    table = board.tables()[0]
    row = table.rows[0]
    assert row[0] == "CLIPMat ViT-L/14 + refiner [paper]" and "0.0027 (?)" in row
    assert len(board.notes) == 1 and "0.0047" in board.notes[0]


def test_nothing_to_show():
    with pytest.raises(UsageError):
        leaderboard(paper="none")
