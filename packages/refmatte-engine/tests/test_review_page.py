"""The review page in a real browser, opened from the disk: the whole round from labels to another dataset."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from browser import not_loaded
from command import DRAWN, refmatte
from image_trees import write
from PIL import Image

from refmatte_engine.attributes.corrections import read_corrections
from refmatte_engine.attributes.labels import ColorShare, Labels, Origin
from refmatte_engine.attributes.proposed import Heard
from refmatte_engine.attributes.stage import UNNAMED, label
from refmatte_engine.config import Preset
from refmatte_engine.ingest.stage import ingest
from refmatte_engine.labellers.base import Candidate, Proposal
from refmatte_engine.lexicon import load_lexicon
from refmatte_engine.manifest.records import QuarantineRow
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.progress import Silent
from refmatte_engine.review.cards import Card, Said, accept_row, candidates_of, certainty, said_of, scores_of
from refmatte_engine.review.entities import REVIEWABLE, EntityReview, Word, _as_stated, _note, gather
from refmatte_engine.review.page import write_entity_page
from refmatte_engine.rows.proposals import write_proposals
from refmatte_engine.sources.base import Cutout
from refmatte_engine.sources.folder import FolderSource

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
RED = ColorShare("red", "red", "", 0.42, (50.0, 0.0, 0.0))


# --- what the page is told ------------------------------------------------------------------------------------


def labels(category: str | None, origin: Origin | None, **more) -> Labels:
    origins = [("category", origin)] if origin else []
    return Labels(EntityKind.OBJECT, category, origins=(*origins, *more.pop("origins", ())), **more)


def test_the_least_certain_come_first() -> None:
    measured = {"colors": (RED,), "origins": (("color", Origin.COMPUTED),)}
    in_order = [
        said_of(labels(None, None)),
        said_of(labels("cup", Origin.MODEL), {"category": 0.3}),
        said_of(labels("cup", Origin.MODEL), {"category": 0.8}),
        said_of(labels("cup", Origin.MODEL, **measured), {"category": 0.8}),
        said_of(labels("cup", Origin.DATASET, **measured)),
        said_of(labels("cup", Origin.CORRECTION, colors=(RED,), origins=(("color", Origin.CORRECTION),))),
    ]
    trust = [certainty(EntityKind.OBJECT, said) for said in in_order]
    assert trust == sorted(trust) and len(set(trust)) == len(trust)
    assert (trust[0], trust[-1]) == (0.0, 1.0)


def test_accepting_keeps_what_another_model_could_change() -> None:
    man = Labels(
        EntityKind.HUMAN,
        "human",
        gender="male",
        transparent=False,
        clothes_type="t-shirt",
        origins=(("category", Origin.DATASET), ("clothes_type", Origin.MODEL), ("transparent", Origin.COMPUTED)),
    )
    assert accept_row(man.kind, said_of(man)) == {"category": "human", "gender": "male", "clothes_type": "t-shirt"}
    assert accept_row(EntityKind.OBJECT, said_of(labels(None, None, colors=(RED,)))) == {}


def test_accepting_everything_changes_no_label(tmp_path: Path) -> None:
    y, x = np.mgrid[:300, :400]
    alpha = (np.hypot(y - 150, x - 200) < 100).astype(np.uint8) * 255
    for number, stem in enumerate(
        ("mugs/1", "leaves/1", "man portrait/1", "people/1", "kid/1", "glass/1", "blicket/1")
    ):
        pixels = np.dstack([np.full((300, 400, 3), 60 + 20 * number, np.uint8), alpha])
        write(tmp_path / "cutouts" / f"{stem}.png", pixels)
    (tmp_path / "cutouts" / "labels.csv").write_text(
        "file,category,kind,synonyms,attr:clothes_color\nman portrait/1,man portrait,human,,white; blue\n"
        "people/1,people,human,,\nkid/1,kid,human,,\nblicket/1,,animal,dax; wug,\n",
        encoding="utf-8",
    )
    source = FolderSource(tmp_path / "cutouts")
    inventory = ingest([source], [], Preset(), allow_identifiable_faces=True)

    def labelled(*corrections: Path):
        return label(
            inventory,
            {"folder": source},
            Preset(),
            load_lexicon(),
            corrections=corrections,
            allow_identifiable_faces=True,
        ).labels

    before = labelled()
    rows = [{"entity_id": name, **accept_row(one.kind, said_of(one))} for name, one in before.items()]
    assert len(rows) == 7
    with (tmp_path / "accepted.csv").open("w", newline="", encoding="utf-8") as stream:
        table = csv.DictWriter(stream, sorted({name for row in rows for name in row}))
        table.writeheader()
        table.writerows(rows)
    after = labelled(tmp_path / "accepted.csv")
    assert {name: replace(one, origins=()) for name, one in after.items()} == {
        name: replace(one, origins=()) for name, one in before.items()
    }
    assert all(dict(one.origins)["category"] is Origin.CORRECTION for one in after.values())


def test_a_thumbnail_is_the_alpha_box_with_its_alpha() -> None:
    from refmatte_engine.review.thumbs import SIDE, encode_thumb

    alpha = np.zeros((900, 1200), np.uint8)
    alpha[100:500, 200:1000] = 255
    alpha[100:500, 200:600] = 128
    image = np.full((900, 1200, 3), (200, 40, 40), np.uint8)
    small = Image.open(io.BytesIO(encode_thumb(Cutout(image, alpha), None)))
    assert (small.mode, small.size) == ("RGBA", (SIDE, SIDE // 2))
    red, green, _, opacity = small.getpixel((SIDE - 20, 50))
    assert opacity == 255 and abs(red - 200) < 8 and abs(green - 40) < 8
    assert abs(small.getpixel((20, 50))[3] - 128) <= 2


# --- the browser ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def open_page() -> Iterator[Callable]:
    """Opens a page in a context of its own; at the end nothing has failed to load and no script has failed."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

        @contextmanager
        def opened(path: Path):
            context = browser.new_context(viewport={"width": 1400, "height": 900}, accept_downloads=True)
            page = context.new_page()
            page.set_default_timeout(15_000)
            problems: list[str] = []
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on("requestfailed", lambda request: problems.extend(not_loaded(request)))
            page.on("request", lambda request: None if ours(request.url) else problems.append(request.url))
            page.goto(path.as_uri())
            yield page
            context.close()
            assert problems == []

        yield opened
        browser.close()


