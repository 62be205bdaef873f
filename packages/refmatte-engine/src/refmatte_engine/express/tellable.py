"""Whether a set of entities can be told apart by what is known of them (DESIGN 5.2)."""

from __future__ import annotations

from collections.abc import Sequence

from refmatte_engine.attributes.labels import Labels
from refmatte_engine.config import Color, Words
from refmatte_engine.express.describe import View, scene_words
from refmatte_engine.express.geometry import NO
from refmatte_engine.express.sayable import Speaker
from refmatte_engine.express.truth import remembered
from refmatte_engine.lexicon import Lexicon
from refmatte_engine.manifest.vocabulary import EntityKind


def tellable(labels: Sequence[Labels], *, lexicon: Lexicon, words: Words, color: Color) -> bool:
    """Each entity of the set has a true and unique text of every kind, wherever they certainly stand.

    That is so when a noun with at most one attribute means each alone: RPE-1 takes no more, and what position or
    further attributes add only rules out more. An object that nobody named cannot be spoken of.
    """
    if any(each.category is None and each.kind is EntityKind.OBJECT for each in labels):
        return False
    speaker: Speaker = remembered(lexicon, Speaker, words, color)
    return all(_alone(i, labels, speaker) for i in range(len(labels)))


def _alone(index: int, labels: Sequence[Labels], speaker: Speaker) -> bool:
    mine = labels[index]
    others = [each for j, each in enumerate(labels) if j != index]
    noun = speaker.judge.noun
    # Mostly one of the nouns will do; only then are attributes looked at.
    for word in speaker.sayable(mine).nouns:
        if all(noun(word.text, other, mine) == NO for other in others):
            return True
    return View(index, labels, speaker, scene_words(labels)).unique_with_one()
