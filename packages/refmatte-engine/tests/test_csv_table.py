import pytest

from refmatte_engine.errors import BadInputError
from refmatte_engine.sources.csv_table import Columns, read_csv

COLUMNS = Columns(required=("file", "category"), optional=("plural", "synonyms"), prefixes=("attr:",))


def table(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "labels.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_rows_with_quotes_blank_lines_and_a_byte_order_mark(tmp_path):
    text = '\ufefffile, category ,attr:pattern\r\na.png,"mug, big", striped \r\n\r\n,,\r\nb.png,cup'
    rows = read_csv(table(tmp_path, text), COLUMNS)
    assert [(row["file"], row["category"], row["attr:pattern"]) for row in rows] == [
        ("a.png", "mug, big", "striped"),
        ("b.png", "cup", ""),
    ]
    assert rows[0].place == "labels.csv line 2"
    assert rows[1]["plural"] == ""


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("file,catgory", "did you mean 'category'"),
        ("file,category,synonym", "did you mean 'synonyms'"),
        ("file,category,atr:pattern", "did you mean 'attr:'"),
        ("file,category,attr:", "unknown column"),
        ("file", "'category' is missing"),
        ("file,category,file", "occurs twice"),
        ("", "'file' is missing"),
    ],
)
def test_a_wrong_column_is_an_error_that_names_the_nearest(tmp_path, header, message):
    with pytest.raises(BadInputError, match=message):
        read_csv(table(tmp_path, header + "\n"), COLUMNS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,category\na,b,c\n", "line 2: 3 cells for 2 columns"),
        ('file,category\na,"b\n', "line 2"),
        ("file;category\na;b\n", "unknown column"),
    ],
)
def test_a_broken_row_names_its_line(tmp_path, text, message):
    with pytest.raises(BadInputError, match=message):
        read_csv(table(tmp_path, text), COLUMNS)


def test_another_encoding_or_no_file_is_an_error_of_the_user(tmp_path):
    with pytest.raises(BadInputError, match="UTF-8"):
        read_csv(table(tmp_path, "file,category\nä,b\n", "latin-1"), COLUMNS)
    with pytest.raises(BadInputError, match="cannot be read"):
        read_csv(tmp_path / "no.csv", COLUMNS)


def test_cells_of_several_values_and_yes_or_no(tmp_path):
    (row, other) = read_csv(
        table(tmp_path, "file,category,plural,synonyms\na,b,Yes, mug ;; cup\nc,d,perhaps,\n"), COLUMNS
    )
    assert row.several("synonyms") == ("mug", "cup")
    assert row.yes_or_no("plural") is True
    assert other.several("synonyms") == ()
    with pytest.raises(BadInputError, match=r"line 3: column 'plural' says 'perhaps'"):
        other.yes_or_no("plural")