def ours(url: str) -> bool:
    return url.startswith(("file:", "blob:", "data:"))


def keys(page, *names: str) -> None:
    for name in names:
        page.keyboard.press(name)


def progress(page) -> str:
    return page.inner_text("#progress .text")


def saved(page, tmp_path: Path, name: str) -> Path:
    with page.expect_download() as waiting:
        page.keyboard.press("s")
    assert waiting.value.suggested_filename == name
    path = tmp_path / name
    waiting.value.save_as(path)
    return path


def focused(page) -> str:
    return page.inner_text("#panel .id")


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The entities of `built`, labelled, with their page."""
    out = tmp_path_factory.mktemp("labelled") / "data"
    assert refmatte("label", *DRAWN[1:], "--workers", 1, "--out", out).code == 0
    done = refmatte("review", out, "--sources", "drawn:24", "--workers", 1, "--json")
    assert done.code == 0, done.err
    assert done.document["page"] == str(out / "review" / "index.html")
    assert done.document["items"] == len(list((out / "review" / "thumbs").iterdir()))
    return out


def words_of(dataset: Path) -> list[str]:
    tables = (pq.read_table(path) for path in sorted(dataset.glob("*/expressions-*.parquet")))
    return [text for table in tables for text in table["text"].to_pylist()]


def test_load_correct_reload_undo_save_rebuild(labelled: Path, built: Path, open_page, tmp_path: Path) -> None:
    with open_page(labelled / "review" / "index.html") as page:
        page.wait_for_function("document.querySelector('.card img').naturalWidth > 0")
        first = focused(page)
        keys(page, "a")
        second = focused(page)
        keys(page, "d")
        assert progress(page).endswith(": 1 accepted, 1 dropped")

        # All circles at once: filter, select all, one word.
        page.select_option("#f-category", "circle")
        keys(page, "Escape", "Control+a", "c")
        n_circles = int(page.inner_text("#panel h2").split()[0])
        page.keyboard.type("Blicket_thing")
        keys(page, "Enter")
        assert f"{n_circles} corrected" in progress(page) or second in progress(page)

        page.select_option("#f-category", "")
        page.fill("#f-text", second)
        keys(page, "Enter", "r")
        assert "dropped" not in progress(page)
        keys(page, "u")
        assert "1 dropped" in progress(page)

        before = progress(page)
        page.reload()
        assert progress(page) == before
        path = saved(page, tmp_path, "corrections.csv")

    rows = {row.entity_id: row for row in read_corrections(path)}
    assert rows[second].drop and not rows[second].labels
    assert [(one.name) for one in rows[first].labels] == ["category"]
    renamed = [row for row in rows.values() if [one.value for one in row.labels] == ["blicket thing"]]
    assert len(renamed) >= n_circles - 2  # the first two may be circles

    done = refmatte(*DRAWN, "--images", 12, "--workers", 1, "--out", tmp_path / "again", "--corrections", path)
    assert done.code == 0, done.err
    before, after = words_of(built), words_of(tmp_path / "again")
    assert not any("blicket thing" in text for text in before)
    assert any("blicket thing" in text for text in after)
    assert not any("circle" in text.split() for text in after)
    mattes = list((tmp_path / "again").glob("*/mattes-*.parquet"))
    assert second not in {name for path in mattes for name in pq.read_table(path)["entity_id"].to_pylist()}


def test_what_is_selected_is_decided_together(labelled: Path, open_page, tmp_path: Path) -> None:
    with open_page(labelled / "review" / "index.html") as page:
        keys(page, "x", "ArrowRight", "ArrowRight", "x")
        assert page.inner_text("#panel h2") == "2 selected"
        page.fill("#v-synonyms", "gadget; widget")
        keys(page, "Enter", "Escape", "End", "Shift+ArrowLeft", "d")
        assert progress(page).endswith(": 2 corrected, 2 dropped")
        rows = read_corrections(saved(page, tmp_path, "corrections.csv"))
    assert sum(row.drop for row in rows) == 2
    synonyms = [label.value for row in rows for label in row.labels if label.name == "synonyms"]
    assert synonyms == ["gadget; widget"] * 2


def test_undo_and_redo_step_through_every_decision(labelled: Path, open_page) -> None:
    with open_page(labelled / "review" / "index.html") as page:
        start = progress(page)
        keys(page, "a", "d", "c")
        page.keyboard.type("zeppelin")
        keys(page, "Enter")
        done = progress(page)
        assert done.endswith("1 accepted, 1 corrected, 1 dropped")
        keys(page, "u", "Control+z", "u")
        assert progress(page) == start
        assert page.is_disabled("#undo")
        keys(page, "Control+Shift+z", "Control+y", "Control+y")
        assert progress(page) == done


def test_fields_are_checked_before_they_are_kept(labelled: Path, open_page, tmp_path: Path) -> None:
    with open_page(labelled / "review" / "index.html") as page:
        name = focused(page)
        page.fill("#v-color", "grene")
        keys(page, "Tab")
        assert "no colour" in page.inner_text("#panel")
        assert progress(page).startswith("0 of")
        page.fill("#v-color", "dark green 60%; light  gray 30%")
        keys(page, "Tab", "Tab")
        assert page.evaluate("document.activeElement.id") == "v-salient"
        page.select_option("#v-transparent", "unknown")
        page.fill("#v-synonyms", "cup; coffee/tea")
        keys(page, "Tab")
        assert "a category has up to 100 letters" in page.inner_text("#panel")
        page.fill("#v-synonyms", "")
        page.fill("#v-category", "photo 12")
        keys(page, "Tab")
        assert "for the whole picture" in page.inner_text("#panel")
        page.fill("#v-category", page.evaluate("proposed(chosen()[0], 'category')"))
        page.fill("#new-attribute", "Main material")
        page.click("#panel .add button")
        page.fill("#v-attr\\:main_material", 'tin, "old"')
        page.keyboard.press("Enter")
        (row,) = read_corrections(saved(page, tmp_path, "corrections.csv"))
    said = {one.name: one.value for one in row.labels}
    assert row.entity_id == name
    assert (said["color"], said["main_material"]) == ("dark green 60%; light gray 30%", 'tin, "old"')
    assert said["transparent"] == "unknown" and "category" in said


def test_a_kind_goes_with_the_word_that_brought_it(labelled: Path, open_page, tmp_path: Path) -> None:
    with open_page(labelled / "review" / "index.html") as page:
        page.fill("#v-category", "dog")
        keys(page, "Tab")
        assert page.input_value("#v-kind") == "animal"
        page.fill("#v-category", "gizmo")
        keys(page, "Tab", "Escape")
        (row,) = read_corrections(saved(page, tmp_path, "corrections.csv"))
        assert {one.name: one.value for one in row.labels} == {"category": "gizmo"}
        page.select_option("#v-kind", "animal")
        page.fill("#v-category", "wug")
        keys(page, "Tab", "Escape")
        (row,) = read_corrections(saved(page, tmp_path, "corrections.csv"))
    assert {one.name: one.value for one in row.labels} == {"category": "wug", "kind": "animal"}


def test_no_name_that_phrases_cannot_say_stops_the_review() -> None:
    assert _as_stated(EntityKind.OBJECT, "mug (blue)", ()).category is None


def test_a_word_for_a_person_brings_the_fields_of_people(labelled: Path, open_page) -> None:
    with open_page(labelled / "review" / "index.html") as page:
        keys(page, "c")
        page.keyboard.type("woman")
        keys(page, "Tab")
        page.wait_for_selector("#v-gender")
        assert page.evaluate("document.activeElement.id") == "v-kind"
        assert page.input_value("#v-kind") == "human"
        assert page.locator("#v-color").count() == 0


def test_search_and_filters(labelled: Path, open_page) -> None:
    with open_page(labelled / "review" / "index.html") as page:
        shown = lambda: int(page.inner_text("#count").split()[0])  # noqa: E731
        everything = shown()
        keys(page, "/")
        page.keyboard.type("star")
        assert 0 < shown() < everything
        assert all("star" in name for name in page.locator(".card .name").all_inner_texts())
        page.fill("#f-text", "")
        page.evaluate("document.getElementById('f-certainty').value = 0; filter()")
        assert shown() == 0
        assert "Nothing fits" in page.inner_text("#panel")
        page.evaluate("document.getElementById('f-certainty').value = 100; filter()")
        keys(page, "Escape", "a")
        page.select_option("#f-state", "accepted")
        assert shown() == 1


@pytest.fixture(scope="module")
def nameless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two cut-outs with a name and one without."""
    root = tmp_path_factory.mktemp("nameless")
    y, x = np.mgrid[:300, :400]
    for number, stem in enumerate(("mug/1", "cat/1", "7")):
        alpha = (np.hypot(y - 150, x - 200) < 100 - number).astype(np.uint8) * 255
        write(
            root / "cutouts" / f"{stem}.png",
            np.dstack([np.full((300, 400, 3), 90 + 40 * number, np.uint8), alpha]),
        )
    return root


