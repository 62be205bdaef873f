"""Stage 2: what can be said of every entity, and what models see in backgrounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from refmatte_engine.attributes.categories import known_name
from refmatte_engine.attributes.corrections import read_corrections
from refmatte_engine.attributes.hearing import Models
from refmatte_engine.attributes.labels import Labels
from refmatte_engine.attributes.proposed import Heard
from refmatte_engine.attributes.stage import label
from refmatte_engine.attributes.values import UNKNOWN
from refmatte_engine.ingest.stage import Inventory
from refmatte_engine.labellers.clip.zero_shot import questions
from refmatte_engine.labellers.memory import Memory
from refmatte_engine.labellers.registry import Bench, make_contents, make_labellers
from refmatte_engine.labellers.vocabulary import Vocabulary, make_vocabulary
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.pipeline.worksite import Worksite
from refmatte_engine.sources.paired import category_word


@dataclass(frozen=True, slots=True)
class Labelled:
    """A labelled collection.

    Attributes:
        inventory: with the entities, the backgrounds and the rejections of this stage.
        labels: by entity id, of all its entities.
        heard: what models said of entities, by entity id; None when no model was asked.
        seen: what the detector found in backgrounds, by background id (which may be an entity's id as well).
    """

    inventory: Inventory
    labels: Mapping[str, Labels]
    heard: Mapping[str, tuple[Heard, ...]] | None = None
    seen: Mapping[str, tuple[Heard, ...]] = field(default_factory=dict)


def label_inventory(site: Worksite, inventory: Inventory) -> Labelled:
    """Label ``inventory`` as the request asks, and tell what its tables hold that nobody uses."""
    request = site.request
    bench = _bench(site, inventory)
    memory = Memory(site.cache / "labels")
    labelled = label(
        inventory,
        site.sources_by_name,
        request.preset,
        site.lexicon(),
        corrections=request.corrections,
        user_attributes=site.user_attributes,
        models=None if bench is None else Models(make_labellers(bench), memory),
        allow_identifiable_faces=request.allow_identifiable_faces,
        workers=request.workers,
        max_pixels=request.max_pixels,
        progress=site.progress,
        flag=site.flag,
    )
    for problem in labelled.problems:
        site.progress.say(f"note: {problem}")
    inventory = labelled.applied_to(inventory)
    if bench is None:
        return Labelled(inventory, labelled.labels)
    contents = make_contents(bench)
    if contents is None:
        return Labelled(inventory, labelled.labels, labelled.heard)
    backgrounds, said = contents.look_into(
        inventory.backgrounds,
        site.backgrounds_by_name,
        memory,
        max_pixels=request.max_pixels,
        progress=site.progress,
        flag=site.flag,
    )
    seen = {name: tuple(Heard(contents.fingerprint, one) for one in saying) for name, saying in said.items()}
    return Labelled(replace(inventory, backgrounds=backgrounds), labelled.labels, labelled.heard, seen)


def _bench(site: Worksite, inventory: Inventory) -> Bench | None:
    if not site.models.names:
        return None
    return Bench(
        site.models,
        site.weights,
        _vocabulary(site, inventory),
        site.lexicon(),
        site.request.preset.color,
        points=site.cache / "labels" / "points",
    )


def _stated_names(site: Worksite, inventory: Inventory) -> Iterator[tuple[str, EntityKind | None]]:
    """Categories as the collection and corrections write them, with a kind where somebody states one."""
    for entity in inventory.entities:
        if entity.category is not None:
            stated = any(one.name == "kind" for one in entity.labels)
            yield entity.category, entity.kind if stated or entity.kind is not EntityKind.OBJECT else None
    for path in site.request.corrections:
        for row in read_corrections(path):
            yield from ((one.value, None) for one in row.labels if one.name == "category")


def _vocabulary(site: Worksite, inventory: Inventory) -> Vocabulary:
    """The project's categories and those that the collection or a correction uses."""
    lexicon = site.lexicon()
    own: dict[str, EntityKind | None] = {}
    for category, kind in _stated_names(site, inventory):
        name, _ = known_name(category_word(category), lexicon)
        if name and name != UNKNOWN:
            own.setdefault(name, kind)
    return make_vocabulary(lexicon, own, questions().unsaid)
