"""``refmatte label --evaluate TRUTH.csv``: the labels of a folder against those of a person."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from refmatte_engine.attributes.agreement import Agreement, LabelAgreement, agreement
from refmatte_engine.attributes.corrections import read_corrections
from refmatte_engine.attributes.stage import FACE_UNSAID
from refmatte_engine.pipeline.asked import read_asked
from refmatte_engine.pipeline.worksite import lexicon_for
from refmatte_engine.rows.stored import read_inventory, read_labels

MATRIX_MOST = 9
"""Up to this many values the confusions are a table; beyond, a list of the most frequent mistakes."""

MISTAKES_SHOWN = 15
REASONS = frozenset({"unnamed", "dropped_by_correction"})
"""Why the label stage leaves an entity out that was good enough for it."""


def evaluate_labels(folder: Path, truth: Path) -> Agreement:
    """Compare the labels that lie in ``folder`` with a table of corrections' columns.

    Raises:
        BadInputError: the table is wrong (file and line are named), or the folder's ``plan.json``.
    """
    rows = read_corrections(truth)
    labels = read_labels(folder)
    rejections = read_inventory(folder).rejections
    left_out = [
        f"{one.source}/{one.item}" for one in rejections if one.reason in REASONS or one.detail == FACE_UNSAID
    ]
    asked = read_asked(folder)
    lexicon = lexicon_for(labels.values(), asked.user_attributes, asked.user_words)
    return agreement(labels, rows, lexicon, left_out=left_out)


def agreement_text(found: Agreement) -> str:
    """Tables for a person."""
    lines = [f"{found.entities:,} entities compared"]
    if found.left_out:
        lines[0] += f", {found.left_out:,} of them left out at labelling (not known)"
    if found.kept:
        lines.append(f"kept although the truth drops them: {found.kept:,}")
    if found.labels:
        lines += ["", f"{'label':<24}{'stated':>8}{'known':>8}{'coverage':>10}{'right':>8}{'accuracy':>10}"]
    for one in found.labels:
        lines.append(
            f"{one.label:<24}{one.stated:>8,}{one.known:>8,}{_percent(one.coverage):>10}"
            f"{one.correct:>8,}{_percent(one.accuracy):>10}"
        )
        for by in one.origins:
            share = _percent(by.correct / by.known)
            lines.append(f"  from {by.origin:<17}{'':>8}{by.known:>8,}{'':>10}{by.correct:>8,}{share:>10}")
        if one.guessed:
            lines.append(f"  {one.guessed:,} more have a value where the truth says unknown")
    for one in found.labels:
        if one.correct < one.stated:
            lines += ["", *_confusion_lines(one)]
    lines += ["", *(f"note: {problem}" for problem in found.problems)] if found.problems else []
    return "\n".join(lines)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _confusion_lines(one: LabelAgreement) -> list[str]:
    truths = sorted({pair.truth for pair in one.confusions})
    said = sorted({pair.said for pair in one.confusions})
    if max(len(truths), len(said)) <= MATRIX_MOST:
        return [f"{one.label}: truth in rows, labels in columns", *_matrix(one, truths, said)]
    mistakes = [pair for pair in one.confusions if pair.truth != pair.said]
    lines = [f"{one.label}: most frequent mistakes"]
    lines += [f"  {pair.n:>5,}  {pair.truth} is labelled {pair.said}" for pair in mistakes[:MISTAKES_SHOWN]]
    if len(mistakes) > MISTAKES_SHOWN:
        rest = sum(pair.n for pair in mistakes[MISTAKES_SHOWN:])
        lines.append(f"  {rest:>5,}  others of {len(mistakes) - MISTAKES_SHOWN} kinds (--json lists all)")
    return lines


def _matrix(one: LabelAgreement, truths: list[str], said: list[str]) -> list[str]:
    counts = Counter({(pair.truth, pair.said): pair.n for pair in one.confusions})
    first = max(map(len, truths)) + 2
    width = [max(len(name), 4) + 2 for name in said]
    lines = ["  " + " " * first + "".join(f"{name:>{w}}" for name, w in zip(said, width, strict=True))]
    for truth in truths:
        cells = "".join(f"{counts[truth, name] or '.':>{w}}" for name, w in zip(said, width, strict=True))
        lines.append(f"  {truth:<{first}}{cells}")
    return lines
