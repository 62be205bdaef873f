"""``MANIFEST.json``: written last, so a folder that has it is complete. Nothing in it tells time, host or path.

It pins every file that the build made: tables and other small files by the digests it lists, images and
mattes by the ``sha256`` columns of the tables (so that finishing a build does not read its pixels again),
and all of them together by one tree digest. Pages that a person completes (README, DATASHEET, ATTRIBUTION),
the report and restart markers are not pinned.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from refmatte_engine.atomic import write_bytes
from refmatte_engine.errors import BadInputError, StateConflictError
from refmatte_engine.manifest.records import ExpressionRow, ImageRow, MatteRow
from refmatte_engine.manifest.schema import SCHEMA_VERSION
from refmatte_engine.manifest.tables import read_arrow, shard_paths, strings
from refmatte_engine.manifest.vocabulary import Relation, Split

MANIFEST_NAME = "MANIFEST.json"
PAGES = ("README.md", "DATASHEET.md", "ATTRIBUTION.md")
"""Cards for people; parts of them are written by hand after the build."""
UNPINNED_FOLDERS = ("report", "review", "_commit", "_cache")
"""Derived pages, restart markers and the foreground cache: not part of the data."""


@dataclass(frozen=True, slots=True)
class SplitCounts:
    """Numbers of one split, as ``refmatte build --json`` prints them.

    ``ambiguous`` counts expressions; None before there are any (a plan from an inventory).
    """

    images: int = 0
    mattes: int = 0
    expressions: int = 0
    keyword_images: int = 0
    keyword_mattes: int = 0
    left_right: int = 0
    top_bottom: int = 0
    front_behind: int = 0
    ambiguous: int | None = 0

    def to_json(self) -> dict[str, Any]:
        return {
            "images": self.images,
            "mattes": self.mattes,
            "expressions": self.expressions,
            "keyword": {"images": self.keyword_images, "mattes": self.keyword_mattes},
            "relations": {
                "left_right": self.left_right,
                "top_bottom": self.top_bottom,
                "front_behind": self.front_behind,
            },
            "ambiguous": self.ambiguous,
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> SplitCounts:
        return cls(
            images=said["images"],
            mattes=said["mattes"],
            expressions=said["expressions"],
            keyword_images=said["keyword"]["images"],
            keyword_mattes=said["keyword"]["mattes"],
            left_right=said["relations"]["left_right"],
            top_bottom=said["relations"]["top_bottom"],
            front_behind=said["relations"]["front_behind"],
            ambiguous=said["ambiguous"],
        )


@dataclass(frozen=True, slots=True)
class BuildManifest:
    """The contents of ``MANIFEST.json``.

    Attributes:
        complete: always True in a finished folder.
        plan_hash: fingerprint of what the build was made from.
        origin: ``build``, ``refmatte``, ``rw100`` or ``csv``.
        seed, preset: of the build; None for an import.
        splits: numbers per split.
        rejected: left-out items and failed layouts per reason.
        license: SPDX expression over all rows; ``license_level`` its strictest level.
        identifiable_faces: images in which a face can be recognised.
        versions: library -> version, for those that shape bytes.
        files: name -> sha256 of every pinned file but images and mattes.
        tree_digest: sha256 over names and digests of all pinned files, images and mattes included.
    """

    plan_hash: str
    schema_version: str
    engine_version: str
    origin: str
    seed: int | None
    preset: str | None
    splits: dict[Split, SplitCounts]
    rejected: dict[str, int]
    license: str
    license_level: str
    identifiable_faces: int
    versions: dict[str, str]
    files: dict[str, str] = field(default_factory=dict)
    tree_digest: str = ""
    complete: bool = True


def count_split(
    images: Iterable[ImageRow], mattes: Iterable[MatteRow], expressions: Iterable[ExpressionRow]
) -> SplitCounts:
    """The numbers of one split from its rows. A phrase that nobody checked is not counted as ambiguous."""
    all_images = tuple(images)
    in_keyword = {row.image_id for row in all_images if row.in_keyword_setting}
    relations = [row.relation for row in all_images]
    matte_images = [row.image_id for row in mattes]
    checked = [row.unambiguous for row in expressions]
    return SplitCounts(
        images=len(all_images),
        mattes=len(matte_images),
        expressions=len(checked),
        keyword_images=len(in_keyword),
        keyword_mattes=sum(image_id in in_keyword for image_id in matte_images),
        left_right=relations.count(Relation.LEFT_RIGHT),
        top_bottom=relations.count(Relation.TOP_BOTTOM),
        front_behind=relations.count(Relation.FRONT_BEHIND),
        ambiguous=checked.count(False),
    )


def pixel_digests(root: Path) -> dict[str, str]:
    """File name -> sha256 of all images and mattes, as the tables say."""
    digests: dict[str, str] = {}
    for split in Split:
        for kind in (ImageRow, MatteRow):
            for path in shard_paths(root / split, kind):
                table = read_arrow(path, kind, ["file_name", "sha256"])
                digests.update(zip(strings(table, "file_name"), strings(table, "sha256"), strict=True))
    return digests


def write_manifest(root: Path, manifest: BuildManifest) -> BuildManifest:
    """Digest the files of ``root`` and write ``MANIFEST.json``: the last act of a build.

    Args:
        root: the dataset's folder, everything else already in place.
        manifest: without ``files`` and ``tree_digest``, which are filled in here.

    Returns:
        What was written.
    """
    pixels = pixel_digests(root)
    files = {
        name: hashlib.sha256((root / name).read_bytes()).hexdigest()
        for name in pinned_names(root)
        if name not in pixels
    }
    finished = replace(manifest, files=files, tree_digest=tree_digest({**pixels, **files}), complete=True)
    write_bytes(root / MANIFEST_NAME, _to_bytes(finished))
    return finished


def read_manifest(root: Path, *, allow_partial: bool = False) -> BuildManifest | None:
    """The manifest of a dataset; None only for an unfinished one that ``allow_partial`` admits.

    Raises:
        StateConflictError: the build is not finished.
        BadInputError: the file is not a manifest, or of another major version.
    """
    path = root / MANIFEST_NAME
    if not path.is_file():
        if allow_partial:
            return None
        if not root.is_dir():
            raise BadInputError(f"there is no dataset folder {root}")
        raise StateConflictError(
            f"{root} has no {MANIFEST_NAME}: the build is not finished, or this is no dataset; "
            "run the build again to finish it, or allow partial data (allow_partial=True)"
        )
    try:
        manifest = _from_json(json.loads(path.read_bytes()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInputError(f"{path} is not a manifest of a dataset ({error!r}): copy it again") from error
    if manifest.schema_version.split(".")[0] != SCHEMA_VERSION.split(".")[0]:
        raise BadInputError(
            f"{path} has schema {manifest.schema_version}, this version reads {SCHEMA_VERSION.split('.')[0]}.x: "
            f"use a refmatte-engine like the one that wrote it ({manifest.engine_version})"
        )
    return manifest


def pinned_names(root: Path) -> tuple[str, ...]:
    """Names (POSIX, sorted) of all files under ``root`` that the tree digest covers."""
    names = (
        path.relative_to(root) for path in root.rglob("*") if path.is_file() and not path.name.startswith(".")
    )
    return tuple(
        sorted(
            name.as_posix() for name in names if name.parts[0] not in (*PAGES, *UNPINNED_FOLDERS, MANIFEST_NAME)
        )
    )


def tree_digest(digests: Mapping[str, str]) -> str:
    """sha256 over the sorted lines ``<sha256>  <name>`` (the input that ``sha256sum -c`` takes)."""
    lines = "".join(f"{digests[name]}  {name}\n" for name in sorted(digests))
    return hashlib.sha256(lines.encode()).hexdigest()


def _to_bytes(manifest: BuildManifest) -> bytes:
    said = {
        "complete": manifest.complete,
        "origin": manifest.origin,
        "plan_hash": manifest.plan_hash,
        "tree_digest": manifest.tree_digest,
        "schema_version": manifest.schema_version,
        "engine_version": manifest.engine_version,
        "seed": manifest.seed,
        "preset": manifest.preset,
        "splits": {split.value: counts.to_json() for split, counts in sorted(manifest.splits.items())},
        "rejected": dict(sorted(manifest.rejected.items())),
        "license": manifest.license,
        "license_level": manifest.license_level,
        "identifiable_faces": manifest.identifiable_faces,
        "versions": dict(sorted(manifest.versions.items())),
        "files": dict(sorted(manifest.files.items())),
    }
    return (json.dumps(said, indent=1, ensure_ascii=False) + "\n").encode()


def _from_json(said: Mapping[str, Any]) -> BuildManifest:
    return BuildManifest(
        plan_hash=said["plan_hash"],
        schema_version=said["schema_version"],
        engine_version=said["engine_version"],
        origin=said["origin"],
        seed=said["seed"],
        preset=said["preset"],
        splits={Split(split): SplitCounts.from_json(counts) for split, counts in said["splits"].items()},
        rejected=dict(said["rejected"]),
        license=said["license"],
        license_level=said["license_level"],
        identifiable_faces=said["identifiable_faces"],
        versions=dict(said["versions"]),
        files=dict(said["files"]),
        tree_digest=said["tree_digest"],
        complete=said["complete"],
    )
