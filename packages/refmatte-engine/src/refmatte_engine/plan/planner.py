"""From entities to a plan: split, deal slots, form groups, draw rows; and again for rows that did not work out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from refmatte_engine.attributes.labels import Labels
from refmatte_engine.config import Preset
from refmatte_engine.entities import Background, Entity
from refmatte_engine.errors import BadInputError, UsageError
from refmatte_engine.manifest.build_manifest import SplitCounts
from refmatte_engine.manifest.ids import image_ids
from refmatte_engine.manifest.vocabulary import EntityKind, Position, Relation, Split, positions
from refmatte_engine.plan.book import Book
from refmatte_engine.plan.draw import Drawer
from refmatte_engine.plan.groups import Group, form_groups, groups_to_use_all, ratio
from refmatte_engine.plan.records import PlannedImage, Slot
from refmatte_engine.plan.slots import Deal, deal_slots
from refmatte_engine.plan.splits import Splits, assign_splits, can_meet
from refmatte_engine.plan.statistics import Shortfall, count_splits, shortfalls_of
from refmatte_engine.plan.subjects import Backdrop, Broader, Subject, Tellable, backdrops_of, itself, subjects_of

HARD_PAIRS = 0.4
"""Share of images with two of one category where categories are balanced and the preset says nothing."""


@dataclass(frozen=True, slots=True)
class Pool:
    """What one split draws from, and what it draws."""

    subjects: tuple[Subject, ...]
    backdrops: tuple[Backdrop, ...]
    balance_categories: bool
    slots: tuple[Slot, ...] = ()
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True)
class Plan:
    """Rows and everything needed to draw some of them again.

    Attributes:
        rows: train by index, then test by index.
        splits: who is where.
        passed_over: sets that were looked at and not taken, by reason (``not_tellable``, ``cannot_stand``,
            ``background_contains``, ``kind_limit``, ``repeated``, ``same_picture``), and entities that no
            image can use (``unnamed``).
        shortfalls: where rows differ from the deal.
        unchecked_backgrounds: images on a background of which nobody knows what it shows.
    """

    rows: tuple[PlannedImage, ...]
    splits: Splits
    passed_over: Mapping[str, int]
    shortfalls: tuple[Shortfall, ...]
    unchecked_backgrounds: int
    preset: Preset
    seed: int
    pools: Mapping[Split, Pool] = field(repr=False)
    tellable: Tellable | None = field(repr=False)

    @property
    def groups(self) -> tuple[Group, ...]:
        return tuple(group for pool in self.pools.values() for group in pool.groups)

    @cached_property
    def categories(self) -> dict[str, str]:
        """Category by entity id."""
        return {s.entity_id: s.category for pool in self.pools.values() for s in pool.subjects}

    def counts(self, ambiguous: Mapping[Split, int] | None = None) -> dict[Split, SplitCounts]:
        """Images, mattes, keyword setting, relations of each split."""
        return count_splits(self.rows, self.categories, ambiguous)


def draw_plan(
    entities: Iterable[Entity],
    backgrounds: Iterable[Background],
    labels: Mapping[str, Labels],
    preset: Preset,
    seed: int,
    images: int | None,
    tellable: Tellable,
    *,
    broader: Broader = itself,
) -> Plan:
    """The plan of a build, before layout.

    Args:
        labels: by entity id; where absent, the entity's own kind and category hold.
        images: train and test together; None: the preset's, or as many as use every entity as often as the
            paper does.
        tellable: says whether the entities of a set can each be told apart; ignored where the preset does not
            ask for unique texts.
        broader: what a category is an instance of, itself included, so that a background with a tree in it
            never meets a palm tree or "the plant".

    Raises:
        BadInputError: too few entities or backgrounds, or no set of them that can meet (and why).
    """
    subjects, unnamed = subjects_of(entities, labels, broader)
    backdrops = backdrops_of(backgrounds, broader)
    return plan_subjects(subjects, backdrops, preset, seed, images, tellable, unnamed=len(unnamed))


def plan_subjects(
    subjects: Sequence[Subject],
    backdrops: Sequence[Backdrop],
    preset: Preset,
    seed: int,
    images: int | None,
    tellable: Tellable | None,
    *,
    unnamed: int = 0,
) -> Plan:
    """`draw_plan` for subjects (sorted by id): what an inventory table gives."""
    if images is not None and images < 1:
        raise UsageError(f"--images {images}: give 1 or more")
    if not backdrops:
        raise BadInputError("no backgrounds: name some with --backgrounds (bg20k, folder:PATH, sample, drawn:N)")
    told = tellable if preset.sampling.unique else None
    splits = assign_splits(subjects, backdrops, preset, seed, tellable=told)
    pools = _pools(subjects, backdrops, splits, preset)
    notes: list[Shortfall] = []
    _check_train(pools[Split.TRAIN], told)
    total = images or preset.images or _natural_images(pools[Split.TRAIN], preset)
    n_images = _images_per_split(total, pools, preset, told, notes)
    pools = {split: _dealt(split, pool, n_images[split], preset, seed, notes) for split, pool in pools.items()}
    drawer = _drawer(pools, preset, seed, told)
    rows = tuple(drawer.draw(slot) for split in Split for slot in pools[split].slots)
    if unnamed:
        drawer.passed_over["unnamed"] = unnamed
    return _plan(rows, splits, drawer.passed_over, notes, pools, preset, seed, told)


def redraw_rows(plan: Plan, failed_image_ids: Collection[str]) -> Plan:
    """The plan with the failed rows drawn anew, in plan order, and the others untouched.

    Equal arguments give an equal plan. What a failed row had drawn is counted as used for this round, so that
    the new row differs from it.

    Raises:
        BadInputError: as `draw_plan`.
    """
    failed = set(failed_image_ids)
    dealt = [slot for split in Split for slot in plan.pools[split].slots]
    drawer = _drawer(plan.pools, plan.preset, plan.seed, plan.tellable)
    for slot, row in zip(dealt, plan.rows, strict=True):
        book = drawer.books[slot.split]
        if row.image_id in failed:
            book.record_failed(row, slot.group)
        else:
            book.record(row, slot.group)
    rows = tuple(
        drawer.draw(slot, row.redraw + 1) if row.image_id in failed else row
        for slot, row in zip(dealt, plan.rows, strict=True)
    )
    passed_over = Counter(plan.passed_over) + drawer.passed_over
    notes = [note for note in plan.shortfalls if note.what in ("groups", "test_split")]
    return _plan(rows, plan.splits, passed_over, notes, plan.pools, plan.preset, plan.seed, plan.tellable)


def _plan(
    rows: tuple[PlannedImage, ...],
    splits: Splits,
    passed_over: Mapping[str, int],
    notes: Sequence[Shortfall],
    pools: Mapping[Split, Pool],
    preset: Preset,
    seed: int,
    tellable: Tellable | None,
) -> Plan:
    dealt = [slot for split in Split for slot in pools[split].slots]
    kinds = {s.entity_id: s.kind for pool in pools.values() for s in pool.subjects}
    unchecked = {b.background_id for pool in pools.values() for b in pool.backdrops if b.contains is None}
    differences = shortfalls_of(dealt, rows, kinds, max_kind_share=preset.layout.max_kind_share)
    return Plan(
        rows=rows,
        splits=splits,
        passed_over=dict(sorted(passed_over.items())),
        shortfalls=(*notes, *differences),
        unchecked_backgrounds=sum(row.background_id in unchecked for row in rows),
        preset=preset,
        seed=seed,
        pools=pools,
        tellable=tellable,
    )


def _pools(
    subjects: Sequence[Subject], backdrops: Sequence[Backdrop], splits: Splits, preset: Preset
) -> dict[Split, Pool]:
    balance = preset.sampling.balance
    no_humans = all(subject.kind is not EntityKind.HUMAN for subject in subjects)
    by_category = balance == "category" or (balance == "auto" and no_humans)
    return {
        split: Pool(
            tuple(s for s in subjects if splits.entities[s.entity_id] is split),
            tuple(b for b in backdrops if splits.backgrounds[b.background_id] is split),
            by_category,
        )
        for split in Split
    }


def _check_train(pool: Pool, tellable: Tellable | None) -> None:
    if len(pool.subjects) < 2:
        raise BadInputError(
            f"too few entities: an image needs 2, the train split has {len(pool.subjects)}; add cut-outs"
        )
    if can_meet(pool.subjects, tellable, want=2) < 2:
        some = ", ".join(subject.entity_id for subject in pool.subjects[:4])
        raise BadInputError(
            f"no two of the {len(pool.subjects)} entities ({some}, ...) can be told apart by what is known of "
            "them: give them attributes (a corrections CSV, attr: columns), add other categories, or use the "
            "preset paper"
        )


def _natural_images(train: Pool, preset: Preset) -> int:
    """Enough images to use every entity as often as the paper's groups do (20 composites of 7 members)."""
    groups = preset.groups
    if _has_groups(train, preset):
        each = min(groups.train_composites, len(train.backdrops))
        composites = groups_to_use_all(Counter(s.kind for s in train.subjects), groups) * each
        in_train = composites / (1 - groups.train_extra_share) if groups.train_extra_share < 1 else composites
    else:
        in_train = len(train.subjects) * groups.train_composites / max(1, sum(ratio(groups).values()))
    share = preset.split.test_image_share
    return max(1, round(in_train / (1 - share) if share < 1 else in_train))


