"""The command ``refmatte``: thin skins over public functions, and the one place where errors become exit codes."""

from __future__ import annotations

import json
import os
import sys
from typing import Annotated, NoReturn

import typer

from refmatte_engine import __version__
from refmatte_engine.cli import building, exchanging, looking, models, words
from refmatte_engine.errors import ExitCode, RefMatteError

EXIT_CODES = """
Exit codes: 0 ok, 1 a stated threshold failed, 2 usage, 3 bad input, 4 the output folder is in another state,
5 refused by licence or privacy rules, 6 disk, 70 a bug, 75 stopped and resumable, 130 interrupted.
"""

app = typer.Typer(
    name="refmatte",
    help="Build referring image matting datasets from matting datasets you have.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"refmatte {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Build referring image matting datasets from matting datasets you have."""


building.add_commands(app)
looking.add_commands(app)
exchanging.add_commands(app)
models.add_commands(app)
words.add_commands(app)


def main() -> NoReturn:
    """Entry point of the command: runs it and exits with the code of DESIGN section 8."""
    debug = "--debug" in sys.argv
    try:
        # Taken out here, so that it may stand anywhere on the line.
        app([word for word in sys.argv[1:] if word != "--debug"])
    except RefMatteError as error:
        _tell(str(error), error.exit_code, debug)
    except KeyboardInterrupt:
        _tell("interrupted; the same command continues from here", ExitCode.INTERRUPTED, debug)
    except BrokenPipeError:
        os._exit(ExitCode.OK)
    except Exception as error:
        text = f"this is a bug in refmatte, please report it with --debug output: {type(error).__name__}: {error}"
        _tell(text, ExitCode.BUG, debug)
    sys.exit(ExitCode.OK)


def _tell(text: str, code: ExitCode, debug: bool) -> NoReturn:
    """One message on stderr; with --json also one JSON document on stdout."""
    if debug:
        import traceback

        traceback.print_exc()
    print(f"refmatte: {text}", file=sys.stderr)
    if "--json" in sys.argv:
        print(json.dumps({"error": {"exit_code": int(code), "message": text}}))
    sys.exit(code)
