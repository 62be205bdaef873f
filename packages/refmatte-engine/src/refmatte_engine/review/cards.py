"""What the review page knows of one entity: every label with its origin, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from refmatte_engine.attributes.human import AGE_GROUPS, GENDERS
from refmatte_engine.attributes.labels import Labels, Origin
from refmatte_engine.attributes.proposed import Heard
from refmatte_engine.attributes.values import HUMAN_ONLY, READERS
from refmatte_engine.attributes.written import written
from refmatte_engine.labellers.base import Candidate
from refmatte_engine.manifest.vocabulary import EntityKind

ORIGIN_TRUST = {Origin.CORRECTION: 1.0, Origin.DATASET: 0.9, Origin.MODEL: 0.5, Origin.COMPUTED: 0.5}
"""How far a value is trusted that comes without a score of its own."""

EXPECTED = {
    EntityKind.HUMAN: ("gender", "age_group", "clothes_color"),
    EntityKind.ANIMAL: ("color",),
    EntityKind.OBJECT: ("color",),
}
"""Attributes whose absence makes an entity less certain."""

CANDIDATES = 6
"""How many candidates of one attribute the page offers."""

PINNED_OF_HUMANS = frozenset({"plural", "gender", "age_group"})
"""A stated category may have said these ("woman"); a corrected category, "human", no longer does."""


@dataclass(frozen=True, slots=True)
class Said:
    """One value of an entity.

    Attributes:
        name: column of a corrections table.
        value: as that table writes it.
        origin: who says so; ``""`` where it is the plain default.
        score: 0..1 of a model, or the share of the leading colour; None when there is none.
    """

    name: str
    value: str
    origin: str
    score: float | None


@dataclass(frozen=True, slots=True)
class Card:
    """One entity on the page.

    Attributes:
        entity_id: ``source/stem``.
        said: what is known.
        candidates: values that models considered, best first, by column; those that became labels among them.
        certainty: 0..1, see `certainty`.
        note: why it waits for a person ("nobody says what it is"), ``""`` when nothing is wrong.
        accept: columns and values of the corrections row that an unchanged entity is accepted with.
        thumb: file of its picture beside the page, ``""`` when it cannot be read.
    """

    entity_id: str
    source: str
    license: str
    said: tuple[Said, ...]
    certainty: float
    note: str
    accept: dict[str, str]
    thumb: str
    candidates: dict[str, tuple[Candidate, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a corrections table as the page edits it.

    Attributes:
        choices: legal values; empty: free text.
        humans: True: of humans alone, False: of animals and things alone, None: of all.
    """

    name: str
    title: str
    choices: tuple[str, ...] = ()
    humans: bool | None = None


CHOICES = {
    "kind": tuple(kind.value for kind in EntityKind),
    "plural": ("yes", "no"),
    "transparent": ("yes", "no"),
    "salient": ("yes", "no"),
    "gender": GENDERS,
    "age_group": AGE_GROUPS,
}

FIELDS = tuple(
    Field(
        name,
        name.replace("_", " "),
        CHOICES.get(name, ()),
        True if name in HUMAN_ONLY else False if name == "color" else None,
    )
    for name in ("category", *(name for name in READERS if name != "category"))
)
"""Built-in columns, in the order in which the page shows them."""


def said_of(labels: Labels, scores: Mapping[str, float] | None = None) -> tuple[Said, ...]:
    """Every known value with origin and score; ``scores`` are those of models, by column."""
    origins = dict(labels.origins)
    return tuple(
        Said(
            name,
            value,
            origins.get(_origin_name(name), ""),
            _score(name, labels, (scores or {}).get(name)),
        )
        for name, value in written(labels).items()
    )


def scores_of(labels: Labels, heard: Iterable[Heard]) -> dict[str, float]:
    """By column, the best score of a model's value where the label is a model's."""
    origins = dict(labels.origins)
    scores: dict[str, float] = {}
    for one in heard:
        name, score = one.proposal.attribute, one.proposal.score
        if score is not None and origins.get(_origin_name(name)) is Origin.MODEL:
            scores[name] = max(score, scores.get(name, 0.0))
    return scores


def candidates_of(heard: Iterable[Heard]) -> dict[str, tuple[Candidate, ...]]:
    """By column, what all models considered: each value once with its best score, the best first."""
    best: dict[str, dict[str, float]] = {}
    for one in heard:
        scores = best.setdefault(one.proposal.attribute, {})
        for each in one.proposal.candidates:
            scores[each.value] = max(each.score, scores.get(each.value, 0.0))
    return {
        name: tuple(
            Candidate(value, score)
            for value, score in sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[:CANDIDATES]
        )
        for name, scores in best.items()
        if scores
    }


def _origin_name(column: str) -> str:
    return READERS[column].origin_name if column in READERS else column


def _score(name: str, labels: Labels, score: float | None) -> float | None:
    measured = dict(labels.origins).get("color") in {Origin.COMPUTED, Origin.MODEL}
    if score is None and measured and labels.colors and name in {"color", "clothes_color"}:
        return round(labels.colors[0].share, 3)
    return score


def certainty(kind: EntityKind, said: tuple[Said, ...]) -> float:
    """0 when nobody knows the category, else its trust times 0.5 to 1 for what is known of the attributes.

    It sorts and filters the page and is no probability: the trust of a value is its score where a model or a
    measurement gave one, else `ORIGIN_TRUST`; an unknown attribute counts 0.
    """
    trust = {one.name: _trust(one) for one in said}
    expected = EXPECTED[kind]
    attributes = sum(trust.get(name, 0.0) for name in expected) / len(expected)
    return round(trust.get("category", 0.0) * (0.5 + 0.5 * attributes), 3)


def _trust(one: Said) -> float:
    settled = one.origin in {Origin.CORRECTION, Origin.DATASET}
    if one.score is not None and not settled:
        return one.score
    # A category without an origin is what the kind alone says ("human").
    return ORIGIN_TRUST[Origin(one.origin)] if one.origin else 0.5


def accept_row(kind: EntityKind, said: tuple[Said, ...]) -> dict[str, str]:
    """What "it is right as it is" writes: the category, and values that another model could change.

    What the dataset states and what is measured stays theirs. Empty where the category is unknown: that cannot
    be accepted.
    """
    known = {one.name for one in said}
    if "category" not in known:
        return {}
    return {
        one.name: one.value
        for one in said
        if one.name == "category"
        or one.origin == Origin.MODEL
        or (kind is EntityKind.HUMAN and one.name in PINNED_OF_HUMANS and one.value != "no")
    }