def label_nameless(root: Path, out: Path, *more: object):
    sources = f"folder:{root / 'cutouts'}"
    done = refmatte(
        "label", "--sources", sources, "--backgrounds", "drawn:2", "--workers", 1, "--out", out,
        "--allow-identifiable-faces", *more,
    )  # fmt: skip
    assert done.code == 0, done.err
    done = refmatte("review", out, "--sources", sources, "--workers", 1, *more)
    assert done.code == 0, done.err
    return out / "review" / "index.html"


def test_what_nobody_named_comes_first_and_comes_back(nameless: Path, open_page, tmp_path: Path) -> None:
    with open_page(label_nameless(nameless, tmp_path / "one")) as page:
        assert focused(page) == "folder/7"
        assert "left out until it has a category" in page.inner_text("#panel .note")
        keys(page, "a")
        assert progress(page).startswith("0 of 3")  # what has no name cannot be accepted
        keys(page, "c")
        page.keyboard.type("woman")
        keys(page, "Enter", "a")
        path = saved(page, tmp_path, "corrections.csv")
    again = label_nameless(nameless, tmp_path / "two", "--corrections", path)
    rows = pq.read_table(tmp_path / "two" / "entities.parquet", columns=["entity_id", "labels"]).to_pylist()
    woman = next(row["labels"] for row in rows if row["entity_id"] == "folder/7")
    assert (woman["kind"], woman["category"], woman["attributes"]["gender"]) == ("human", "human", "female")

    # The next review goes on from the file and saves it again, without what was taken back.
    with open_page(again) as page:
        assert progress(page).startswith("2 of 3")
        page.fill("#f-text", "folder/7")
        keys(page, "Enter", "r")
        page.reload()
        assert progress(page).startswith("1 of 3")
        assert len(read_corrections(saved(page, tmp_path, "corrections.csv"))) == 1


