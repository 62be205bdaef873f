"""Rules about tables: names are unique, rows join, counts, licences and settings follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from refmatte_engine.manifest.build_manifest import count_split
from refmatte_engine.manifest.ids import image_ids, matte_id
from refmatte_engine.manifest.schema import EXPRESSION_KINDS
from refmatte_engine.manifest.vocabulary import ExpressionKind, Split, positions
from refmatte_engine.rows.composed import in_keyword_setting
from refmatte_engine.rows.inventory import attributes_record, labels_of
from refmatte_engine.sources.card import join_licenses, license_level
from refmatte_engine.verify.contents import Contents
from refmatte_engine.verify.violation import Violation


def unique_names(contents: Contents) -> Iterator[Violation]:
    """No id and no file occurs twice, not even in another case (some disks do not tell them apart)."""
    yield from _repeated("image", (row.image_id for row in contents.images))
    yield from _repeated("matte", (row.matte_id for row in contents.mattes))
    yield from _repeated("expression", (row.expression_id for row in contents.expressions))
    yield from _repeated(
        "file", [row.file_name for row in contents.images] + [row.file_name for row in contents.mattes]
    )


def mattes_join(contents: Contents) -> Iterator[Violation]:
    """Every matte belongs to an image of its split; every image has as many as it says."""
    splits = {row.image_id: row.split for row in contents.images}
    for row in contents.mattes:
        if row.image_id not in splits:
            yield Violation("orphan", row.matte_id, f"there is no image {row.image_id}")
        elif splits[row.image_id] is not row.split:
            yield Violation("split_differs", row.matte_id, f"{row.split}, its image is in {splits[row.image_id]}")
    for image in contents.images:
        members = contents.mattes_of.get(image.image_id, ())
        if len(members) != image.n_entities or not members:
            yield Violation(
                "n_entities", image.image_id, f"{len(members)} mattes, the table says {image.n_entities}"
            )


def expressions_join(contents: Contents) -> Iterator[Violation]:
    """Every expression belongs to a matte and names mattes of its own image only."""
    image_of = {row.matte_id: row.image_id for row in contents.mattes}
    splits = {row.image_id: row.split for row in contents.images}
    for row in contents.expressions:
        if image_of.get(row.matte_id) != row.image_id:
            yield Violation("orphan", row.expression_id, f"{row.image_id} has no matte {row.matte_id}")
            continue
        if splits.get(row.image_id) is not row.split:
            yield Violation("split_differs", row.expression_id, f"{row.split}, its image is in another split")
        named = (*row.target_ids, *filter(None, [row.related_matte_id]))
        if strangers := sorted(name for name in named if image_of.get(name) != row.image_id):
            yield Violation("orphan", row.expression_id, f"{row.image_id} has no matte {strangers[0]}")
        if row.kind not in EXPRESSION_KINDS:
            yield Violation("vocabulary", row.expression_id, f"unknown kind {row.kind!r}")
        if not row.text.strip():
            yield Violation("empty_text", row.expression_id, "the phrase is empty")


def four_expressions(contents: Contents) -> Iterator[Violation]:
    """A composed dataset has each of the four kinds once for every matte."""
    if not contents.composed:
        return
    kinds: dict[str, Counter[str]] = {row.matte_id: Counter() for row in contents.mattes}
    for row in contents.expressions:
        kinds.setdefault(row.matte_id, Counter())[row.kind] += 1
    wanted = Counter(kind.value for kind in ExpressionKind)
    for name, found in kinds.items():
        if found != wanted:
            yield Violation("four_expressions", name, f"kinds {dict(sorted(found.items()))}")


def inventory_joins(contents: Contents) -> Iterator[Violation]:
    """Mattes and images of a composed dataset name entities and backgrounds of its inventory, as these are."""
    if not contents.composed:
        return
    for row in contents.mattes:
        entity = contents.entities.get(row.entity_id or "")
        if entity is None:
            yield Violation("orphan", row.matte_id, f"entities.parquet has no {row.entity_id}")
            continue
        labels = labels_of(entity)
        if labels is None or (row.kind, row.category) != (labels.kind, labels.category):
            yield Violation("labels_differ", row.matte_id, f"kind or category is not that of {entity.entity_id}")
        elif row.attributes != attributes_record(labels):
            yield Violation("labels_differ", row.matte_id, f"its attributes are not those of {entity.entity_id}")
    for image in contents.images:
        if image.background_id not in contents.backgrounds:
            yield Violation("orphan", image.image_id, f"backgrounds.parquet has no {image.background_id}")


def names_follow(contents: Contents) -> Iterator[Violation]:
    """Ids of a composed dataset follow from seed, split and index."""
    seed = contents.manifest.seed
    if not contents.composed or seed is None:
        return
    for split in Split:
        images = contents.of_split(split)[0]
        expected = image_ids(seed, split, 1 + max((row.index for row in images), default=-1))
        for row in images:
            if row.image_id != expected[row.index]:
                yield Violation(
                    "id_differs", row.image_id, f"index {row.index} of {split} is {expected[row.index]}"
                )
    for image_id, members in contents.mattes_of.items():
        wanted = [matte_id(image_id, k) for k in range(1, len(members) + 1)]
        if [row.matte_id for row in members] != wanted:
            yield Violation("id_differs", image_id, f"its mattes should be {', '.join(wanted)}")


def plan_kept(contents: Contents) -> Iterator[Violation]:
    """A composed dataset shows exactly what its plan says."""
    if not contents.composed:
        return
    shown = {row.image_id: row for row in contents.images}
    for name in sorted(contents.plan.keys() ^ shown.keys()):
        yield Violation("plan_differs", name, "it is not both in plan.parquet and in the images table")
    for name in sorted(contents.plan.keys() & shown.keys()):
        planned, image, mattes = contents.plan[name], shown[name], contents.mattes_of.get(name, ())
        if (planned.relation, planned.background_id, planned.width, planned.height) != (
            image.relation,
            image.background_id,
            image.width,
            image.height,
        ):
            yield Violation("plan_differs", name, "relation, background or size is not that of the plan")
        if [(row.entity_id, row.position) for row in mattes] != [
            (member.entity_id, member.position) for member in planned.entities
        ]:
            yield Violation("plan_differs", name, "its entities or their positions are not those of the plan")
        elif [row.z_order for row in mattes] != [place.z for place in planned.placements]:
            yield Violation("plan_differs", name, "the order from the rear is not that of the plan")


def positions_follow(contents: Contents) -> Iterator[Violation]:
    """The positions of an image are those of its relation, in order."""
    for image in contents.images:
        members = contents.mattes_of.get(image.image_id, ())
        if not contents.composed or image.relation is None or len(members) not in (2, 3):
            continue
        try:
            wanted = positions(image.relation, len(members))
        except ValueError as error:
            yield Violation("positions", image.image_id, str(error))
            continue
        if tuple(row.position for row in members) != wanted:
            yield Violation("positions", image.image_id, f"they should be {', '.join(wanted)}")


def keyword_setting(contents: Contents) -> Iterator[Violation]:
    """An image is in the keyword setting just when its keywords tell its entities apart (supplement 2.3)."""
    for image in contents.images:
        members = contents.mattes_of.get(image.image_id, ())
        told_apart = in_keyword_setting([row.category for row in members]) and all(row.keyword for row in members)
        if told_apart != image.in_keyword_setting:
            yield Violation("keyword_setting", image.image_id, f"in_keyword_setting should be {told_apart}")


def licences_join(contents: Contents) -> Iterator[Violation]:
    """The licence of an image joins those of everything in it; the build's joins those of its images."""
    for image in contents.images:
        parts = {row.license for row in contents.mattes_of.get(image.image_id, ())}
        background = contents.backgrounds.get(image.background_id or "")
        if background is not None:
            parts.add(background.license)
        elif image.background_id is not None:
            parts.add(image.license)  # an import brings no table of backgrounds: it may add terms, never lose some
        if join_licenses(parts) != image.license:
            yield Violation(
                "license", image.image_id, f"{image.license!r}, its parts are under {join_licenses(parts)}"
            )
        elif license_level(image.license) != image.license_level:
            yield Violation("license", image.image_id, f"{image.license} is not {image.license_level}")
    whole = join_licenses(row.license for row in contents.images)
    if contents.manifest.license != whole:
        yield Violation(
            "license", "MANIFEST.json", f"{contents.manifest.license!r}, the images are under {whole!r}"
        )


