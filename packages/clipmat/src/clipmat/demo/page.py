"""The page itself, in gradio: where things stand, and which function answers what."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from clipmat.demo import drawn
from clipmat.demo.answers import (
    Answer,
    Mattes,
    answer,
    on_checks,
    on_colour,
    on_photo,
    phrases_of,
    preview,
    problem,
    rgb_of,
    verdict,
)
from clipmat.errors import ClipmatError, MissingExtraError, UsageError
from clipmat.prediction.matter import save_picture
from clipmat.prediction.photos import load_photo

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NOTHING, COLOUR, PHOTO = "nothing", "a colour", "another photo"
LEAST: Final = 0.5
_STYLE: Final = Path(__file__).with_name("page.css")
_FONTS: Final = ("ui-sans-serif", "system-ui", "sans-serif")
_KEPT_SECONDS: Final = 3600
ANSWERS_KEPT: Final = 50
"""Over all visitors; a download belongs to the answer that is on the page, one of the newest."""


def build_page(matter: Mattes, name: str, folder: Path) -> Any:
    """The page as `gradio.Blocks`.

    Args:
        matter: answers.
        name: of the model, as the page says it.
        folder: existing, for examples and what can be downloaded; the caller removes it.

    Raises:
        MissingExtraError: gradio is not installed.
    """
    gr = gradio()
    examples = _write_examples(folder)
    backgrounds = _write_backgrounds(folder)

    with gr.Blocks(
        title="CLIPMat", analytics_enabled=False, delete_cache=(_KEPT_SECONDS, _KEPT_SECONDS), fill_width=True
    ) as page:
        answers = gr.State([])
        gr.HTML(
            f"<header><h1>CLIPMat</h1><p>Say what to cut out. The matte is soft, at the photo's own size.</p>"
            f"<p class='model'>model: {_escaped(name)}</p></header>"
        )
        with gr.Row(elem_classes="columns"):
            with gr.Column(scale=5, elem_classes="ask"):
                picture = gr.Image(
                    type="filepath", sources=["upload", "clipboard"], label="Photo", height=360, elem_id="photo",
                    buttons=[],
                )  # fmt: skip
                words = gr.Textbox(
                    label="What to cut out",
                    info="One phrase a line. They share one look at the photo.",
                    placeholder="the woman in the red coat",
                    lines=2,
                    max_lines=8,
                    elem_id="phrases",
                )
                go = gr.Button("Cut out", variant="primary", elem_id="go")
                example = gr.Dataset(
                    components=[gr.Image(visible=False)], samples=[[path] for path, _ in examples], type="index",
                    label="Or try a drawn one", layout="gallery", elem_id="examples",
                )  # fmt: skip
            with gr.Column(scale=7, elem_classes="see"):
                said = gr.HTML(
                    "<p class='hint'>Drop a photo, say what to cut out, and press <b>Cut out</b>.</p>",
                    elem_id="verdict",
                )
                which = gr.Radio([], label="Show", visible=False, elem_id="which")
                with gr.Row():
                    cut = gr.Image(
                        label="Cut-out", interactive=False, format="png", height=360, elem_id="cutout",
                        buttons=["fullscreen"],
                    )  # fmt: skip
                    matte = gr.Image(
                        label="Matte", interactive=False, format="png", height=360, elem_id="matte",
                        buttons=["fullscreen"],
                    )  # fmt: skip
                with gr.Row(elem_classes="behind"):
                    behind = gr.Radio([NOTHING, COLOUR, PHOTO], value=NOTHING, label="Put it on", elem_id="behind")
                    colour = gr.ColorPicker("#2f9e8f", label="Colour", visible=False, elem_id="colour")
                with gr.Column(visible=False) as photos:
                    other = gr.Image(
                        type="filepath", sources=["upload", "clipboard"], label="Background", height=200,
                        elem_id="background", buttons=[],
                    )  # fmt: skip
                    backdrop = gr.Dataset(
                        components=[gr.Image(visible=False)], samples=[[path] for path in backgrounds],
                        type="index", label="Or a drawn one", layout="gallery", elem_id="backgrounds",
                    )  # fmt: skip
                with gr.Row(elem_classes="downloads"):
                    get_matte = gr.DownloadButton("Matte (PNG)", interactive=False, size="sm")
                    get_cutout = gr.DownloadButton("Cut-out (PNG)", interactive=False, size="sm")
                    get_composite = gr.DownloadButton("On its background (PNG)", interactive=False, size="sm")
                least = gr.Slider(
                    0, 1, LEAST, step=0.01, label="Counts as found from this score", elem_id="least",
                    info="The score is the largest foreground probability the model gives any pixel.",
                )  # fmt: skip

        shown = [said, which, cut, matte, get_matte, get_cutout, get_composite]
        choices = [behind, colour, other, least]

        def ask(path: str | None, text: str, *chosen: Any) -> list[Any]:
            try:
                if path is None:
                    raise UsageError("there is no photo yet: drop one on the left")
                found = answer(matter, load_photo(Path(path)), phrases_of(text))
            except ClipmatError as error:
                return [[], *_emptied(gr, problem(str(error)))]
            first = max(found, key=lambda one: one.matte.score).matte.phrase
            return [found, *_shown(gr, folder, found, first, *chosen)]

        def show(found: list[Answer], phrase: str | None, *chosen: Any) -> list[Any]:
            if not found or phrase is None:
                return [gr.skip() for _ in shown]
            return _shown(gr, folder, found, phrase, *chosen)

        def open_choice(kind: str) -> list[Any]:
            return [gr.update(visible=kind == COLOUR), gr.update(visible=kind == PHOTO)]

        gr.on(
            [go.click], ask, [picture, words, *choices], [answers, *shown], concurrency_limit=1,
            show_progress="full", show_progress_on=[cut], api_visibility="private",
        )  # fmt: skip
        example.click(
            lambda i: examples[i], [example], [picture, words], api_visibility="private", show_progress="hidden"
        )
        backdrop.click(
            lambda i: backgrounds[i], [backdrop], [other], api_visibility="private", show_progress="hidden"
        )
        behind.change(open_choice, [behind], [colour, photos], api_visibility="private", show_progress="hidden")
        for changed in (which.input, behind.change, colour.change, other.change, least.release):
            changed(
                show, [answers, which, *choices], shown, api_visibility="private", show_progress="hidden",
                trigger_mode="always_last",
            )  # fmt: skip
    return page


def gradio() -> Any:
    """The library, told to keep to itself.

    Raises:
        MissingExtraError: it is not installed.
    """
    import os

    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        import gradio as library
    except ImportError as error:
        raise MissingExtraError(
            f"the demo needs the extra `demo` ({error}): pip install 'clipmat[demo]'"
        ) from error
    return library


def start(page: Any, port: int, ready: Callable[[str], None]) -> None:
    """Serve on this machine only, until interrupted.

    Args:
        page: of `build_page`.
        port: 0 takes any free one.
        ready: told the address.

    Raises:
        UsageError: the port is taken.
    """
    import threading

    address = launch(page, port)
    ready(address)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        page.close()


def launch(page: Any, port: int) -> str:
    """Begin to serve on 127.0.0.1, and return the address.

    Raises:
        UsageError: the port is taken.
    """
    gr = gradio()
    try:
        _, address, _ = page.queue(default_concurrency_limit=4).launch(
            server_name="127.0.0.1",
            server_port=port or _free_port(),
            share=False,
            quiet=True,
            prevent_thread_lock=True,
            ssr_mode=False,
            footer_links=[],
            theme=_theme(gr),
            css=_STYLE.read_text(),
        )
    except OSError as error:
        raise UsageError(f"port {port} of 127.0.0.1 is taken ({error}): choose another with --port") from error
    return str(address)


def _theme(gr: Any) -> Any:
    """Quiet labels on white cards; the fonts of the reader's system."""
    base = gr.themes.Default(
        primary_hue="teal", neutral_hue="slate", radius_size="lg", font=_FONTS, font_mono=("monospace",)
    )
    clear = {
        f"block_{part}_{what}": value
        for part in ("label", "title")
        for what, value in {
            "background_fill": "none",
            "background_fill_dark": "none",
            "text_color": "*body_text_color",
            "text_color_dark": "*body_text_color",
            "border_width": "0px",
        }.items()
    }
    return base.set(
        body_background_fill="*neutral_50",
        block_shadow="none",
        block_label_shadow="none",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_text_color="white",
        slider_color="*primary_700",
        checkbox_background_color_selected="*primary_700",
        checkbox_border_color_selected="*primary_700",
        checkbox_label_background_fill_selected="*primary_50",
        checkbox_label_text_color_selected="*primary_800",
        **clear,
    )


