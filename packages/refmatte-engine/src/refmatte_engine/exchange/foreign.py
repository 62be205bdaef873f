"""Writes data of another layout as a dataset of ours: the same tables, files, cards and manifest as a build."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import refmatte_engine
from refmatte_engine.atomic import place_file, write_bytes
from refmatte_engine.compose.encode import encode_matte
from refmatte_engine.errors import BadInputError, StateConflictError
from refmatte_engine.images.opener import DEFAULT_MAX_PIXELS, ImageFile, read_image_file
from refmatte_engine.manifest.build_manifest import BuildManifest, write_manifest
from refmatte_engine.manifest.records import BoxRecord, ExpressionRow, ImageRow, MatteRow, QuarantineRow
from refmatte_engine.manifest.tables import Stamp, shard_name, write_table
from refmatte_engine.manifest.vocabulary import Split
from refmatte_engine.rows.composed import touched_borders, visible_box
from refmatte_engine.rows.inventory import box_record

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from refmatte_engine.progress import Progress

IMAGES_PER_SHARD = 500


@dataclass(frozen=True, slots=True)
class ForeignMatte:
    """One matte of another layout: where its file is, and its rows but for what the pixels say."""

    file: Path
    row: MatteRow
    expressions: tuple[ExpressionRow, ...]


@dataclass(frozen=True, slots=True)
class ForeignImage:
    """One image of another layout with its mattes. ``width``, ``height``, names and digests are filled in here."""

    file: Path
    row: ImageRow
    mattes: tuple[ForeignMatte, ...]


def write_dataset(
    images: Sequence[ForeignImage],
    out: Path,
    *,
    origin: str,
    plan_hash: str,
    left_out: Sequence[QuarantineRow] = (),
    link: bool = False,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    progress: Progress | None = None,
) -> BuildManifest:
    """Copy files and write tables, cards and, last, the manifest.

    Args:
        images: in the order of the tables; all of a split in one run.
        out: an empty or new folder.
        origin: ``refmatte``, ``rw100`` or ``csv``.
        plan_hash: fingerprint of what is imported.
        left_out: items that were not imported, with a reason.
        link: hard-link files that need no change instead of copying them.
        max_pixels: larger images are refused.
        progress: is told of each image.

    Raises:
        StateConflictError: ``out`` holds something.
        BadInputError: a file is unusable, or a matte has another size than its image (with its name).
    """
    from refmatte_engine.cards import collect_facts, write_cards
    from refmatte_engine.progress import Silent

    if not images:
        raise BadInputError("there is nothing to import: no image with a matte was found")
    _check_twins([image.row.image_id for image in images])
    _check_twins([matte.row.matte_id for image in images for matte in image.mattes])
    check_empty(out)
    stamp = Stamp(plan_hash, refmatte_engine.__version__)
    with (progress or Silent()).stage("import", len(images)) as stage:
        for split, shards in _by_split(images):
            for number, shard in enumerate(shards):
                written = []
                for image in shard:
                    written.append(_write_image(image, out, link=link, max_pixels=max_pixels))
                    stage.advance()
                folder = out / split.value
                write_table(folder / shard_name(ImageRow, number, len(shards)), ImageRow,
                            [image.row for image in written], stamp)  # fmt: skip
                mattes = [matte for image in written for matte in image.mattes]
                write_table(folder / shard_name(MatteRow, number, len(shards)), MatteRow,
                            [matte.row for matte in mattes], stamp)  # fmt: skip
                write_table(folder / shard_name(ExpressionRow, number, len(shards)), ExpressionRow,
                            [row for matte in mattes for row in matte.expressions], stamp)  # fmt: skip
    write_table(out / "quarantine.parquet", QuarantineRow, left_out, stamp)
    facts = collect_facts(out, stamp=stamp, origin=origin)
    write_cards(out, facts)
    return write_manifest(out, facts.manifest())


def check_empty(out: Path) -> None:
    """Raises StateConflictError unless ``out`` is new or an empty folder."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise StateConflictError(f"{out} is not empty: name a new folder with --out (nothing was touched)")


