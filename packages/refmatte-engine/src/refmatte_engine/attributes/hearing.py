"""Asks models about every entity of which they may still say something."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from refmatte_engine.attributes.categories import with_category
from refmatte_engine.attributes.labels import Labels
from refmatte_engine.attributes.proposed import CATEGORY, Heard, is_open, with_proposed_category
from refmatte_engine.config import Labelling
from refmatte_engine.entities import Entity
from refmatte_engine.labellers.asking import Question, ask
from refmatte_engine.labellers.base import LOOK_SIDE, Labeller, Look, Proposal
from refmatte_engine.labellers.detection.pictures import shrunk, size_within
from refmatte_engine.labellers.label_file import LabelFile
from refmatte_engine.labellers.memory import Memory, Saying
from refmatte_engine.lexicon import Lexicon
from refmatte_engine.progress import Progress
from refmatte_engine.runner import StopFlag
from refmatte_engine.sources.base import EntitySource


@dataclass(frozen=True, slots=True)
class Models:
    """Who is asked, in this order, and where answers are remembered."""

    labellers: tuple[Labeller, ...]
    memory: Memory


@dataclass(frozen=True, slots=True)
class Listener:
    """Asks, with all that does not change from model to model."""

    models: Models
    sources: Mapping[str, EntitySource]
    settings: Labelling
    lexicon: Lexicon
    max_pixels: int
    progress: Progress
    flag: StopFlag | None

    def listen(self, entities: Sequence[Entity], stated: Mapping[str, Labels]) -> dict[str, tuple[Heard, ...]]:
        """Everything that models say, by entity id.

        Those that propose a category are asked each for itself; all others see the category that these agreed on.

        Args:
            stated: labels by entity id as stated; entities that are not in it are not asked about.
        """
        heard: dict[str, tuple[Heard, ...]] = {}
        for number, labeller in enumerate(self.models.labellers, start=1):
            before = {} if CATEGORY in labeller.attributes else heard
            named = {
                entity.entity_id: self._named(entity, stated[entity.entity_id], before.get(entity.entity_id, ()))
                for entity in entities
                if entity.entity_id in stated
            }
            asked = [
                entity
                for entity in entities
                if (labels := named.get(entity.entity_id)) is not None
                and any(self._is_asked(labels, attribute, entity.source) for attribute in labeller.attributes)
            ]
            model = labeller.fingerprint
            title = f"{', '.join(labeller.attributes)} (model {number} of {len(self.models.labellers)})"
            for name, proposals in self._said(labeller, model, asked, named, title).items():
                heard[name] = (*heard.get(name, ()), *(Heard(model, one) for one in proposals))
            if isinstance(labeller, LabelFile) and (note := labeller.unmatched([e.entity_id for e in entities])):
                self.progress.say(f"note: {note}")
        return heard

    def _said(
        self, labeller: Labeller, model: str, asked: Sequence[Entity], named: Mapping[str, Labels], title: str
    ) -> Mapping[str, Saying]:
        """What one of them says, by entity id."""
        if isinstance(labeller, LabelFile):  # goes by id, while the memory goes by what a picture shows
            return {entity.entity_id: labeller.of(entity.entity_id) for entity in asked}
        return ask(
            model,
            labeller.propose,
            _silence(labeller.attributes),
            [self._question(entity, named[entity.entity_id]) for entity in asked],
            self.models.memory,
            title=title,
            progress=self.progress,
            flag=self.flag,
        )

    def _named(self, entity: Entity, labels: Labels, heard: Sequence[Heard]) -> Labels:
        """``labels`` as the next model is told of them."""
        proposed, _ = with_proposed_category(labels, heard, self.settings, entity.source, self.lexicon)
        return with_category(proposed, self.lexicon)

    def _is_asked(self, labels: Labels, attribute: str, source: str) -> bool:
        return self.settings.ask_all or is_open(labels, attribute, source, self.lexicon)

    def _question(self, entity: Entity, labels: Labels) -> Question[Look]:
        source, category = self.sources[entity.source], labels.category

        def read() -> Look:
            cutout = source.read(entity.files, max_pixels=self.max_pixels)
            height, width = cutout.alpha.shape
            size = size_within(width, height, LOOK_SIDE)
            return Look(
                entity.entity_id, shrunk(cutout.image, size), shrunk(cutout.alpha, size), labels.kind, category
            )

        return Question(entity.entity_id, (entity.content_hash, labels.kind.value, category or ""), read)


def _silence(attributes: Sequence[str]) -> Callable[[str], Saying]:
    return lambda why: tuple(Proposal(attribute, None, None, reason=why) for attribute in attributes)
