"""Gathers what there is to review in a labelled folder: its entities, and those that were left without a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from refmatte_engine.attributes.corrections import PREFIX, Correction, corrections_by_entity, read_corrections
from refmatte_engine.attributes.human import PERSON_WORDS
from refmatte_engine.attributes.labels import Labels, Origin
from refmatte_engine.attributes.proposed import Heard
from refmatte_engine.attributes.stage import FACE_UNSAID, UNNAMED
from refmatte_engine.attributes.values import READERS, StatedValueError, state
from refmatte_engine.errors import BadInputError
from refmatte_engine.lexicon import Lexicon
from refmatte_engine.manifest.fingerprint import fingerprint
from refmatte_engine.manifest.records import EntityRow, QuarantineRow
from refmatte_engine.manifest.tables import read_rows
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.progress import Progress
from refmatte_engine.review.cards import (
    Card,
    Said,
    accept_row,
    candidates_of,
    certainty,
    said_of,
    scores_of,
)
from refmatte_engine.review.thumbs import Subject, Thumb, write_thumbs
from refmatte_engine.rows.inventory import entity_of, labels_of
from refmatte_engine.rows.proposals import read_proposals
from refmatte_engine.runner import StopFlag
from refmatte_engine.sources.base import FACE, Candidate, EntitySource, StatedLabel

REVIEWABLE = {
    "unnamed": "nobody says what it is: it is left out until it has a category",
    "dropped_by_correction": "left out by a correction",
}
"""Reasons for being left out that a person can change on the page, and what the page says of them."""


@dataclass(frozen=True, slots=True)
class _Found:
    """An entity with what is known of it, before its picture is drawn."""

    subject: Subject
    license: str
    kind: EntityKind
    said: tuple[Said, ...]
    heard: tuple[Heard, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """A category the page can offer: its kind, and the words that people use for it."""

    name: str
    kind: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntityReview:
    """All that the page for entities shows.

    Attributes:
        digest: of the entities, their contents and ``earlier``; decisions in the browser are kept under it, so
            that they never speak against a file that was edited since.
        cards: least certain first.
        earlier: entity id -> columns and values of a corrections file that the review goes on from.
    """

    digest: str
    cards: tuple[Card, ...]
    vocabulary: tuple[Word, ...]
    earlier: Mapping[str, Mapping[str, str]]


def gather(
    folder: Path,
    sources: Mapping[str, EntitySource],
    lexicon: Lexicon,
    thumbs: Path,
    *,
    corrections: Sequence[Path] = (),
    max_pixels: int,
    workers: int,
    progress: Progress,
    flag: StopFlag | None = None,
) -> EntityReview:
    """Read the tables of ``folder`` and draw what is missing in ``thumbs``.

    Raises:
        BadInputError: an entity's source is not among ``sources``, or a corrections file is wrong.
    """
    heard = read_proposals(folder)
    found = [*_kept(folder, heard), *_left_out(folder, sources, heard)]
    _require(folder, {one.subject.source for one in found}, sources)
    drawn = write_thumbs(
        thumbs,
        (one.subject for one in found),
        sources,
        max_pixels=max_pixels,
        workers=workers,
        progress=progress,
        flag=flag,
    )
    cards = sorted(
        (_card(one, drawn[one.subject.entity_id]) for one in found), key=lambda c: (c.certainty, c.entity_id)
    )
    earlier = earlier_rows(corrections)
    contents = {name: thumb.content_hash for name, thumb in drawn.items()}
    return EntityReview(
        digest=fingerprint({"contents": contents, "earlier": earlier}),
        cards=tuple(cards),
        vocabulary=vocabulary(lexicon),
        earlier=earlier,
    )


def vocabulary(lexicon: Lexicon) -> tuple[Word, ...]:
    """The project's categories, and the words for people that say more than "human"."""
    known = {
        name: Word(name, category.kind.value, tuple(word for word in lexicon.words_of(name) if word != name))
        for name, category in lexicon.categories.items()
    }
    people = {word: Word(word, EntityKind.HUMAN.value, ()) for word in PERSON_WORDS}
    return tuple(word for _, word in sorted((people | known).items()))


