"""The stages in order: what Section 3 of the paper describes, one function per stage.

    ingest -> label -> plan (draw, arrange) -> compose -> tables, cards, report, MANIFEST

Each stage leaves its table in the output folder and takes it from there when it is already done, so the same
call continues an unfinished build, and a person may correct a table in between.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from refmatte_engine import __version__
from refmatte_engine.atomic import write_bytes
from refmatte_engine.errors import BadInputError
from refmatte_engine.ingest.stage import Inventory
from refmatte_engine.ingest.stage import ingest as ingest_sources
from refmatte_engine.manifest.build_manifest import read_manifest
from refmatte_engine.manifest.records import PlanRow
from refmatte_engine.manifest.tables import Stamp, read_rows, write_table
from refmatte_engine.manifest.vocabulary import Split
from refmatte_engine.pipeline.collection import Collection
from refmatte_engine.pipeline.finish import finish
from refmatte_engine.pipeline.labelling import label_inventory
from refmatte_engine.pipeline.listing import listing_digests
from refmatte_engine.pipeline.output import CONFIG_FILE, LISTING, OutputFolder, claim, plan_json
from refmatte_engine.pipeline.planning import PlanOutcome, collection_of, judge_of, make_plan
from refmatte_engine.pipeline.policy import check_licenses
from refmatte_engine.pipeline.request import DEFAULT_OUT, BuildRequest
from refmatte_engine.pipeline.shards import IMAGES_PER_SHARD, DrawnImage, ShardTask, draw_shard, finished_shard
from refmatte_engine.pipeline.summary import BuildSummary, Forecast, IngestSummary, LabelSummary, PlanSummary
from refmatte_engine.pipeline.worksite import Worksite, counted
from refmatte_engine.plan.inventory import plan_inventory as plan_inventory_table
from refmatte_engine.plan.records import PlannedImage
from refmatte_engine.plan.statistics import splits_json
from refmatte_engine.progress import Progress, Silent
from refmatte_engine.rows.composed import plan_row, planned_of
from refmatte_engine.rows.proposals import write_proposals
from refmatte_engine.rows.stored import (
    add_rejections,
    holds_inventory,
    read_inventory,
    read_labels,
    write_inventory,
)
from refmatte_engine.runner import run_tasks, stop_on_signal

POOL_FROM = 48
"""Below this many images a process pool costs more than it saves."""


def build(request: BuildRequest, *, progress: Progress | None = None) -> BuildSummary:
    """Build a dataset, or continue an unfinished one; a finished one is left as it is.

    Raises:
        RefMatteError: a subclass per situation (usage, bad input, state conflict, policy, disk, stopped).
    """
    with _claimed(request, progress) as (site, folder, continued):
        if folder.finished:
            site.progress.say(f"{folder.path} is finished already")
            return _summary(folder)
        if continued:
            site.progress.say(f"continuing the unfinished build in {folder.path}")
        collection = _labelled(site, folder, _ingested(site, folder))
        rows = _planned(site, folder, collection)
        return _composed(site, folder, collection, rows)


def ingest(request: BuildRequest, *, progress: Progress | None = None) -> IngestSummary:
    """Stage 1: entities, backgrounds and what was left out, as tables."""
    with _claimed(request, progress) as (site, folder, _):
        inventory = _ingested(site, folder)
    return IngestSummary(
        folder.path,
        counted(entity.source for entity in inventory.entities),
        counted(background.source for background in inventory.backgrounds),
        counted(rejection.reason for rejection in inventory.rejections),
    )


def label(request: BuildRequest, *, progress: Progress | None = None) -> LabelSummary:
    """Stages 1-2: also what can be said of every entity."""
    with _claimed(request, progress) as (site, folder, _):
        collection = _labelled(site, folder, _ingested(site, folder))
    known = counted(name for labels in collection.labels.values() for name, _ in labels.origins)
    rejected = counted(rejection.reason for rejection in read_inventory(folder.path).rejections)
    return LabelSummary(folder.path, len(collection.entities), known, rejected)


def plan(request: BuildRequest, *, progress: Progress | None = None) -> PlanSummary:
    """Stages 1-3: what meets where, and where it stands. Without ``request.out`` nothing is written."""
    if request.out is None:
        with stop_on_signal() as flag:
            site = Worksite(request, progress or Silent(), flag)
            site.check_sources()
            return _unwritten_plan(site)[1].summary(None)
    with _claimed(request, progress) as (site, folder, _):
        _planned(site, folder, _labelled(site, folder, _ingested(site, folder)))
        said = json.loads(folder.file(CONFIG_FILE).read_bytes())
    return PlanSummary(
        said["splits"], said["rejected"], said["passed_over"], said["shortfalls"], said["plan_hash"], folder.path
    )


def compose(request: BuildRequest, *, progress: Progress | None = None) -> BuildSummary:
    """Stage 4 on the plan that lies in the folder (`build` takes finished stages as they are)."""
    out = request.out or DEFAULT_OUT
    if not (out / "plan.parquet").is_file():
        raise BadInputError(f"there is no plan in {out}: run refmatte plan with the same options first")
    return build(request, progress=progress)


def plan_inventory(request: BuildRequest, inventory: Path) -> PlanSummary:
    """Plan from a table of entities alone (counts per source, split, kind, category); no layout, no pixels."""
    drawn = plan_inventory_table(inventory, request.preset, request.seed, images=request.images)
    return PlanSummary(
        splits_json(drawn.counts()),
        {},
        drawn.passed_over,
        {f"{short.split.value}: {short.what}: {short.detail}": short.images for short in drawn.shortfalls},
    )


def forecast(request: BuildRequest, *, progress: Progress | None = None) -> Forecast:
    """What `build` would do, without writing anything."""
    with stop_on_signal() as flag:
        site = Worksite(request, progress or Silent(), flag)
        site.check_sources()
        collection, outcome = _unwritten_plan(site)
    licenses = {entity.license for entity in collection.entities.values()}
    licenses |= {background.license for background in collection.backgrounds.values()}
    pixels = sum(row.width * row.height for row in outcome.rows)
    used = {planned.entity_id for row in outcome.rows for planned in row.entities}
    return Forecast(
        plan=outcome.summary(None),
        license=" AND ".join(sorted(licenses)),
        identifiable_faces=sum(entity.contains_identifiable_faces for entity in collection.entities.values()),
        bytes=int(pixels * BYTES_PER_PIXEL),
        foregrounds_to_estimate=sum(collection.entities[name].files.foreground is None for name in used),
    )


BYTES_PER_PIXEL = 0.46
"""Of an image with its mattes: 595 KB of JPEG and 2.4 x 90 KB of PNG at 1.75 MP."""


# ---- the folder ----------------------------------------------------------------------------------------------


@contextmanager
def _claimed(request: BuildRequest, progress: Progress | None) -> Iterator[tuple[Worksite, OutputFolder, bool]]:
    with stop_on_signal() as flag:
        site = Worksite(request, progress or Silent(), flag)
        site.check_sources()
        config = {**site.config, LISTING: listing_digests(site.sources, site.backgrounds)}
        with claim(request.out or DEFAULT_OUT, config) as (folder, continued):
            yield site, folder, continued


def _stamp(plan_hash: str) -> Stamp:
    return Stamp(plan_hash, __version__)


# ---- stage 1: ingest -----------------------------------------------------------------------------------------


def _ingested(site: Worksite, folder: OutputFolder) -> Inventory:
    if holds_inventory(folder.path):
        return read_inventory(folder.path)
    inventory = _inventory(site)
    write_inventory(folder.path, inventory, {})
    return inventory


def _inventory(site: Worksite) -> Inventory:
    request = site.request
    inventory = ingest_sources(
        site.sources,
        site.backgrounds,
        request.preset,
        workers=request.workers,
        allow_identifiable_faces=request.allow_identifiable_faces,
        max_pixels=request.max_pixels,
        progress=site.progress,
        flag=site.flag,
    )
    licenses = {entity.license for entity in inventory.entities}
    licenses |= {background.license for background in inventory.backgrounds}
    for warning in check_licenses(licenses, request.allow_license):
        site.progress.say(warning)
    if not inventory.entities:
        reasons = ", ".join(
            f"{reason} {n}" for reason, n in counted(r.reason for r in inventory.rejections).items()
        )
        faces = "; --allow-identifiable-faces takes in the faces" if "identifiable_face" in reasons else ""
        raise BadInputError(f"no entity is left to build from (left out: {reasons or 'nothing was found'}){faces}")
    return inventory


# ---- stage 2: label ------------------------------------------------------------------------------------------


def _labelled(site: Worksite, folder: OutputFolder, inventory: Inventory) -> Collection:
    known = read_labels(folder.path)
    if len(known) < len(inventory.entities):
        labelled = label_inventory(site, inventory)
        inventory, known = labelled.inventory, dict(labelled.labels)
        if labelled.heard is not None:
            write_proposals(folder.path, labelled.heard, labelled.seen)
        write_inventory(folder.path, inventory, known)
    return collection_of(inventory, known)


# ---- stage 3: plan -------------------------------------------------------------------------------------------


def _unwritten_plan(site: Worksite) -> tuple[Collection, PlanOutcome]:
    """The plan of a request of which nothing is written."""
    labelled = label_inventory(site, _inventory(site))
    collection = collection_of(labelled.inventory, labelled.labels)
    return collection, make_plan(site, collection)


def _planned(site: Worksite, folder: OutputFolder, collection: Collection) -> tuple[PlannedImage, ...]:
    if folder.has("plan.parquet"):
        return tuple(planned_of(row) for row in read_rows(folder.file("plan.parquet"), PlanRow))
    outcome = make_plan(site, collection)
    if outcome.broken:
        add_rejections(folder.path, outcome.broken)
    write_bytes(folder.file(CONFIG_FILE), plan_json(folder.config, **outcome.as_json()))
    write_table(folder.file("plan.parquet"), PlanRow, map(plan_row, outcome.rows), _stamp(outcome.plan_hash))
    return outcome.rows


# ---- stage 4: compose, then tables, cards, report, MANIFEST --------------------------------------------------


def _composed(
    site: Worksite,
    folder: OutputFolder,
    collection: Collection,
    rows: tuple[PlannedImage, ...],
) -> BuildSummary:
    digest = hashlib.sha256(folder.file("plan.parquet").read_bytes()).hexdigest()
    shards = _shards(rows)
    drawn: dict[str, DrawnImage] = {}
    todo: list[str] = []
    for name in shards:
        finished = finished_shard(folder.path, name, digest)
        if finished is None:
            todo.append(name)
        else:
            drawn |= {image.image_id: image for image in finished}
    if drawn:
        site.progress.say(f"{len(drawn):,} of {len(rows):,} images are drawn already")

    def task(index: int) -> ShardTask:
        part = shards[todo[index]]
        return ShardTask(
            folder.path,
            todo[index],
            digest,
            part,
            collection.part_for(part),
            site.sources_by_name,
            site.backgrounds_by_name,
            site.request.preset,
            site.cache,
            site.request.max_pixels,
        )

    workers = site.request.workers if len(rows) >= POOL_FROM else 1
    with site.progress.stage("compose", len(rows) - len(drawn)) as stage:
        for _, images in run_tasks(draw_shard, task, len(todo), workers=workers, flag=site.flag):
            drawn |= {image.image_id: image for image in images}
            stage.advance(len(images))
    said = json.loads(folder.file(CONFIG_FILE).read_bytes())
    finish(
        folder.path,
        rows,
        drawn,
        collection,
        judge_of(site, collection),
        stamp=_stamp(said["plan_hash"]),
        rejected=said["rejected"],
        progress=site.progress,
    )
    return _summary(folder)


def _shards(rows: tuple[PlannedImage, ...]) -> dict[str, tuple[PlannedImage, ...]]:
    """Neighbours in the plan, which share entities, by the name of their shard."""
    shards = {}
    for split in Split:
        of_split = [row for row in rows if row.slot.split is split]
        for k, start in enumerate(range(0, len(of_split), IMAGES_PER_SHARD)):
            shards[f"{split.value}-{k:05d}"] = tuple(of_split[start : start + IMAGES_PER_SHARD])
    return shards


def _summary(folder: OutputFolder) -> BuildSummary:
    manifest = read_manifest(folder.path)
    assert manifest is not None
    splits = {split.value: manifest.splits[split].to_json() for split in Split if split in manifest.splits}
    return BuildSummary(folder.path, manifest.plan_hash, splits, manifest.rejected, manifest.license)
