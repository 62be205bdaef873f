from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from image_trees import write
from PIL import Image

from refmatte_engine.attributes import stage
from refmatte_engine.attributes.categories import with_category
from refmatte_engine.attributes.corrections import read_corrections
from refmatte_engine.attributes.labels import Labels, Origin
from refmatte_engine.attributes.stage import CHUNK, LabelSet, label
from refmatte_engine.attributes.stated import stated
from refmatte_engine.config import Preset, SourceOptions
from refmatte_engine.entities import Entity
from refmatte_engine.errors import BadInputError
from refmatte_engine.ingest.stage import Inventory, ingest
from refmatte_engine.lexicon import UserAttribute, load_lexicon
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.runner import run_tasks
from refmatte_engine.sources.base import StatedLabel
from refmatte_engine.sources.drawn import DrawnSource
from refmatte_engine.sources.folder import FolderSource
from refmatte_engine.sources.registry import resolve_sources

LEXICON = load_lexicon()
PRESET = Preset()
SHARED = Path(__file__).resolve().parents[4] / "shared" / "sources"
COLORS = {"red": (190, 30, 30), "green": (40, 130, 50), "blue": (40, 70, 190)}


@pytest.fixture
def folder(tmp_path: Path) -> FolderSource:
    """A red mug, a green cat, a blue blicket and a man."""
    y, x = np.mgrid[:300, :400]
    alpha = (np.hypot(y - 150, x - 200) < 100).astype(np.uint8) * 255
    things = {"mugs/1": "red", "cats/1": "green", "blicket/1": "blue", "man portrait/1": "red", "7": "blue"}
    for number, (stem, color) in enumerate(things.items()):
        pixels = np.dstack([np.full((300, 400, 3), COLORS[color], np.uint8), alpha])
        pixels[0, 0] = number  # no two files are the same
        write(tmp_path / "cutouts" / f"{stem}.png", pixels)
    (tmp_path / "cutouts" / "labels.csv").write_text(
        "file,category,kind,attr:pattern\nman portrait/1,man portrait,human,\nmugs/1,,,striped\n", encoding="utf-8"
    )
    return FolderSource(tmp_path / "cutouts")


def run(
    source: FolderSource,
    *,
    corrections: Sequence[Path] = (),
    user_attributes: Sequence[UserAttribute] = (),
    faces: bool = True,
) -> tuple[Inventory, LabelSet]:
    inventory = ingest([source], [], PRESET, allow_identifiable_faces=faces)
    labelled = label(
        inventory,
        {source.name: source},
        PRESET,
        LEXICON,
        corrections=corrections,
        user_attributes=user_attributes,
        allow_identifiable_faces=faces,
    )
    return inventory, labelled