def test_a_file_that_was_edited_wins_over_the_browser(nameless: Path, open_page, tmp_path: Path) -> None:
    out = tmp_path / "one"
    with open_page(label_nameless(nameless, out)) as page:
        keys(page, "c")
        page.keyboard.type("woman")
        keys(page, "Enter")
        path = saved(page, tmp_path, "corrections.csv")
        path.write_text(path.read_text(encoding="utf-8").replace("woman", "statue"), encoding="utf-8")
        done = refmatte("review", out, "--sources", f"folder:{nameless / 'cutouts'}", "--corrections", path)
        assert done.code == 0, done.err
        page.reload()
        assert progress(page).startswith("1 of 3")
        (row,) = read_corrections(saved(page, tmp_path, "corrections.csv"))
    assert {one.name: one.value for one in row.labels}["category"] == "statue"


def test_wrong_sources_and_empty_folders_are_explained(labelled: Path, tmp_path: Path) -> None:
    done = refmatte("review", labelled, "--sources", "sample")
    assert (done.code, "come from drawn" in done.err) == (3, True)
    done = refmatte("review", tmp_path)
    assert (done.code, "run refmatte label" in done.err) == (3, True)


# --- what models considered ------------------------------------------------------------------------------------


def heard(attribute: str, *candidates: tuple[str, float], value: str | None = None, reason: str = "") -> Heard:
    score = dict(candidates).get(value or "")
    considered = tuple(Candidate(*one) for one in candidates)
    return Heard("fake", Proposal(attribute, value, score, considered, reason))


