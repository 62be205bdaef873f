"""Installed wheels, away from the repository, do what the checkout does."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
UV = os.environ.get("UV") or shutil.which("uv") or "uv"


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def tree_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@pytest.fixture(scope="module")
def wheels(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    run(UV, "build", "--all-packages", "--out-dir", folder, cwd=ROOT)
    return folder


def test_the_engines_wheel_carries_its_data(wheels):
    (wheel,) = wheels.glob("refmatte_engine-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for part in (
        "data_manifests/sources/",
        "data_manifests/corrections/",
        "data_manifests/models/",
        "labellers/people/mmfashion.toml",
        "presets/",
        "lexicon/",
        "report/templates/",
    ):
        assert any(name.startswith(f"refmatte_engine/{part}") for name in names), part
    assert "refmatte_engine/py.typed" in names


@pytest.mark.timeout(900)
def test_wheels_in_a_clean_environment_build_the_same_bytes(wheels, tmp_path):
    environment = tmp_path / "environment"
    lock = tmp_path / "requirements.txt"
    exported = run(
        UV, "export", "--package", "refmatte-engine", "--no-emit-workspace", "--no-hashes", "--no-dev", "--frozen",
        cwd=ROOT,
    )  # fmt: skip
    lock.write_text(exported.stdout)
    run(UV, "venv", "--python", sys.executable, environment, cwd=tmp_path)
    python = environment / "bin" / "python"
    (engine,) = wheels.glob("refmatte_engine-*.whl")
    run(UV, "pip", "install", "--python", python, "-r", lock, engine, cwd=tmp_path)
    assert (
        run(python, "-c", "import importlib.util as u; print(u.find_spec('torch'))", cwd=tmp_path).stdout
        == "None\n"
    )

    arguments = ("build", "--sources", "sample", "--images", "6", "--seed", "3", "--workers", "1", "--out")
    run(environment / "bin" / "refmatte", *arguments, tmp_path / "installed", cwd=tmp_path)
    run(sys.executable, "-m", "refmatte_engine", *arguments, tmp_path / "checkout", cwd=ROOT)
    assert tree_hash(tmp_path / "installed") == tree_hash(tmp_path / "checkout")
