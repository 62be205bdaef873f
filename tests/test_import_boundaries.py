"""Who may import whom (ARCHITECTURE), asked of fresh interpreters."""

import json
import subprocess
import sys

import pytest

HEAVY = {
    "cv2",
    "numba",
    "nltk",
    "sklearn",
    "skimage",
    "pymatting",
    "matplotlib",
    "torch",
    "pyarrow",
    "PIL",
    "scipy",
}


def loaded_after(statement: str) -> set[str]:
    names = "sorted({name.partition('.')[0] for name in sys.modules})"
    code = f"import sys, json\n{statement}\nprint(json.dumps({names}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    ("statement", "forbidden"),
    [
        ("import refmatte_engine", HEAVY | {"numpy", "rim_eval", "clipmat"}),
        ("import refmatte_engine.cli", HEAVY | {"rim_eval", "clipmat", "pydantic"}),
        (
            "import refmatte_engine.pipeline.stages",
            {"rim_eval", "clipmat", "torch", "pymatting", "sklearn", "skimage"},
        ),
        ("import rim_eval", HEAVY | {"refmatte_engine", "clipmat"}),
        ("import rim_eval.cli", {"refmatte_engine", "clipmat", "torch", "numba", "cv2"}),
        ("import clipmat", HEAVY | {"refmatte_engine", "rim_eval"}),
    ],
)
def test_an_import_stays_light_and_on_its_side(statement, forbidden):
    assert not loaded_after(statement) & forbidden


def test_a_trainer_reads_datasets_without_the_engine():
    allowed = {
        "refmatte_engine",
        "refmatte_engine.atomic",
        "refmatte_engine.errors",
        "refmatte_engine.manifest",
    }
    code = """
import importlib, json, pkgutil, sys
import refmatte_engine.manifest as manifest
for module in pkgutil.iter_modules(manifest.__path__):
    importlib.import_module(f"refmatte_engine.manifest.{module.name}")
assert not {"cv2", "pydantic", "numba", "typer", "sklearn"} & set(sys.modules), "more than pyarrow, numpy, pillow"
print(json.dumps([name for name in sys.modules if name.startswith("refmatte_engine")]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    modules = {name for name in json.loads(done.stdout) if not name.startswith("refmatte_engine.manifest.")}
    assert modules <= allowed
