"""Everything a plan draws from: kept entities, backgrounds and what is known of the entities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from refmatte_engine.attributes.labels import Labels
from refmatte_engine.entities import Background, Entity
from refmatte_engine.plan.records import PlannedImage


@dataclass(frozen=True, slots=True)
class Collection:
    """Entities, their labels (both by entity id) and backgrounds (by background id)."""

    entities: Mapping[str, Entity]
    labels: Mapping[str, Labels]
    backgrounds: Mapping[str, Background]

    def part_for(self, rows: Iterable[PlannedImage]) -> Collection:
        """What ``rows`` need: small enough to travel to a worker process."""
        names: set[str] = set()
        places: set[str] = set()
        for row in rows:
            names.update(planned.entity_id for planned in row.entities)
            places.add(row.background_id)
        return self.only(names, places)

    def only(self, entity_ids: Iterable[str], background_ids: Iterable[str]) -> Collection:
        """Some entities with their labels, and some backgrounds."""
        names = sorted(entity_ids)
        return Collection(
            {name: self.entities[name] for name in names},
            {name: self.labels[name] for name in names},
            {place: self.backgrounds[place] for place in sorted(background_ids)},
        )

    def without(self, entity_ids: Iterable[str], background_ids: Iterable[str]) -> Collection:
        """The collection without some entities and backgrounds."""
        gone, closed = set(entity_ids), set(background_ids)
        return Collection(
            {name: entity for name, entity in self.entities.items() if name not in gone},
            {name: labels for name, labels in self.labels.items() if name not in gone},
            {name: place for name, place in self.backgrounds.items() if name not in closed},
        )
