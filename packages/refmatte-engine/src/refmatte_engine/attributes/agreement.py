"""How far labels agree with what a person found: accuracy, coverage and confusions per label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from refmatte_engine.attributes.categories import kind_said, names_person, with_category
from refmatte_engine.attributes.corrections import Correction
from refmatte_engine.attributes.labels import Labels, Origin
from refmatte_engine.attributes.stage import Problem
from refmatte_engine.attributes.values import HUMAN_ONLY, READERS, StatedValueError, state
from refmatte_engine.attributes.written import written
from refmatte_engine.errors import BadInputError
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.sources.paired import category_word

if TYPE_CHECKING:
    from refmatte_engine.lexicon import Lexicon

NOT_KNOWN = "(not known)"
NOT_COMPARED = frozenset({"synonyms", "plural"})
"""Columns about words, not about what is seen."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """``n`` entities are ``truth`` and are labelled ``said`` (`NOT_KNOWN` where they have no such label)."""

    truth: str
    said: str
    n: int


@dataclass(frozen=True, slots=True)
class OriginAgreement:
    """The share of one origin in a label's agreement."""

    origin: str
    known: int
    correct: int


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """One label against the truth.

    Attributes:
        label: column of the truth: ``category``, ``color``, ``attr:material``.
        stated: entities of which the truth says a value.
        known: of these, those that are labelled.
        correct: of these, those labelled with that value.
        guessed: entities that are labelled although the truth says ``unknown``.
        origins: known and correct by who labelled them.
        confusions: every pair of true and labelled value, most frequent first.
    """

    label: str
    stated: int
    known: int
    correct: int
    guessed: int
    origins: tuple[OriginAgreement, ...]
    confusions: tuple[Confusion, ...]

    @property
    def accuracy(self) -> float | None:
        """Of the known ones; None where nothing is known."""
        return self.correct / self.known if self.known else None

    @property
    def coverage(self) -> float | None:
        """Share of the stated ones that are known; None where nothing is stated."""
        return self.known / self.stated if self.stated else None


@dataclass(frozen=True, slots=True)
class Agreement:
    """All labels against the truth.

    Attributes:
        entities: rows of the truth that were compared.
        labels: in the order of the columns of a corrections table.
        kept: entities that the truth drops and the labels keep.
        left_out: compared entities that the label stage left out (they count as not known).
        problems: rows of the truth that speak of nothing here.
    """

    entities: int
    labels: tuple[LabelAgreement, ...]
    kept: int
    left_out: int
    problems: tuple[Problem, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "entities": self.entities,
            "kept_though_dropped": self.kept,
            "left_out": self.left_out,
            "labels": {
                one.label: {
                    "stated": one.stated,
                    "known": one.known,
                    "correct": one.correct,
                    "accuracy": one.accuracy,
                    "coverage": one.coverage,
                    "guessed": one.guessed,
                    "origins": {by.origin: {"known": by.known, "correct": by.correct} for by in one.origins},
                    "confusion": [[pair.truth, pair.said, pair.n] for pair in one.confusions],
                }
                for one in self.labels
            },
            "problems": [str(problem) for problem in self.problems],
        }