def test_scores_and_candidates_of_several_models_come_together() -> None:
    said = (
        heard("category", ("cup", 0.7), ("bowl", 0.2), value="cup"),
        heard("category", ("mug", 0.6), ("cup", 0.4), value="mug"),
        heard("gender"),
    )
    by_model = labels("mug", Origin.MODEL)
    assert scores_of(by_model, said) == {"category": 0.7}
    assert scores_of(labels("mug", Origin.DATASET), said) == {}
    assert [(one.value, one.score) for one in candidates_of(said)["category"]] == [
        ("cup", 0.7),
        ("mug", 0.6),
        ("bowl", 0.2),
    ]
    assert candidates_of(said).keys() == {"category"}


def test_a_candidate_is_taken_with_a_click(nameless: Path, open_page, tmp_path: Path) -> None:
    page_file = label_nameless(nameless, tmp_path / "labels")
    folder = tmp_path / "labels"
    about = {
        "folder/7": (heard("category", ("kettle", 0.31), ("parrot", 0.22), value="kettle"),),
        "folder/mug/1": (heard("category", ("cup", 0.9), value="cup"),),
    }
    write_proposals(folder, about, {"folder/7": (heard("contains", ("lamp", 0.9)),)})
    done = refmatte("review", folder, "--sources", f"folder:{nameless / 'cutouts'}", "--workers", 1)
    assert done.code == 0, done.err
    with open_page(page_file) as page:
        assert focused(page) == "folder/7"
        assert page.locator(".offered button").all_inner_texts() == ["kettle 31 %", "parrot 22 %"]
        page.click(".offered button:has-text('parrot')")
        assert page.input_value("#v-category") == "parrot"
        assert page.locator(".offered button.taken").all_inner_texts() == ["parrot 22 %"]
        (row,) = read_corrections(saved(page, tmp_path, "corrections.csv"))
        page.fill("#f-text", "folder/mug/1")
        assert page.locator(".offered button").all_inner_texts() == ["cup 90 %"]
    assert {one.name: one.value for one in row.labels} == {"category": "parrot", "kind": "animal"}


