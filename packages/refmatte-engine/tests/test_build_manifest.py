"""MANIFEST.json: last, complete, the same on every machine, and it pins every file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

from refmatte_engine.manifest.build_manifest import (
    pinned_names,
    pixel_digests,
    read_manifest,
    tree_digest,
    write_manifest,
)
from refmatte_engine.manifest.vocabulary import Split


def test_what_is_written_is_read(fresh_build: Path) -> None:
    manifest = read_manifest(fresh_build)
    assert manifest is not None
    assert manifest.complete
    again = write_manifest(fresh_build, replace(manifest, files={}, tree_digest=""))
    assert again == manifest == read_manifest(fresh_build)


def test_the_counts_are_those_of_the_tables(tiny_build: Path) -> None:
    manifest = read_manifest(tiny_build)
    assert manifest is not None
    assert manifest.splits[Split.TRAIN].to_json() == {
        "images": 4,
        "mattes": 9,
        "expressions": 36,
        "keyword": {"images": 4, "mattes": 9},
        "relations": {"left_right": 2, "top_bottom": 1, "front_behind": 1},
        "ambiguous": 0,
    }
    assert manifest.rejected == {"corrupt": 1, "no_room": 2}
    assert (manifest.license, manifest.license_level) == ("CC0-1.0 AND MIT", "permissive")


def test_the_tree_digest_covers_every_byte_of_the_data(fresh_build: Path) -> None:
    manifest = read_manifest(fresh_build)
    assert manifest is not None
    everything = {
        name: hashlib.sha256((fresh_build / name).read_bytes()).hexdigest() for name in pinned_names(fresh_build)
    }
    assert tree_digest(everything) == manifest.tree_digest
    assert set(everything) == set(manifest.files) | set(pixel_digests(fresh_build))
    for name in everything:
        assert tree_digest({**everything, name: "0" * 64}) != manifest.tree_digest


def test_pages_and_derived_files_may_change(fresh_build: Path) -> None:
    before = pinned_names(fresh_build)
    for name in ("README.md", "report/index.html", "_commit/0.json", ".refmatte.lock"):
        (fresh_build / name).parent.mkdir(exist_ok=True)
        (fresh_build / name).write_text("changed")
    assert pinned_names(fresh_build) == before
    (fresh_build / "train" / "new.bin").write_text("data")
    assert set(pinned_names(fresh_build)) - set(before) == {"train/new.bin"}


def test_nothing_in_it_tells_where_or_when(tiny_build: Path) -> None:
    text = (tiny_build / "MANIFEST.json").read_text()
    assert str(tiny_build) not in text
    assert not {"time", "date", "host", "workers", "path", "duration"} & set(json.loads(text))
