import re

import cv2
import numpy as np
import pytest

from rim_eval import score
from rim_eval.reports.charts import histogram
from rim_eval.reports.csv_rows import csv_text
from rim_eval.reports.latex import latex
from rim_eval.reports.markdown import markdown
from rim_eval.reports.page import html_page
from rim_eval.reports.pictures import error_colours
from rim_eval.reports.tables import Table, all_tables, number


def test_the_page_needs_nothing_else(dataset, predict, tmp_path):
    page = html_page(score(predict(dataset, tmp_path / "p", "expression"), dataset))
    assert not re.search(r"""(src|href)=["'](?!data:)""", page)
    assert "http" not in re.sub(r"http-equiv", "", page)
    assert page.count("<figcaption>photo</figcaption>") == page.count("<article") == 16
    for heading in ("Did it find the right thing?", "By kind", "By category", "All predictions", "right target"):
        assert heading in page


def test_phrases_and_names_are_text_not_markup(make_dataset, predict, tmp_path):
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
    root = make_dataset(
        tmp_path / "data",
        extra_expressions=[
            {
                "expression_id": "rim_test_000000aa_g0",
                "matte_id": None,
                "image_id": "rim_test_000000aa",
                "target_ids": [],
                "kind": evil,
                "text": evil,
            }
        ],
    )
    report = score(predict(root, tmp_path / "p", "expression"), root)
    page = html_page(report)
    assert "<script>alert" not in page and "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>" not in markdown(all_tables(report)).replace("\\<", "")
    assert "=cmd" not in csv_text(report)


def test_a_spreadsheet_runs_nothing(tmp_path, save):
    for folder in ("g", "p"):
        save(tmp_path / folder / "=1+1.png", np.zeros((3, 3), np.uint8))
    assert csv_text(score(tmp_path / "p", tmp_path / "g")).splitlines()[1].startswith("'=1+1,")


def test_latex_and_markdown_escape():
    table = Table("a_b", ("x%", "n"), (("50 % & more_|", "-"),))
    assert r"50 \% \& more\_\textbar{} & --" in latex([table])
    assert r"| 50 % & more\_\| | - |" in markdown([table])


def test_error_map_colours():
    p, g = np.array([[0.0, 1.0, 0.0]]), np.array([[0.0, 0.0, 1.0]])
    white, red, blue = error_colours(p, g)[0].tolist()
    assert white == [255, 255, 255] and red[0] > red[2] and blue[2] > blue[0]


def test_histograms_count_every_row(folders):
    from rim_eval.definition import Metric

    report = score(*folders)
    for metric in Metric:
        chart = histogram(report.rows, metric)
        assert sum(int(re.search(r": (\d+) ", bar.title)[1]) for bar in chart.bars) == 4
        assert all(bar.x >= 0 and bar.x + bar.width <= chart.width and bar.y >= 0 for bar in chart.bars)
    assert histogram([], Metric.SAD) is None


def test_perfect_and_huge_runs_have_a_page(tmp_path, save):
    for folder in ("g", "p"):
        save(tmp_path / folder / "a.png", np.zeros((3, 900), np.uint8))
    assert "<article" in html_page(score(tmp_path / "p", tmp_path / "g"))
    save(tmp_path / "p" / "a.png", np.full((3, 900), 255, np.uint8))
    assert "false alarm" in html_page(score(tmp_path / "p", tmp_path / "g"))


def test_pictures_show_missing_and_resized_predictions(folders, save):
    predictions, truths = folders
    (predictions / "rim_test_0000000b_1.png").unlink()
    save(predictions / "rim_test_0000000a_0.png", np.zeros((20, 30), np.uint8))
    report = score(predictions, truths, missing="zero", resize="pred-to-gt:bilinear")
    page = html_page(report)
    assert page.count("<article") == 4 and "1 predictions are missing" in page


@pytest.mark.parametrize(
    ("value", "column", "text"),
    [
        (0.0, "SAD", "0.00"),
        (1234.567, "SAD", "1,234.57"),
        (0.004, "SAD", "4.0e-03"),
        (0.02451, "MAD(E)", "0.0245"),
    ],
)
def test_numbers_never_vanish(value, column, text):
    assert number(value, column) == text


def test_photos_beside_a_plain_folder(folders, tmp_path):
    for name in ("rim_test_0000000a", "rim_test_0000000b"):
        (tmp_path / "photos").mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / "photos" / f"{name}.jpg"), np.full((40, 60, 3), 128, np.uint8))
    page = html_page(score(*folders, photos=tmp_path / "photos"))
    assert page.count("<figcaption>photo<") == 4
