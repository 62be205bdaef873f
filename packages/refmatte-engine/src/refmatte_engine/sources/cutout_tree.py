"""Pixels of the sources that lie in a folder: every name is resolved under the root, then opened guardedly."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from refmatte_engine.images.opener import open_rgb, open_rgba
from refmatte_engine.sources.base import AlphaReading, BackgroundReading, Cutout, CutoutFiles
from refmatte_engine.sources.cutout_files import inspect_background, inspect_cutout, open_cutout
from refmatte_engine.sources.tree import source_file

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class CutoutTree:
    """Cut-outs below ``root``; names in :class:`CutoutFiles` are relative to it."""

    root: Path

    def read(self, files: CutoutFiles, *, max_pixels: int) -> Cutout:
        """The pixels of one candidate (EntitySource.read)."""
        image = source_file(self.root, files.image)
        if files.alpha is None:
            return open_rgba(image, max_pixels=max_pixels)
        alpha, foreground = source_file(self.root, files.alpha), self._optional(files.foreground)
        return open_cutout(image, alpha, foreground, max_pixels=max_pixels)

    def inspect(self, files: CutoutFiles, *, max_pixels: int) -> AlphaReading:
        """Alpha and content hash of one candidate (EntitySource.inspect)."""
        image = source_file(self.root, files.image)
        alpha, foreground = self._optional(files.alpha), self._optional(files.foreground)
        return inspect_cutout(image, alpha, foreground, max_pixels=max_pixels)

    def _optional(self, name: str | None) -> Path | None:
        return None if name is None else source_file(self.root, name)


@dataclass(frozen=True, slots=True)
class BackgroundTree:
    """Backgrounds below ``root``."""

    root: Path

    def read_background(self, file: str, *, max_pixels: int) -> NDArray[np.uint8]:
        """uint8 (H, W, 3) RGB of a picture without transparent pixels."""
        return open_rgb(source_file(self.root, file), max_pixels=max_pixels, opaque=True)

    def inspect_background(self, file: str, *, max_pixels: int) -> BackgroundReading:
        """Size and content hash of one picture (BackgroundSource.inspect_background)."""
        return inspect_background(source_file(self.root, file), max_pixels=max_pixels)
