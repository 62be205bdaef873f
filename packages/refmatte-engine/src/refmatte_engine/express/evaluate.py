"""Which entity a phrase means: the evaluator of dataset.md section 8, from the text alone."""

from __future__ import annotations

from refmatte_engine.config import Color, Words
from refmatte_engine.errors import BadInputError
from refmatte_engine.express.claims import Claims, Thing
from refmatte_engine.express.geometry import ABSOLUTE, NO, RELATIVE, TRUTHS, YES
from refmatte_engine.express.parse import parse
from refmatte_engine.express.scene import Scene, Truth
from refmatte_engine.express.truth import Judge, judge_for
from refmatte_engine.lexicon import Lexicon


def evaluate(
    text: str | Claims, scene: Scene, *, target: str, lexicon: Lexicon, words: Words, color: Color
) -> dict[str, Truth]:
    """Whether each entity of a scene satisfies a phrase.

    Args:
        text: the phrase, or its claims.
        target: matte id of the entity it was said of: its colours are what the colour words mean.

    Returns:
        matte id -> yes, maybe or no, in the order of the scene.

    Raises:
        UnknownWordsError: the text cannot be read.
        BadInputError: the scene has no such target.
    """
    ids = [actor.matte_id for actor in scene.actors]
    if target not in ids:
        raise BadInputError(f"'{target}' is not one of this image's mattes: {', '.join(ids)}")
    labels = [actor.labels for actor in scene.actors]
    claims = parse(text, lexicon, words, scene=labels) if isinstance(text, str) else text
    truths = truths_of(claims, scene, ids.index(target), judge_for(lexicon, words, color))
    return {matte_id: TRUTHS[truth] for matte_id, truth in zip(ids, truths, strict=True)}


def is_unambiguous(
    text: str | Claims, scene: Scene, *, target: str, lexicon: Lexicon, words: Words, color: Color
) -> bool:
    """The target certainly satisfies the phrase and no other entity may (DESIGN 5.1)."""
    truths = evaluate(text, scene, target=target, lexicon=lexicon, words=words, color=color)
    return all(truth is (Truth.YES if matte_id == target else Truth.NO) for matte_id, truth in truths.items())


def truths_of(claims: Claims, scene: Scene, target: int, judge: Judge) -> list[int]:
    """For each entity 0 no, 1 maybe, 2 yes. Relative phrases hold when some other entity makes them true."""
    about = scene.actors[target].labels
    own = [judge.thing(claims.target, actor.labels, about) for actor in scene.actors]
    if claims.predicate is None:
        return own
    if claims.related is None:
        where = ABSOLUTE[claims.predicate]
        return [min(truth, where(scene, i)) if truth else NO for i, truth in enumerate(own)]
    relation = RELATIVE[claims.predicate]
    related = related_truths(claims.related, scene, judge)
    return [
        max(
            (min(truth, related[j], relation(scene, i, j)) for j in range(len(related)) if j != i and related[j]),
            default=NO,
        )
        if truth
        else NO
        for i, truth in enumerate(own)
    ]


def related_truths(thing: Thing, scene: Scene, judge: Judge) -> list[int]:
    """Who the related noun phrase may mean. Its colour words mean the colours of those it certainly fits."""
    labels = [actor.labels for actor in scene.actors]
    truths = [judge.thing(thing, each, each) for each in labels]
    certain = [each for each, truth in zip(labels, truths, strict=True) if truth == YES]
    return [
        max([truth, *(judge.thing(thing, labels[i], each) for each in certain)]) for i, truth in enumerate(truths)
    ]