def _images_per_split(
    total: int, pools: Mapping[Split, Pool], preset: Preset, tellable: Tellable | None, notes: list[Shortfall]
) -> dict[Split, int]:
    share = preset.split.test_image_share
    in_test = max(round(total * share), 1) if share > 0 and total >= 2 else 0
    in_test = min(in_test, total)
    test = pools[Split.TEST]
    if in_test and (not test.backdrops or can_meet(test.subjects, tellable, want=2) < 2):
        missing = "entities that can meet in an image" if test.backdrops else "backgrounds"
        notes.append(Shortfall(Split.TEST, "test_split", f"no test images: too few {missing}", in_test))
        in_test = 0
    return {Split.TRAIN: total - in_test, Split.TEST: in_test}


def _has_groups(pool: Pool, preset: Preset) -> bool:
    kinds = {subject.kind for subject in pool.subjects}
    needed = {kind for kind, n in ratio(preset.groups).items() if n > 0}
    return preset.sampling.mode != "entities" and bool(needed) and needed <= kinds


def _dealt(split: Split, pool: Pool, n_images: int, preset: Preset, seed: int, notes: list[Shortfall]) -> Pool:
    """The pool with its slots and groups."""
    if n_images == 0:
        return pool
    if not _has_groups(pool, preset):
        if preset.sampling.mode == "groups":
            kinds = {subject.kind for subject in pool.subjects}
            missing = ", ".join(k for k, n in ratio(preset.groups).items() if n > 0 and k not in kinds)
            if split is Split.TRAIN:
                raise BadInputError(
                    f"groups need all kinds, the train split has no {missing}: add some, or draw without groups "
                    'with --set sampling.mode="auto"'
                )
            notes.append(Shortfall(split, "groups", f"no {missing}: drawn without groups", n_images))
        return replace(pool, slots=deal_slots(_entity_deal(split, pool, n_images, preset), seed))
    settings, sampling = preset.groups, preset.sampling
    train = split is Split.TRAIN
    extras = round(n_images * (settings.train_extra_share if train else settings.test_extra_share))
    composites = n_images - extras
    counts = Counter(subject.kind for subject in pool.subjects)
    per_group = min(settings.train_composites if train else settings.test_composites, len(pool.backdrops))
    if settings.spread:
        per_group = min(per_group, max(1, -(-composites // groups_to_use_all(counts, settings))))
    deal = Deal(
        split,
        n_images,
        extras,
        per_group,
        preset.relations,
        sampling.three_share,
        sampling.distinct_share_two,
        sampling.distinct_share_three,
    )
    ids: dict[EntityKind, list[str]] = defaultdict(list)
    for subject in pool.subjects:
        ids[subject.kind].append(subject.entity_id)
    groups = form_groups(ids, max(1, deal.groups), settings, split=split, seed=seed)
    if sampling.exact:
        two, three = _distinct_by_chance(groups, {s.entity_id: s.category for s in pool.subjects})
        deal = replace(deal, extra_distinct_two=two, extra_distinct_three=three)
    return replace(pool, slots=deal_slots(deal, seed), groups=groups)


def _distinct_by_chance(groups: Sequence[Group], categories: Mapping[str, str]) -> tuple[float, float]:
    """How often 2 and 3 random memberships have pairwise different categories:
    ``1 - sum q^2`` and ``1 - 3 sum q^2 + 2 sum q^3`` for category shares q."""
    count = Counter(categories[member.entity_id] for group in groups for member in group.members)
    shares = [n / count.total() for _, n in sorted(count.items())]
    squares, cubes = sum(q**2 for q in shares), sum(q**3 for q in shares)
    return 1 - squares, 1 - 3 * squares + 2 * cubes


def _entity_deal(split: Split, pool: Pool, n_images: int, preset: Preset) -> Deal:
    """The deal of a split without groups."""
    sampling = preset.sampling
    same = sampling.same_category_share
    if same is None and pool.balance_categories:
        able = (s for s in pool.subjects if s.has_attributes or not sampling.unique)
        has_pairs = any(n > 1 for n in Counter(s.category for s in able).values())
        same = HARD_PAIRS if has_pairs else 0.0
    different = None if same is None else 1.0 - same
    n_categories = len({subject.category for subject in pool.subjects})
    return Deal(
        split,
        n_images,
        extras=n_images,
        composites_per_group=0,
        relations=preset.relations,
        three_share=sampling.three_share,
        extra_distinct_two=different if n_categories >= 2 else None,
        extra_distinct_three=different if n_categories >= 3 else None,
    )


def _drawer(pools: Mapping[Split, Pool], preset: Preset, seed: int, tellable: Tellable | None) -> Drawer:
    busy = {split: pool for split, pool in pools.items() if pool.slots}
    return Drawer(
        books={split: _book(split, pool, preset, seed) for split, pool in busy.items()},
        groups={split: pool.groups for split, pool in busy.items()},
        image_ids={
            (split, index): image_id
            for split, pool in busy.items()
            for index, image_id in enumerate(image_ids(seed, split, len(pool.slots)))
        },
        preset=preset,
        seed=seed,
        tellable=tellable,
        balance_categories={split: pool.balance_categories for split, pool in busy.items()},
    )


def _book(split: Split, pool: Pool, preset: Preset, seed: int) -> Book:
    planned: Counter[tuple[Relation, Position]] = Counter()
    for slot in pool.slots:
        planned.update((slot.relation, position) for position in positions(slot.relation, slot.n_entities))
    return Book(
        split,
        pool.subjects,
        pool.backdrops,
        seed=seed,
        allow_floating=preset.layout.allow_floating_cut,
        attributes_needed=preset.sampling.unique,
        max_kind_share=preset.layout.max_kind_share,
        planned=planned,
    )
