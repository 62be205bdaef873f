"""The items as CSV: one line a prediction, full precision, one column a group."""

from __future__ import annotations

import csv
import io
from typing import Final

from rim_eval.definition import Metric
from rim_eval.report import Report

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_text(report: Report) -> str:
    """The document. The first line names the columns; the signature is repeated in the last column."""
    columns = sorted({column for row in report.rows for column in row.groups})
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    metrics = [metric.value for metric in Metric]
    writer.writerow(
        ["id", "entity_id", "image_id", *metrics, "sad_int", "sse_int", "conn_int", "pixels", "scale", "target",
         "iou", *columns, "text", "notes", "signature"]
    )  # fmt: skip
    for row in report.rows:
        m = row.measures
        values = [row.value(metric) for metric in Metric]
        writer.writerow(
            [_text(row.id), _text(row.entity_id), _text(row.image_id),
             *("" if value is None else repr(value) for value in values),
             *("" if value is None else value for value in (m.sad_int, m.sse_int, m.conn_int)),
             m.pixels, m.scale, row.target.value, repr(row.iou),
             *(_text(row.groups.get(column, "")) for column in columns),
             _text(row.text or ""), _text("; ".join(row.notes)), report.signature]
        )  # fmt: skip
    return stream.getvalue()


def _text(value: str) -> str:
    """A spreadsheet must not run a file name or a phrase as a formula."""
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value
