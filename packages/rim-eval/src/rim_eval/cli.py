"""The command `rim-eval`: each subcommand is a thin skin over one public function."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from rim_eval.errors import BadMatteError, MatchingError, RimEvalError

EXIT_CODES = (
    "Exit codes: 0 ok, 1 a --fail-if threshold failed, 2 usage, 3 bad input, 6 disk, 70 bug, 130 interrupted."
)

app = typer.Typer(
    name="rim-eval",
    help="The exact, fast, strict scorer for (referring) image matting.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: panels would double its time
)

Predictions = Annotated[Path, typer.Argument(help="Folder of predictions, one file a matte or expression.")]
Truth = Annotated[
    Path | None,
    typer.Argument(help="Ground truth: a folder of mattes, a dataset folder, or a released RefMatte folder."),
]
Manifest = Annotated[Path | None, typer.Option(help="Dataset folder whose tables describe the ground truth.")]
Layout = Annotated[str, typer.Option(help="auto, folder, dataset or released.")]
Split = Annotated[str, typer.Option(help="Split of a dataset.")]
Setting = Annotated[str, typer.Option(help="keyword, expression, or auto: by the names of the predictions.")]
Protocol = Annotated[
    str,
    typer.Option(
        help="rim (one selected expression), all-expressions, or auto: rim if there is an index.",
    ),
]
Index = Annotated[
    Path | None,
    typer.Option(help="File of selected expressions (eval_index_expression.json)."),
]
Labels = Annotated[Path | None, typer.Option(help="Label file of a released folder.")]
AllowPartial = Annotated[bool, typer.Option("--allow-partial", help="Accept a dataset without MANIFEST.json.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")]
MarkdownFile = Annotated[Path | None, typer.Option("--markdown", help="Write tables as Markdown.")]
LatexFile = Annotated[Path | None, typer.Option("--latex", help="Write tables as LaTeX.")]


def _version(wanted: bool) -> None:
    if wanted:
        from rim_eval import __version__

        typer.echo(f"rim-eval {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """The exact, fast, strict scorer for (referring) image matting."""


@app.command(epilog=EXIT_CODES)
def score(
    predictions: Predictions,
    ground_truth: Truth = None,
    manifest: Manifest = None,
    layout: Layout = "auto",
    split: Split = "test",
    setting: Setting = "auto",
    protocol: Protocol = "auto",
    index: Index = None,
    labels: Labels = None,
    image_id: Annotated[
        str | None,
        typer.Option(help="Regular expression: its first group is the image of a matte."),
    ] = None,
    photos: Annotated[Path | None, typer.Option(help="Folder of the photos, for the HTML page.")] = None,
    group_by: Annotated[list[str] | None, typer.Option(help="One more table by this column; repeatable.")] = None,
    allow_partial: AllowPartial = False,
    missing: Annotated[
        str,
        typer.Option(help="A missing prediction is an error, zero (an empty matte) or skip."),
    ] = "error",
    metrics: Annotated[
        str, typer.Option(help="Comma-separated: SAD, MSE, MAD, GRAD, CONN.")
    ] = "SAD,MSE,MAD,GRAD,CONN",
    region: Annotated[str | None, typer.Option(help="whole, unknown, unknown-masked, fg or bg.")] = None,
    trimaps: Annotated[
        Path | None,
        typer.Option(help="Folder of trimaps; derived from the ground truth otherwise."),
    ] = None,
    trimap_radius: Annotated[int, typer.Option(help="Pixels, for derived trimaps.")] = 10,
    compat: Annotated[
        str,
        typer.Option(help="Compute as another implementation: dim, mmagic, gfm, gca, rvm."),
    ] = "rim",
    conn: Annotated[str | None, typer.Option(help="dim-exact, matlab-tie, float64, gfm or gca.")] = None,
    grad: Annotated[str | None, typer.Option(help="dim, plain or gfm.")] = None,
    resize: Annotated[
        str | None,
        typer.Option(help="pred-to-gt:bilinear resizes predictions; else a wrong size is an error."),
    ] = None,
    workers: Annotated[int, typer.Option(help="Processes. The result is the same for any number.")] = 1,
    as_json: AsJson = False,
    csv: Annotated[Path | None, typer.Option(help="Write one line a prediction.")] = None,
    markdown: MarkdownFile = None,
    latex: LatexFile = None,
    html: Annotated[Path | None, typer.Option(help="Write one self-contained page with pictures.")] = None,
    fail_if: Annotated[
        list[str] | None,
        typer.Option(help='Exit 1 when this holds, such as "SAD>10"; repeatable.'),
    ] = None,
) -> None:
    """Score a folder of predictions against the ground truth.

    A ground truth <id>.png takes the prediction <id>.png, or any <id>_e<i>.png, one per expression.
    """
    from rim_eval.output_files import check_targets, write_text
    from rim_eval.progress import progress_on_stderr
    from rim_eval.reports.tables import all_tables
    from rim_eval.scorer import score as run
    from rim_eval.thresholds import parse_threshold

    thresholds = [parse_threshold(text) for text in fail_if or []]
    check_targets([path for path in (csv, markdown, latex, html) if path is not None])
    with progress_on_stderr("scoring") as progress:
        report = run(
            predictions, ground_truth, manifest=manifest, layout=layout, split=split, setting=setting,
            protocol=protocol, index=index, labels=labels, image_id=image_id, photos=photos,
            group_by=group_by or (), allow_partial=allow_partial, missing=missing, metrics=metrics.split(","),
            region=region, trimaps=trimaps, trimap_radius=trimap_radius, compat=compat, conn=conn, grad=grad,
            resize=resize, workers=workers, progress=progress,
        )  # fmt: skip
    failed = [threshold for threshold in thresholds if threshold.failed_by(report)]
    if csv is not None:
        from rim_eval.reports.csv_rows import csv_text

        write_text(csv, csv_text(report))
    if html is not None:
        from rim_eval.reports.page import html_page

        write_text(html, html_page(report))
    _show(
        all_tables(report), report.to_json() if as_json else None, markdown, latex, report.signature, report.notes
    )
    for threshold in failed:
        _say(f"failed: {threshold} (it is {report.metric_value(threshold.name):.6g})")
    if failed:
        raise typer.Exit(1)


@app.command(epilog=EXIT_CODES)
def check(
    predictions: Predictions,
    ground_truth: Truth = None,
    manifest: Manifest = None,
    layout: Layout = "auto",
    split: Split = "test",
    setting: Setting = "auto",
    protocol: Protocol = "auto",
    index: Index = None,
    labels: Labels = None,
    allow_partial: AllowPartial = False,
    as_json: AsJson = False,
) -> None:
    """List everything wrong with a folder of predictions; exit 3 if it could not be scored.

    Names, sizes, kinds of file, inverted alpha, 0/1 instead of 0/255, values cut down instead of rounded.
    """
    from rim_eval.checking import check as run
    from rim_eval.progress import progress_on_stderr
    from rim_eval.reports.tables import Table

    with progress_on_stderr("checking") as progress:
        result = run(
            predictions, ground_truth, manifest=manifest, layout=layout, split=split, setting=setting,
            protocol=protocol, index=index, labels=labels, allow_partial=allow_partial, progress=progress,
        )  # fmt: skip
    rows = tuple((problem.severity.value, problem.name, problem.what) for problem in result.problems)
    tables = [Table("Problems", ("severity", "file", "what"), rows, 3)] if rows else []
    _show(tables, result.to_json() if as_json else None, None, None, "", ())
    if not rows:
        _say(f"ok: all {result.n:,} expected predictions can be scored ({result.setting} setting).")
    if not result.ok:
        raise typer.Exit(3)


@app.command(epilog=EXIT_CODES)
def compare(
    a: Annotated[Path, typer.Argument(help="JSON of the first run.")],
    b: Annotated[Path, typer.Argument(help="JSON of the second run.")],
    resamples: Annotated[int, typer.Option(help="Of the bootstrap and of the sign-flip test.")] = 10_000,
    confidence: Annotated[float, typer.Option(help="Of the interval.")] = 0.95,
    seed: Annotated[int, typer.Option(help="Of both resamplings.")] = 0,
    common: Annotated[bool, typer.Option("--common", help="Compare only the items both runs have.")] = False,
    as_json: AsJson = False,
    markdown: MarkdownFile = None,
    latex: LatexFile = None,
) -> None:
    """Compare two saved runs item by item: is B better than A, and could it be chance?

    Save runs with: rim-eval score PREDS GT --json > run.json
    """
    from rim_eval.comparison import compare as run
    from rim_eval.output_files import check_targets
    from rim_eval.reports.comparison_tables import comparison_tables

    check_targets([path for path in (markdown, latex) if path is not None])
    result = run(a, b, resamples=resamples, confidence=confidence, seed=seed, common=common)
    _show(comparison_tables(result), result.to_json() if as_json else None, markdown, latex, result.signature, ())


@app.command(epilog=EXIT_CODES)
def table(
    runs: Annotated[list[str] | None, typer.Argument(help="JSON of runs, FILE or NAME=FILE.")] = None,
    paper: Annotated[
        str, typer.Option(help="Rows of the paper: auto, all, none, keyword, expression or rw100.")
    ] = "auto",
    as_json: AsJson = False,
    markdown: MarkdownFile = None,
    latex: LatexFile = None,
) -> None:
    """Put saved runs and the paper's results into one leaderboard, with the protocol of each."""
    from rim_eval.leaderboard import leaderboard
    from rim_eval.output_files import check_targets

    check_targets([path for path in (markdown, latex) if path is not None])
    board = leaderboard(runs or (), paper=paper)
    _show(board.tables(), board.to_json() if as_json else None, markdown, latex, "", board.notes)


