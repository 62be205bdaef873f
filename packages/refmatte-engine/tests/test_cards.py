"""The pages of a build: numbers from its tables, no text that becomes markup, questions left to people."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_build import STAMP, make_entity

from refmatte_engine.cards import BuildFacts, collect_facts
from refmatte_engine.cards.pages import Verbatim, hub_license, markdown, render_cards, size_category
from refmatte_engine.cards.provenance import SourceFacts, credit_text
from refmatte_engine.manifest.build_manifest import PAGES
from refmatte_engine.manifest.records import EntityRow, NamedValue
from refmatte_engine.manifest.tables import read_rows, write_table
from refmatte_engine.rows.inventory import entity_row


@pytest.fixture(scope="module")
def facts(tiny_build: Path) -> BuildFacts:
    return collect_facts(tiny_build, stamp=STAMP, seed=7, preset="modern", rejected={"no_room": 2})


def _front_matter(page: str) -> str:
    opening, matter, _ = page.split("---\n", 2)
    assert opening == ""
    return matter


def test_the_cards_front_matter_names_tables_splits_and_licence(facts: BuildFacts) -> None:
    matter = _front_matter(render_cards(facts)["README.md"])
    assert 'license: "other"' in matter
    assert 'license_details: "CC0-1.0 AND MIT"' in matter
    assert re.findall(r'config_name: "(\w+)"', matter) == ["images", "mattes", "expressions"]
    assert re.findall(r'path: "(.+)"', matter) == [
        f"{split}/{table}-*.parquet"
        for table in ("images", "mattes", "expressions")
        for split in ("train", "test")
    ]
    for line in matter.splitlines():
        assert re.fullmatch(r'(  )?(- )?[a-z_]+:( .+)?|- [\w|"<-]+|.*"', line), line


def test_globs_of_the_card_find_the_tables(facts: BuildFacts, tiny_build: Path) -> None:
    for pattern in re.findall(r'path: "(.+)"', _front_matter(render_cards(facts)["README.md"])):
        assert list(tiny_build.glob(pattern)), pattern


def test_numbers_are_those_of_the_tables(facts: BuildFacts) -> None:
    assert (facts.total.images, facts.total.mattes, facts.total.expressions) == (6, 14, 56)
    readme = render_cards(facts)["README.md"]
    assert "| images | 4 | 2 | 6 |" in readme
    assert "| mattes | 9 | 5 | 14 |" in readme
    assert facts.expression_kinds["basic"] == (14, 3.0)
    assert facts.entity_reuse == (round(14 / 6, 2), 4)
    assert facts.known_attributes == {"category": 14, "color": 14}
    assert facts.unseen_test_categories == ("camel", "monkey", "rabbit")
    assert (facts.shared_entities, facts.shared_backgrounds) == (0, 0)
    assert "No entity and no background is in both" in render_cards(facts)["DATASHEET.md"]
    mixed = render_cards(replace(facts, shared_entities=3, shared_backgrounds=1))["DATASHEET.md"]
    assert "3 entities and 1 backgrounds are in both" in mixed


def test_the_datasheet_asks_every_question_and_leaves_to_people_what_is_theirs(facts: BuildFacts) -> None:
    page = render_cards(facts)["DATASHEET.md"]
    sections = re.split(r"^## ", page, flags=re.M)[1:]
    questions = {section[:3]: len(re.findall(r"^\d+\. \*\*.+\?\*\*", section, flags=re.M)) for section in sections}
    # Appendix A of the paper.
    assert questions == {"A.1": 3, "A.2": 12, "A.3": 5, "A.4": 3, "A.5": 5, "A.6": 6, "A.7": 6}
    assert page.count("TODO-human") > 10
    assert "None" not in page


def test_what_a_source_or_a_user_wrote_cannot_become_markup(facts: BuildFacts) -> None:
    evil = "<script>alert(1)</script>|[x](http://x)\n## new `code` *b*"
    source = SourceFacts(evil, evil, evil, evil, evil, "permissive", True, evil, 1, 1, 1, 1)
    pages = render_cards(
        replace(facts, sources=(source,), license=evil, unseen_test_categories=(evil,), rejected={evil: 1})
    )
    for page in pages.values():
        text = page.split("---\n", 2)[2] if page.startswith("---") else page
        text = re.sub(r"`[^`\n]+`", "", text)  # code is shown, not read
        assert "<script>" not in text
        assert "](http://x)" not in text.replace("\\]", "")
        assert not re.search(r"^## new", text, flags=re.M)
    assert "<script>" in _front_matter(pages["README.md"])  # a JSON string of one line, which no viewer renders
    assert len(_front_matter(pages["README.md"]).splitlines()) == len(
        _front_matter(render_cards(facts)["README.md"]).splitlines()
    )


def test_escaping_is_markdowns_own() -> None:
    assert markdown("a_b") == r"a\_b"
    assert markdown("1 < 2 & 3") == "1 &lt; 2 &amp; 3"
    assert markdown("two\nlines") == "two lines"
    assert markdown(Verbatim("a_b")) == "a_b"
    assert markdown(7) == 7


@pytest.mark.parametrize(
    ("license", "tag"),
    [("CC0-1.0", "cc0-1.0"), ("MIT", "mit"), ("CC-BY-4.0 AND MIT", "other"), ("LicenseRef-x", "other")],
)
def test_the_hubs_licence_tag(license: str, tag: str) -> None:
    assert hub_license(license) == tag


@pytest.mark.parametrize(("n", "name"), [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (47_500, "10K<n<100K")])
def test_size_classes(n: int, name: str) -> None:
    assert size_category(n) == name


def test_works_whose_licence_asks_for_it_are_credited(fresh_build: Path) -> None:
    path = fresh_build / "entities.parquet"
    rows = {row.entity_id: row for row in read_rows(path, EntityRow)}
    cat = replace(
        rows["drawn/cat"],
        license="CC-BY-2.0",
        stated=(NamedValue("author", "A. Photographer"), NamedValue("title", "Cat")),
    )
    unused = entity_row(make_entity("heron", license="CC-BY-2.0"))
    write_table(path, EntityRow, [*{**rows, "drawn/cat": cat}.values(), unused], STAMP)
    facts = collect_facts(fresh_build, stamp=STAMP)
    assert [(credit.item, credit.license, credit.text) for credit in facts.credits] == [
        ("drawn/cat", "CC-BY-2.0", "Cat, A. Photographer")
    ]
    assert "| `drawn/cat` | CC-BY-2.0 | Cat, A. Photographer |" in render_cards(facts)["ATTRIBUTION.md"]


def test_photographs_of_the_sample_are_credited_by_name(fresh_build: Path) -> None:
    rows = list(read_rows(fresh_build / "entities.parquet", EntityRow))
    photo = replace(rows[0], entity_id="sample/dahlia", source="sample", license="CC-BY-2.0")
    assert credit_text(photo) == "vultilion (Flickr)"
    assert credit_text(replace(photo, entity_id="folder/dahlia")) == "cat.png"


def test_pages_are_written_and_the_same_for_equal_facts(facts: BuildFacts, tiny_build: Path) -> None:
    pages = render_cards(facts)
    assert tuple(pages) == PAGES
    for name, text in pages.items():
        assert (tiny_build / name).read_text() == text
        assert str(tiny_build) not in text
