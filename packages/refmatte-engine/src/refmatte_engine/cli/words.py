"""``refmatte lexicon``: words for categories through WordNet. Building needs none of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from refmatte_engine.cli import options as opt

lexicon_app = typer.Typer(help="Words for your own categories, through WordNet.", no_args_is_help=True)


@lexicon_app.command()
def propose(
    names: Annotated[
        list[str] | None, typer.Argument(help='Names; "mouse=mouse.n.04" or "mouse=4" chooses a sense.')
    ] = None,
    names_file: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="More names, one a line.")
    ] = None,
    collection: Annotated[
        Path | None,
        typer.Option("--collection", metavar="DIR", help="Categories of a folder of refmatte ingest or label."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write the entries, e.g. lexicon.toml.")
    ] = None,
    json: opt.Json = False,
) -> None:
    """Propose entries for names that the lexicon does not have: meaning, kind, synonyms, plural."""
    from refmatte_engine.wordnet.own import propose_lexicon

    found = propose_lexicon(names or (), names_file=names_file, collection=collection, out=out)
    if json:
        opt.print_json(found.as_json())
    else:
        opt.say(str(found))


@lexicon_app.command()
def make(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where the two files go.")],
    json: opt.Json = False,
) -> None:
    """Generate the project's own categories.toml and hypernyms.toml from WordNet and the checked corrections."""
    from refmatte_engine.wordnet.data import open_wordnet
    from refmatte_engine.wordnet.project import make_lexicon

    made = make_lexicon(open_wordnet())
    written = made.write(out)
    if json:
        opt.print_json({"files": [str(path) for path in written], "idle_corrections": list(made.idle)})
        return
    for path in written:
        opt.tell(f"written: {path}")
    for idle in made.idle:
        opt.tell(f"note: wordnet/checked.toml: {idle} says what WordNet gives anyway")


@lexicon_app.command()
def data(
    source: Annotated[Path, typer.Option("--from", metavar="DIR", help="A copy of WordNet 3.0.")] = Path(
        "/usr/share/wordnet"
    ),
    folder: Annotated[
        Path, typer.Option("--to", metavar="DIR", help="A folder of NLTK_DATA; nltk looks below it.")
    ] = Path("~/nltk_data"),
    json: opt.Json = False,
) -> None:
    """Copy Debian's WordNet (wordnet-base, wordnet-sense-index) to where nltk finds it. Downloads nothing."""
    from refmatte_engine.wordnet.data import copy_data

    target = copy_data(source, folder.expanduser())
    if json:
        opt.print_json({"folder": str(target)})
    else:
        opt.tell(f"WordNet is in {target}")


def add_commands(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.add_typer(lexicon_app, name="lexicon")
