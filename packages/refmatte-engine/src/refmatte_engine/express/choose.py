"""The four expressions of every matte (Table 9: BE, APE, RPE-1, RPE-2).

Words are drawn as the profile weighs them; where the draw is not true of the target alone, the nearest choice that
is takes its place. What cannot be told apart at all is said as drawn and flagged (``paper``; in ``modern`` the
planner draws no such sets, :func:`tellable`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from refmatte_engine.attributes.labels import Labels
from refmatte_engine.config import Color, Words
from refmatte_engine.express import geometry
from refmatte_engine.express.claims import Claims, Thing
from refmatte_engine.express.describe import Limits, View, scene_words
from refmatte_engine.express.draws import NounPhraseDraws, PhraseDraws, draw, pick
from refmatte_engine.express.evaluate import truths_of
from refmatte_engine.express.geometry import ABSOLUTE, NO, RELATIVE, YES
from refmatte_engine.express.grammar import Wording, render, suits
from refmatte_engine.express.sayable import Speaker
from refmatte_engine.express.scene import Expression, Scene
from refmatte_engine.express.truth import remembered
from refmatte_engine.lexicon import Lexicon, RelationPhrase, Scope
from refmatte_engine.lexicon.model import Form
from refmatte_engine.manifest.vocabulary import EntityKind, ExpressionKind, Position

SECOND_TRIES = 24
"""Other draws tried when two texts of a matte come out the same."""


def express(
    scene: Scene, *, lexicon: Lexicon, words: Words, color: Color, seed: int, image_id: str
) -> tuple[Expression, ...]:
    """Exactly four expressions per actor, in the order of the actors and of :class:`ExpressionKind`.

    Args:
        image_id: for messages; draws are addressed by (seed, "express", matte id, kind).

    Raises:
        ValueError: the scene has fewer than two actors, or something in it cannot be called anything.
    """
    if len(scene.actors) < 2:
        raise ValueError(f"{image_id}: phrases need at least two entities, not {len(scene.actors)}")
    chooser: Chooser = remembered(lexicon, Chooser, words, color)
    return chooser.expressions(scene, seed)


@dataclass(frozen=True, slots=True)
class Choice:
    """What is said, and whether it means the target alone."""

    claims: Claims
    unambiguous: bool
    phrase: RelationPhrase | None = None
    related: int | None = None


class Chooser:
    """Writes expressions in one profile; remembers what depends on the settings alone."""

    def __init__(self, lexicon: Lexicon, words: Words, color: Color) -> None:
        self.speaker: Speaker = remembered(lexicon, Speaker, words, color)
        self.judge = self.speaker.judge
        self.dialect = self.judge.dialect
        self.most = words.max_attributes
        style = self.dialect.style
        self._limits = {kind: self._limit(style.counts, kind) for kind in ExpressionKind}
        self._related_limits = {
            kind: self._limit(style.related_counts, kind)
            for kind in (ExpressionKind.RELATIVE, ExpressionKind.RELATIVE2)
        }
        self._phrases = {
            (position, scope): self.dialect.phrases_at(position, scope) for position in Position for scope in Scope
        }
        self._choices = {
            ExpressionKind.BASIC: self._basic,
            ExpressionKind.ABSOLUTE: self._absolute,
            ExpressionKind.RELATIVE: self._relative,
            ExpressionKind.RELATIVE2: self._relative,
        }
        self._articles = _weighted(style.articles)
        self._images = _weighted(style.images)
        self._who = _weighted(style.who)
        self._forms: dict[tuple[object, ...], tuple[list[Form], list[float]]] = {}

    def _limit(self, counts: Mapping[ExpressionKind, tuple[float, ...]], kind: ExpressionKind) -> Limits:
        weights = counts[kind]
        if len(weights) > self.most + 1:
            weights = (*weights[: self.most], sum(weights[self.most :]))
        return Limits(weights, self.dialect.style.clothes_counts.get(kind), self.most)

    def views(self, labels: Sequence[Labels]) -> list[View]:
        """Every entity among the others."""
        names = scene_words(labels)
        return [View(i, labels, self.speaker, names) for i in range(len(labels))]

    def expressions(self, scene: Scene, seed: int) -> tuple[Expression, ...]:
        views = self.views([actor.labels for actor in scene.actors])
        written: list[Expression] = []
        for i, actor in enumerate(scene.actors):
            texts: set[str] = set()
            for kind in ExpressionKind:
                draws = draw(seed, actor.matte_id, kind)
                expression = self._write(scene, views, i, kind, draws)
                for step in range(1, SECOND_TRIES + 1):
                    if expression.text not in texts:
                        break
                    other = self._write(scene, views, i, kind, draws.shifted(step))
                    if other.unambiguous >= expression.unambiguous:
                        expression = other
                texts.add(expression.text)
                written.append(expression)
        return tuple(written)

    def _write(
        self, scene: Scene, views: list[View], i: int, kind: ExpressionKind, draws: PhraseDraws
    ) -> Expression:
        choice = self._choices[kind](scene, views, i, kind, draws)
        wording = self._wording(scene, i, kind, draws, choice)
        related = wording.related_form
        return Expression(
            matte_id=scene.actors[i].matte_id,
            kind=kind,
            text=render(choice.claims, wording, self.judge),
            relation=choice.phrase.position if choice.phrase else None,
            related_matte_id=None if choice.related is None else scene.actors[choice.related].matte_id,
            template=f"{wording.frame.name}:{wording.form.name}" + (f"/{related.name}" if related else ""),
            unambiguous=choice.unambiguous,
        )

    # What is said -------------------------------------------------------------------------------

    def _basic(self, scene: Scene, views: list[View], i: int, kind: ExpressionKind, draws: PhraseDraws) -> Choice:
        thing, alone = views[i].describe(draws.target, self._limits[kind], views[i].everyone_else)
        return Choice(Claims(thing), alone)

    def _absolute(
        self, scene: Scene, views: list[View], i: int, kind: ExpressionKind, draws: PhraseDraws
    ) -> Choice:
        first: Choice | None = None
        position = geometry.absolute_position(scene, i)
        for phrase, certain in self._in_turn(
            self._phrases[position, Scope.ABSOLUTE], lambda means: ABSOLUTE[means](scene, i), draws.phrase
        ):
            where = ABSOLUTE[phrase.means]
            rivals = sum(1 << j for j in range(len(views)) if j != i and where(scene, j) != NO)
            thing, alone = views[i].describe(draws.target, self._limits[kind], rivals)
            choice = Choice(Claims(thing, phrase.means), alone and certain, phrase)
            if choice.unambiguous:
                return choice
            first = first or choice
        assert first is not None
        return first

    def _relative(
        self, scene: Scene, views: list[View], i: int, kind: ExpressionKind, draws: PhraseDraws
    ) -> Choice:
        first: Choice | None = None
        others = [j for j in range(len(views)) if j != i]
        start = int(draws.related_entity * len(others))
        in_turn = [*others[start:], *others[:start]]
        if self.dialect.style.near_first:
            in_turn.sort(key=lambda j: abs(j - i))  # actors are in the order of the relation
        for j in in_turn:
            related = self._related(views, j, kind, draws.related)
            possible = self._possible(scene, views, j, related)
            phrases = self._phrases[geometry.relative_position(scene, i, j), Scope.RELATIVE]
            for phrase, certain in self._in_turn(phrases, partial(_relation, scene, i, j), draws.phrase):
                relation = RELATIVE[phrase.means]
                rivals = sum(
                    1 << x
                    for x in others
                    if any(possible >> y & 1 and y != x and relation(scene, x, y) != NO for y in range(len(views)))
                )
                thing, alone = views[i].describe(draws.target, self._limits[kind], rivals)
                choice = Choice(Claims(thing, phrase.means, related), alone and certain, phrase, j)
                if choice.unambiguous:
                    return choice
                first = first or choice
        assert first is not None
        # It may hold by way of another entity that the related words fit as well.
        truths = truths_of(first.claims, scene, i, self.judge)
        return replace(first, unambiguous=all(t == (YES if x == i else NO) for x, t in enumerate(truths)))

    def _related(self, views: list[View], j: int, kind: ExpressionKind, draws: NounPhraseDraws) -> Thing:
        required = views[j].everyone_else if self.dialect.style.unique_related else 0
        return views[j].describe(draws, self._related_limits[kind], required)[0]

    def _possible(self, scene: Scene, views: list[View], j: int, related: Thing) -> int:
        """Bit mask of the entities that the related noun phrase may mean, as the evaluator reads it."""
        possible = views[j].not_ruled_out(related)
        if possible:
            # Who else certainly fits lends the colour words its own colours.
            labels = [actor.labels for actor in scene.actors]
            for z in range(len(views)):
                if possible >> z & 1 and self.judge.thing(related, labels[z], labels[z]) == YES:
                    for x, each in enumerate(labels):
                        if self.judge.thing(related, each, labels[z]) != NO:
                            possible |= 1 << x
        return possible | 1 << j

    def _in_turn(
        self, phrases: tuple[RelationPhrase, ...], truth: Callable[[str], int], number: float
    ) -> Iterator[tuple[RelationPhrase, bool]]:
        """Phrases that certainly hold: the drawn one, then one of every other meaning; else any, as drawn."""
        holds = {means: truth(means) == YES for means in {phrase.means for phrase in phrases}}
        certain = [phrase for phrase in phrases if holds[phrase.means]]
        if not certain:
            yield pick(phrases, [phrase.weight for phrase in phrases], number), False
            return
        drawn = pick(certain, [phrase.weight for phrase in certain], number)
        yield drawn, True
        tried = {drawn.means}
        for phrase in sorted(certain, key=lambda each: -each.weight):
            if phrase.means not in tried:
                tried.add(phrase.means)
                yield phrase, True

    # How it is said -----------------------------------------------------------------------------

    def _wording(self, scene: Scene, i: int, kind: ExpressionKind, draws: PhraseDraws, choice: Choice) -> Wording:
        person = scene.actors[i].labels.kind is EntityKind.HUMAN
        related = choice.claims.related
        return Wording(
            frame=self.dialect.frame(kind),
            form=self._form(choice.claims.target, person, kind, draws.target),
            related_form=None
            if related is None or choice.related is None
            else self._form(
                related, scene.actors[choice.related].labels.kind is EntityKind.HUMAN, kind, draws.related
            ),
            article=pick(*self._articles, draws.target.article),
            related_article=pick(*self._articles, draws.related.article),
            phrase=choice.phrase,
            image=pick(*self._images, draws.image),
            who="who" if person else pick(*self._who, draws.who),
        )

    def _form(self, thing: Thing, person: bool, kind: ExpressionKind, draws: NounPhraseDraws) -> Form:
        key = (person, kind, tuple(attribute.facet for attribute in thing.attributes))
        known = self._forms.get(key)
        if known is None:
            fitting = [
                form for form in self.dialect.forms if form.people is person and suits(form, thing, self.judge)
            ]
            known = self._forms[key] = (fitting, [form.weights.get(kind, 0.0) for form in fitting])
        return pick(*known, draws.form)


def _weighted(weights: Mapping[str, float]) -> tuple[list[str], list[float]]:
    return list(weights), list(weights.values())


def _relation(scene: Scene, i: int, j: int, means: str) -> int:
    return RELATIVE[means](scene, i, j)
