"""Commands about weights of models: list, check, fetch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from refmatte_engine.cli import options as opt
from refmatte_engine.errors import ExitCode

if TYPE_CHECKING:
    from refmatte_engine.weights.listing import ModelFile

models_app = typer.Typer(
    help="Weights of models that propose labels. Nothing is downloaded but by fetch.", no_args_is_help=True
)


@models_app.command("list")
def list_models(models_dir: opt.ModelsDir = None, json: opt.Json = False) -> None:
    """What each file of weights is for, its licence, where it belongs, and whether it is there."""
    from refmatte_engine.weights import listing

    files = listing.list_models(models_dir)
    if json:
        opt.print_json([file.as_json() for file in files])
        return
    for file in files:
        opt.say(_described(file))


@models_app.command("check")
def check_models(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Only these; a missing one is an error then.")
    ] = None,
    models_dir: opt.ModelsDir = None,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
) -> None:
    """Hash every file that is there; exit 3 when one is not what was published."""
    from refmatte_engine.progress import for_stderr
    from refmatte_engine.weights import listing

    files = listing.check_models(names or (), models_dir, progress=for_stderr(quiet))
    if json:
        opt.print_json([file.as_json() for file in files])
    else:
        for file in files:
            opt.say(f"{file.card.name}: {file.state.value}" + (f", SHA-256 {file.sha256}" if file.sha256 else ""))
            if file.advice and (names or file.state is listing.State.WRONG):
                opt.tell(file.advice)
    refused = {listing.State.WRONG, listing.State.MISSING} if names else {listing.State.WRONG}
    if any(file.state in refused for file in files):
        raise typer.Exit(ExitCode.BAD_INPUT)


@models_app.command("fetch")
def fetch_models(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Names of refmatte models list.")],
    models_dir: opt.ModelsDir = None,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
) -> None:
    """Download weights, check their hash, put them in place. A download that broke off goes on."""
    from refmatte_engine.progress import for_stderr
    from refmatte_engine.weights.fetch import fetch_model

    progress = for_stderr(quiet)
    files = [fetch_model(name, models_dir, progress=progress) for name in names]
    if json:
        opt.print_json([file.as_json() for file in files])
    elif not quiet:
        for file in files:
            opt.tell(f"{file.path} ({file.card.license}): as published, SHA-256 {file.sha256}")


def _described(file: ModelFile) -> str:
    """One card and its file for a person."""
    card = file.card
    size = f", {card.size / 1e6:.1f} MB" if card.size else ""
    return "\n".join(
        [
            f"{card.name}: {file.state.value}",
            f"  {card.title} ({card.format}{size})",
            f"  for: {card.purpose}",
            f"  licence: {card.license}. {' '.join(card.license_note.split())}",
            f"  page: {card.origin}",
            f"  file: {file.path}",
        ]
    )


def add_commands(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.add_typer(models_app, name="models")
