"""The end of a build: tables, cards, report, and MANIFEST.json last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from refmatte_engine.cards.facts import collect_facts
from refmatte_engine.cards.pages import write_cards
from refmatte_engine.manifest.build_manifest import BuildManifest, write_manifest
from refmatte_engine.manifest.records import ExpressionRow, ImageRow, MatteRow
from refmatte_engine.manifest.tables import Stamp, shard_name, write_table
from refmatte_engine.manifest.vocabulary import Split
from refmatte_engine.pipeline.arrange import Judge
from refmatte_engine.pipeline.collection import Collection
from refmatte_engine.pipeline.shards import DrawnImage
from refmatte_engine.plan.records import PlannedImage
from refmatte_engine.progress import Progress
from refmatte_engine.report.page import write_report
from refmatte_engine.rows.composed import expression_rows, image_row, matte_rows


def finish(
    out: Path,
    rows: Sequence[PlannedImage],
    drawn: Mapping[str, DrawnImage],
    collection: Collection,
    judge: Judge,
    *,
    stamp: Stamp,
    rejected: Mapping[str, int],
    progress: Progress,
) -> BuildManifest:
    """Write everything that follows from the drawn images.

    Args:
        rows: the laid-out plan.
        drawn: by image id, one for every row.
        rejected: failed layouts per reason.
    """
    with progress.stage("tables", len(rows)) as stage:
        for split in Split:
            of_split = [row for row in rows if row.slot.split is split]
            size = judge.preset.encoding.images_per_shard
            n_shards = -(-len(of_split) // size)
            for shard in range(n_shards):
                part = of_split[shard * size : (shard + 1) * size]
                _write_shard(out, split, shard, n_shards, part, drawn, collection, judge, stamp)
                stage.advance(len(part))
    built = collect_facts(out, stamp=stamp, seed=judge.seed, preset=judge.preset.name, rejected=Counter(rejected))
    write_cards(out, built)
    write_report(out, allow_partial=True, progress=progress)
    return write_manifest(out, built.manifest())


def _write_shard(
    out: Path,
    split: Split,
    shard: int,
    n_shards: int,
    rows: Sequence[PlannedImage],
    drawn: Mapping[str, DrawnImage],
    collection: Collection,
    judge: Judge,
    stamp: Stamp,
) -> None:
    """The three tables of one shard."""
    images: list[ImageRow] = []
    mattes: list[MatteRow] = []
    expressions: list[ExpressionRow] = []
    for row in rows:
        picture = drawn[row.image_id]
        members = [planned.entity_id for planned in row.entities]
        images.append(
            image_row(
                row,
                seed=judge.seed,
                file=picture.file,
                entities=collection.entities,
                background=collection.backgrounds[row.background_id],
                labels=collection.labels,
            )
        )
        mattes += matte_rows(
            row,
            picture.mattes,
            entities=collection.entities,
            labels=collection.labels,
            keywords={name: judge.keyword(collection.labels[name]) for name in members},
        )
        expressions += expression_rows(split, row.image_id, judge.phrases(row, collection))
    write_table(out / split / shard_name(ImageRow, shard, n_shards), ImageRow, images, stamp)
    write_table(out / split / shard_name(MatteRow, shard, n_shards), MatteRow, mattes, stamp)
    write_table(out / split / shard_name(ExpressionRow, shard, n_shards), ExpressionRow, expressions, stamp)
