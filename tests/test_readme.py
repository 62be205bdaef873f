"""The README's commands are the ones that are checked."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()


def test_ci_runs_the_readmes_test_command():
    commands = re.findall(r"^python3 -m pip install .*pytest -n 2 --dist loadfile$", README, re.MULTILINE)
    assert len(commands) == 1
    assert commands[0] in (ROOT / ".ci" / "run").read_text().splitlines()


def test_links_of_the_docs_lead_somewhere():
    pages = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_readme_names_every_command():
    from refmatte_engine.cli import app

    names = [command.name or command.callback.__name__ for command in app.registered_commands]
    names += [group.name for group in app.registered_groups]
    for name in names:
        assert re.search(rf"refmatte {name}\b", README), f"README does not show refmatte {name}"


def test_versions_agree():
    for package, module in (
        ("refmatte-engine", "refmatte_engine"),
        ("rim-eval", "rim_eval"),
        ("clipmat", "clipmat"),
    ):
        folder = ROOT / "packages" / package
        declared = tomllib.loads((folder / "pyproject.toml").read_text())["project"]["version"]
        assert f'__version__ = "{declared}"' in (folder / "src" / module / "__init__.py").read_text()
