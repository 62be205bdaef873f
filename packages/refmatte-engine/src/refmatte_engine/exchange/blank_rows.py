"""Rows of data of which little is known: what nobody stated is null."""

from __future__ import annotations

from refmatte_engine.exchange.foreign import NO_BOX
from refmatte_engine.manifest.ids import expression_id
from refmatte_engine.manifest.records import ExpressionRow, ImageRow, KindSource, MatteRow
from refmatte_engine.manifest.vocabulary import Split
from refmatte_engine.sources.card import license_level


def blank_image(
    image_id: str, split: Split, index: int, *, license: str, source: str, selected_expression: int | None = None
) -> ImageRow:
    """The row of an image of which only the name and the licence are known; pixels fill in the rest."""
    return ImageRow(
        image_id=image_id,
        split=split,
        file_name="",
        sha256="",
        width=0,
        height=0,
        relation=None,
        background_id=None,
        n_entities=0,
        in_keyword_setting=False,
        license=license,
        license_level=license_level(license).value,
        sources=(source,),
        contains_identifiable_faces=None,
        index=index,
        stem=None,
        group=None,
        seed_key=None,
        floating_cut=False,
        selected_expression=selected_expression,
    )


def blank_matte(
    matte_id: str,
    image_id: str,
    split: Split,
    *,
    license: str,
    source: str,
    keyword: str | None = None,
    category: str | None = None,
) -> MatteRow:
    """The row of a matte of which only the name, and perhaps its word, is known."""
    return MatteRow(
        matte_id=matte_id,
        image_id=image_id,
        split=split,
        entity_id=None,
        file_name="",
        sha256="",
        keyword=keyword,
        kind=None,
        category=category,
        bbox=NO_BOX,
        z_order=None,
        position=None,
        visible_fraction=None,
        attributes=None,
        touched_borders=(),
        license=license,
        source=source,
        contains_identifiable_faces=None,
    )


def phrase_row(
    matte_id: str, image_id: str, split: Split, number: int, *, text: str, kind: str, kind_source: KindSource
) -> ExpressionRow:
    """The row of a phrase as given: nobody checked whether it fits another entity too."""
    return ExpressionRow(
        expression_id=expression_id(matte_id, number),
        matte_id=matte_id,
        image_id=image_id,
        split=split,
        target_ids=(matte_id,),
        kind=kind,
        text=text,
        relation=None,
        related_matte_id=None,
        unambiguous=None,
        template=None,
        kind_source=kind_source,
    )
