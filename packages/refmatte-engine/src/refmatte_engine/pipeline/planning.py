"""Stage 3: draw what meets where, find places, and make sure that every file of the plan can be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from refmatte_engine.attributes.labels import Labels
from refmatte_engine.ingest.stage import Inventory
from refmatte_engine.manifest.fingerprint import fingerprint
from refmatte_engine.manifest.vocabulary import Split
from refmatte_engine.pipeline.arrange import ArrangedPlan, Judge, arrange
from refmatte_engine.pipeline.collection import Collection
from refmatte_engine.pipeline.readable import unreadable
from refmatte_engine.pipeline.summary import PlanSummary
from refmatte_engine.pipeline.worksite import Worksite, counted
from refmatte_engine.plan.planner import draw_plan
from refmatte_engine.plan.records import PlannedImage
from refmatte_engine.plan.statistics import splits_json
from refmatte_engine.plan.subjects import names_in
from refmatte_engine.rows.inventory import inventory_digests
from refmatte_engine.sources.base import Rejection


@dataclass(frozen=True, slots=True)
class PlanOutcome:
    """A laid-out plan and what there is to say about it; ``broken`` could not be read and takes no part."""

    arranged: ArrangedPlan
    plan_hash: str
    licenses: Mapping[str, int]
    broken: tuple[Rejection, ...]

    @property
    def rows(self) -> tuple[PlannedImage, ...]:
        return self.arranged.plan.rows

    def as_json(self) -> dict[str, Any]:
        """What ``plan.json`` keeps beside the configuration."""
        plan = self.arranged.plan
        split_of = {row.image_id: row.slot.split for row in self.rows}
        ambiguous = dict.fromkeys(Split, 0)
        for image_id, n in self.arranged.ambiguous.items():
            ambiguous[split_of[image_id]] += n
        shortfalls = {f"{s.split.value}: {s.what}: {s.detail}": s.images for s in plan.shortfalls}
        if plan.unchecked_backgrounds:
            shortfalls["images on a background of which nobody knows what it shows"] = plan.unchecked_backgrounds
        return {
            "plan_hash": self.plan_hash,
            "splits": splits_json(plan.counts(ambiguous)),
            "passed_over": dict(plan.passed_over),
            "shortfalls": shortfalls,
            "rejected": dict(self.arranged.rejected),
            "licenses": dict(self.licenses),
        }

    def summary(self, out: Path | None) -> PlanSummary:
        said = self.as_json()
        return PlanSummary(
            said["splits"], said["rejected"], said["passed_over"], said["shortfalls"], self.plan_hash, out
        )


def make_plan(site: Worksite, collection: Collection) -> PlanOutcome:
    """Draw, arrange, and read every planned file once: what cannot be read leaves, and the plan is drawn anew."""
    judge = judge_of(site, collection)
    digests = inventory_digests(collection.entities.values(), collection.backgrounds.values(), collection.labels)
    broken: list[Rejection] = []
    while True:
        drawn = draw_plan(
            collection.entities.values(),
            collection.backgrounds.values(),
            collection.labels,
            judge.preset,
            judge.seed,
            site.request.images,
            judge.tellable,
            broader=names_in(judge.lexicon),
        )
        arranged = arrange(
            drawn, collection, judge, workers=site.request.workers, progress=site.progress, flag=site.flag
        )
        found = unreadable(arranged.plan.rows, collection, site)
        if not found:
            break
        for name, reason in found.items():
            source, _, item = name.partition("/")
            broken.append(Rejection(source, item, reason))
        collection = collection.without(found, found)
    licenses = counted(entity.license for entity in collection.entities.values())
    plan_hash = fingerprint({**site.config, "inventory": digests})
    return PlanOutcome(arranged, plan_hash, licenses, tuple(broken))


def collection_of(inventory: Inventory, labels: Mapping[str, Labels]) -> Collection:
    """What the label stage has left of an inventory."""
    return Collection(
        {entity.entity_id: entity for entity in inventory.entities},
        labels,
        {background.background_id: background for background in inventory.backgrounds},
    )


def judge_of(site: Worksite, collection: Collection) -> Judge:
    """By what rows of this build are laid out and judged."""
    return Judge(site.request.preset, site.lexicon(collection.labels.values()), site.request.seed)
