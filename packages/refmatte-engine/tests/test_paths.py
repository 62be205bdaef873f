"""Names in tables and label files never leave their folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refmatte_engine.errors import BadInputError
from refmatte_engine.manifest.paths import check_relative, resolve_inside

LEAVING = [
    "", "..", "../a", "a/../b", "a/../../b", "/etc/passwd", "~/a", "~root", "C:/a", "c:a", "\\\\host\\a", "a\\b",
    "file:///a", "http://a/b", "a\0b", "./a", "a//b", "a/", "a/.",
]  # fmt: skip


@pytest.mark.parametrize("name", LEAVING)
def test_names_that_leave_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInputError, match="leaves its folder"):
        resolve_inside(tmp_path, name)


@given(st.text(max_size=20))
def test_whatever_passes_stays_inside(name: str) -> None:
    root = Path("/data/set")
    try:
        check_relative(name)
    except BadInputError:
        return
    inside = (root / name).resolve()
    assert inside.is_relative_to(root)
    assert inside != root


def test_symbolic_links_must_stay_inside(tmp_path: Path) -> None:
    root = tmp_path / "set"
    (root / "train").mkdir(parents=True)
    (tmp_path / "secret.png").write_bytes(b"x")
    (root / "train" / "out.png").symlink_to(tmp_path / "secret.png")
    (root / "train" / "in.png").symlink_to(root / "train" / "real.png")
    with pytest.raises(BadInputError, match="leads outside"):
        resolve_inside(root, "train/out.png")
    assert resolve_inside(root, "train/in.png") == root / "train" / "in.png"
