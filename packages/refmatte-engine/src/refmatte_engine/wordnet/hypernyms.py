"""Words for broader things that people say: "kitchen appliance" of a toaster, and not "instrumentality"."""

from __future__ import annotations

from refmatte_engine.wordnet.kin import Kin
from refmatte_engine.wordnet.net import Net, Sense
from refmatte_engine.wordnet.words import everyday, is_latin

STEPS = 2
"""So far up people still recognise the thing."""

TOO_BROAD = frozenset(
    {
        "abstraction.n.06", "agent.n.03", "appliance.n.02", "article.n.02", "artifact.n.01", "attire.n.01",
        "body_part.n.01", "chordate.n.01", "clothing.n.01", "commodity.n.01", "connection.n.03",
        "consumer_goods.n.01", "container.n.01", "conveyance.n.03", "covering.n.02", "creation.n.02",
        "decoration.n.01", "device.n.01", "durables.n.01", "electrical_device.n.01",
        "electronic_device.n.01", "equipment.n.01", "figure.n.06", "food.n.01", "food.n.02",
        "foodstuff.n.02", "furnishing.n.02", "implement.n.01", "instrument.n.01", "instrumentality.n.03",
        "invertebrate.n.01", "mammal.n.01", "matter.n.03", "mechanical_device.n.01", "mechanism.n.05",
        "natural_object.n.01", "nutriment.n.01", "object.n.01", "organism.n.01", "part.n.03",
        "placental.n.01", "plant_organ.n.01", "plant_part.n.01", "product.n.02", "property.n.01",
        "representation.n.02", "reproductive_structure.n.01", "self-propelled_vehicle.n.01", "solid.n.01",
        "structure.n.01", "substance.n.01", "substance.n.07", "support.n.10", "system.n.01", "thing.n.12",
        "transport.n.01", "utensil.n.01", "vascular_plant.n.01", "vertebrate.n.01", "wheeled_vehicle.n.01",
        "whole.n.02", "woody_plant.n.01",
    }
)  # fmt: skip
"""Nobody points at a thing with these words."""

NAMES_ANYTHING = frozenset(
    {
        "artifact.n.01", "covering.n.02", "device.n.01", "entity.n.01", "food.n.01", "instrumentality.n.03",
        "living_thing.n.01", "matter.n.03", "object.n.01", "organism.n.01", "physical_entity.n.01",
        "structure.n.01", "substance.n.01", "substance.n.07", "whole.n.02",
    }
)  # fmt: skip


def wider(sense: Sense) -> tuple[str, ...]:
    """The synsets right above a hypernym: what is below those may be called by it (a bus, a vehicle)."""
    return tuple(key for key in sense.above if key not in NAMES_ANYTHING)


def hypernym_words(sense: Sense, kin: Kin, net: Net) -> tuple[Sense, ...]:
    """The synsets above a sense whose first word people say, nearest first; none at or above a category."""
    found: dict[str, Sense] = {}
    rank = [sense]
    for step in range(STEPS):
        keys = dict.fromkeys(key for each in rank for key in each.above if not kin.is_category(key))
        rank = [above for key in keys if (above := net.sense(key)) is not None and key not in found]
        found.update((each.key, each) for each in rank if _is_said(each, step, net))
    return tuple(found.values())


def _is_said(sense: Sense, step: int, net: Net) -> bool:
    """Whether a word is said so: a common one, or the nearest of two words ("kitchen appliance").

    Not of people, who have their own words, and no naturalist's words.
    """
    word = sense.lemmas[0]
    if sense.key in TOO_BROAD or sense.field in ("Tops", "person") or is_latin(word, sense, net):
        return False
    if everyday((word,), sense, net):
        return True
    return step == 0 and " " in word and sense.field == "artifact"