def _free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _shown(
    gr: Any,
    folder: Path,
    found: list[Answer],
    phrase: str,
    behind: str,
    colour: str,
    other: str | None,
    least: float,
) -> list[Any]:
    """Values of verdict, choice, cut-out, matte and the three downloads."""
    said = verdict(found, least)
    phrases = [one.matte.phrase for one in found]
    which = gr.update(choices=phrases, value=phrase, visible=len(found) > 1)
    one = found[phrases.index(phrase)]
    if one.matte.score < least:
        words = f"Nothing in the photo fits “{phrase}” well enough."
        return [said + f"<p class='hint'>{_escaped(words)}</p>", which, *_emptied(gr, "")[2:]]
    try:
        composite = _composite(one.cutout, behind, colour, other)
    except ClipmatError as error:
        said, composite = said + problem(str(error)), None
    placed = on_checks(one.cutout) if composite is None else composite
    kept = Path(tempfile.mkdtemp(dir=folder)) / re.sub(r"[^a-z0-9]+", "-", phrase.lower())[:40].strip("-")
    downloads = []
    for kind, pixels in (("matte", one.matte.levels()), ("cutout", one.cutout), ("composite", composite)):
        if pixels is None:
            downloads.append(gr.update(value=None, interactive=False))
            continue
        path = kept.with_name(f"{kept.name or 'phrase'}_{kind}.png")
        save_picture(path, pixels)
        downloads.append(gr.update(value=str(path), interactive=True))
    forget_oldest(folder)
    return [said, which, preview(placed), preview(one.matte.levels()), *downloads]


