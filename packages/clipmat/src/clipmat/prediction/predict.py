"""Prediction of many: a dataset's split for the scorer, a photo or a folder of photos with phrases."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from clipmat.data.scenes import open_split
from clipmat.errors import BadInputError, StateConflictError, UsageError
from clipmat.prediction.matter import Matte, Predictor, save_picture
from clipmat.prediction.photos import load_photo, photos_in
from clipmat.prediction.stamp import Stamp, claim_folder

if TYPE_CHECKING:
    from clipmat.config import Setting


def predict_dataset(
    predictor: Predictor,
    data: Path,
    out: Path,
    *,
    split: str = "test",
    setting: Setting = "expression",
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Write one 8-bit PNG for every sample: ``<expression_id>.png``, or ``<matte_id>.png`` for keywords.

    Args:
        predictor: a `Matter`, a refined one, or a baseline.
        data: dataset folder of the engine.
        out: new or empty folder, or one that a stopped call left: finished files stay. A hidden file says what
            they come from; scorers do not look at it.
        progress: told after each image how many samples are done, of how many.

    Returns:
        Number of predictions in ``out``.

    Raises:
        StateConflictError: ``out`` holds other files, or predictions of other weights or data.
        BadInputError: a picture of the dataset is damaged.
        MissingExtraError: the extra ``train`` is not installed.
        DiskError: ``out`` cannot be written.
    """
    from clipmat.engine_errors import engine_errors

    opened = open_split(data, split, setting)
    samples = opened.samples
    found = _predictions_in(out, {f"{sample.sample_id}.png" for sample in samples})
    claim_folder(
        out, Stamp.of(predictor.networks, data=opened.fingerprint, split=split, setting=setting), bool(found)
    )
    done = len(found)
    with engine_errors():
        for _, scene in groupby(samples, key=lambda sample: sample.image_id):
            open_ones = [sample for sample in scene if f"{sample.sample_id}.png" not in found]
            if not open_ones:
                continue
            mattes = predictor.predict(open_ones[0].image, [sample.phrase for sample in open_ones])
            for sample, matte in zip(open_ones, mattes, strict=True):
                save_picture(out / f"{sample.sample_id}.png", matte.levels())
            done += len(mattes)
            progress(done, len(samples))
    return done


def _predictions_in(out: Path, wanted: set[str]) -> set[str]:
    """Names of the finished files. Hidden ones are leftovers of a killed call, or the system's."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file: give the name of a folder")
    found = {path.name for path in out.iterdir() if not path.name.startswith(".")} if out.is_dir() else set()
    foreign = sorted(found - wanted)
    if foreign:
        raise StateConflictError(
            f"{out} holds files that are no predictions of this split ({foreign[0]}): choose another folder"
        )
    return found


@dataclass(frozen=True, slots=True)
class Found:
    """What was written for one photo and phrase; paths are None when not asked for."""

    photo: Path
    phrase: str
    score: float
    found: bool
    matte: Path | None
    cutout: Path | None
    composite: Path | None


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where results go: a file each for one photo and one phrase, else folders."""

    matte: Path | None
    cutout: Path | None
    composite: Path | None


def predict_photos(
    predictor: Predictor,
    where: Path,
    phrases: Sequence[str],
    outputs: Outputs,
    *,
    background: Path | None = None,
    min_score: float = 0.0,
) -> Iterator[Found]:
    """Matte phrases on a photo or on every photo of a folder.

    Args:
        predictor: a `Matter`, a refined one, or a baseline.
        where: photo or folder.
        phrases: one or more.
        outputs: files when there is one photo and one phrase, otherwise folders that get
            ``<photo>_<number>_<phrase>.png``; photos that differ in their suffix alone keep it in that name.
        background: picture for the composites.
        min_score: below it a thing counts as not found, and its matte is written empty.

    Raises:
        BadInputError: no photo, or it cannot be opened.
        UsageError: a file where a folder is needed, no phrase.
    """
    if not phrases:
        raise UsageError("say what to matte: clipmat predict photo.jpg 'the red cup' -o matte.png")
    photos = photos_in(where) if where.is_dir() else [where]
    many = len(photos) > 1 or len(phrases) > 1 or where.is_dir()
    for folder in (outputs.matte, outputs.cutout, outputs.composite):
        if many and folder is not None and (folder.suffix or folder.is_file()):
            raise UsageError(
                f"several mattes do not fit into {folder}: give the name of a folder, without a suffix"
            )
        if not many and folder is not None and folder.is_dir():
            raise UsageError(f"{folder} is a folder: give the name of a file, as {folder / 'matte.png'}")
    behind = load_photo(background) if background is not None else None
    names = _distinct_names(photos)
    for photo in photos:
        for number, matte in enumerate(predictor.predict(load_photo(photo), phrases)):
            is_found = matte.score >= min_score
            if not is_found:
                matte = _emptied(matte)
            name = f"{names[photo]}_{number + 1}_{_slug(matte.phrase)}.png"
            matte_at, cutout_at, composite_at = (
                path / name if many and path is not None else path
                for path in (outputs.matte, outputs.cutout, outputs.composite)
            )
            if matte_at is not None:
                save_picture(matte_at, matte.levels())
            if cutout_at is not None:
                save_picture(cutout_at, matte.cutout())
            if composite_at is not None:
                if behind is None:
                    raise BadInputError("a composite needs a background")
                save_picture(composite_at, matte.composite(behind))
            yield Found(photo, matte.phrase, matte.score, is_found, matte_at, cutout_at, composite_at)


def _distinct_names(photos: Sequence[Path]) -> dict[Path, str]:
    """What stands for each photo in file names; case does not tell names apart on every system."""
    stems = Counter(photo.stem.casefold() for photo in photos)
    return {photo: photo.name if stems[photo.stem.casefold()] > 1 else photo.stem for photo in photos}


def _emptied(matte: Matte) -> Matte:
    return replace(matte, alpha=matte.alpha * 0)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40] or "phrase"
