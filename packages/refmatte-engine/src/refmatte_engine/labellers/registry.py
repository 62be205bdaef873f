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
        device: where models run.
        settings: the preset's ``[labels]``.
    """

    names: tuple[str, ...]
    files: Mapping[str, LabelFile]
    detector: str
    device: str
    settings: Labelling


@dataclass(frozen=True)
class Bench:
    """What labellers are made from. Weights are loaded when a model is asked for the first time.

    Attributes:
        weights: those that the chosen models need, by name.
        vocabulary: categories that may be proposed.
    """

    choice: Choice
    weights: Mapping[str, Weights]
    vocabulary: Vocabulary
    lexicon: Lexicon
    color: Color

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
        make: its labellers, which are asked in this order. What is known of a category decides what else is asked,
            so models come in the order of `MODELS`.
    """

    attributes: tuple[str, ...]
    weights: Callable[[Choice], tuple[str, ...]]
    make: Callable[[Bench], tuple[Labeller, ...]]


def choose(names: Sequence[str], *, detector: str, device: str, settings: Labelling) -> Choice:
    """The choice of a user, checked.

    Raises:
        UsageError: there is no such model or backend; the message names the nearest.
        BadInputError: ``NAME=FILE`` names a table that is wrong or says nothing of that.
    """
    files: dict[str, LabelFile] = {}
    for name, _, file in (word.partition("=") for word in names):
        if name not in MODELS:
            near = get_close_matches(name, MODELS, n=1, cutoff=0.4)
            guess = f"did you mean {near[0]}? " if near else ""
            raise UsageError(f"--models {name}: there is no such model; {guess}there are {', '.join(MODELS)}")
        if file:
            from refmatte_engine.labellers.label_file import read_label_file

            files[name] = read_label_file(Path(file)).only(MODELS[name].attributes)
    backend(detector)
    chosen = {word.partition("=")[0] for word in names}
    return Choice(tuple(name for name in MODELS if name in chosen), files, detector, device, settings)


def needed_weights(choice: Choice, find: Callable[[str], Weights]) -> dict[str, Weights]:
    """The weights of a choice by name.

    Raises:
        BadInputError: some are missing; the message says of all of them where they should lie.
    """
    found: dict[str, Weights] = {}
    missing: list[str] = []
    asked = [name for name in choice.names if name not in choice.files]
    for name in dict.fromkeys(name for model in asked for name in MODELS[model].weights(choice)):
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


def clip_weights(architecture: str) -> str:
    """Name of the file of weights of a CLIP architecture."""
    return f"clip-{architecture.lower().replace('/', '-')}"


def _category_weights(choice: Choice) -> tuple[str, ...]:
    settings = choice.settings
    detector = settings.category_by != "clip" or settings.backgrounds
    clip = settings.category_by != "detector"
    return (
        *((backend(choice.detector).weights,) if detector else ()),
        *((clip_weights(settings.clip),) if clip else ()),
    )


def _category(bench: Bench) -> tuple[Labeller, ...]:
    settings = bench.choice.settings
    labellers: list[Labeller] = []
    if settings.category_by != "clip":
        from refmatte_engine.labellers.detection.category import DetectedCategory

        labellers.append(DetectedCategory(bench.detector, bench.vocabulary, settings.detector_short_side))
    if settings.category_by != "detector":
        from refmatte_engine.labellers.clip.category import ClipCategory

        labellers.append(ClipCategory(bench.clip, bench.vocabulary, bench.lexicon))
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

    return (People(bench.faces, (Clothes(bench.clip, bench.color),)),)


def _clothes_weights(choice: Choice) -> tuple[str, ...]:
    return YUNET, clip_weights(choice.settings.clip)


MODELS: Final = MappingProxyType(
    {
        "category": Model(("category",), _category_weights, _category),
        "gender": Model(("gender",), lambda _: (YUNET, GENDER), _gender),
        "age": Model(("age_group",), lambda _: (YUNET, AGE), _age),
        "clothes": Model(("clothes_type", "clothes_color"), _clothes_weights, _clothes),
    }
)
