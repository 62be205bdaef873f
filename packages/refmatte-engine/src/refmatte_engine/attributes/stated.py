"""What dataset and corrections say of one entity, as labels: of two sayings of one thing the later wins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from refmatte_engine.attributes.corrections import Correction
from refmatte_engine.attributes.labels import Labels, Origin
from refmatte_engine.attributes.values import HUMAN_ONLY, READERS, StatedValueError, state
from refmatte_engine.entities import Entity
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.sources.base import StatedLabel


class WrongValueError(Exception):
    """A stated value that is not legal, with its place."""


def stated(entity: Entity, corrections: Sequence[Correction]) -> Labels:
    """Labels of what is said of ``entity``, each value with its origin.

    Args:
        corrections: of this entity, the project's before the user's.

    Raises:
        WrongValueError: a value is not legal.
    """
    labels = Labels(kind=entity.kind, category=None)
    if entity.category is not None:
        labels = _say(labels, "category", entity.category, Origin.DATASET, entity.entity_id)
    said = [_Saying(one, Origin.DATASET, entity.entity_id) for one in entity.labels]
    for row in corrections:
        said += [_Saying(one, Origin.CORRECTION, f"{row.place} ({row.entity_id})") for one in row.labels]
    last = {
        READERS[one.label.name].origin_name if one.label.name in READERS else one.label.name: one for one in said
    }
    order = {name: position for position, name in enumerate(READERS)}
    for name in sorted(last, key=lambda name: (order.get(name, len(order)), name)):
        one = last[name]
        if one.origin is Origin.DATASET and _is_outdated(one.label.name, labels):
            continue
        labels = _say(labels, one.label.name, one.label.value, one.origin, one.place)
    return labels


@dataclass(frozen=True, slots=True)
class _Saying:
    label: StatedLabel
    origin: Origin
    place: str


def _is_outdated(name: str, labels: Labels) -> bool:
    """What a dataset says of a person, once a correction says that it is none."""
    corrected = ("kind", Origin.CORRECTION) in labels.origins
    return corrected and labels.kind is not EntityKind.HUMAN and name in HUMAN_ONLY


def _say(labels: Labels, name: str, value: str, origin: Origin, place: str) -> Labels:
    try:
        return state(labels, name, value, origin)
    except StatedValueError as error:
        raise WrongValueError(f"{place}: {error}") from error
