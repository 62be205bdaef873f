"""A dataset folder with one sense taken away, to see what a model knows without it.

    python recipes/blinded_copy.py grey data data-grey    every picture is even grey; phrases and mattes stay
    python recipes/blinded_copy.py mute data data-mute    every phrase is "the thing"; pictures and mattes stay

Predictions made on the copy are scored against the original, whose ids they carry.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

THING = "the thing"


def main(what: str, source: Path, to: Path) -> None:
    if what not in ("grey", "mute"):
        raise SystemExit(f"unknown blindness {what!r}: grey or mute")
    shutil.copytree(source, to, ignore=shutil.ignore_patterns("_cache", "_commit", "report"))
    if what == "grey":
        for path in to.glob("*/images/*.jpg"):
            with Image.open(path) as picture:
                Image.new("RGB", picture.size, (128, 128, 128)).save(path, quality=95)
    else:
        for path in to.glob("*/expressions-*.parquet"):
            table = pq.read_table(path)
            at = table.schema.get_field_index("text")
            same = pa.array([THING] * len(table), table.schema.field(at).type)
            pq.write_table(table.set_column(at, table.schema.field(at), same), path)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
