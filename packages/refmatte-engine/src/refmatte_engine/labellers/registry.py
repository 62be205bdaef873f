"""The models of ``--models`` by name. Another one is one more line in `MODELS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from refmatte_engine.config import Color, Labelling
from refmatte_engine.errors import BadInputError, UsageError
from refmatte_engine.labellers.base import Labeller, Weights
from refmatte_engine.labellers.detection.backends import backend
from refmatte_engine.labellers.state_dicts import check_runs
from refmatte_engine.labellers.vocabulary import Vocabulary

if TYPE_CHECKING:
    from refmatte_engine.labellers.clip.image_text import ImageTextModel
    from refmatte_engine.labellers.detection.contents import Contents
    from refmatte_engine.labellers.detection.detection import Detector
    from refmatte_engine.labellers.label_file import LabelFile
    from refmatte_engine.labellers.people.faces import FaceFinder
    from refmatte_engine.lexicon import Lexicon


@dataclass(frozen=True, slots=True)
class Choice:
    """What a user chose.

    Attributes:
        names: of models, keys of `MODELS`, in the order of `MODELS`.
        files: tables that stand for a model, by its name.
        detector: name of a backend.
        device: where detector and CLIP run.
        settings: the preset's ``[labels]``.
    """

    names: tuple[str, ...]
    files: Mapping[str, LabelFile]
    detector: str
    device: str
    settings: Labelling

    @property
    def asked(self) -> tuple[str, ...]:
        """Those of ``names`` for which no table stands."""
        return tuple(name for name in self.names if name not in self.files)


@dataclass(frozen=True)
class Bench:
    """What labellers are made from. Weights are loaded when a model is asked for the first time.

    Attributes:
        weights: those that the chosen models need, by name.
        vocabulary: categories that may be proposed.
        points: folder where the points of CLIP's words are kept; None keeps nothing.
    """

    choice: Choice
    weights: Mapping[str, Weights]
    vocabulary: Vocabulary
    lexicon: Lexicon
    color: Color
    points: Path | None = None

    @cached_property
    def detector(self) -> Detector:
        """The one detector of all who need one."""
        chosen = backend(self.choice.detector)
        return chosen.load(self.weights[chosen.weights], self.choice.device, self.choice.settings)

    @cached_property
    def clip(self) -> ImageTextModel:
        """The one CLIP of all who need one."""
        from refmatte_engine.labellers.clip.open_clip_model import OpenClipModel

        architecture = self.choice.settings.clip
        return OpenClipModel(architecture, self.weights[clip_weights(architecture)], device=self.choice.device)

    @cached_property
    def faces(self) -> FaceFinder:
        """The one face finder of all models of people."""
        from refmatte_engine.labellers.people.faces import FaceFinder

        return FaceFinder(self.weights[YUNET], self.choice.settings)


@dataclass(frozen=True, slots=True)
class Model:
    """One name of ``--models``.

    Attributes:
        attributes: what it proposes.
        weights: names of the files of weights that a choice needs.
        packages: what it runs on, besides the engine's own dependencies.
        make: its labellers, which are asked in this order. What is known of a category decides what else is asked,
            so models come in the order of `MODELS`.
    """

    attributes: tuple[str, ...]
    weights: Callable[[Choice], tuple[str, ...]]
    packages: Callable[[Choice], tuple[str, ...]]
    make: Callable[[Bench], tuple[Labeller, ...]]


def choose(names: Sequence[str], *, detector: str, device: str, settings: Labelling) -> Choice:
    """The choice of a user, checked.

    Raises:
        UsageError: there is no such model or backend (the message names the nearest), a model is named twice, or
            it cannot run here: a package is missing, or ``device`` is none.
        BadInputError: ``NAME=FILE`` names a table that is wrong or says nothing of that.
    """
    files: dict[str, LabelFile] = {}
    chosen: set[str] = set()
    for name, equals, file in (word.partition("=") for word in names):
        if name not in MODELS:
            near = get_close_matches(name, MODELS, n=1, cutoff=0.4)
            guess = f"did you mean {near[0]}? " if near else ""
            raise UsageError(f"--models {name}: there is no such model; {guess}there are {', '.join(MODELS)}")
        if name in chosen:
            raise UsageError(f"--models names {name} twice: only one of them can be asked")
        chosen.add(name)
        if equals and not file:
            raise UsageError(f"--models {name}=: name the table, {name}=FILE.csv, or write {name} alone")
        if file:
            from refmatte_engine.labellers.label_file import read_label_file

            files[name] = read_label_file(Path(file)).only(MODELS[name].attributes)
    choice = Choice(tuple(name for name in MODELS if name in chosen), files, detector, device, settings)
    _check_runs(choice)
    return choice


def _check_runs(choice: Choice) -> None:
    """See, without importing any, that every model that is asked can run."""
    backend(choice.detector)
    check_runs(choice.device, *(name for model in choice.asked for name in MODELS[model].packages(choice)))


def needed_weights(choice: Choice, find: Callable[[str], Weights]) -> dict[str, Weights]:
    """The weights of a choice by name.

    Raises:
        BadInputError: some are missing; the message says of all of them where they should lie.
    """
    found: dict[str, Weights] = {}
    missing: list[str] = []
    for name in dict.fromkeys(name for model in choice.asked for name in MODELS[model].weights(choice)):
        try:
            found[name] = find(name)
        except BadInputError as error:
            missing.append(str(error))
    if missing:
        raise BadInputError("\n".join(missing))
    return found


def make_labellers(bench: Bench) -> tuple[Labeller, ...]:
    """The labellers of a bench in the order in which they are asked."""
    files = bench.choice.files
    return tuple(
        labeller
        for name in bench.choice.names
        for labeller in ((files[name],) if name in files else MODELS[name].make(bench))
    )


def make_contents(bench: Bench) -> Contents | None:
    """Who looks into backgrounds; None when nobody shall."""
    settings = bench.choice.settings
    if "category" not in bench.choice.names or "category" in bench.choice.files or not settings.backgrounds:
        return None
    from refmatte_engine.labellers.detection.contents import Contents

    return Contents(bench.detector, settings.detector_short_side, settings.contains_score)


# --- category ----------------------------------------------------------------------------------------------


CLIP_PACKAGES = ("torch", "open_clip")
"""What CLIP runs on."""


def clip_weights(architecture: str) -> str:
    """Name of the file of weights of a CLIP architecture."""
    return f"clip-{architecture.lower().replace('/', '-')}"


def _category_by(choice: Choice) -> tuple[bool, bool]:
    """Whether the detector, and whether CLIP, is asked."""
    settings = choice.settings
    return settings.category_by != "clip" or settings.backgrounds, settings.category_by != "detector"


def _category_weights(choice: Choice) -> tuple[str, ...]:
    detector, clip = _category_by(choice)
    return (
        *((backend(choice.detector).weights,) if detector else ()),
        *((clip_weights(choice.settings.clip),) if clip else ()),
    )


def _category_packages(choice: Choice) -> tuple[str, ...]:
    detector, clip = _category_by(choice)
    return (*(backend(choice.detector).packages if detector else ()), *(CLIP_PACKAGES if clip else ()))


def _category(bench: Bench) -> tuple[Labeller, ...]:
    settings = bench.choice.settings
    labellers: list[Labeller] = []
    if settings.category_by != "clip":
        from refmatte_engine.labellers.detection.category import DetectedCategory

        labellers.append(DetectedCategory(bench.detector, bench.vocabulary, settings.detector_short_side))
    if settings.category_by != "detector":
        from refmatte_engine.labellers.clip.category import ClipCategory

        labellers.append(ClipCategory(bench.clip, bench.vocabulary, bench.lexicon, bench.points))
    return tuple(labellers)


# --- people ------------------------------------------------------------------------------------------------

YUNET, GENDER, AGE = "yunet", "gender-googlenet", "age-googlenet"
"""Names of files of weights."""


def _gender(bench: Bench) -> tuple[Labeller, ...]:
    from refmatte_engine.labellers.people.gender_age import open_gender
    from refmatte_engine.labellers.people.people import People

    return (People(bench.faces, (open_gender(bench.weights[GENDER]),)),)


def _age(bench: Bench) -> tuple[Labeller, ...]:
    from refmatte_engine.labellers.people.gender_age import open_age
    from refmatte_engine.labellers.people.people import People

    return (People(bench.faces, (open_age(bench.weights[AGE]),)),)


def _clothes(bench: Bench) -> tuple[Labeller, ...]:
    from refmatte_engine.labellers.people.clothes import Clothes
    from refmatte_engine.labellers.people.people import People

    return (People(bench.faces, (Clothes(bench.clip, bench.color, bench.points),)),)


def _clothes_weights(choice: Choice) -> tuple[str, ...]:
    return YUNET, clip_weights(choice.settings.clip)


MODELS: Final = MappingProxyType(
    {
        "category": Model(("category",), _category_weights, _category_packages, _category),
        "gender": Model(("gender",), lambda _: (YUNET, GENDER), lambda _: (), _gender),
        "age": Model(("age_group",), lambda _: (YUNET, AGE), lambda _: (), _age),
        "clothes": Model(("clothes_type", "clothes_color"), _clothes_weights, lambda _: CLIP_PACKAGES, _clothes),
    }
)