def _show(
    tables: list[Any],
    document: dict[str, Any] | None,
    markdown: Path | None,
    latex: Path | None,
    signature: str,
    notes: tuple[str, ...],
) -> None:
    """Files first; then JSON, or tables, on stdout; remarks on stderr."""
    from rim_eval.output_files import write_text

    if markdown is not None:
        from rim_eval.reports.markdown import markdown as render_markdown

        write_text(markdown, render_markdown(tables, signature, notes))
    if latex is not None:
        from rim_eval.reports.latex import latex as render_latex

        write_text(latex, render_latex(tables, signature, notes))
    if document is not None:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        from rim_eval.reports.console import print_tables

        print_tables(tables, sys.stdout)
        if signature:
            typer.echo(signature)
    for note in notes:
        _say(f"note: {note}")


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _end(message: str, code: int) -> NoReturn:
    _say(message)
    raise SystemExit(code)


def main() -> None:
    """Run the command: the one place where errors become exit codes."""
    debug = "--debug" in sys.argv[1:]
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")  # what it says of a damaged file, we say with its name
    try:
        app()
    except RimEvalError as problem:
        if debug:
            raise
        hint = "\n`rim-eval check` lists every problem of a folder at once."
        many = isinstance(problem, MatchingError | BadMatteError) and "score" in sys.argv[1:]
        _end(f"rim-eval: {problem}{hint if many else ''}", problem.exit_code)
    except KeyboardInterrupt:
        _end("rim-eval: interrupted", 130)
    except BrokenPipeError:
        # The reader of stdout went away (`| head`): nothing more to say to it.
        sys.stderr.close()
        raise SystemExit(0) from None
    except Exception as problem:
        if debug:
            raise
        _end(f"rim-eval: a bug, please report it: {type(problem).__name__}: {problem} (--debug shows where)", 70)
