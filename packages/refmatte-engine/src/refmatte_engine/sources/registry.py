"""From the words of the command line to sources: ``am2k,p3m10k=/data/P3M-10k,folder:cutouts,drawn:200``."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from refmatte_engine.config import SourceOptions
from refmatte_engine.errors import BadInputError, UsageError
from refmatte_engine.sources.base import BackgroundSource, EntitySource
from refmatte_engine.sources.card import source_card
from refmatte_engine.sources.locate import SourceMissingError, locate
from refmatte_engine.sources.paired import PairedDataset

ROOT_VARIABLE = "REFMATTE_SOURCES"
DEFAULT_ROOT = Path("sources")
DEFAULT_SOURCES = "sample"
DEFAULT_BACKGROUNDS = "bg20k"

_ITEM = re.compile(r"(?P<name>[A-Za-z0-9_-]+)(?:[=:](?P<argument>.+))?")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class SourceRequest:
    """One item of a specification.

    Attributes:
        name: lower case, e.g. ``"folder"``.
        argument: a path or a number, None when absent.
        label: the name that its rows will carry; a second folder is ``folder2``.
        root: where datasets lie that have no path of their own.
        options: which part of a dataset takes part.
    """

    name: str
    argument: str | None
    label: str
    root: Path
    options: SourceOptions


def resolve_sources(
    spec: str, *, root: Path | None = None, options: SourceOptions | None = None
) -> tuple[EntitySource, ...]:
    """The sources of cut-outs of a specification, in its order; every dataset is there and has its layout.

    Args:
        spec: comma-separated names; ``NAME=PATH`` points a dataset elsewhere, ``folder:PATH``, ``drawn:N``.
        root: folder of the datasets; default $REFMATTE_SOURCES, else ``./sources``.

    Raises:
        UsageError: an unknown name (with the nearest one), a name given twice, a bad number.
        BadInputError: folders are missing: all of them at once, each with tree, download page and agreement.
    """
    return _resolve(spec, _CUTOUTS, _BACKGROUNDS, "cut-outs", "--backgrounds", root, options)


def resolve_backgrounds(
    spec: str | None, *, root: Path | None = None, options: SourceOptions | None = None
) -> tuple[BackgroundSource, ...]:
    """The sources of backgrounds of a specification (None: BG-20k); errors as of :func:`resolve_sources`."""
    return _resolve(spec or DEFAULT_BACKGROUNDS, _BACKGROUNDS, _CUTOUTS, "backgrounds", "--sources", root, options)


def default_backgrounds(sources: str) -> str:
    """What stands behind ``sources`` when no backgrounds are named: sample and drawn sources bring their own."""
    names = {request.name for request in parse_spec(sources)}
    if names <= {"sample", "drawn"}:
        return "sample" if "sample" in names else "drawn:24"
    return DEFAULT_BACKGROUNDS


def source_names() -> tuple[str, ...]:
    """All legal names of sources of cut-outs."""
    return tuple(_CUTOUTS)


def background_names() -> tuple[str, ...]:
    """All legal names of sources of backgrounds."""
    return tuple(_BACKGROUNDS)


def require_known(name: str) -> None:
    """Raises UsageError unless ``name`` is a source of cut-outs or of backgrounds."""
    legal = [*_CUTOUTS, *(name for name in _BACKGROUNDS if name not in _CUTOUTS)]
    if name not in legal:
        raise UsageError(_unknown(name, legal, (), "anything", ""))


def sources_root(root: Path | None) -> Path:
    """Where the datasets lie: ``root``, $REFMATTE_SOURCES or ``./sources``."""
    return root or Path(os.environ.get(ROOT_VARIABLE) or DEFAULT_ROOT)


def parse_spec(
    spec: str, *, root: Path | None = None, options: SourceOptions | None = None
) -> tuple[SourceRequest, ...]:
    """The items of a specification, in its order; names are not judged yet.

    Raises:
        UsageError: empty, or not of the form.
    """
    requests: list[SourceRequest] = []
    for item in filter(None, (part.strip() for part in spec.split(","))):
        found = _ITEM.fullmatch(item)
        if found is None:
            raise UsageError(f"{item!r} is no source: write NAME, NAME=PATH, folder:PATH or drawn:N")
        name = found["name"].lower()
        before = sum(request.name == name for request in requests)
        label = name if before == 0 else f"{name}{before + 1}"
        requests.append(
            SourceRequest(name, found["argument"], label, sources_root(root), options or SourceOptions())
        )
    if not requests:
        raise UsageError("no source is named: try sample, or am2k,p3m10k,aim500")
    return tuple(requests)


def _resolve(
    spec: str,
    makers: dict[str, Callable[[SourceRequest], S]],
    others: Iterable[str],
    what: str,
    other_option: str,
    root: Path | None,
    options: SourceOptions | None,
) -> tuple[S, ...]:
    sources, missing = [], []
    for request in parse_spec(spec, root=root, options=options):
        if request.name not in makers:
            raise UsageError(_unknown(request.name, makers, others, what, other_option))
        if request.label != request.name and request.name != "folder":
            raise UsageError(f"{request.name} is named twice: name each source once")
        try:
            sources.append(makers[request.name](request))
        except SourceMissingError as error:
            missing.append(error)
    if len(missing) == 1:
        raise missing[0]
    if missing:
        raise BadInputError("\n".join(map(str, missing)))
    return tuple(sources)


def _unknown(name: str, legal: Iterable[str], others: Iterable[str], what: str, other_option: str) -> str:
    if name in others:
        return f"{name} does not hold {what}: name it with {other_option}"
    near = get_close_matches(name, list(legal), n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"no source of {what} is called {name!r}: {hint}There are {', '.join(legal)}"


def _dataset(build: Callable[[Path, SourceOptions], PairedDataset]) -> Callable[[SourceRequest], EntitySource]:
    def make(request: SourceRequest) -> EntitySource:
        def problem(folder: Path) -> str | None:
            return build(folder, request.options).layout_problem()

        return build(_located(request, problem), request.options)

    return make


def _located(request: SourceRequest, problem: Callable[[Path], str | None]) -> Path:
    given = Path(request.argument).expanduser() if request.argument else request.root
    return locate(source_card(request.name), given, problem, exact=request.argument is not None)


def _am2k(root: Path, options: SourceOptions) -> PairedDataset:
    from refmatte_engine.sources.am2k import AM2k

    return AM2k(root)


def _p3m10k(root: Path, options: SourceOptions) -> PairedDataset:
    from refmatte_engine.sources.p3m10k import P3M10k

    return P3M10k(root, include_np=options.p3m10k_include_np)


def _aim500(root: Path, options: SourceOptions) -> PairedDataset:
    from refmatte_engine.sources.aim500 import AIM500

    return AIM500(root, subset=options.aim500_subset)


def _sim(root: Path, options: SourceOptions) -> PairedDataset:
    from refmatte_engine.sources.sim import SIM

    return SIM(root, train=options.sim_train, test=options.sim_test)


def _dim(root: Path, options: SourceOptions) -> PairedDataset:
    from refmatte_engine.sources.dim import DIM

    return DIM(root)


def _hatt(root: Path, options: SourceOptions) -> PairedDataset:
    from refmatte_engine.sources.hatt import HATT

    return HATT(root)


def _bg20k(request: SourceRequest) -> BackgroundSource:
    from refmatte_engine.sources.bg20k import BG20k

    return BG20k(_located(request, lambda folder: BG20k(folder).layout_problem()))


def _folder(request: SourceRequest) -> EntitySource:
    from refmatte_engine.sources.folder import FolderSource

    return FolderSource(_path(request), name=request.label)


def _folder_backgrounds(request: SourceRequest) -> BackgroundSource:
    from refmatte_engine.sources.folder import FolderBackgrounds

    return FolderBackgrounds(_path(request), name=request.label)


def _sample(request: SourceRequest) -> EntitySource:
    from refmatte_engine.sources.sample import SampleSource

    _no_argument(request)
    return SampleSource()


def _sample_backgrounds(request: SourceRequest) -> BackgroundSource:
    from refmatte_engine.sources.sample import SampleBackgrounds

    _no_argument(request)
    return SampleBackgrounds()


def _drawn(request: SourceRequest) -> EntitySource:
    from refmatte_engine.sources.drawn import DrawnSource

    return DrawnSource(
        _number(request),
        scale=request.options.drawn_scale,
        hold_out_combinations=request.options.drawn_split == "combinations",
    )


def _drawn_backgrounds(request: SourceRequest) -> BackgroundSource:
    from refmatte_engine.sources.drawn import DrawnBackgrounds

    return DrawnBackgrounds(_number(request), scale=request.options.drawn_scale)


def _path(request: SourceRequest) -> Path:
    if request.argument is None:
        raise UsageError(f"{request.name} needs a path: {request.name}:PATH")
    path = Path(request.argument).expanduser()
    if not path.is_dir():
        raise BadInputError(f"there is no folder {path} ({request.name}:{request.argument})")
    return path


def _number(request: SourceRequest) -> int:
    text = request.argument or ""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise UsageError(f"{request.name} needs a number of at least 1: {request.name}:200")
    return int(text)


def _no_argument(request: SourceRequest) -> None:
    if request.argument is not None:
        raise UsageError(f"{request.name} takes no path or number")


_CUTOUTS: dict[str, Callable[[SourceRequest], EntitySource]] = {
    "sample": _sample,
    "am2k": _dataset(_am2k),
    "p3m10k": _dataset(_p3m10k),
    "aim500": _dataset(_aim500),
    "sim": _dataset(_sim),
    "dim": _dataset(_dim),
    "hatt": _dataset(_hatt),
    "folder": _folder,
    "drawn": _drawn,
}

_BACKGROUNDS: dict[str, Callable[[SourceRequest], BackgroundSource]] = {
    "sample": _sample_backgrounds,
    "bg20k": _bg20k,
    "folder": _folder_backgrounds,
    "drawn": _drawn_backgrounds,
}
