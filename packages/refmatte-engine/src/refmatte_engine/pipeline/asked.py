"""What a folder was asked for, as its ``plan.json`` keeps it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from refmatte_engine.config import Preset
from refmatte_engine.errors import BadInputError, UsageError
from refmatte_engine.lexicon.user import UserAttribute, user_attribute
from refmatte_engine.lexicon.user_words import NO_WORDS, UserWords, user_words
from refmatte_engine.pipeline.output import CONFIG_FILE


@dataclass(frozen=True, slots=True)
class Asked:
    """The choices and the words of a user.

    Attributes:
        preset: the default one where there is no ``plan.json`` (an import).
        user_attributes: how attributes of his own are said.
        user_words: what he says of his categories.
    """

    preset: Preset
    user_attributes: tuple[UserAttribute, ...] = ()
    user_words: UserWords = NO_WORDS


def read_asked(folder: Path) -> Asked:
    """What ``folder`` was made with.

    Raises:
        BadInputError: its ``plan.json`` cannot be read.
    """
    path = folder / CONFIG_FILE
    if not path.is_file():
        return Asked(Preset())
    try:
        config = json.loads(path.read_bytes()).get("config", {})
        attributes = tuple(
            user_attribute(said["name"], {key: value for key, value in said.items() if key != "name"})
            for said in config.get("user_attributes", ())
        )
        words = user_words(config.get("user_words", {}), str(path))
        return Asked(Preset.model_validate(config.get("preset", {})), attributes, words)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, UsageError) as error:
        raise BadInputError(f"{path} does not say what the build was asked for ({error})") from error
