from typer.testing import CliRunner

from clipmat import __version__
from clipmat.cli import app


def test_version_is_the_packages():
    result = CliRunner().invoke(app, ["--version"])
    assert result.exit_code == 0
    assert result.stdout == f"clipmat {__version__}\n"