def test_what_models_had_to_say_stands_in_the_note() -> None:
    row = QuarantineRow("folder", "7", "unnamed", "the models disagree: dog 0.62, fox 0.81")
    assert _note(row).endswith("(the models disagree: dog 0.62, fox 0.81)")
    assert _note(replace(row, detail=UNNAMED)) == REVIEWABLE["unnamed"]
    assert _note(replace(row, reason="dropped_by_correction")) == REVIEWABLE["dropped_by_correction"]


def test_a_mug_that_was_taken_for_a_person_can_be_named_on_the_page(nameless: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("entity_id,category\nfolder/7,man\n", encoding="utf-8")
    out, sources = tmp_path / "labels", f"folder:{nameless / 'cutouts'}"
    label = ("label", "--sources", sources, "--backgrounds", "drawn:2", "--workers", 1, "--out", out)
    done = refmatte(*label, "--corrections", mine)
    assert (done.code, "people: 1 left out" in done.err) == (0, True)
    cards = gather(
        out,
        {"folder": FolderSource(nameless / "cutouts")},
        load_lexicon(),
        out / "thumbs",
        max_pixels=10**8,
        workers=1,
        progress=Silent(),
    ).cards
    (left,) = (card for card in cards if card.entity_id == "folder/7")
    assert "identifiable_face = no" in left.note


# --- many, and hostile ----------------------------------------------------------------------------------------


def cards(n: int, thumbs: Path) -> tuple[Card, ...]:
    thumbs.mkdir(parents=True)
    rgba = np.random.default_rng(0).integers(0, 255, (240, 300, 4), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(rgba, "RGBA").save(stream, "WEBP", quality=30)
    made = []
    for i in range(n):
        (thumbs / f"{i}.webp").write_bytes(stream.getvalue())
        said = (
            Said("category", f"thing {'abcdefgh'[i % 8]}", "model", i / n),
            Said("kind", "object", "", None),
            Said("color", "red 60%; white 20%", "computed", 0.6),
        )
        accept = {"category": said[0].value}
        made.append(Card(f"made/{i:05d}", "made", "CC0-1.0", said, i / n, "", accept, f"thumbs/{i}.webp"))
    return tuple(made)


def test_two_thousand_entities_without_lag(open_page, tmp_path: Path) -> None:
    review = EntityReview("d" * 64, cards(2000, tmp_path / "review" / "thumbs"), (Word("mug", "object", ()),), {})
    written = write_entity_page(tmp_path, review)
    with open_page(written.page) as page:
        ready = []
        for _ in range(3):
            page.reload()
            ready.append(page.evaluate("performance.getEntriesByName('ready')[0].startTime"))
        assert min(ready) < 1000
        assert "2,000 shown" in page.inner_text("#count")
        assert page.locator(".card").count() < 80  # only what is in view is in the page
        spent = page.evaluate(
            """() => {
              const start = performance.now();
              for (let i = 0; i < 100; i++) {
                document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "a", bubbles: true }));
              }
              return (performance.now() - start) / 100;
            }"""
        )
        assert spent < 100, "one decision takes so many milliseconds"
        assert progress(page).startswith("100 of 2,000")
        keys(page, "End")
        assert focused(page) == "made/01999"
        keys(page, "Control+a", "a")
        assert progress(page).startswith("2,000 of 2,000")
        path = saved(page, tmp_path, "corrections.csv")
        assert len(read_corrections(path)) == 2000
        keys(page, "u")
        assert progress(page).startswith("100 of 2,000")


def test_what_data_says_is_text(open_page, tmp_path: Path) -> None:
    evil = '</script><script>window.hacked = 1</script><img src=x onerror="window.hacked = 2">'
    said = (
        Said("category", evil, "model", 0.5),
        Said("kind", "object", "", None),
        Said(f"attr:{evil}", evil, "dataset", None),
    )
    card = Card(f"made/{evil}", "made", evil, said, 0.5, evil, {"category": evil}, "")
    review = EntityReview("e" * 64, (card,), (Word(evil, "object", (evil,)),), {})
    with open_page(write_entity_page(tmp_path, review).page) as page:
        assert page.inner_text(".card .name") == evil
        keys(page, "a")
        page.fill("#v-category", "x" + evil)
        keys(page, "Enter")
        assert "a category has up to 100 letters" in page.inner_text("#panel")
        keys(page, "Escape")
        assert page.evaluate("window.hacked") is None
        path = saved(page, tmp_path, "corrections.csv")
    (row,) = csv.DictReader(path.open(encoding="utf-8", newline=""))
    assert row["entity_id"] == f"made/{evil}"


# --- phrases --------------------------------------------------------------------------------------------------


def test_phrases_get_verdicts_that_stay_and_are_saved(built: Path, open_page, tmp_path: Path) -> None:
    data = shutil.copytree(built, tmp_path / "data")
    done = refmatte("review", data, "--images", 5, "--json")
    assert (done.code, done.document["reviews"]) == (0, "phrases")
    assert refmatte("verify", data).code == 0, "the page is no part of the data"
    with open_page(data / "review" / "index.html") as page:
        page.wait_for_function("[...document.querySelectorAll('.view img')].every(img => img.naturalWidth > 0)")
        assert page.locator(".row").count() > 5
        phrase = page.inner_text("#panel .phrase")
        assert phrase in words_of(data)
        keys(page, "f", "w", "n")
        page.keyboard.type("two rings, not one")
        keys(page, "Enter", "a", "w", "u")
        page.reload()
        assert progress(page).endswith(": 1 fine, 1 wrong, 1 ambiguous")
        path = saved(page, tmp_path, "verdicts.csv")
    rows = list(csv.DictReader(path.open(encoding="utf-8", newline="")))
    expressions = [pq.read_table(name) for name in data.glob("*/expressions-*.parquet")]
    known = {name for table in expressions for name in table["expression_id"].to_pylist()}
    assert {row["expression_id"] for row in rows} <= known
    assert sorted(row["verdict"] for row in rows) == ["ambiguous", "fine", "wrong"]
    assert [row["note"] for row in rows if row["note"]] == ["two rings, not one"]
