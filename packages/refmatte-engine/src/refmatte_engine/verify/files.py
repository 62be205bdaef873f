"""Rules about files: all there, all as pinned, none besides, readable and of the stated size."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from refmatte_engine.errors import BadInputError
from refmatte_engine.images.opener import ImageFile, read_image_file
from refmatte_engine.manifest.build_manifest import PAGES, pinned_names, pixel_digests, tree_digest
from refmatte_engine.manifest.paths import resolve_inside
from refmatte_engine.manifest.records import ImageRow, MatteRow
from refmatte_engine.manifest.tables import read_footer
from refmatte_engine.verify.contents import Contents, Shown
from refmatte_engine.verify.violation import Violation

TODO = "TODO-human"


def pinned_files(contents: Contents) -> Iterator[Violation]:
    """Tables and other listed files have the bytes that the manifest lists; pixels are checked later."""
    for name, expected in contents.manifest.files.items():
        try:
            path = resolve_inside(contents.root, name)
        except BadInputError as error:
            yield Violation("path_leaves", name, str(error))
            continue
        if not path.is_file():
            yield Violation("file_missing", name, "MANIFEST.json lists it")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            yield Violation("file_changed", name, "its sha256 is not the one in MANIFEST.json")


def nothing_besides(contents: Contents) -> Iterator[Violation]:
    """No file lies in the tree that neither the manifest nor a table names."""
    known = contents.manifest.files.keys() | pixel_digests(contents.root).keys()
    for name in pinned_names(contents.root):
        if name not in known:
            yield Violation("file_unlisted", name, "no table and no MANIFEST.json names it")


def whole_tree(contents: Contents) -> Iterator[Violation]:
    """The tree digest follows from the listed digests."""
    found = tree_digest({**pixel_digests(contents.root), **contents.manifest.files})
    if found != contents.manifest.tree_digest:
        yield Violation(
            "tree_digest", "MANIFEST.json", f"it says {contents.manifest.tree_digest}, the files {found}"
        )


def footers(contents: Contents) -> Iterator[Violation]:
    """The tables of the splits carry the plan hash and the version of the manifest."""
    manifest = contents.manifest
    for path in sorted(contents.root.glob("*/*.parquet")):
        footer = read_footer(path)
        if (footer.plan_hash, footer.engine_version) != (manifest.plan_hash, manifest.engine_version):
            name = path.relative_to(contents.root).as_posix()
            yield Violation(
                "footer_differs", name, f"it comes from plan {footer.plan_hash}, {footer.engine_version}"
            )


def pages(contents: Contents, *, strict: bool) -> Iterator[Violation]:
    """The cards are there; with ``strict``, nothing in them waits for a person."""
    for name in PAGES:
        path = contents.root / name
        if not path.is_file():
            yield Violation("page_missing", name, "every dataset has this page")
        elif strict and (left := path.read_text(encoding="utf-8").count(TODO)):
            yield Violation("page_todo", name, f"{left} answers wait for a person ({TODO})")


def open_shown(contents: Contents, image: ImageRow) -> Shown | list[Violation]:
    """Read and decode an image and its mattes; what is wrong with their files comes instead."""
    mattes = contents.mattes_of.get(image.image_id, ())
    found: list[Violation] = []
    alphas = []
    file = _opened(contents, image, found)
    if file is not None:
        try:
            height, width = file.rgb().shape[:2]
        except BadInputError as error:
            found.append(Violation("file_unreadable", image.file_name, str(error)))
        else:
            if (width, height) != (image.width, image.height):
                found.append(
                    Violation(
                        "size_differs",
                        image.file_name,
                        f"{width} x {height} pixels, the table says {image.width} x {image.height}",
                    )
                )
    for matte in mattes:
        file = _opened(contents, matte, found)
        if file is None:
            continue
        try:
            alpha = file.alpha()
        except BadInputError as error:
            found.append(Violation("file_unreadable", matte.file_name, str(error)))
            continue
        if alpha.shape != (image.height, image.width):
            found.append(
                Violation(
                    "size_differs",
                    matte.file_name,
                    f"{alpha.shape[1]} x {alpha.shape[0]} pixels, its image has {image.width} x {image.height}",
                )
            )
        alphas.append(alpha)
    if found:
        return found
    return Shown(
        contents=contents,
        image=image,
        mattes=mattes,
        alphas=tuple(alphas),
        expressions=contents.expressions_of.get(image.image_id, ()),
        planned=contents.plan.get(image.image_id),
    )


def _opened(contents: Contents, row: ImageRow | MatteRow, found: list[Violation]) -> ImageFile | None:
    name = row.file_name
    try:
        path = resolve_inside(contents.root, name)
    except BadInputError as error:
        found.append(Violation("path_leaves", name, str(error)))
        return None
    if not path.is_file():
        found.append(Violation("file_missing", name, "a table names it"))
        return None
    try:
        file = read_image_file(path)
    except BadInputError as error:
        found.append(Violation("file_unreadable", name, str(error)))
        return None
    if hashlib.sha256(file.data).hexdigest() != row.sha256:
        found.append(Violation("file_changed", name, "its sha256 is not the one in the table"))
    return file