def csv(tmp_path: Path, text: str, name: str = "mine.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def blob() -> Entity:
    """An entity of which only what is said matters."""
    (entity,) = ingest([DrawnSource(1)], [], PRESET).entities
    return replace(entity, entity_id="folder/7", source="folder", kind=EntityKind.OBJECT, labels=())


def stated_as(entity: Entity, *corrections: Path) -> Labels:
    """The labels of one entity, from what is said alone."""
    rows = [row for path in corrections for row in read_corrections(path)]
    return with_category(stated(entity, rows, LEXICON), LEXICON)


def origin(labels: Labels, name: str) -> Origin | None:
    return dict(labels.origins).get(name)


def test_labels_of_a_users_folder(folder: FolderSource) -> None:
    inventory, labelled = run(folder)
    labels = labelled.labels
    mug, cat = labels["folder/mugs/1"], labels["folder/cats/1"]
    assert (mug.kind, mug.category, [c.basic for c in mug.colors]) == (EntityKind.OBJECT, "mug", ["red"])
    assert origin(mug, "color") is Origin.COMPUTED and origin(mug, "attr:pattern") is Origin.DATASET
    assert (cat.kind, cat.category, cat.colors[0].css3) == (EntityKind.ANIMAL, "cat", "forestgreen")
    man = labels["folder/man portrait/1"]
    assert (man.kind, man.category, man.gender, man.age_group) == (EntityKind.HUMAN, "human", "male", "adult")
    assert man.colors == ()  # skin and clothes are not told apart: the colour of clothes comes from labels
    assert labels["folder/blicket/1"].transparent is None

    assert {rejection.item: rejection.reason for rejection in labelled.rejections} == {"7": "unnamed"}
    assert [entity.entity_id for entity in labelled.entities] == sorted(labels)
    kinds = {entity.entity_id: (entity.kind, entity.category) for entity in labelled.entities}
    assert kinds["folder/cats/1"] == (EntityKind.ANIMAL, "cat")
    applied = labelled.applied_to(inventory)
    assert len(applied.entities) == len(inventory.entities) - 1
    assert [rejection.reason for rejection in applied.rejections] == ["unnamed"]
    assert not labelled.problems


def test_corrections_win_and_can_name_and_drop(folder: FolderSource, tmp_path: Path) -> None:
    mine = csv(
        tmp_path,
        "entity_id,drop,category,color,gender,attr:pattern\n"
        "folder/7,,tea cup,unknown,,\n"
        "folder/mugs/1,,,dark blue,,dotted\n"
        "folder/man portrait/1,,,,unknown,\n"
        "folder/cats/1,yes,,,,\n",
    )
    _, labelled = run(folder, corrections=[mine])
    labels = labelled.labels
    assert labels["folder/7"].category == "tea cup"
    assert labels["folder/7"].colors == ()  # said to be unknown, so it is not computed either
    assert origin(labels["folder/7"], "color") is None and origin(labels["folder/7"], "category") is not None
    assert [c.css3 for c in labels["folder/mugs/1"].colors] == ["darkslateblue"]
    assert origin(labels["folder/mugs/1"], "color") is Origin.CORRECTION
    assert [c.value for c in labels["folder/mugs/1"].custom] == ["dotted"]
    assert labels["folder/man portrait/1"].gender is None
    assert labels["folder/man portrait/1"].age_group == "adult"
    (rejection,) = labelled.rejections
    assert (rejection.item, rejection.reason) == ("cats/1", "dropped_by_correction")


def test_a_person_that_is_none_loses_what_was_said_of_him(folder: FolderSource, tmp_path: Path) -> None:
    assert folder.root.joinpath("labels.csv").write_text(
        "file,category,kind,attr:gender\nman portrait/1,man portrait,human,male\n", encoding="utf-8"
    )
    mine = csv(tmp_path, "entity_id,kind,category\nfolder/man portrait/1,object,statue\n")
    _, labelled = run(folder, corrections=[mine])
    statue = labelled.labels["folder/man portrait/1"]
    assert (statue.kind, statue.category, statue.gender) == (EntityKind.OBJECT, "statue", None)
    assert statue.colors


@pytest.mark.parametrize(
    ("category", "row", "expected"),
    [
        ("woman", "human,,female,adult", (EntityKind.HUMAN, "human", "female", "adult")),
        ("bride", ",,female,youth", (EntityKind.HUMAN, "bride", "female", "youth")),
        ("portrait", ",,male,", (EntityKind.HUMAN, "human", "male", None)),
    ],
)
def test_what_people_have_may_be_said_of_a_word_for_people(
    category: str, row: str, expected: tuple[EntityKind, str, str | None, str | None], blob: Entity, tmp_path: Path
) -> None:
    mine = csv(tmp_path, f"entity_id,category,kind,gender,age_group\nfolder/7,{row}\n")
    labels = stated_as(replace(blob, category=category), mine)
    assert (labels.kind, labels.category, labels.gender, labels.age_group) == expected


@pytest.mark.parametrize(
    ("kind", "category", "says", "corrected", "expected"),
    [
        (EntityKind.HUMAN, "human", {"gender": "female"}, "man", (EntityKind.HUMAN, "human", "male", False)),
        (EntityKind.HUMAN, "human", {"gender": "female"}, "statue", (EntityKind.OBJECT, "statue", None, False)),
        (EntityKind.HUMAN, "human", {"gender": "female"}, "human", (EntityKind.HUMAN, "human", "female", False)),
        (EntityKind.ANIMAL, "dog", {}, "statue", (EntityKind.OBJECT, "statue", None, False)),
        (EntityKind.ANIMAL, "dog", {}, "woman", (EntityKind.HUMAN, "human", "female", False)),
        (EntityKind.ANIMAL, "dog", {}, "blicket", (EntityKind.ANIMAL, "blicket", None, False)),
        (EntityKind.OBJECT, "cat", {"kind": "object"}, "cats", (EntityKind.OBJECT, "cat", None, False)),
        (EntityKind.OBJECT, "mug (blue)", {}, "mug", (EntityKind.OBJECT, "mug", None, False)),
        (EntityKind.OBJECT, "daxes", {"plural": "true"}, "mug", (EntityKind.OBJECT, "mug", None, False)),
        (EntityKind.OBJECT, "daxes", {"plural": "true"}, "daxes", (EntityKind.OBJECT, "daxes", None, True)),
    ],
)
def test_a_corrected_category_wins_over_what_went_with_the_old_one(
    kind: EntityKind,
    category: str,
    says: Mapping[str, str],
    corrected: str,
    expected: tuple[EntityKind, str, str | None, bool],
    blob: Entity,
    tmp_path: Path,
) -> None:
    said = tuple(StatedLabel(name, value) for name, value in says.items())
    mine = csv(tmp_path, f"entity_id,category\nfolder/7,{corrected}\n")
    labels = stated_as(replace(blob, kind=kind, category=category, labels=said), mine)
    assert (labels.kind, labels.category, labels.gender, labels.plural) == expected


def test_people_count_as_recognisable_until_somebody_says_otherwise(folder: FolderSource, tmp_path: Path) -> None:
    for number, stem in enumerate(("woman/1", "woman/behind", "stated/1")):
        shutil.copy(folder.root / "mugs" / "1.png", folder.root / f"{number}.png")
        pixels = np.asarray(Image.open(folder.root / f"{number}.png")).copy()
        pixels[0, 1] = number + 1
        (folder.root / f"{number}.png").unlink()
        write(folder.root / f"{stem}.png", pixels)
    folder.root.joinpath("labels.csv").write_text(
        "file,category,kind,identifiable_face\nstated/1,actor,human,\nwoman/behind,woman,,no\nmugs/1,mug,,\n",
        encoding="utf-8",
    )
    mine = csv(tmp_path, "entity_id,category\nfolder/7,man\nfolder/blicket/1,human\n")
    _, out = run(folder, corrections=[mine], faces=False)
    faces = ["7", "blicket/1", "woman/1"]
    assert [one.item for one in out.rejections if one.reason == "identifiable_face"] == faces
    assert [str(problem).partition(" left out")[0] for problem in out.problems] == ["people: 3"]
    assert "--allow-identifiable-faces" in str(out.problems[0])

    _, labelled = run(folder, corrections=[mine])
    shown = {f"folder/{item}" for item in [*faces, "stated/1"]}
    assert {one.entity_id for one in labelled.entities if one.contains_identifiable_faces} == shown
    behind = labelled.labels["folder/woman/behind"]
    assert (behind.kind, behind.custom) == (EntityKind.HUMAN, ())  # the word about the face is no attribute


def test_a_users_row_wins_over_the_projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "corrections").mkdir()
    csv(tmp_path / "corrections", "entity_id,color,category\ndrawn/00000,red,cat\nnobody/1,red,\n", "drawn.csv")
    monkeypatch.setattr("refmatte_engine.attributes.corrections.known_data_root", lambda: tmp_path)
    source = DrawnSource(1)
    labelled = label(
        ingest([source], [], PRESET),
        {"drawn": source},
        PRESET,
        LEXICON,
        corrections=[csv(tmp_path, "entity_id,color\ndrawn/00000,green\n")],
    )
    (labels,) = labelled.labels.values()
    assert (labels.category, [c.basic for c in labels.colors]) == ("cat", ["green"])
    assert not labelled.problems  # the project's row of nobody is normal