def earlier_rows(files: Sequence[Path]) -> dict[str, dict[str, str]]:
    """Corrections files as the page keeps decisions: by entity, column and value.

    Raises:
        BadInputError: a file is wrong, or two contradict each other.
    """
    rows = [row for path in files for row in read_corrections(path)]
    return {
        entity_id: {"drop": "yes"} if several[-1].drop else _columns(several)
        for entity_id, several in corrections_by_entity((), rows).items()
    }


def _columns(rows: Iterable[Correction]) -> dict[str, str]:
    return {
        label.name if label.name in READERS else f"{PREFIX}{label.name}": label.value
        for row in rows
        for label in row.labels
    }


def _kept(folder: Path, heard: Mapping[str, tuple[Heard, ...]]) -> list[_Found]:
    """The entities of the table, labelled or not."""
    found = []
    for row in read_rows(folder / "entities.parquet", EntityRow):
        entity = entity_of(row)
        labels = labels_of(row) or _as_stated(entity.kind, entity.category, entity.labels)
        subject = Subject(entity.entity_id, entity.source, entity.files, entity.box, entity.content_hash)
        models = heard.get(entity.entity_id, ())
        said = said_of(labels, scores_of(labels, models))
        found.append(_Found(subject, entity.license, labels.kind, said, models))
    return found


def _left_out(
    folder: Path, sources: Mapping[str, EntitySource], heard: Mapping[str, tuple[Heard, ...]]
) -> list[_Found]:
    """What the label stage left out and a person can bring back; its files come from the source's own list."""
    path = folder / "quarantine.parquet"
    rows = [row for row in read_rows(path, QuarantineRow) if _can_come_back(row)] if path.is_file() else []
    notes = {f"{row.source}/{row.item}": _note(row) for row in rows}
    named = {row.source for row in rows}
    _require(folder, named, sources)
    found = []
    for name in sorted(named):
        for candidate in sources[name].candidates():
            if isinstance(candidate, Candidate) and candidate.entity_id in notes:
                models = heard.get(candidate.entity_id, ())
                found.append(_of_candidate(candidate, models, notes[candidate.entity_id]))
    return found


def _can_come_back(row: QuarantineRow) -> bool:
    """Another word on the page would keep it; also people whom a wrong name made so."""
    return row.reason in REVIEWABLE or row.detail == FACE_UNSAID


def _note(row: QuarantineRow) -> str:
    """Why it waits, with what models had to say where they were asked."""
    if row.detail == FACE_UNSAID:
        return f"left out: {row.detail}"
    models = row.reason == "unnamed" and row.detail != UNNAMED
    return f"{REVIEWABLE[row.reason]} ({row.detail})" if models else REVIEWABLE[row.reason]


def _require(folder: Path, named: set[str], sources: Mapping[str, EntitySource]) -> None:
    if missing := sorted(named - sources.keys()):
        raise BadInputError(
            f"the entities of {folder} come from {', '.join(missing)}: give the --sources of refmatte label"
        )


def _of_candidate(candidate: Candidate, heard: tuple[Heard, ...], note: str) -> _Found:
    labels = _as_stated(candidate.kind, candidate.category, candidate.labels)
    subject = Subject(candidate.entity_id, candidate.source, candidate.files, None, None)
    return _Found(subject, candidate.license, labels.kind, said_of(labels), heard, note)


def _as_stated(kind: EntityKind, category: str | None, stated: Iterable[StatedLabel]) -> Labels:
    """What the source says, before the label stage; a value it cannot say so is left to that stage's message."""
    labels = Labels(kind=kind, category=None)
    words = [one for one in stated if one.name != FACE]
    if category is not None:
        words.append(StatedLabel("category", category))
    for one in sorted(words, key=lambda one: list(READERS).index(one.name) if one.name in READERS else 99):
        try:
            labels = state(labels, one.name, one.value, Origin.DATASET)
        except StatedValueError:
            continue
    return labels


def _card(found: _Found, thumb: Thumb) -> Card:
    return Card(
        entity_id=found.subject.entity_id,
        source=found.subject.source,
        license=found.license,
        said=found.said,
        certainty=0.0 if found.note else certainty(found.kind, found.said),
        note="; ".join(filter(None, (found.note, thumb.problem))),
        accept=accept_row(found.kind, found.said),
        thumb=f"thumbs/{thumb.name}" if thumb.name else "",
        candidates=candidates_of(found.heard),
    )
