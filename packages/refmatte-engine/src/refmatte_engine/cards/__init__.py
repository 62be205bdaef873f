"""The pages of a build for people: README.md, DATASHEET.md, ATTRIBUTION.md, computed from its tables."""

from refmatte_engine.cards.facts import BuildFacts, collect_facts
from refmatte_engine.cards.pages import write_cards

__all__ = ["BuildFacts", "collect_facts", "write_cards"]
