"""Networks of the transformers library: from a local folder, or from the hub by the name the user gives.

Weights are safetensors only, code from a repository is never run, and nothing is downloaded that was not named:
without a name the published one is taken from the hub's local cache, or asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from clipmat.errors import BadInputError, MissingExtraError, WeightsError
from clipmat.model.folder import EXPORT, checkpoints, first_line

if TYPE_CHECKING:
    from types import ModuleType

Extra = Literal["refine", "baselines"]
_HUB: Final = re.compile(r"(hf:)?[\w.-]+/[\w.-]+")


@dataclass(frozen=True, slots=True)
class Part:
    """One network that a refiner or a baseline consists of.

    Attributes:
        name: how messages call it.
        kinds: ``model_type`` of its ``config.json`` -> transformers' classes of its network and its processor.
        published: the hub's name of published weights.
        option: what the user writes, with ``{}`` for the folder or name.
        extra: of this package, which brings transformers.
    """

    name: str
    kinds: Mapping[str, tuple[str, str]]
    published: str
    option: str
    extra: Extra


@dataclass(frozen=True, slots=True)
class LoadedPart:
    """A network in evaluation mode on the CPU, and the processor of its input."""

    network: Any
    processor: Any


def import_transformers(extra: Extra, what: str) -> ModuleType:
    """The library.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import transformers
    except ImportError as error:
        raise MissingExtraError(
            f"{what} needs the extra `{extra}` ({error}): pip install 'clipmat[{extra}]'"
        ) from error
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    return transformers


def load_part(part: Part, where: str | None, network: Any = None) -> LoadedPart:
    """A network with its weights.

    Args:
        part: which.
        where: local folder, or hub name (``owner/name``, with or without ``hf:``); None: the published one, if
            it is in the hub's local cache.
        network: a subclass to build instead of the network's own class.

    Raises:
        MissingExtraError: transformers is not installed.
        BadInputError: nothing there, or another kind of model.
        WeightsError: weights missing, damaged or of another architecture.
    """
    transformers = import_transformers(part.extra, part.name)
    source, offline = _source(part, where)
    try:
        config = transformers.AutoConfig.from_pretrained(source, local_files_only=offline)
    except (OSError, ValueError, KeyError) as error:
        raise BadInputError(_not_there(part, where, error)) from error
    if config.model_type not in part.kinds:
        raise BadInputError(
            f"{source} holds a {config.model_type} model, {part.name} is {' or '.join(part.kinds)}: give another "
            f"folder, as {part.option.format('FOLDER')}"
        )
    kind, processor_kind = part.kinds[config.model_type]
    try:
        processor = getattr(transformers, processor_kind).from_pretrained(source, local_files_only=offline)
        loaded, info = (network or getattr(transformers, kind)).from_pretrained(
            source, local_files_only=offline, use_safetensors=True, output_loading_info=True
        )
    except Exception as error:  # whatever transformers, safetensors, tokenizers and the hub raise
        raise WeightsError(
            f"{part.name} cannot be loaded from {source} ({type(error).__name__}: {first_line(error)}): it needs "
            f"config.json, model.safetensors and, for its processor, the files of {part.published}"
        ) from error
    missing = sorted(info["missing_keys"])
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise WeightsError(f"{source} lacks weights of {part.name} ({', '.join(missing[:3])}{more})")
    return LoadedPart(loaded.eval(), processor)


def _source(part: Part, where: str | None) -> tuple[str, bool]:
    """What transformers shall open, and whether it must not use the network."""
    if where is None:
        return part.published, True
    if Path(where).exists():
        # A run of this package keeps its network in folders of its own.
        kept = [path for path in (*checkpoints(Path(where)), Path(where) / EXPORT) if path.is_dir()]
        return (str(kept[-1]) if kept else where), True
    if _HUB.fullmatch(where) and not Path(where).parent.is_dir():
        return where.removeprefix("hf:"), False
    raise BadInputError(f"there is no folder {where}: {part.option.format('FOLDER')} names one with {part.name}")


def _not_there(part: Part, where: str | None, error: Exception) -> str:
    if where is None:
        return (
            f"no weights of {part.name} are here: download them by name with "
            f"{part.option.format('hf:' + part.published)}, or give a folder, {part.option.format('FOLDER')}"
        )
    return f"{where} holds no {part.name} ({first_line(error)}): give a folder, or a name of the hub"
