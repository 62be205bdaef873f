"""The refiners by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from clipmat.errors import UsageError
from clipmat.naming import entry_named

if TYPE_CHECKING:
    from clipmat.refine.refined import Refiner


def open_refiner(text: str, device: str | None = None) -> Refiner:
    """The refiner that ``NAME`` or ``NAME=WHERE`` means.

    Raises:
        UsageError: unknown name, or a folder is needed.
        ClipmatError: what is there cannot be loaded.
    """
    build, where = entry_named("refiner", text, REFINERS)
    return build(where, device)


def _p3m(where: str | None, device: str | None) -> Refiner:
    from clipmat.refine.coarse_map import CoarseMapRefiner

    if where is None:
        raise UsageError("--refine p3m=RUN names a run of `clipmat train-refiner`: there are no published weights")
    return CoarseMapRefiner.from_pretrained(where, device)


def _vitmatte(where: str | None, device: str | None) -> Refiner:
    from clipmat.refine.vitmatte import VitMatteRefiner

    return VitMatteRefiner.from_pretrained(where, device)


REFINERS: Final[dict[str, Callable[[str | None, str | None], Refiner]]] = {"p3m": _p3m, "vitmatte": _vitmatte}
"""Name -> builder, which gets what the user named and the device."""
