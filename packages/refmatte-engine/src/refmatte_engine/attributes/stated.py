"""What dataset and corrections say of one entity, as labels: of two sayings of one thing the later wins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

from refmatte_engine.attributes.categories import kind_said, names_person, with_category
from refmatte_engine.attributes.corrections import Correction
from refmatte_engine.attributes.labels import Labels, Origin
from refmatte_engine.attributes.values import HUMAN_ONLY, READERS, StatedValueError, state
from refmatte_engine.entities import Entity
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.sources.base import FACE, StatedLabel
from refmatte_engine.sources.paired import category_word

if TYPE_CHECKING:
    from refmatte_engine.lexicon import Lexicon

OF_THE_WORD = frozenset({"plural", "synonyms"})
"""Said of a category's word, not of the thing: another word leaves nothing of it."""


class WrongValueError(Exception):
    """A stated value that is not legal, with its place."""


def stated(entity: Entity, corrections: Sequence[Correction], lexicon: Lexicon) -> Labels:
    """Labels of what is said of ``entity``, each value with its origin.

    A corrected category wins over what the dataset says of kind, number, gender and age group, where its word
    says something else.

    Args:
        corrections: of this entity, the project's before the user's.

    Raises:
        WrongValueError: a value is not legal.
    """
    sayings = _Sayings(entity, tuple(_said(entity, corrections)), lexicon)
    labels = Labels(kind=entity.kind, category=None)
    name, kind = sayings.last("category"), sayings.last("kind")
    if name is not None:
        labels = _say(labels, name)
    if (corrected := sayings.kind_by_correction()) is not None:
        labels = replace(labels, kind=corrected)
    elif kind is not None:
        labels = _say(labels, kind)
    elif sayings.speak_of_a_person(labels):
        labels = replace(labels, kind=EntityKind.HUMAN)
    for one in sayings.rest(labels.kind):
        labels = _say(labels, one)
    return labels


class _Table(IntEnum):
    """Whose table it is; a later one wins."""

    DATASET = 0
    PROJECT = 1
    USER = 2


@dataclass(frozen=True, slots=True)
class _Saying:
    label: StatedLabel
    table: _Table
    place: str

    @property
    def noted_under(self) -> str:
        name = self.label.name
        return READERS[name].origin_name if name in READERS else name


def _said(entity: Entity, corrections: Sequence[Correction]) -> Iterator[_Saying]:
    if entity.category is not None:
        yield _Saying(StatedLabel("category", entity.category), _Table.DATASET, entity.entity_id)
    for one in (one for one in entity.labels if one.name != FACE):
        yield _Saying(one, _Table.DATASET, entity.entity_id)
    for row in corrections:
        for one in row.labels:
            table = _Table.PROJECT if row.built_in else _Table.USER
            yield _Saying(one, table, f"{row.place} ({row.entity_id})")


@dataclass(frozen=True, slots=True)
class _Sayings:
    """All that is said of one entity, in the order of the tables."""

    entity: Entity
    said: tuple[_Saying, ...]
    lexicon: Lexicon

    def last(self, name: str, table: _Table = _Table.USER) -> _Saying | None:
        """What the tables up to ``table`` say in the end."""
        return next((one for one in reversed(self.said) if one.noted_under == name and one.table <= table), None)

    def kind_by_correction(self) -> EntityKind | None:
        """The kind that a corrected category says against tables that knew no such word; None: it says none."""
        name, kind = self.last("category"), self.last("kind")
        table = _Table.DATASET if kind is None else kind.table
        if name is None or name.table <= table or self._meant(table) == self._meant():
            return None
        return kind_said(category_word(name.label.value), self.lexicon)

    def speak_of_a_person(self, labels: Labels) -> bool:
        """Nobody states a kind, but the word is one for people, and what only people have is stated."""
        return (
            labels.kind is EntityKind.OBJECT
            and labels.category is not None
            and any(one.label.name in HUMAN_ONLY for one in self.said)
            and names_person(labels.category, self.lexicon)
        )

    def rest(self, kind: EntityKind) -> Iterator[_Saying]:
        """Everything but category and kind that still holds, in the order in which it is read."""
        last = {one.noted_under: one for one in self.said}
        order = {name: position for position, name in enumerate(READERS)}
        for name in sorted(last, key=lambda name: (order.get(name, len(order)), name)):
            if name not in {"category", "kind"} and not self._is_outdated(last[name], kind):
                yield last[name]

    def _is_outdated(self, one: _Saying, kind: EntityKind) -> bool:
        """A later table gave the thing a kind or a name with which this does not go."""
        name, says_kind = self.last("category"), self.last("kind")
        later = max((each.table for each in (name, says_kind) if each is not None), default=_Table.DATASET)
        if one.label.name in HUMAN_ONLY and kind is not EntityKind.HUMAN:
            return one.table < later
        word, old_word = self._word(), self._word(one.table)
        if name is None or one.table >= name.table or word == old_word:
            return False
        if one.label.name in OF_THE_WORD:
            return old_word is not None and self._meant(one.table) != self._meant()
        says = with_category(Labels(kind, word), self.lexicon)
        implied = {"gender": says.gender, "age_group": says.age_group}
        return implied.get(one.label.name) is not None

    def _word(self, table: _Table = _Table.USER) -> str | None:
        name = self.last("category", table)
        return None if name is None else category_word(name.label.value)

    def _meant(self, table: _Table = _Table.USER) -> str | None:
        """The category that the tables up to ``table`` mean: "mugs" and "mug" are one."""
        word = self._word(table)
        return None if word is None else with_category(Labels(self.entity.kind, word), self.lexicon).category


def _say(labels: Labels, one: _Saying) -> Labels:
    origin = Origin.DATASET if one.table is _Table.DATASET else Origin.CORRECTION
    try:
        return state(labels, one.label.name, one.label.value, origin)
    except StatedValueError as error:
        raise WrongValueError(f"{one.place}: {error}") from error
