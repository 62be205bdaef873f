"""The demo: what it shows as functions, and the page in a real browser, on this machine alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from clipmat.demo import drawn
from clipmat.demo.answers import (
    PREVIEW,
    Answer,
    answer,
    on_checks,
    on_colour,
    on_photo,
    phrases_of,
    preview,
    rgb_of,
    verdict,
)
from clipmat.demo.page import ANSWERS_KEPT, forget_oldest
from clipmat.errors import MissingExtraError, UsageError
from clipmat.prediction.matter import Matte

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE = 120_000
"""Milliseconds; a page answers at once, a crowded machine does not."""


class RedOrBlue:
    """Mattes what is red or blue, and finds nothing else."""

    def predict(self, image, phrases):
        found = []
        for phrase in phrases:
            channel = 0 if "red" in phrase else 2
            strength = image[..., channel].astype(np.float32) - image[..., 1]
            alpha = np.clip((strength - 60) / 40, 0, 1).astype(np.float32)
            known = "red" in phrase or "blue" in phrase
            found.append(Matte(image, alpha * known, phrase, 0.93 if known else 0.12))
        return found


def two_things():
    return drawn.photo(drawn.EXAMPLES[0])  # a red circle, a blue square


# --- what is shown --------------------------------------------------------------------------------------------


def test_phrases_are_lines():
    assert phrases_of("  the  red cup\n\n the blue cup \nthe red cup") == ["the red cup", "the blue cup"]
    with pytest.raises(UsageError, match="say what"):
        phrases_of(" \n")
    with pytest.raises(UsageError, match="at most 12"):
        phrases_of("\n".join(f"cup {i}" for i in range(13)))


def test_colours_are_what_a_colour_field_says():
    assert rgb_of("#FF8800") == rgb_of("rgb(255, 136, 0)") == rgb_of("rgba(255.0, 135.9, 0, 1)") == (255, 136, 0)
    with pytest.raises(UsageError, match="no colour"):
        rgb_of("orange-ish")


def test_backgrounds_come_through_where_nothing_is():
    (one,) = answer(RedOrBlue(), two_things(), ["the red circle"])
    height, width = one.cutout.shape[:2]
    centre, corner = (height * 55 // 100, width * 26 // 100), (2, 2)
    red = np.array(drawn.RED)
    for shown in (
        on_colour(one.cutout, (0, 200, 0)),
        on_photo(one.cutout, np.full((10, 30, 3), (0, 200, 0), np.uint8)),
    ):
        assert shown.shape == (height, width, 3)
        assert tuple(shown[corner]) == (0, 200, 0) and abs(shown[centre] - red).max() < 12
    assert set(np.unique(on_checks(one.cutout)[:20, :20])) <= {238, 255}
    assert max(preview(np.zeros((3000, 4000, 3), np.uint8)).shape) == PREVIEW
    assert preview(two_things()).shape == two_things().shape


def test_the_verdict_is_said_plainly_and_escaped():
    matte = Matte(two_things(), np.zeros((512, 640), np.float32), "<b>x</b>", 0.3)
    one = Answer(matte, np.zeros((512, 640, 4), np.uint8))
    assert "not found" in verdict([one], 0.5) and "0.30" in verdict([one], 0.5)
    assert "not found" not in verdict([one], 0.3) and "&lt;b&gt;" in verdict([one], 0.3)


def test_what_is_missing_is_said(monkeypatch, tmp_path, capsys):
    from clipmat.cli import main

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["clipmat", "demo", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, capsys.readouterr().err

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CLIPMAT_CHECKPOINT", raising=False)
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "gradio", None)
        from clipmat.demo.page import gradio

        with pytest.raises(MissingExtraError):
            gradio()
        code, err = run("--checkpoint", "absent")
        assert code == 2 and "clipmat[demo]" in err
    pytest.importorskip("gradio")
    code, err = run()
    assert code == 2 and "--checkpoint" in err
    code, err = run("--checkpoint", tmp_path / "absent")
    assert code == 3 and "no checkpoint" in err


# --- in a browser ---------------------------------------------------------------------------------------------


@pytest.fixture
def outside(monkeypatch):
    """Addresses beyond this machine that this process asks for while the fixture is in use."""
    asked: list[str] = []
    listening = [True]

    def hook(event, arguments):
        if not listening[0]:
            return
        host = None
        if event == "socket.connect" and isinstance(arguments[1], tuple):
            host = str(arguments[1][0])
        elif event == "socket.getaddrinfo":
            host = str(arguments[0])
        if host is not None and host not in ("127.0.0.1", "localhost", "::1", "None"):
            asked.append(host)

    sys.addaudithook(hook)  # cannot be taken out again: it is told to stop listening
    yield asked
    listening[0] = False


@pytest.mark.timeout(1200)
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_a_photo_is_matted_in_the_browser(outside, tmp_path):
    pytest.importorskip("gradio")
    from playwright.sync_api import sync_playwright

    from clipmat.demo.page import build_page, launch

    Image.fromarray(two_things()).save(tmp_path / "photo.png")
    page = build_page(RedOrBlue(), "red or blue", tmp_path)
    address = launch(page, 0)
    assert address.startswith("http://127.0.0.1:")
    with pytest.raises(UsageError, match="--port"):
        launch(build_page(RedOrBlue(), "the same port", tmp_path), int(address.rstrip("/").rpartition(":")[2]))
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            tab = browser.new_page(viewport={"width": 1280, "height": 900})
            tab.set_default_timeout(PATIENCE)
            requests: list[str] = []
            complaints: list[str] = []
            tab.on("request", lambda request: requests.append(request.url))
            tab.on("pageerror", lambda error: complaints.append(str(error)))
            tab.goto(address)
            _without_a_photo(tab)
            _two_phrases(tab, tmp_path / "photo.png")
            _backgrounds(tab)
            _not_found(tab)
            browser.close()
    finally:
        page.close()
    assert not complaints
    foreign = [url for url in requests if not url.startswith((address, "data:", "blob:"))]
    assert not foreign
    assert not outside


def _without_a_photo(tab):
    tab.locator("#phrases textarea").fill("the red circle\nthe blue square")
    tab.locator("#go").click()
    tab.wait_for_selector(".problem")
    assert "no photo" in tab.locator(".problem").inner_text()


def _two_phrases(tab, photo):
    tab.locator("#photo input[type=file]").set_input_files(photo)
    tab.wait_for_selector("#photo img")
    tab.locator("#go").click()
    tab.wait_for_selector(".verdict li")
    assert tab.locator(".verdict .found").count() == 2
    assert tab.locator(".verdict .score").first.inner_text() == "0.93"
    matte = _pixels(tab, "#matte", lambda pixels: pixels[280, 160].min() > 250)
    assert matte.shape == (512, 640, 3) and matte[180, 480].max() == 0
    tab.get_by_label("the blue square").check()
    _pixels(tab, "#matte", lambda pixels: pixels[180, 480].min() > 250 and pixels[280, 160].max() == 0)


def _backgrounds(tab):
    tab.get_by_label("a colour").check()
    teal = np.array((0x2F, 0x9E, 0x8F))
    shown = _pixels(tab, "#cutout", lambda pixels: abs(pixels[5, 5] - teal).max() <= 1)
    assert abs(shown[180, 480] - np.array(drawn.BLUE)).max() < 12
    tab.get_by_label("another photo").check()
    tab.locator("#backgrounds button").first.click()
    dusk = drawn.dusk()
    _pixels(tab, "#cutout", lambda pixels: abs(pixels[5, 5] - dusk[5, 5].astype(int)).max() <= 2)
    with tab.expect_download() as waiting:
        tab.get_by_text("Cut-out (PNG)").click()
    cutout = Image.open(waiting.value.path())
    assert waiting.value.suggested_filename == "the-blue-square_cutout.png"
    assert cutout.mode == "RGBA" and cutout.size == (640, 512)


def _not_found(tab):
    tab.locator("#phrases textarea").fill("the green elephant")
    tab.locator("#go").click()
    tab.wait_for_selector(".verdict .missing")
    assert "not found" in tab.locator("#verdict").inner_text() and "0.12" in tab.locator("#verdict").inner_text()
    tab.wait_for_selector("#matte img", state="detached")


def _pixels(tab, where, holds):
    """Pixels of the picture shown, once they are as they should be."""
    last = None
    for _ in range(PATIENCE // 250):
        source = tab.locator(f"{where} img").first
        if source.count():
            url = source.get_attribute("src")
            answer = tab.request.get(url)
            last = np.array(Image.open(BytesIO(answer.body())).convert("RGB")).astype(int)
            if holds(last):
                return last
        tab.wait_for_timeout(250)
    raise AssertionError(f"{where} never showed what it should; corner {None if last is None else last[5, 5]}")


@pytest.mark.timeout(1200)
def test_the_command_serves_on_this_machine_only(tiny_model):
    pytest.importorskip("gradio")
    from urllib.request import urlopen

    command = [sys.executable, "-m", "clipmat", "demo", "--checkpoint", str(tiny_model), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            line = next(line for line in server.stderr if line.startswith("open "))
            address = line.split()[1]
            assert address.startswith("http://127.0.0.1:")
            with urlopen(address) as answer:
                assert b"CLIPMat" in answer.read()
        finally:
            server.terminate()


def test_only_the_newest_answers_stay_on_disk(tmp_path):
    (tmp_path / "example.png").write_bytes(b"")
    for number in range(ANSWERS_KEPT + 2):
        (tmp_path / f"{number}").mkdir()
        os.utime(tmp_path / f"{number}", (number, number))
    forget_oldest(tmp_path)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"example.png", *(str(number) for number in range(2, ANSWERS_KEPT + 2))}
