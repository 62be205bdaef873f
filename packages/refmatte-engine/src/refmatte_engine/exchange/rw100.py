"""RefMatte-RW100 -> a dataset of ours: natural photographs, four human-written phrases a matte.

    RefMatte_RW_100/{image/<name>.jpg, mask/<name>_<k>.png, refmatte_rw100_label.json, eval_index_expression.json}

The index file names the one expression per image that the paper's protocol scores; it becomes the column
``selected_expression`` of the images table. Phrases are kept verbatim, typing errors included.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from refmatte_engine.errors import BadInputError
from refmatte_engine.exchange.foreign import write_dataset
from refmatte_engine.exchange.label_file import find_root, read_labels
from refmatte_engine.exchange.refmatte_import import INDEX_FILE, read_selected, read_split
from refmatte_engine.manifest.build_manifest import BuildManifest
from refmatte_engine.manifest.fingerprint import fingerprint
from refmatte_engine.manifest.schema import FREE_KIND
from refmatte_engine.manifest.vocabulary import ExpressionKind, Split

if TYPE_CHECKING:
    from refmatte_engine.progress import Progress

SOURCE = "rw100"
RW100_ORDER = (
    ExpressionKind.BASIC.value,
    ExpressionKind.ABSOLUTE.value,
    ExpressionKind.RELATIVE.value,
    FREE_KIND,
)
"""BE, APE, RPE, FREE (Table 9)."""


def import_rw100(path: Path, out: Path, *, link: bool = False, progress: Progress | None = None) -> BuildManifest:
    """Make a dataset (its test split) at ``out`` from RefMatte-RW100 at ``path``.

    Args and errors as `refmatte_engine.exchange.import_refmatte`.
    """
    root = find_root(path, ["*label*.json"])
    labels = sorted(root.glob("*label*.json"))
    if len(labels) > 1:
        raise BadInputError(f"{root} holds more than one label file: keep the one you mean")
    images, left_out = read_split(
        read_labels(labels[0]),
        Split.TEST,
        image_folder=root / "image",
        mask_folder=root / "mask",
        selected=read_selected(root / INDEX_FILE),
        order=RW100_ORDER,
        source=SOURCE,
    )
    return write_dataset(
        images,
        out,
        origin="rw100",
        plan_hash=fingerprint({"origin": "rw100", "labels": hashlib.sha256(labels[0].read_bytes()).hexdigest()}),
        left_out=left_out,
        link=link,
        progress=progress,
    )