def agreement(
    labels: Mapping[str, Labels], truth: Sequence[Correction], lexicon: Lexicon, *, left_out: Iterable[str] = ()
) -> Agreement:
    """Compare labels with what a person says of some of their entities. Pure.

    Categories are compared as the lexicon knows them ("mugs" is "mug", "woman" is a human who is female), colours
    by their leading basic term. An empty cell of the truth says nothing and is not compared.

    Args:
        labels: by entity id, as the label stage left them.
        truth: rows of a table with the columns of corrections.
        left_out: entities that the label stage left out: nothing is known of them.

    Raises:
        BadInputError: a value of the truth is not legal; the message says where.
    """
    gone = frozenset(left_out) - labels.keys()
    tallies: dict[str, _Tally] = {}
    problems: list[Problem] = []
    compared = kept = 0
    for row in truth:
        known = labels.get(row.entity_id)
        if known is None and row.entity_id not in gone:
            near = get_close_matches(row.entity_id, [*labels, *gone], n=1)
            problems.append(Problem(row.place, f"there is no entity {row.entity_id}" + _hint(near)))
        elif row.drop:
            kept += known is not None
        else:
            compared += 1
            said = {} if known is None else _compared(known)
            origins = {} if known is None else dict(known.origins)
            for name, value in _truth(row, known, lexicon).items():
                tallies.setdefault(name, _Tally(Counter())).add(value, said.get(name), _origin(name, origins))
    order = {name: place for place, name in enumerate(dict.fromkeys(("category", *READERS)))}
    return Agreement(
        entities=compared,
        labels=tuple(
            tallies[name].result(name)
            for name in sorted(tallies, key=lambda name: (order.get(name, len(order)), name))
        ),
        kept=kept,
        left_out=len(gone & {row.entity_id for row in truth if not row.drop}),
        problems=tuple(problems),
    )


@dataclass(frozen=True, slots=True)
class _Tally:
    """(truth, said, origin) of one label, counted; None is unknown."""

    seen: Counter[tuple[str | None, str | None, str]]

    def add(self, truth: str | None, said: str | None, origin: str) -> None:
        self.seen[truth, said, origin if said is not None else ""] += 1

    def result(self, name: str) -> LabelAgreement:
        pairs: Counter[tuple[str, str]] = Counter()
        known: Counter[str] = Counter()
        correct: Counter[str] = Counter()
        guessed = 0
        for (truth, said, origin), n in self.seen.items():
            if truth is None:
                guessed += n if said is not None else 0
                continue
            pairs[truth, said or NOT_KNOWN] += n
            if said is not None:
                known[origin] += n
                correct[origin] += n * (said == truth)
        return LabelAgreement(
            label=name,
            stated=pairs.total(),
            known=known.total(),
            correct=correct.total(),
            guessed=guessed,
            origins=tuple(OriginAgreement(origin, known[origin], correct[origin]) for origin in sorted(known)),
            confusions=tuple(
                Confusion(*pair, n) for pair, n in sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
            ),
        )


def _truth(row: Correction, known: Labels | None, lexicon: Lexicon) -> dict[str, str | None]:
    """What a row says, by column: a value, or None for ``unknown``."""
    stated = {label.name: label.value for label in row.labels}
    labels = Labels(kind=_kind(stated, known, lexicon), category=None)
    for label in row.labels:
        try:
            labels = state(labels, label.name, label.value, Origin.CORRECTION)
        except StatedValueError as error:
            raise BadInputError(f"{row.place} ({row.entity_id}): {error}") from error
    named = labels.category is not None
    if named:
        labels = with_category(labels, lexicon)
    values = _compared(labels)
    names = {name if name in READERS else f"attr:{name}" for name in stated}
    implied = {"gender", "age_group"} & values.keys() if named else frozenset()
    kind = {"kind"} if named and lexicon.kind_of(labels.category or "") is not None else frozenset()
    return {name: values.get(name) for name in (names | implied | kind) - NOT_COMPARED}


def _kind(stated: Mapping[str, str], known: Labels | None, lexicon: Lexicon) -> EntityKind:
    """The kind that a row takes for granted where it does not state one."""
    category = category_word(stated.get("category", ""))
    if HUMAN_ONLY & stated.keys() or names_person(category, lexicon):
        return EntityKind.HUMAN
    fallback = EntityKind.OBJECT if known is None or category else known.kind
    return kind_said(category, lexicon) or fallback


def _compared(labels: Labels) -> dict[str, str]:
    """Known values by column, of colours the leading basic term."""
    values = written(labels)
    for name in {"color", "clothes_color"} & values.keys():
        values[name] = labels.colors[0].basic
    return values


def _origin(name: str, origins: Mapping[str, Origin]) -> str:
    noted = READERS[name].origin_name if name in READERS else name
    return str(origins.get(noted, "default"))


def _hint(near: Sequence[str]) -> str:
    return f": {near[0]}?" if near else ""
