"""Datasets that several test files read."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from command import DRAWN, refmatte
from hypothesis import settings
from tiny_build import write_tiny_build

settings.register_profile("machine", deadline=None)  # a busy machine is no failure
settings.load_profile("machine")


@pytest.fixture(scope="session")
def tiny_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished dataset; tests only read it."""
    return write_tiny_build(tmp_path_factory.mktemp("tiny") / "data")


@pytest.fixture
def fresh_build(tiny_build: Path, tmp_path: Path) -> Path:
    """The same dataset in a folder of its own, to break."""
    return Path(shutil.copytree(tiny_build, tmp_path / "data"))


@pytest.fixture
def build_again(tmp_path: Path) -> Callable[[str], Path]:
    """Writes the dataset again under another name."""
    return lambda name: write_tiny_build(tmp_path / name)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 drawn images, built by the command; tests only read it."""
    out = tmp_path_factory.mktemp("built") / "data"
    done = refmatte(*DRAWN, "--images", 12, "--workers", 1, "--out", out)
    assert done.code == 0, done.err
    return out