def test_a_users_row_of_nobody_is_reported(folder: FolderSource, tmp_path: Path) -> None:
    mine = csv(tmp_path, "entity_id,color\nfolder/mug/1,red\nfolder/small,red\n")
    write(folder.root / "small.png", np.zeros((300, 400, 4), np.uint8))
    _, labelled = run(folder, corrections=[mine], user_attributes=[UserAttribute("patern")])
    assert [str(problem) for problem in labelled.problems] == [
        "mine.csv line 2: there is no entity folder/mug/1: folder/mugs/1?",
        "mine.csv line 3: folder/small was left out at ingest: alpha_empty",
        "attributes: no entity has the attribute 'patern': pattern?",
    ]


def test_wrong_values_are_listed_with_their_places(folder: FolderSource, tmp_path: Path) -> None:
    folder.root.joinpath("labels.csv").write_text("file,category,attr:color\nmugs/1,mug,rde\n", encoding="utf-8")
    mine = csv(tmp_path, "entity_id,kind,gender\nfolder/cats/1,,femal\nfolder/man portrait/1,human,femal\n")
    with pytest.raises(BadInputError) as raised:
        run(folder, corrections=[mine])
    message = str(raised.value)
    assert "folder/mugs/1: color = 'rde': did you mean 'red'?" in message
    assert "mine.csv line 2 (folder/cats/1): gender = 'femal': that is for humans" in message
    assert "mine.csv line 3 (folder/man portrait/1): gender = 'femal': did you mean 'female'?" in message


