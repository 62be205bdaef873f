"""Models in the label stage: who is asked about what, what is remembered, and that one bad file stops nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_models import FakeDetector, FakeLabeller, instance
from image_trees import write

from refmatte_engine.attributes.hearing import Models
from refmatte_engine.attributes.labels import Origin
from refmatte_engine.attributes.proposed import Heard
from refmatte_engine.attributes.stage import UNNAMED, LabelSet, label
from refmatte_engine.config import Labelling, Preset
from refmatte_engine.entities import Background
from refmatte_engine.errors import StoppedError
from refmatte_engine.ingest.stage import Inventory, ingest
from refmatte_engine.labellers.asking import BATCH
from refmatte_engine.labellers.base import LOOK_SIDE, Candidate, Look, Proposal
from refmatte_engine.labellers.detection.contents import Contents
from refmatte_engine.labellers.label_file import read_label_file
from refmatte_engine.labellers.memory import Memory
from refmatte_engine.lexicon import load_lexicon
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.pipeline.labelling import _vocabulary
from refmatte_engine.pipeline.request import BuildRequest
from refmatte_engine.pipeline.worksite import Worksite
from refmatte_engine.progress import Silent
from refmatte_engine.rows.proposals import read_proposals, write_proposals
from refmatte_engine.runner import StopFlag
from refmatte_engine.sources.folder import FolderSource

LEXICON = load_lexicon()
PRESET = Preset()


@pytest.fixture
def folder(tmp_path: Path) -> FolderSource:
    """A mug with a name, a person with none but a kind, and three things of which nobody says anything."""
    y, x = np.mgrid[:300, :300]
    alpha = (np.hypot(y - 150, x - 150) < 100).astype(np.uint8) * 255
    for number, stem in enumerate(("mugs/1", "7", "8", "9", "someone")):
        pixels = np.dstack([np.full((300, 300, 3), 40 + 30 * number, np.uint8), alpha])
        write(tmp_path / "cutouts" / f"{stem}.png", pixels)
    (tmp_path / "cutouts" / "labels.csv").write_text("file,category,kind\nsomeone,,human\n", encoding="utf-8")
    return FolderSource(tmp_path / "cutouts")


NAMES = {"folder/7": {"category": ("cat", 0.9)}, "folder/8": {"category": ("kettle", 0.3)}}


def namer(**more) -> FakeLabeller:
    return FakeLabeller(lambda look: NAMES.get(look.entity_id, {}), **more)


class Told(Silent):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


def run(
    source: FolderSource,
    labellers: Sequence[FakeLabeller],
    *,
    corrections: Sequence[Path] = (),
    preset: Preset = PRESET,
    inventory: Inventory | None = None,
    flag: StopFlag | None = None,
    faces: bool = True,
) -> LabelSet:
    return label(
        inventory or ingest([source], [], preset, allow_identifiable_faces=faces),
        {"folder": source},
        preset,
        LEXICON,
        corrections=corrections,
        models=Models(tuple(labellers), Memory(source.root.parent / "memory")),
        allow_identifiable_faces=faces,
        flag=flag,
    )


def test_a_person_whom_a_model_found_counts_as_recognisable(folder: FolderSource) -> None:
    def finds(look: Look) -> dict[str, tuple[str, float]]:
        return {"category": ("human", 0.9)} if look.entity_id == "folder/7" else {}

    labelled = run(folder, [FakeLabeller(finds)])
    assert [one.entity_id for one in labelled.entities if one.contains_identifiable_faces] == [
        "folder/7",
        "folder/someone",
    ]
    left_out = {one.item: one.reason for one in run(folder, [FakeLabeller(finds)], faces=False).rejections}
    assert left_out["7"] == "identifiable_face"


def test_names_of_corrections_are_proposed_as_tables_mean_them(tmp_path: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("entity_id,category\na/1,Mug\na/2,unknown\na/3,Tea_Pot 2\na/4,old woman\n", encoding="utf-8")
    site = Worksite(BuildRequest(sources="drawn:1", corrections=(mine,)), Silent(), StopFlag())
    plain = Worksite(BuildRequest(sources="drawn:1"), Silent(), StopFlag())
    names, known = (
        {name.category for name in _vocabulary(each, Inventory((), (), ())).names} for each in (site, plain)
    )
    assert names - known == {"tea pot"}


def test_a_model_names_what_nobody_named(folder: FolderSource) -> None:
    model = namer()
    labelled = run(folder, [model])
    cat = labelled.labels["folder/7"]
    assert (cat.kind, cat.category, cat.transparent) == (EntityKind.ANIMAL, "cat", False)
    assert dict(cat.origins)["category"] is Origin.MODEL and dict(cat.origins)["color"] is Origin.COMPUTED
    assert labelled.labels["folder/someone"].category == "human"
    assert model.asked() == ["folder/7", "folder/8", "folder/9"]
    assert {one.item: one.detail for one in labelled.rejections} == {
        "8": "no model is sure (kettle 0.30; asked for is 0.5)",
        "9": "nothing is seen",
    }
    (heard,) = labelled.heard["folder/8"]  # also of what was left out
    assert heard.proposal.candidates == (Candidate("kettle", 0.3), Candidate("other", 0.15))
    assert heard.model == "fake 1"


def test_a_look_shows_the_photograph_the_alpha_and_what_is_known(folder: FolderSource) -> None:
    pixels = np.zeros((300, 3000, 4), np.uint8)
    pixels[100:200, 1000:2000] = 255
    write(folder.root / "cats" / "wide.png", pixels)
    model = namer()
    run(folder, [model], preset=Preset(labels=Labelling(ask_all=True)))
    looks = {look.entity_id: look for look in model.seen}
    assert looks["folder/cats/wide"].alpha.shape == (205, LOOK_SIDE)
    assert looks["folder/7"].image.shape == (300, 300, 3) and looks["folder/7"].alpha.max() == 255
    assert (looks["folder/mugs/1"].kind, looks["folder/mugs/1"].category) == (EntityKind.OBJECT, "mug")
    assert looks["folder/7"].category is None


def test_asking_everybody_changes_no_label_of_others(folder: FolderSource) -> None:
    knows_better = FakeLabeller(lambda look: {"category": ("teapot", 1.0)})
    labelled = run(folder, [knows_better], preset=Preset(labels=Labelling(ask_all=True)))
    assert labelled.labels["folder/mugs/1"].category == "mug"
    assert labelled.heard["folder/mugs/1"][0].proposal.value == "teapot"


def test_a_second_run_asks_only_what_changed(folder: FolderSource) -> None:
    first = run(folder, [namer()])
    again = namer()
    second = run(folder, [again])
    assert again.asked() == []
    assert (second.labels, second.heard, second.rejections) == (first.labels, first.heard, first.rejections)

    write(
        folder.root / "9.png", np.dstack([np.full((300, 300, 3), 9, np.uint8), np.full((300, 300), 200, np.uint8)])
    )
    changed = namer()
    run(folder, [changed])
    assert changed.asked() == ["folder/9"]
    other = namer(fingerprint="fake 2")
    run(folder, [other])
    assert other.asked() == ["folder/7", "folder/8", "folder/9"]
    lower = namer()  # a threshold is no question to the model
    labelled = run(folder, [lower], preset=Preset(labels=Labelling(category_score=0.2)))
    assert lower.asked() == [] and labelled.labels["folder/8"].category == "kettle"


def test_a_damaged_answer_is_asked_again(folder: FolderSource) -> None:
    run(folder, [namer()])
    for number, path in enumerate(sorted((folder.root.parent / "memory").rglob("*.json"))):
        path.write_bytes([b"", b"[{}]", b'[{"attribute": 1'][number % 3])
    again = namer()
    run(folder, [again])
    assert len(again.asked()) == 3


def test_corrections_win_and_keep_a_model_from_being_asked(folder: FolderSource, tmp_path: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text(
        "entity_id,drop,category\nfolder/7,,lynx\nfolder/8,,unknown\nfolder/9,yes,\n", encoding="utf-8"
    )
    model = namer()
    labelled = run(folder, [model], corrections=[mine])
    assert model.asked() == []
    assert labelled.labels["folder/7"].category == "lynx"
    assert {one.item: (one.reason, one.detail) for one in labelled.rejections} == {
        "8": ("unnamed", UNNAMED),
        "9": ("dropped_by_correction", "mine.csv line 4"),
    }


def test_a_later_model_sees_the_category_and_is_asked_of_people_only(folder: FolderSource) -> None:
    finds = {"folder/7": {"category": ("human", 0.9)}}
    first = FakeLabeller(lambda look: finds.get(look.entity_id, {}), fingerprint="first")
    second = FakeLabeller(lambda look: {"category": ("statue", 0.2)}, fingerprint="second")
    people = FakeLabeller(
        lambda look: {"gender": ("female", 0.95), "age_group": ("adult", 0.1)},
        ("gender", "age_group"),
        "people",
    )
    labelled = run(folder, [first, second, people])
    assert second.asked() == ["folder/7", "folder/8", "folder/9"]
    assert all(look.category is None for look in second.seen)  # each names it for itself
    assert [(look.entity_id, look.category) for look in people.seen] == [
        ("folder/7", "human"),
        ("folder/someone", "human"),
    ]
    someone = labelled.labels["folder/someone"]
    assert (someone.gender, someone.age_group) == ("female", None)
    assert dict(someone.origins)["gender"] is Origin.MODEL


def test_a_table_goes_by_ids_reads_no_picture_and_is_not_remembered(folder: FolderSource, tmp_path: Path) -> None:
    table = tmp_path / "names.csv"
    table.write_text("entity_id,category\nfolder/7,cat\nfolder2/8,dog\n", encoding="utf-8")
    names = read_label_file(table)
    twin = FolderSource(folder.root, name="folder2")
    labelled = label(
        ingest([twin], [], PRESET), {"folder2": twin}, PRESET, LEXICON,
        models=Models((names,), Memory(tmp_path / "memory")),
    )  # fmt: skip
    assert labelled.labels["folder2/8"].category == "dog" and "folder2/7" not in labelled.labels

    inventory, told = ingest([folder], [], PRESET), Told()
    (folder.root / "7.png").write_bytes(b"no picture")
    labelled = label(
        inventory, {"folder": folder}, PRESET, LEXICON,
        models=Models((names,), Memory(tmp_path / "memory")), progress=told,
    )  # fmt: skip
    assert labelled.heard["folder/7"][0].proposal.value == "cat"
    assert {one.item: one.detail for one in labelled.rejections}["8"] == "no row in names.csv"
    assert told.lines == [
        "note: names.csv: 1 of 2 rows are of no entity that is left to label, such as folder2/8; "
        "did you mean folder/8?"
    ]


def test_one_picture_that_cannot_be_read_stops_nothing(folder: FolderSource) -> None:
    inventory = ingest([folder], [], PRESET, allow_identifiable_faces=True)
    (folder.root / "7.png").write_bytes(b"no picture")
    model = namer()
    labelled = run(folder, [model], inventory=inventory)
    assert model.asked() == ["folder/8", "folder/9"]
    assert labelled.heard["folder/7"][0].proposal.reason.startswith("its picture cannot be read")
    assert {one.item for one in labelled.rejections} == {"7", "8", "9"}
    healed = namer()
    write(folder.root / "7.png", np.full((300, 300, 4), 255, np.uint8))
    run(folder, [healed], inventory=inventory)
    assert healed.asked() == ["folder/7"]  # what could not be read was not remembered


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path) -> None:
    alpha = np.zeros((300, 300), np.uint8)
    alpha[50:250, 50:250] = 255
    for number in range(2 * BATCH + 1):
        write(
            tmp_path / "cutouts" / f"{number:02d}.png",
            np.dstack([np.full((300, 300, 3), number, np.uint8), alpha]),
        )
    source, flag = FolderSource(tmp_path / "cutouts"), StopFlag()

    def stop_after_the_first_batch(look: Look):
        flag.stopped = True
        return {"category": ("cat", 0.9)}

    first = FakeLabeller(stop_after_the_first_batch)
    with pytest.raises(StoppedError):
        run(source, [first], flag=flag)
    second = FakeLabeller(lambda look: {"category": ("cat", 0.9)})
    labelled = run(source, [second])
    assert len(first.seen) == BATCH and len(second.seen) == BATCH + 1
    assert {each.category for each in labelled.labels.values()} == {"cat"} and len(
        labelled.labels
    ) == 2 * BATCH + 1


def test_proposals_survive_their_table(folder: FolderSource, tmp_path: Path) -> None:
    labelled = run(folder, [namer()])
    seen = {"folder/7": (Heard("fake", Proposal("contains", None, None, (Candidate("lamp", 0.5),))),)}
    write_proposals(tmp_path, labelled.heard, seen)
    assert read_proposals(tmp_path) == labelled.heard  # a background of the same name is another thing
    assert read_proposals(tmp_path / "elsewhere") == {}


# --- backgrounds ----------------------------------------------------------------------------------------------


class Rooms:
    """Backgrounds of one grey each; one of them cannot be read."""

    name = "rooms"

    def read_background(self, file: str, *, max_pixels: int):
        from refmatte_engine.images.opener import ImageFault, UnusableImageError

        if file == "broken.jpg":
            raise UnusableImageError(Path(file), ImageFault.CORRUPT, "cut short")
        return np.full((60, 90, 3), 50, np.uint8)


def room(file: str, contains: tuple[str, ...] | None = None) -> Background:
    stem = file.partition(".")[0]
    return Background(f"rooms/{stem}", "rooms", None, file, 90, 60, f"hash of {stem}", "CC0-1.0", contains)


def test_a_detector_fills_what_backgrounds_contain(tmp_path: Path) -> None:
    found = (
        instance("person", 0.9, [[255]]),
        instance("person", 0.6, [[255]]),
        instance("mouse", 0.5, [[255]]),
        instance("chair", 0.49, [[255]]),
    )
    rooms = [room("a.jpg"), room("broken.jpg"), room("c.jpg", ("lamp",)), room("d.jpg", ())]
    detector = FakeDetector(found)
    contents = Contents(detector, 800, 0.5)

    def look():
        return contents.look_into(rooms, {"rooms": Rooms()}, Memory(tmp_path), max_pixels=10**6, progress=Silent())

    backgrounds, said = look()
    assert [each.contains for each in backgrounds] == [("computer mouse", "human"), None, ("lamp",), ()]
    assert said["rooms/a"][0].candidates == (
        Candidate("human", 0.9),
        Candidate("computer mouse", 0.5),
        Candidate("chair", 0.49),
    )
    assert said.keys() == {"rooms/a", "rooms/broken"}
    assert said["rooms/broken"][0] == Proposal(
        "contains", None, None, reason="its picture cannot be read: corrupt"
    )
    assert len(detector.shown) == 1
    contents = replace(contents, least=0.95)
    assert look()[0][0].contains == ()  # somebody looked, and is sure of nothing
    assert len(detector.shown) == 1
