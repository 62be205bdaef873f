"""Which of our categories a thing is a kind of, by WordNet's hypernyms."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property

from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.wordnet.net import Net, Sense, closure

ROOT_NAMES = {kind: kind.value for kind in EntityKind}
"""human, animal and object are categories themselves: what nobody named more closely."""


class Kin:
    """Categories by synset.

    Attributes:
        senses: what each category is in WordNet; None: WordNet has no such thing.
        kinds: the kind of each.
        leaves: categories that nothing is a kind of (the plural "leaves").
    """

    def __init__(
        self,
        senses: Mapping[str, Sense | None],
        kinds: Mapping[str, EntityKind],
        net: Net,
        *,
        leaves: Collection[str] = (),
    ) -> None:
        self.senses = dict(senses)
        self.kinds = dict(kinds)
        self._net = net
        self._closures: dict[str, tuple[Sense, ...]] = {}
        # Of two names for one thing (human, person) the first stands for it.
        self._owner: dict[str, str] = {}
        for name, sense in self.senses.items():
            if sense is not None and name not in leaves:
                self._owner.setdefault(sense.key, name)

    @cached_property
    def synsets(self) -> frozenset[str]:
        """Those of all categories but the roots, of which everything is a kind."""
        return frozenset(key for key, name in self._owner.items() if name not in ROOT_NAMES.values())

    def is_category(self, key: str) -> bool:
        """Whether a synset is that of a category, roots included."""
        return key in self._owner

    def is_below(self, name: str, key: str) -> bool:
        """Whether WordNet puts a category under a synset, or says that it is one."""
        sense = self.senses[name]
        return sense is not None and (sense.key == key or any(each.key == key for each in self._closure(sense)))

    def _closure(self, sense: Sense) -> tuple[Sense, ...]:
        found = self._closures.get(sense.key)
        if found is None:
            found = self._closures[sense.key] = closure(sense, self._net)
        return found

    def above(self, sense: Sense, kind: EntityKind) -> dict[str, str]:
        """Synset -> category of one kind, for what is above a sense or equals it; nearest first, without roots."""
        found = {}
        for each in (sense, *self._closure(sense)):
            name = self._owner.get(each.key)
            if name is not None and name not in ROOT_NAMES.values() and self.kinds[name] is kind:
                found[each.key] = name
        return found

    def nearest(self, sense: Sense, kind: EntityKind, *, but: str | None = None) -> tuple[str, ...]:
        """The categories right above a sense: those with no other one between; else the root of its kind."""
        found = {key: name for key, name in self.above(sense, kind).items() if name != but}
        covered = {above.key for key in found for above in self._closure(self._required(found[key]))}
        near = tuple(dict.fromkeys(name for key, name in found.items() if key not in covered))
        return near or (() if but == ROOT_NAMES[kind] else (ROOT_NAMES[kind],))

    def right_above(self, name: str) -> tuple[str, ...]:
        """:meth:`nearest` of a category."""
        sense, kind = self.senses[name], self.kinds[name]
        if sense is None:
            return () if name == ROOT_NAMES[kind] else (ROOT_NAMES[kind],)
        return self.nearest(sense, kind, but=name)

    def may_be(self, name: str, is_a: Collection[str], not_a: Collection[str]) -> tuple[str, ...]:
        """Nearest categories that WordNet counts it under and ``is_a`` does not, directly or by what is above."""
        sense = self.senses[name]
        if sense is None:
            return ()
        covered = {*is_a, *not_a, name, *ROOT_NAMES.values()}
        covered.update(upper for each in is_a for upper in above_all(each, self))
        return tuple(near for near in self.nearest(sense, self.kinds[name], but=name) if near not in covered)

    def _required(self, name: str) -> Sense:
        sense = self.senses[name]
        assert sense is not None  # only categories with a sense own a synset
        return sense


def above_all(name: str, kin: Kin) -> frozenset[str]:
    """Every category that WordNet puts ``name`` under."""
    sense = kin.senses[name]
    return frozenset() if sense is None else frozenset(kin.above(sense, kin.kinds[name]).values()) - {name}
