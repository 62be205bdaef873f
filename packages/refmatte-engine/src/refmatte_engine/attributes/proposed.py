"""What of the models' proposals becomes a label.

A correction wins over the dataset, the dataset over a measurement, a measurement over a model. One exception is
the class of a dataset that is no name (AIM-500's "plant"): a model may say which plant.

Several models may speak of one attribute. A model is *sure* when its score reaches the preset's. Then

* nobody sure: unknown;
* one sure: its value;
* several sure of the same: that value. Of two categories of which one is a kind of the other ("bird" by the
  detector, which knows no closer name, "parrot" by CLIP) the closer one;
* several sure of different things: unknown, because one of them is wrong and nobody can say which.

What is not taken stays a candidate, and a person decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from refmatte_engine.attributes.categories import known_name
from refmatte_engine.attributes.labels import Labels, Origin
from refmatte_engine.attributes.values import HUMAN_ONLY, READERS, StatedValueError, is_stated, state
from refmatte_engine.config import Labelling
from refmatte_engine.labellers.base import Proposal
from refmatte_engine.labellers.vocabulary import class_groups
from refmatte_engine.manifest.vocabulary import EntityKind

if TYPE_CHECKING:
    from refmatte_engine.lexicon import Lexicon

CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class Heard:
    """A proposal, and the fingerprint of the model that made it."""

    model: str
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class Verdict:
    """What several proposals come to; ``reason`` says why nothing is taken."""

    value: str | None
    reason: str = ""


Closer = Callable[[str, str], str | None]
"""Of two values that can both be right the one that says more; None when they contradict each other."""


def agreed(proposals: Sequence[Proposal], least: float, closer: Closer) -> Verdict:
    """The verdict on proposals for one attribute (see the module)."""
    spoken = [(one.value, one.score or 0.0) for one in proposals if one.value is not None]
    sure = [(value, score) for value, score in spoken if score >= least]
    if not sure:
        doubts = [f"{value} {score:.2f}" for value, score in spoken]
        why = [f"no model is sure ({', '.join(doubts)}; asked for is {least:g})"] if doubts else []
        return Verdict(None, "; ".join([*why, *dict.fromkeys(one.reason for one in proposals if one.reason)]))
    value = sure[0][0]
    for other, _ in sure[1:]:
        both = closer(value, other)
        if both is None:
            return Verdict(
                None, "the models disagree: " + ", ".join(f"{name} {score:.2f}" for name, score in sure)
            )
        value = both
    return Verdict(value)


def is_open(labels: Labels, attribute: str, source: str, lexicon: Lexicon) -> bool:
    """Whether a model may still say ``attribute`` of an entity of ``source``.

    Args:
        labels: named already (`with_category`), so that what a word says is known.
    """
    if attribute == CATEGORY:
        if labels.kind is EntityKind.HUMAN:
            return False  # "human" is all there is to say
        return not is_stated(labels, CATEGORY) or _is_only_a_class(labels, source, lexicon)
    if attribute in HUMAN_ONLY and labels.kind is not EntityKind.HUMAN:
        return False
    reader = READERS.get(attribute)
    return not is_stated(labels, attribute if reader is None else reader.origin_name)


def _is_only_a_class(labels: Labels, source: str, lexicon: Lexicon) -> bool:
    stated_by = dict(labels.origins).get(CATEGORY)
    classes = lexicon.source_classes.get(source, {}).values()
    return stated_by is Origin.DATASET and labels.category in classes and labels.category in _groups(lexicon)


def _groups(lexicon: Lexicon) -> Mapping[str, frozenset[str]]:
    key = (__name__, "groups")
    if key not in lexicon.cache:
        lexicon.cache[key] = class_groups(lexicon)
    groups: Mapping[str, frozenset[str]] = lexicon.cache[key]
    return groups


def with_proposed_category(
    labels: Labels, heard: Sequence[Heard], settings: Labelling, source: str, lexicon: Lexicon
) -> tuple[Labels, str]:
    """``labels`` with the category that models agree on, and why it has none from them.

    Args:
        labels: as stated, before `with_category`.
    """
    proposals = _of(heard, CATEGORY)
    if not proposals or not is_open(labels, CATEGORY, source, lexicon):
        return labels, ""
    verdict = agreed(proposals, settings.category_score, _closer_category(lexicon))
    if verdict.value is None:
        return labels, verdict.reason
    kind = lexicon.kind_of(verdict.value)
    settled = labels.kind is not EntityKind.OBJECT or is_stated(labels, "kind")
    if settled and kind not in {None, labels.kind}:
        return labels, f"{verdict.value} is no {labels.kind.value}"
    group = _groups(lexicon).get(labels.category or "")
    if group is not None and (verdict.value not in group or verdict.value == labels.category):
        return labels, f"{verdict.value} is no closer name of {labels.category}"
    return state(labels, CATEGORY, verdict.value, Origin.MODEL), ""


def with_proposed_rest(
    labels: Labels, heard: Sequence[Heard], settings: Labelling, source: str, lexicon: Lexicon
) -> Labels:
    """``labels`` with everything else that models propose and nobody else knows."""
    for attribute in dict.fromkeys(one.proposal.attribute for one in heard):
        if attribute == CATEGORY or not is_open(labels, attribute, source, lexicon):
            continue
        value = agreed(
            _of(heard, attribute), settings.least_score(attribute), lambda a, b: a if a == b else None
        ).value
        if value is None:
            continue
        try:
            labels = state(labels, attribute, value, Origin.MODEL)
        except StatedValueError:
            continue  # a word that is not ours stays a candidate
    return labels


def _of(heard: Sequence[Heard], attribute: str) -> list[Proposal]:
    return [one.proposal for one in heard if one.proposal.attribute == attribute]


def _closer_category(lexicon: Lexicon) -> Closer:
    from refmatte_engine.lexicon.taxonomy import ancestors

    def above(name: str) -> frozenset[str]:
        return ancestors(name, lexicon.categories) if name in lexicon.categories else frozenset()

    def closer(one: str, other: str) -> str | None:
        first, second = known_name(one, lexicon)[0], known_name(other, lexicon)[0]
        if first == second or second in above(first):
            return first
        return second if first in above(second) else None

    return closer