def _check_twins(names: Sequence[str]) -> None:
    """Names become file names, and some disks do not tell cases or Unicode forms apart."""
    seen: dict[str, str] = {}
    for name in names:
        key = unicodedata.normalize("NFC", name).casefold()
        if key in seen:
            raise BadInputError(
                f"{seen[key]!r} and {name!r} are the same or differ only in case: rename one of them"
            )
        seen[key] = name


def _by_split(images: Sequence[ForeignImage]) -> Iterator[tuple[Split, list[Sequence[ForeignImage]]]]:
    for split in Split:
        members = [image for image in images if image.row.split is split]
        if members:
            count = ceil(len(members) / IMAGES_PER_SHARD)
            yield split, [members[k * IMAGES_PER_SHARD : (k + 1) * IMAGES_PER_SHARD] for k in range(count)]


def _write_image(image: ForeignImage, out: Path, *, link: bool, max_pixels: int) -> ForeignImage:
    """Copy one image and its mattes; what comes back has its rows completed."""
    file = read_image_file(image.file, max_pixels=max_pixels)
    pixels = file.rgb()
    height, width = pixels.shape[:2]
    folder = f"{image.row.split.value}"
    keep = file.format in ("JPEG", "PNG") and file.orientation == 1
    suffix = {"JPEG": ".jpg", "PNG": ".png"}[file.format] if keep else ".png"
    name = f"{folder}/images/{image.row.image_id}{suffix}"
    digest = _place(file, out / name, None if keep else _encode_png(pixels), link=link)
    mattes = []
    for matte in image.mattes:
        matte_name = f"{folder}/mattes/{matte.row.matte_id}.png"
        matte_file = read_image_file(matte.file, max_pixels=max_pixels)
        alpha = matte_file.alpha()
        if alpha.shape != (height, width):
            raise BadInputError(
                f"the matte {matte.file} is {alpha.shape[1]} x {alpha.shape[0]} pixels, "
                f"its image {image.file} {width} x {height}: they must be equal"
            )
        box = visible_box(alpha)
        mattes.append(
            replace(
                matte,
                row=replace(
                    matte.row,
                    file_name=matte_name,
                    sha256=_place(
                        matte_file,
                        out / matte_name,
                        None if _is_plain(matte_file) else encode_matte(alpha),
                        link=link,
                    ),
                    bbox=box_record(box),
                    touched_borders=touched_borders(box, width, height),
                ),
            )
        )
    row = replace(image.row, file_name=name, sha256=digest, width=width, height=height, n_entities=len(mattes))
    return replace(image, row=row, mattes=tuple(mattes))


def _place(file: ImageFile, target: Path, encoded: bytes | None, *, link: bool) -> str:
    """Put the file (or its new encoding) at ``target``; its sha256."""
    if encoded is None:
        place_file(file.path, target, link=link)
    else:
        write_bytes(target, encoded, durable=False)
    return hashlib.sha256(file.data if encoded is None else encoded).hexdigest()


def _is_plain(file: ImageFile) -> bool:
    """An upright 8-bit grey PNG without transparent colour: what a matte of ours is."""
    bit_depth, color_type = file.data[24:26] if file.format == "PNG" else (0, 0)
    return (bit_depth, color_type) == (8, 0) and file.orientation == 1 and not file.has_alpha


def _encode_png(rgb: NDArray[np.uint8]) -> bytes:
    import cv2

    done, encoded = cv2.imencode(".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    if not done:
        raise ValueError(f"OpenCV cannot encode an array of {rgb.shape} as PNG")
    return encoded.tobytes()


NO_BOX = BoxRecord(0, 0, 0, 0)
"""Stands in a matte's row until its pixels are read."""
