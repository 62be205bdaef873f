"""Where the contents of a build come from, and whom it has to credit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from refmatte_engine.manifest.records import BackgroundRow, EntityRow, ImageRow, MatteRow
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.sources.card import LicenseLevel, card_names, join_licenses, license_level, source_card

NO_CREDIT_NEEDED = (LicenseLevel.PUBLIC_DOMAIN, LicenseLevel.PERMISSIVE)
"""Licence levels under which single works need not be credited one by one."""
CREDIT_LABELS = ("title", "author", "attribution", "url")
"""Stated labels of an entity that make up its credit."""


@dataclass(frozen=True, slots=True)
class _Origin:
    """What there is to say of a source that is no dataset with a card."""

    title: str
    origin: str
    agreement: str


_WITHOUT_CARD = {
    "sample": _Origin(
        "Sample of refmatte-engine",
        "photographs that ship in scikit-image, scikit-learn and matplotlib, and drawings of this project",
        "each photograph's own licence",
    ),
    "drawn": _Origin("Drawn shapes", "drawn by refmatte-engine", "none needed"),
    "refmatte": _Origin("RefMatte", "https://github.com/JizhiziLi/RIM", "the release agreement of RefMatte"),
    "rw100": _Origin("RefMatte-RW100", "https://github.com/JizhiziLi/RIM", "the release agreement of RefMatte"),
}


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """One source and what of it is in the build."""

    name: str
    title: str
    origin: str
    agreement: str
    license: str
    license_level: str
    redistribution: bool
    notes: str
    entities: int
    backgrounds: int
    images: int
    mattes: int


@dataclass(frozen=True, slots=True)
class Credit:
    """An entity or background in the build whose licence asks for attribution."""

    item: str
    license: str
    text: str


@dataclass(slots=True)
class MatteTally:
    """What counting once through the mattes gives (a table of 100,000 of them never lies in memory whole)."""

    categories: Counter[str] = field(default_factory=Counter)
    kinds: Counter[EntityKind] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    entities: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    origins: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, mattes: Iterable[MatteRow]) -> MatteTally:
        tally = cls()
        for row in mattes:
            tally._add(row)
        return tally

    @classmethod
    def together(cls, tallies: Iterable[MatteTally]) -> MatteTally:
        whole = cls()
        for tally in tallies:
            for name in cls.__dataclass_fields__:
                getattr(whole, name).update(getattr(tally, name))
        return whole

    def _add(self, row: MatteRow) -> None:
        for counter, name in (
            (self.categories, row.category),
            (self.sources, row.source),
            (self.entities, row.entity_id),
        ):
            if name is not None:
                counter[name] += 1
        if row.kind is not None:
            self.kinds[row.kind] += 1
        if row.attributes is not None:
            for pair in row.attributes.origins:
                self.known[pair.name] += 1
                self.origins[pair.origin] += 1


def source_facts(
    images: Sequence[ImageRow],
    tally: MatteTally,
    entities: Sequence[EntityRow],
    backgrounds: Sequence[BackgroundRow],
) -> tuple[SourceFacts, ...]:
    """One record for each source that an image names, sorted; counts are of what the build really shows."""
    shown_backgrounds = {row.background_id for row in images}
    in_images = Counter(source for row in images for source in row.sources)
    used_entities = [row for row in entities if row.entity_id in tally.entities]
    used_backgrounds = [row for row in backgrounds if row.background_id in shown_backgrounds]
    facts = []
    for name in sorted(in_images):
        own_entities = [row for row in used_entities if row.source == name]
        own_backgrounds = [row for row in used_backgrounds if row.source == name]
        licenses = {row.license for row in own_entities} | {row.license for row in own_backgrounds}
        if not licenses:  # an import has no inventory: its images say what they are under
            licenses = {row.license for row in images if name in row.sources}
        license = join_licenses(licenses)
        card = source_card(name) if name in card_names() else None
        about = card or _WITHOUT_CARD.get(name) or _Origin(name, "the user's own files", "the user's own")
        facts.append(
            SourceFacts(
                name=name,
                title=about.title,
                origin=about.origin,
                agreement=about.agreement,
                license=license,
                license_level=license_level(license).value,
                redistribution=license_level(license) is not LicenseLevel.NO_REDISTRIBUTION,
                notes=card.notes if card else "",
                entities=len(own_entities),
                backgrounds=len(own_backgrounds),
                images=in_images[name],
                mattes=tally.sources[name],
            )
        )
    return tuple(facts)


def credits_needed(
    images: Sequence[ImageRow],
    tally: MatteTally,
    entities: Sequence[EntityRow],
    backgrounds: Sequence[BackgroundRow],
) -> tuple[Credit, ...]:
    """Every entity and background in the build whose licence asks that single works are credited."""
    shown_backgrounds = {row.background_id for row in images}
    credits = [
        Credit(row.entity_id, row.license, credit_text(row))
        for row in entities
        if row.entity_id in tally.entities and license_level(row.license) not in NO_CREDIT_NEEDED
    ]
    credits += [
        Credit(row.background_id, row.license, _sample_credit(row.background_id) or row.file)
        for row in backgrounds
        if row.background_id in shown_backgrounds and license_level(row.license) not in NO_CREDIT_NEEDED
    ]
    return tuple(sorted(credits, key=lambda credit: credit.item))


def credit_text(row: EntityRow) -> str:
    """Title, author and address as stated with the entity; its file name where nothing is known."""
    stated = {pair.name: pair.value for pair in row.stated}
    parts = [stated[name] for name in CREDIT_LABELS if name in stated]
    return ", ".join(parts) or _sample_credit(row.entity_id) or row.files.image


def _sample_credit(item: str) -> str | None:
    """Who made a photograph of the built-in sample."""
    from refmatte_engine.sources.sample import PHOTOGRAPHS

    source, _, stem = item.partition("/")
    photograph = PHOTOGRAPHS.get(stem) if source == "sample" else None
    return photograph.credit if photograph else None
