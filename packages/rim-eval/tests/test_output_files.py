import os

import pytest

from rim_eval.errors import DiskError, UsageError
from rim_eval.output_files import check_targets, write_text


def test_written_whole_and_replaced(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "one\n")
    write_text(path, "zwölf\n")
    assert path.read_text(encoding="utf-8") == "zwölf\n"
    assert [child.name for child in tmp_path.iterdir()] == ["a.txt"]


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskError, match="No space left") as caught:
        write_text(path, "new")
    assert caught.value.exit_code == 6
    assert path.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_targets_are_checked(tmp_path):
    check_targets([tmp_path / "a", tmp_path / "b"])
    with pytest.raises(UsageError, match="does not exist"):
        check_targets([tmp_path / "no" / "a"])
    with pytest.raises(UsageError, match="is a folder"):
        check_targets([tmp_path])