def forget_oldest(folder: Path) -> None:
    """Remove the folders of all but the newest `ANSWERS_KEPT` answers: a page that stays open fills no disk."""
    answers = sorted((path for path in folder.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for old in answers[:-ANSWERS_KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def _composite(cutout: NDArray[np.uint8], behind: str, colour: str, other: str | None) -> NDArray[np.uint8] | None:
    if behind == COLOUR:
        return on_colour(cutout, rgb_of(colour))
    if behind == PHOTO and other is not None:
        return on_photo(cutout, load_photo(Path(other)))
    return None


def _emptied(gr: Any, said: str) -> list[Any]:
    hidden = gr.update(choices=[], value=None, visible=False)
    return [said, hidden, None, None, *(gr.update(value=None, interactive=False) for _ in range(3))]


def _write_examples(folder: Path) -> list[tuple[str, str]]:
    rows = []
    for example in drawn.EXAMPLES:
        path = folder / f"{example.name}.png"
        save_picture(path, drawn.photo(example))
        rows.append((str(path), "\n".join(example.phrases)))
    return rows


def _write_backgrounds(folder: Path) -> list[str]:
    paths = []
    for name, draw in drawn.BACKGROUNDS.items():
        save_picture(folder / f"{name}.png", draw())
        paths.append(str(folder / f"{name}.png"))
    return paths


def _escaped(text: str) -> str:
    import html

    return html.escape(text)
