"""The command ``clipmat``: thin skins over public functions, and the one place where errors become exit codes."""

from __future__ import annotations

import json
import os
import sys
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from clipmat import __version__
from clipmat.cli import exporting, inspecting, predicting, refining, showing, training
from clipmat.errors import ClipmatError, ExitCode

EXIT_CODES = """
Exit codes: 0 ok, 2 usage, 3 bad input, 4 the output folder is in another state, 6 disk, 70 a bug,
75 stopped and resumable, 130 interrupted.
"""


class _Commands(TyperGroup):
    """Ends as `EXIT_CODES` says where typer would end in its own way."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            _tell("interrupted", ExitCode.INTERRUPTED, "--debug" in sys.argv)
        except BrokenPipeError:  # whoever read the output has enough
            os._exit(ExitCode.OK)


app = typer.Typer(
    name="clipmat",
    cls=_Commands,
    help="CLIPMat: the soft alpha matte of the one thing a phrase means.",
    epilog=EXIT_CODES,
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"clipmat {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """CLIPMat: the soft alpha matte of the one thing a phrase means."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


for part in (training, predicting, refining, showing, exporting, inspecting):
    part.add_commands(app)


def main() -> NoReturn:
    """Entry point of the command: runs it and exits with the code of its error."""
    debug = "--debug" in sys.argv
    try:
        # Taken out here, so that it may stand anywhere on the line.
        app([word for word in sys.argv[1:] if word != "--debug"])
    except ClipmatError as error:
        _tell(str(error), error.exit_code, debug)
    except Exception as error:
        text = f"this is a bug in clipmat, please report it with --debug output: {type(error).__name__}: {error}"
        _tell(text, ExitCode.BUG, debug)
    sys.exit(ExitCode.OK)


def _tell(text: str, code: ExitCode, debug: bool) -> NoReturn:
    """One message on stderr; with --json also one JSON document on stdout."""
    if debug:
        import traceback

        traceback.print_exc()
    print(f"clipmat: {text}", file=sys.stderr)
    if "--json" in sys.argv:
        print(json.dumps({"error": {"exit_code": int(code), "message": text}}))
    sys.exit(code)