def faces_flagged(contents: Contents) -> Iterator[Violation]:
    """An image shows a recognisable face just when one of its entities does."""
    for image in contents.images:
        said = [row.contains_identifiable_faces for row in contents.mattes_of.get(image.image_id, ())]
        expected = True if True in said else None if None in said else False
        if image.contains_identifiable_faces is not expected:
            yield Violation("faces", image.image_id, f"contains_identifiable_faces should be {expected}")


def splits_apart(contents: Contents) -> Iterator[Violation]:
    """No entity and no background of a composed dataset is in both splits."""
    if not contents.composed:
        return
    for what, used in (
        ("entity", [(row.entity_id, row.split) for row in contents.mattes]),
        ("background", [(row.background_id, row.split) for row in contents.images]),
    ):
        in_train = {name for name, split in used if split is Split.TRAIN}
        in_test = {name for name, split in used if split is Split.TEST}
        for name in sorted(filter(None, in_train & in_test)):
            yield Violation("split_leak", name, f"this {what} is in train and in test")


def backgrounds_free(contents: Contents) -> Iterator[Violation]:
    """A background that is known to show a category never meets an entity of it (DESIGN 5.5)."""
    for image in contents.images:
        background = contents.backgrounds.get(image.background_id or "")
        shown = set(background.contains or ()) if background is not None else set()
        for row in contents.mattes_of.get(image.image_id, ()):
            if row.category in shown:
                yield Violation(
                    "background_contains", row.matte_id, f"{image.background_id} shows a {row.category}"
                )


def counts_hold(contents: Contents) -> Iterator[Violation]:
    """MANIFEST.json counts what the tables hold."""
    for split in Split:
        counted = count_split(*contents.of_split(split))
        said = contents.manifest.splits.get(split)
        if said is None and not counted.images:
            continue
        if said != counted:
            yield Violation("count_differs", split.value, f"MANIFEST.json says {said}, the tables hold {counted}")
    faces = sum(row.contains_identifiable_faces is True for row in contents.images)
    if faces != contents.manifest.identifiable_faces:
        yield Violation(
            "count_differs", "identifiable_faces", f"{faces} images show a face that can be recognised"
        )


def _repeated(what: str, names: Iterable[str]) -> Iterator[Violation]:
    counts = Counter(name.casefold() for name in names)
    for name in sorted(name for name, count in counts.items() if count > 1):
        yield Violation("id_repeated", name, f"{counts[name]} rows have this {what}")
