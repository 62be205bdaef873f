"""What a user asks a build for: everything of the command line, as one frozen record."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from refmatte_engine.config import Preset

DEFAULT_OUT = Path("data")

DEFAULT_MAX_PIXELS = 50_000_000
"""Pictures with more pixels are refused before they are decoded."""


def _modern() -> Preset:
    from refmatte_engine.presets import load_preset

    return load_preset("modern", [])


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """The arguments of `refmatte_engine.pipeline.stages.build` and of its stages.

    Attributes:
        out: folder of the dataset; None: ``data/``, except that ``plan`` then writes nothing.
        sources: names as on the command line, e.g. ``"am2k,p3m10k=/data/P3M,folder:cutouts"``.
        sources_root: where the datasets lie; None: ``./sources``.
        backgrounds: None: bg20k, or ``sample`` / ``drawn:N`` when all sources are.
        preset: every choice that is not a path.
        seed: 0 or more; equal seed and inputs give equal bytes.
        images: images in all, None: the preset's.
        workers: processes.
        allow_license: licence levels admitted by name.
        allow_identifiable_faces: keep entities whose face can be recognised.
        max_pixels: pictures with more pixels are refused.
        corrections: CSV files of hand-checked labels.
        cache: folder for estimated foregrounds and for what models said, None: the user's cache folder.
        models: who may propose labels (`refmatte_engine.labellers.registry.MODELS`); empty: nothing is guessed.
        detector: backend of the detector, a key of `refmatte_engine.labellers.detection.backends.BACKENDS`.
        device: where detector and CLIP run: ``"cpu"``, ``"cuda"`` or ``"cuda:1"``; labels do not depend on it.
            Faces, gender and age are always read on the CPU.
        models_dir: where weights lie; None: the user's folder (`refmatte_engine.weights.folder`).
    """

    out: Path | None = None
    sources: str = "sample"
    sources_root: Path | None = None
    backgrounds: str | None = None
    preset: Preset = field(default_factory=_modern)
    seed: int = 0
    images: int | None = None
    workers: int = 1
    allow_license: tuple[str, ...] = ()
    allow_identifiable_faces: bool = False
    max_pixels: int = DEFAULT_MAX_PIXELS
    corrections: tuple[Path, ...] = ()
    cache: Path | None = None
    models: tuple[str, ...] = ()
    detector: str = "torchvision"
    device: str = "cpu"
    models_dir: Path | None = None
