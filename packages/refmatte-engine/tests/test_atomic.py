"""Atomic writes: whole or absent, errors in the user's words, orphans swept."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from refmatte_engine.atomic import place_file, replacing, sweep, write_bytes, write_text
from refmatte_engine.errors import DiskError


def test_a_file_appears_whole_and_replaces_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.txt"
    write_text(path, "one\n")
    with replacing(path) as temporary:
        temporary.write_text("two")
        assert path.read_text() == "one\n"
        assert temporary.parent == path.parent
    assert path.read_text() == "two"
    assert list(path.parent.iterdir()) == [path]


def test_an_error_inside_leaves_the_old_file_and_no_temporary(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_bytes(path, b"old")
    with pytest.raises(KeyError), replacing(path) as temporary:
        temporary.write_bytes(b"half")
        raise KeyError
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "no space left"),
        (errno.EROFS, "Read-only"),
        (errno.EACCES, "Permission"),
        (errno.EIO, "Input/output"),
    ],
)
def test_the_disk_says_no(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, message: str) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("refmatte_engine.atomic._flush", refuse)
    with pytest.raises(DiskError, match=message) as caught:
        write_bytes(tmp_path / "a.bin", b"data")
    assert str(tmp_path / "a.bin") in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_killed_writer_leaves_an_orphan_that_is_swept(tmp_path: Path) -> None:
    code = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from refmatte_engine.atomic import replacing\n"
        f"with replacing(Path({str(tmp_path / 'images' / 'a.png')!r})) as t:\n"
        "    t.write_bytes(b'half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == -signal.SIGKILL
    assert not (tmp_path / "images" / "a.png").exists()
    assert len(list((tmp_path / "images").iterdir())) == 1
    (tmp_path / "images" / ".mine.tmp").write_bytes(b"not ours")
    assert sweep(tmp_path) == 1
    assert [path.name for path in (tmp_path / "images").iterdir()] == [".mine.tmp"]


def test_files_are_copied_or_linked(tmp_path: Path) -> None:
    source = tmp_path / "a.png"
    source.write_bytes(b"pixels")
    place_file(source, tmp_path / "b" / "a.png")
    place_file(source, tmp_path / "c" / "a.png", link=True)
    assert (tmp_path / "b" / "a.png").read_bytes() == (tmp_path / "c" / "a.png").read_bytes() == b"pixels"
    assert (tmp_path / "c" / "a.png").stat().st_ino == source.stat().st_ino
    assert (tmp_path / "b" / "a.png").stat().st_ino != source.stat().st_ino
