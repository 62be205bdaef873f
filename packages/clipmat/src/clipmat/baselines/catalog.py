"""The baselines by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from clipmat.errors import UsageError
from clipmat.naming import entry_named

if TYPE_CHECKING:
    from clipmat.baselines.baseline import Baseline, BaselinePredictor


def open_baseline(text: str, device: str | None = None) -> BaselinePredictor:
    """The predictor that ``NAME`` or ``NAME=WHERE`` means.

    Raises:
        UsageError: unknown name, or one that runs elsewhere.
        ClipmatError: what is there cannot be loaded.
    """
    from clipmat.baselines.baseline import BaselinePredictor

    build, where = entry_named("model", text, BASELINES)
    return BaselinePredictor(build(where, device))


def _clipseg(where: str | None, device: str | None) -> Baseline:
    from clipmat.baselines.clipseg import ClipSeg

    return ClipSeg.from_pretrained(where, device)


def _gdino_sam(where: str | None, device: str | None) -> Baseline:
    from clipmat.baselines.grounded_sam import GroundedSam

    dino, sam = _parts(where, 2, "gdino-sam=DINO,SAM")
    return GroundedSam.from_pretrained(dino, sam, device=device, soft=False)


def _gdino_sam_vitmatte(where: str | None, device: str | None) -> Baseline:
    from clipmat.baselines.grounded_sam import OPTION, GroundedSam

    dino, sam, vitmatte = _parts(where, 3, OPTION)
    return GroundedSam.from_pretrained(dino, sam, vitmatte, device)


def _mdetr(where: str | None, device: str | None) -> Baseline:
    raise UsageError(
        "mdetr needs an environment of its own: run clipmat/baselines/mdetr.py there (docs/baselines.md), and "
        "score the folder of its predictions with rim-eval"
    )


BASELINES: Final[dict[str, Callable[[str | None, str | None], Baseline]]] = {
    "clipseg": _clipseg,
    "gdino-sam": _gdino_sam,
    "gdino-sam-vitmatte": _gdino_sam_vitmatte,
    "mdetr": _mdetr,
}
"""Name -> builder, which gets what the user named and the device."""


def _parts(where: str | None, n: int, option: str) -> list[str | None]:
    """What the user named for each of n parts; a part left empty is the published one."""
    if where is None:
        return [None] * n
    named = where.split(",")
    if len(named) != n:
        raise UsageError(
            f"{where} names {len(named)} parts, not {n}: write {option}; a part left empty is the published one"
        )
    return [part.strip() or None for part in named]