def test_a_photograph_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    y, x = np.mgrid[:300, :400]
    alpha = (np.hypot(y - 150, x - 200) < 100).astype(np.uint8) * 255
    image = write(tmp_path / "mugs" / "1.jpg", np.full((300, 400, 3), 90, np.uint8))
    write(tmp_path / "mugs" / "1_alpha.png", alpha)
    source = FolderSource(tmp_path)
    inventory = ingest([source], [], PRESET)
    image.unlink()
    labelled = label(inventory, {"folder": source}, PRESET, LEXICON)
    assert [rejection.reason for rejection in labelled.rejections] == ["file_missing"]
    assert not labelled.labels and not labelled.entities


def test_the_order_in_which_workers_finish_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    source = DrawnSource(CHUNK + 2)
    inventory = ingest([source], [], PRESET)
    unlabelled = replace(inventory, entities=tuple(replace(entity, labels=()) for entity in inventory.entities))

    def labels() -> Mapping[str, Labels]:
        return label(unlabelled, {"drawn": source}, PRESET, LEXICON).labels

    forward = labels()
    monkeypatch.setattr(stage, "run_tasks", lambda *args, **options: reversed([*run_tasks(*args, **options)]))
    assert labels() == forward
    assert all(each.colors for each in forward.values())


def test_computed_colors_of_drawn_things_are_the_stated_ones() -> None:
    """Drawn entities state their true colour: an independent check of k-means, names and the claim rule."""
    from refmatte_engine.attributes.color import dominant_colors

    source = DrawnSource(40)
    right = wrong = 0
    for candidate in source.candidates():
        truth = {one.name: one.value for one in candidate.labels}["color"]
        shares: dict[str, float] = {}
        for color in dominant_colors(source.read(candidate.files, max_pixels=10**8), PRESET.color):
            shares[color.basic] = shares.get(color.basic, 0.0) + color.share
        ranked = sorted(shares.items(), key=lambda item: -item[1])
        if not ranked or ranked[0][1] < 0.4 or (len(ranked) > 1 and ranked[0][1] < 1.3 * ranked[1][1]):
            continue  # nothing is claimed
        right += ranked[0][0] == truth
        wrong += ranked[0][0] != truth
    assert wrong == 0 and right >= 30


# What a person says of the photographs in shared/sources, of those for which k-means claims a colour.
SEEN = {
    "am2k/m_39b5cba2": {"brown"}, "am2k/m_5b35ca27": {"brown"}, "am2k/m_6b42d00c": {"brown"},
    "am2k/m_723bf1f6": {"black"}, "am2k/m_937afd09": {"orange", "brown"}, "am2k/m_a4995d01": {"brown"},
    "am2k/m_a51e47f6": {"white", "brown", "gray"}, "am2k/m_a6c60f3c": {"gray", "white"},
    "am2k/m_c6d2e387": {"black"}, "am2k/m_cf04bda4": {"brown"}, "am2k/m_d5dfd0d8": {"gray", "black"},
    "am2k/m_fc9d2988": {"brown"}, "folder/cat_chelsea": {"brown", "orange"}, "folder/coffee_cup": {"red"},
    "folder/dahlia_orange": {"orange"}, "folder/fox_statue": {"blue"}, "folder/jellyfish": {"blue"},
    "folder/leaf_branch": {"green"}, "folder/lemur": {"black", "white"}, "folder/paper_lantern": {"white"},
    "folder/walruses": {"brown"},
}  # fmt: skip


@pytest.mark.skipif(not SHARED.is_dir(), reason="shared/sources is absent")
def test_colors_of_real_photographs_are_what_a_person_says() -> None:
    from refmatte_engine.attributes.color import dominant_colors
    from refmatte_engine.express.colors import claimed

    sources = resolve_sources(f"am2k,folder:{SHARED / 'folder'}", root=SHARED, options=SourceOptions())
    style = LEXICON.dialect("modern").style
    claims: dict[str, str] = {}
    for source in sources:
        for candidate in source.candidates():
            if getattr(candidate, "entity_id", None) in SEEN:
                colors = dominant_colors(source.read(candidate.files, max_pixels=10**8), PRESET.color)
                said = claimed(
                    Labels(EntityKind.OBJECT, None, colors=colors), style, PRESET.color, dict(LEXICON.shades)
                )
                if said:
                    claims[candidate.entity_id] = said[0]
    assert {entity_id: word for entity_id, word in claims.items() if word not in SEEN[entity_id]} == {}
    assert len(claims) >= 17
