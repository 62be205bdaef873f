"""The command ``clipmat``: for now it only says which version is installed."""

from __future__ import annotations

from typing import Annotated

import typer

from clipmat import __version__

app = typer.Typer(add_completion=False, help="CLIPMat. The model and its training come with a later release.")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"clipmat {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def run(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """CLIPMat: the soft alpha matte of the one thing a phrase means (not released yet)."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Entry point of the command."""
    app()
