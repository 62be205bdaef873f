"""The report in a real browser, opened from the disk."""

import shutil

import pytest
from browser import not_loaded

from refmatte_engine.report.gallery import spread
from refmatte_engine.report.statistics import chart, positions_table

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def test_a_long_gallery_is_thinned_evenly():
    assert spread(list(range(1000)), 10) == list(range(0, 1000, 100))
    assert spread([1, 2], 10) == [1, 2]


def test_a_chart_counts_and_sums_up_the_rest():
    bars = chart("t", "n", ["a", "a", "a", "b", "b", "c", "d"], most=2).bars
    assert [(bar.name, bar.count) for bar in bars] == [("a", 3), ("b", 2), ("other (2)", 2)]
    assert bars[0].share == 1.0


def test_the_middle_of_a_row_and_of_a_stack_are_counted_apart():
    images = [{"image_id": "a", "relation": "left_right"}, {"image_id": "b", "relation": "top_bottom"}]
    mattes = [
        {"image_id": name, "position": "middle", "kind": kind}
        for name, kind in (("a", "human"), ("b", "animal"), ("b", "animal"))
    ]
    table = positions_table(images, mattes)
    assert table.columns == ("animal", "human")
    assert table.rows == (("left_right: middle", (0, 1)), ("top_bottom: middle", (2, 0)))


@pytest.fixture
def page(built):
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("requestfailed", lambda request: problems.extend(not_loaded(request)))
        page.goto((built / "report" / "index.html").as_uri())
        yield page
        browser.close()
        assert problems == []


def test_every_image_has_a_card_with_its_phrases(page):
    assert page.locator(".card").count() == 12
    assert page.locator(".target").count() * 4 == page.locator(".phrase").count()
    page.wait_for_function("document.querySelector('.card .view img').naturalWidth > 0")


def test_pointing_at_a_phrase_lights_its_target_and_no_other(page):
    card = page.locator(".card").first
    phrase = card.locator(".target").nth(1).locator(".phrase").first
    phrase.hover()
    lit = card.locator("img.matte.on")
    assert lit.count() == 1
    assert lit.evaluate("img => img.naturalWidth") > 0
    second = card.locator(".mattes img").nth(1).get_attribute("src")
    assert lit.get_attribute("src") == second


def test_filters_keep_what_was_asked_for(page):
    page.select_option("#f-relation", "top_bottom")
    relations = page.locator(".card .head span:nth-child(2)").all_inner_texts()
    assert relations
    assert set(relations) == {"top_bottom"}
    page.select_option("#f-relation", "")
    page.fill("#f-text", "no such words anywhere")
    assert page.locator(".card").count() == 0
    assert "0 of 12" in page.inner_text("#count")


def test_hiding_targets_lets_a_reader_guess(page):
    page.check("#f-hide")
    page.locator(".phrase").first.hover()
    assert page.locator("img.matte.on").count() == 0
