"""The tables' columns: an explicit type and one sentence for each, and the version they carry."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa

from refmatte_engine.manifest import records
from refmatte_engine.manifest.vocabulary import ExpressionKind

SCHEMA_VERSION: Final = "1.1"
"""Major.minor: within a major, columns and tables are only added. 1.1 added the table of proposals."""

FREE_KIND: Final = "free"
"""Kind of a phrase that a person wrote in his own style (FREE of RefMatte-RW100, Table 9)."""

EXPRESSION_KINDS: Final = (*(kind.value for kind in ExpressionKind), FREE_KIND)
"""Legal values of ``expressions.kind``."""


class TableName(StrEnum):
    """The tables of a dataset; the first three lie in the folder of each split."""

    IMAGES = "images"
    MATTES = "mattes"
    EXPRESSIONS = "expressions"
    ENTITIES = "entities"
    BACKGROUNDS = "backgrounds"
    QUARANTINE = "quarantine"
    PROPOSALS = "proposals"
    PLAN = "plan"


SPLIT_TABLES: Final = (TableName.IMAGES, TableName.MATTES, TableName.EXPRESSIONS)


_STRING, _INT, _LONG, _FLOAT, _BOOL, _BYTES = (
    pa.string(),
    pa.int32(),
    pa.int64(),
    pa.float64(),
    pa.bool_(),
    pa.binary(),
)


def _column(name: str, kind: pa.DataType, sentence: str) -> pa.Field[Any]:
    """A column that is always known."""
    return pa.field(name, kind, nullable=False, metadata={"description": sentence})


def _maybe(name: str, kind: pa.DataType, sentence: str) -> pa.Field[Any]:
    """A column that may be null."""
    return pa.field(name, kind, nullable=True, metadata={"description": sentence})


def _struct(*members: tuple[str, pa.DataType] | tuple[str, pa.DataType, bool]) -> pa.StructType:
    """A struct type; a member with a third value True may be null."""
    return pa.struct([pa.field(member[0], member[1], nullable=len(member) == 3) for member in members])


def _list(item: pa.DataType) -> pa.ListType[Any]:
    return pa.list_(pa.field("item", item, nullable=False))


_BOX = _struct(("x", _INT), ("y", _INT), ("w", _INT), ("h", _INT))
_LAB = _struct(("l", _FLOAT), ("a", _FLOAT), ("b", _FLOAT))
_COLOR = _struct(("css3", _STRING), ("basic", _STRING), ("modifier", _STRING), ("share", _FLOAT), ("lab", _LAB))
_NAMED_VALUE = _struct(("name", _STRING), ("value", _STRING))
ATTRIBUTES: Final = _struct(
    ("synonyms", _list(_STRING)),
    ("plural", _BOOL),
    ("color", _list(_COLOR)),
    ("transparent", _BOOL, True),
    ("salient", _BOOL, True),
    ("gender", _STRING, True),
    ("age_group", _STRING, True),
    ("clothes_type", _STRING, True),
    ("custom", _list(_NAMED_VALUE)),
    ("origins", _list(_struct(("name", _STRING), ("origin", _STRING)))),
)
_PLACEMENT = _struct(
    ("x", _INT),
    ("y", _INT),
    ("w", _INT),
    ("h", _INT),
    ("z", _INT),
    ("mirrored", _BOOL),
)

IMAGES: Final = pa.schema(
    [
        _column("image_id", _STRING, "Name of the image, unique in the dataset."),
        _column("split", _STRING, "train or test."),
        _column("file_name", _STRING, "Image file, POSIX, relative to the dataset's root."),
        _column("sha256", _STRING, "SHA-256 of the image file, 64 hex digits."),
        _column("width", _INT, "Width in pixels."),
        _column("height", _INT, "Height in pixels."),
        _maybe("relation", _STRING, "left_right, top_bottom or front_behind; null when nobody stated it."),
        _maybe("background_id", _STRING, "source/stem of the background; null for a photograph."),
        _column("n_entities", _INT, "Number of mattes of the image."),
        _column(
            "in_keyword_setting",
            _BOOL,
            "The keywords tell the entities apart: all are known and no two share a category (supp. 2.3).",
        ),
        _column("license", _STRING, "SPDX expression over everything that went into the image."),
        _column("license_level", _STRING, "Strictest level of that licence, public-domain to no-redistribution."),
        _column("sources", _list(_STRING), "Names of the sources of entities and background, sorted."),
        _maybe(
            "contains_identifiable_faces", _BOOL, "A face in the image can be recognised; null if nobody said."
        ),
        _column("index", _LONG, "Position in the split's plan (or in the imported label file), from 0."),
        _maybe("stem", _STRING, "group or extra: where the plan has it from; null when imported."),
        _maybe("group", _LONG, "Number of the group within the split; null when of none."),
        _maybe("seed_key", _STRING, "seed:split:index, the address of all draws; null when imported."),
        _column("floating_cut", _BOOL, "An entity cut off by its source's frame hangs in the air."),
        _maybe(
            "selected_expression",
            _INT,
            "Index of the expression that the RIM protocol scores for every entity; null when none is chosen.",
        ),
    ]
)

MATTES: Final = pa.schema(
    [
        _column("matte_id", _STRING, "<image_id>_<k>, k from 1."),
        _column("image_id", _STRING, "Image of the matte."),
        _column("split", _STRING, "train or test."),
        _maybe("entity_id", _STRING, "source/stem of the cut-out; null when not stated."),
        _column("file_name", _STRING, "Grey PNG of the visible alpha, POSIX, relative to the dataset's root."),
        _column("sha256", _STRING, "SHA-256 of the matte file, 64 hex digits."),
        _maybe("keyword", _STRING, "Entry-level name as the keyword setting says it; null if unknown."),
        _maybe("kind", _STRING, "human, animal or object; null if unknown."),
        _maybe("category", _STRING, "Entry-level category; null if unknown."),
        _column("bbox", _BOX, "Smallest box with all alpha > 0, in pixels; zeros when nothing is visible."),
        _maybe("z_order", _INT, "Order from the rear, 0 first; null if unknown."),
        _maybe("position", _STRING, "Place in the image's relation; null if unknown."),
        _maybe("visible_fraction", _FLOAT, "Visible share of the entity's alpha mass; null if unknown."),
        _maybe("attributes", ATTRIBUTES, "What is known of the entity, with who says so; null if nothing."),
        _column("touched_borders", _list(_STRING), "Sides of the image that alpha > 0 touches."),
        _column("license", _STRING, "SPDX identifier of the entity's source."),
        _maybe("source", _STRING, "Name of the entity's source; null if unknown."),
        _maybe(
            "contains_identifiable_faces", _BOOL, "A face in the entity can be recognised; null if nobody said."
        ),
    ]
)

EXPRESSIONS: Final = pa.schema(
    [
        _column("expression_id", _STRING, "<matte_id>_e<i>, i from 0."),
        _column("matte_id", _STRING, "Matte that the phrase means."),
        _column("image_id", _STRING, "Image of the matte."),
        _column("split", _STRING, "train or test."),
        _column("target_ids", _list(_STRING), "All mattes that the phrase means."),
        _column(
            "kind", _STRING, "basic, absolute, relative or relative2 (Table 9); free for a person's own style."
        ),
        _column("text", _STRING, "The phrase."),
        _maybe("relation", _STRING, "Position that the phrase states; null when it states none."),
        _maybe("related_matte_id", _STRING, "Matte that the phrase relates to; null when none."),
        _maybe(
            "unambiguous",
            _BOOL,
            "The target certainly satisfies the phrase and no other entity may; null when nobody checked.",
        ),
        _maybe("template", _STRING, "Grammar rule that made the phrase; null when a person did."),
        _column(
            "kind_source", _STRING, "Who says the kind: engine, stated (came with the data) or assumed (by order)."
        ),
    ]
)

ENTITIES: Final = pa.schema(
    [
        _column("entity_id", _STRING, "source/stem."),
        _column("source", _STRING, "Name of the source."),
        _maybe("split", _STRING, "The source's own split; null when it has none."),
        _column("kind", _STRING, "human, animal or object, as the source states."),
        _maybe("category", _STRING, "Entry-level name as the source states; null when it states none."),
        _column(
            "files",
            _struct(("image", _STRING), ("alpha", _STRING, True), ("foreground", _STRING, True)),
            "Files of the cut-out, POSIX, relative to its source.",
        ),
        _column("width", _INT, "Width of the source image in pixels."),
        _column("height", _INT, "Height of the source image in pixels."),
        _column("box", _BOX, "Smallest box with all alpha > 0 in the source image, in pixels."),
        _column("cut_sides", _list(_STRING), "Sides of the source frame that cut the entity off."),
        _column("soft_share", _FLOAT, "Share of the supported pixels with 0 < alpha < 255."),
        _column(
            "mass_centre",
            _struct(("x", _FLOAT), ("y", _FLOAT)),
            "Centre of the alpha mass as fractions of the box.",
        ),
        _column(
            "shape",
            _struct(
                ("height", _INT),
                ("width", _INT),
                ("support", _BYTES),
                ("mass", _BYTES),
                ("solid", _BYTES),
            ),
            "The box's alpha on a small grid, rows first: support as bits, mean alpha and solid share as bytes.",
        ),
        _column("content_hash", _STRING, "SHA-256 over the bytes of the entity's files."),
        _column("license", _STRING, "SPDX identifier or LicenseRef."),
        _column("contains_identifiable_faces", _BOOL, "A face in it can be recognised."),
        _column("stated", _list(_NAMED_VALUE), "Everything else that the dataset or the user's table states."),
        _maybe(
            "labels",
            _struct(("kind", _STRING), ("category", _STRING, True), ("attributes", ATTRIBUTES)),
            "Labels after the label stage; null before it.",
        ),
    ]
)

BACKGROUNDS: Final = pa.schema(
    [
        _column("background_id", _STRING, "source/stem."),
        _column("source", _STRING, "Name of the source."),
        _maybe("split", _STRING, "The source's own split; null when it has none."),
        _column("file", _STRING, "File of the background, POSIX, relative to its source."),
        _column("width", _INT, "Width in pixels."),
        _column("height", _INT, "Height in pixels."),
        _column("content_hash", _STRING, "SHA-256 of the file."),
        _column("license", _STRING, "SPDX identifier or LicenseRef."),
        _maybe("contains", _list(_STRING), "Categories known to be in it; null when nobody looked."),
    ]
)

QUARANTINE: Final = pa.schema(
    [
        _column("source", _STRING, "Name of the source."),
        _column("item", _STRING, "What was left out."),
        _column("reason", _STRING, "Reason code, e.g. corrupt or alpha_empty."),
        _column("detail", _STRING, "More for a person to read."),
    ]
)

PROPOSALS: Final = pa.schema(
    [
        _column(
            "item_id",
            _STRING,
            "source/stem of an entity, kept or left out; of a background where the attribute is contains.",
        ),
        _column("attribute", _STRING, "What it is about: category, gender, contains, ..."),
        _maybe(
            "value", _STRING, "What the model would say, as a table of corrections writes it; null if nothing."
        ),
        _maybe("score", _FLOAT, "Of the value, 0 to 1, the model's own; null without a value."),
        _column(
            "candidates",
            _list(_struct(("value", _STRING), ("score", _FLOAT))),
            "What the model considered, best first.",
        ),
        _column("reason", _STRING, "Why it says nothing; empty otherwise."),
        _column("model", _STRING, "Model, hashes of its weights, settings."),
    ]
)

PLAN: Final = pa.schema(
    [
        _column("image_id", _STRING, "Name of the image."),
        _column("split", _STRING, "train or test."),
        _column("index", _LONG, "Position in the split's plan, from 0."),
        _column("stem", _STRING, "group or extra."),
        _column("group", _LONG, "Number of the group within the split, -1 for none."),
        _column("relation", _STRING, "left_right, top_bottom or front_behind."),
        _column("n_entities", _INT, "2 or 3."),
        _maybe(
            "distinct", _BOOL, "True: categories differ pairwise; false: at least two are the same; null: free."
        ),
        _column(
            "entities",
            _list(_struct(("entity_id", _STRING), ("position", _STRING), ("mirrored", _BOOL))),
            "Entities in the order of the relation.",
        ),
        _column("background_id", _STRING, "source/stem of the background."),
        _column("redraw", _INT, "How often the row was drawn anew after its layout failed."),
        _column("width", _INT, "Canvas width in pixels, 0 before layout."),
        _column("height", _INT, "Canvas height in pixels, 0 before layout."),
        _column("attempt", _INT, "Layout attempt that succeeded, -1 before layout."),
        _column("placements", _list(_PLACEMENT), "Where each entity's alpha box lands; empty before layout."),
        _column("floating_cut", _BOOL, "An entity cut off by its source's frame hangs in the air."),
    ]
)

SCHEMAS: Final = MappingProxyType(
    {
        TableName.IMAGES: IMAGES,
        TableName.MATTES: MATTES,
        TableName.EXPRESSIONS: EXPRESSIONS,
        TableName.ENTITIES: ENTITIES,
        TableName.BACKGROUNDS: BACKGROUNDS,
        TableName.QUARANTINE: QUARANTINE,
        TableName.PROPOSALS: PROPOSALS,
        TableName.PLAN: PLAN,
    }
)

RECORDS: Final = MappingProxyType[TableName, type](
    {
        TableName.IMAGES: records.ImageRow,
        TableName.MATTES: records.MatteRow,
        TableName.EXPRESSIONS: records.ExpressionRow,
        TableName.ENTITIES: records.EntityRow,
        TableName.BACKGROUNDS: records.BackgroundRow,
        TableName.QUARANTINE: records.QuarantineRow,
        TableName.PROPOSALS: records.ProposalRow,
        TableName.PLAN: records.PlanRow,
    }
)


def describe() -> dict[str, dict[str, dict[str, object]]]:
    """The schema as plain JSON values (``refmatte schema``): table -> column -> type, nullable, description."""
    return {
        table.value: {
            field.name: {
                "type": str(field.type),
                "nullable": field.nullable,
                "description": (field.metadata or {}).get(b"description", b"").decode(),
            }
            for field in schema
        }
        for table, schema in SCHEMAS.items()
    }
