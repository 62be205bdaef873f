"""Datasets of the engine as scenes: an image with everything that can be asked of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clipmat.config import Setting
from clipmat.data.shards import ResizedCache, open_cache
from clipmat.errors import BadInputError, MissingExtraError
from clipmat.randomness import generator_for

if TYPE_CHECKING:
    from refmatte_engine.manifest.dataset import Sample, Samples


@dataclass(frozen=True, slots=True)
class Source:
    """A dataset folder and how often its images come, relative to others."""

    root: Path
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Pair:
    """One phrase of one matte."""

    matte: str
    phrase: str


@dataclass(frozen=True, slots=True)
class Scene:
    """One image with everything that can be asked of it; `name` is the image's in the cache."""

    name: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """A dataset ready for training.

    Attributes:
        scenes: images to learn from.
        held_out: samples of the images kept for validation, whole scenes.
        cache: their pictures, resized.
        fingerprint: of the dataset.
        license: of its images (SPDX).
    """

    scenes: tuple[Scene, ...]
    held_out: tuple[tuple[Sample, ...], ...]
    cache: ResizedCache
    fingerprint: str
    license: str


@dataclass(frozen=True, slots=True)
class OpenedSplit:
    """All samples of a dataset's split and setting, with the dataset's fingerprint and licence (SPDX)."""

    samples: Samples
    fingerprint: str
    license: str


def open_split(root: Path, split: str, setting: Setting) -> OpenedSplit:
    """The samples of a dataset's split.

    Raises:
        MissingExtraError: the extra ``train`` is not installed.
        ClipmatError: what `refmatte_engine.manifest` says of the folder, with its exit code.
    """
    from clipmat.engine_errors import engine_errors

    try:
        from refmatte_engine.manifest.dataset import open_dataset
    except ImportError as error:
        raise MissingExtraError(
            f"reading a dataset folder needs the extra `train` ({error}): pip install 'clipmat[train]'"
        ) from error
    with engine_errors():
        dataset = open_dataset(root)
        samples = dataset.samples(split, setting)
    if not len(samples):
        raise BadInputError(f"{root} has no {setting} samples in its {split} split")
    assert dataset.manifest is not None  # partial data was not asked for
    return OpenedSplit(samples, dataset.manifest.tree_digest, dataset.manifest.license)


@dataclass(frozen=True, slots=True)
class TrainSplit:
    """All samples of the train split by image: of those to learn from, and of those kept for validation."""

    scenes: tuple[tuple[Sample, ...], ...]
    held_out: tuple[tuple[Sample, ...], ...]
    fingerprint: str
    license: str


def open_train_split(root: Path, setting: Setting, *, seed: int, validation_images: int) -> TrainSplit:
    """The train split of a dataset; which images are held out depends on the seed and the dataset alone.

    Args:
        root: dataset folder.
        setting: keyword or expression.
        seed: which images are held out.
        validation_images: how many, at most a tenth.
    """
    split = open_split(root, "train", setting)
    by_image: dict[str, list[Sample]] = defaultdict(list)
    for sample in split.samples:
        by_image[sample.image_id].append(sample)
    names = sorted(by_image)
    n_held = min(validation_images, len(names) // 10)
    order = generator_for(seed, "validation", split.fingerprint).permutation(len(names))
    held = {names[i] for i in order[:n_held]}
    return TrainSplit(
        scenes=tuple(tuple(by_image[name]) for name in names if name not in held),
        held_out=tuple(tuple(by_image[name]) for name in sorted(held)),
        fingerprint=split.fingerprint,
        license=split.license,
    )


def open_training_set(
    root: Path,
    setting: Setting,
    size: int,
    *,
    seed: int,
    validation_images: int,
    cache: Path | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> TrainingSet:
    """The train split of a dataset, with its resized cache (made at the first use).

    Args:
        root: dataset folder.
        size: side of the model's images, in pixels.
        seed: which images are held out.
        validation_images: how many, at most a tenth.
        cache: folder for resized pictures; None: ``<root>/_cache``.
        progress: told how many pictures the cache holds while it is made.
    """
    split = open_train_split(root, setting, seed=seed, validation_images=validation_images)
    return with_pictures(split, root, setting, size, cache=cache, progress=progress)


def with_pictures(
    split: TrainSplit,
    root: Path,
    setting: Setting,
    size: int,
    *,
    cache: Path | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> TrainingSet:
    """An opened train split with its resized cache; arguments as those of `open_training_set`.

    Raises:
        BadInputError: a picture cannot be read.
        DiskError: the cache cannot be written.
    """
    fingerprint = split.fingerprint
    everything = (*split.scenes, *split.held_out)
    images = {scene[0].image_id: scene[0].image_path for scene in everything}
    mattes = {sample.matte_id: sample.alpha_path for scene in everything for sample in scene}
    opened = open_cache(
        (cache if cache is not None else root / "_cache") / f"clipmat-{setting}-{size}-{fingerprint[:12]}",
        size,
        fingerprint,
        images.items(),
        mattes.items(),
        progress,
    )
    scenes = tuple(
        Scene(scene[0].image_id, tuple(Pair(one.matte_id, one.phrase) for one in scene)) for scene in split.scenes
    )
    return TrainingSet(scenes, split.held_out, opened, fingerprint, split.license)
