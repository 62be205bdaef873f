from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from image_trees import photo, write
from numpy.typing import NDArray

from refmatte_engine.config import Preset
from refmatte_engine.entities import Background, Entity, Shape
from refmatte_engine.errors import BadInputError, StoppedError
from refmatte_engine.ingest.stage import CHUNK, Inventory, ingest
from refmatte_engine.manifest.vocabulary import EntityKind, Side
from refmatte_engine.runner import StopFlag
from refmatte_engine.sources.drawn import DrawnBackgrounds, DrawnSource
from refmatte_engine.sources.folder import FolderBackgrounds, FolderSource

WIDTH, HEIGHT = 400, 300


def disc(radius: float = 100.0, x: float = 200.0) -> NDArray[np.uint8]:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    distance = np.hypot(rows - HEIGHT / 2, columns - x)
    return np.round(np.clip(radius - distance, 0.0, 1.0) * 255).astype(np.uint8)


def cutout(root: Path, stem: str, alpha: NDArray[np.uint8], seed: int = 0) -> None:
    write(root / f"{stem}.jpg", photo(seed, WIDTH, HEIGHT))
    write(root / f"{stem}_alpha.png", alpha)


def rejected(inventory: Inventory) -> dict[str, str]:
    return {rejection.item: rejection.reason for rejection in inventory.rejections}


def fingerprint(inventory: Inventory) -> str:
    """Every field of every row, arrays included."""

    def plain(row: Entity | Background) -> object:
        fields = {name: getattr(row, name) for name in row.__slots__}
        shape = fields.get("shape")
        if isinstance(shape, Shape):
            fields["shape"] = [
                array.tobytes() + repr(array.shape).encode() for array in (shape.support, shape.mass, shape.solid)
            ]
            fields["cut_sides"] = sorted(fields["cut_sides"])
        return fields

    rows = [plain(row) for row in (*inventory.entities, *inventory.backgrounds)]
    return hashlib.sha256(repr((rows, [asdict(row) for row in inventory.rejections])).encode()).hexdigest()


def test_entities_carry_what_the_alpha_shows(tmp_path: Path) -> None:
    cutout(tmp_path / "mugs", "b", disc(x=340.0))
    cutout(tmp_path / "mugs", "a", disc(), seed=1)
    inventory = ingest([FolderSource(tmp_path)], [], Preset())
    first, second = inventory.entities
    assert [first.entity_id, second.entity_id] == ["folder/mugs/a", "folder/mugs/b"]
    assert (first.kind, first.category) == (EntityKind.OBJECT, "mugs")
    assert (first.width, first.height) == (WIDTH, HEIGHT)
    assert (first.box.x, first.box.y, first.box.w, first.box.h) == (101, 51, 199, 199)
    assert first.cut_sides == frozenset() and second.cut_sides == {Side.RIGHT}
    assert first.content_hash != second.content_hash
    assert not inventory.rejections


def test_what_is_left_out_says_why(tmp_path: Path) -> None:
    cutout(tmp_path / "cutouts", "good", disc())
    cutout(tmp_path / "cutouts", "same", disc())
    cutout(tmp_path / "cutouts", "empty", np.zeros((HEIGHT, WIDTH), np.uint8), seed=2)
    cutout(tmp_path / "cutouts", "photo", np.full((HEIGHT, WIDTH), 255, np.uint8), seed=3)
    cutout(tmp_path / "cutouts", "tiny", disc(12.0), seed=4)
    cutout(tmp_path / "cutouts", "other_size", disc()[:-1], seed=5)
    cutout(tmp_path / "cutouts", "broken", disc(), seed=6)
    broken = tmp_path / "cutouts" / "broken.jpg"
    broken.write_bytes(broken.read_bytes()[:-200])
    write(tmp_path / "places" / "wide.jpg", photo(7, 640, 300))
    write(tmp_path / "places" / "small.jpg", photo(8, 640, 200))
    write(tmp_path / "places" / "twin.jpg", photo(7, 640, 300))
    inventory = ingest([FolderSource(tmp_path / "cutouts")], [FolderBackgrounds(tmp_path / "places")], Preset())
    assert [entity.entity_id for entity in inventory.entities] == ["folder/good"]
    assert [place.background_id for place in inventory.backgrounds] == ["folder/twin"]
    assert rejected(inventory) == {
        "same": "duplicate_content",
        "empty": "alpha_empty",
        "photo": "alpha_opaque",
        "tiny": "box_below_min",
        "other_size": "size_mismatch",
        "broken": "corrupt",
        "small": "short_side_below_min",
        "wide": "duplicate_content",
    }
    detail = {rejection.item: rejection.detail for rejection in inventory.rejections}
    assert detail["same"] == "the same files as folder/good"


def test_faces_are_out_unless_allowed(tmp_path: Path) -> None:
    cutout(tmp_path, "actor", disc())
    (tmp_path / "labels.csv").write_text("file,category,kind,identifiable_face\nactor,human,human,yes\n")
    source = FolderSource(tmp_path)
    assert rejected(ingest([source], [], Preset())) == {"actor": "identifiable_face"}
    allowed = ingest([source], [], Preset(), allow_identifiable_faces=True)
    assert [entity.contains_identifiable_faces for entity in allowed.entities] == [True]


@pytest.mark.parametrize(("said", "kept"), [("", False), ("no", True)])
def test_a_stated_person_counts_as_recognisable_unless_the_table_denies_it(
    tmp_path: Path, said: str, kept: bool
) -> None:
    cutout(tmp_path, "actor", disc())
    (tmp_path / "labels.csv").write_text(f"file,category,kind,identifiable_face\nactor,human,human,{said}\n")
    assert bool(ingest([FolderSource(tmp_path)], [], Preset()).entities) is kept


def test_pixels_over_the_cap_are_left_out(tmp_path: Path) -> None:
    cutout(tmp_path, "mug", disc())
    inventory = ingest([FolderSource(tmp_path)], [], Preset(), max_pixels=WIDTH * HEIGHT - 1)
    assert rejected(inventory) == {"mug": "too_large"}


def test_workers_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("refmatte_engine.ingest.stage.POOL_FROM", 0)
    sources, places = [DrawnSource(2 * CHUNK + 1)], [DrawnBackgrounds(2)]
    assert fingerprint(ingest(sources, places, Preset(), workers=2)) == fingerprint(
        ingest(sources, places, Preset(), workers=1)
    )


def test_a_source_is_named_once(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="called drawn"):
        ingest([DrawnSource(2), DrawnSource(3)], [], Preset())


def test_a_stop_ends_the_run() -> None:
    flag = StopFlag()
    flag.stopped = True
    with pytest.raises(StoppedError):
        ingest([DrawnSource(1)], [], Preset(), flag=flag)
