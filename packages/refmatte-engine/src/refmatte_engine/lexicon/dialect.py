"""One profile's way of speaking: its nouns, phrases, forms and frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from refmatte_engine.lexicon.model import Form, Frame, HumanWord, Noun, Profile, RelationPhrase, Scope
from refmatte_engine.manifest.vocabulary import ExpressionKind, Position


@dataclass(frozen=True, slots=True)
class Style:
    """How a profile strings words together and how much it says (``[style]`` of its templates file).

    Attributes:
        color_names: ``css3`` or ``basic``.
        colors_said: how many of an entity's ranked colours may be said.
        says: the facets it speaks of.
        order: facets before the noun of animals and objects; ``user<``, ``user>``: a user's attributes by rank.
        people_order: the same for humans.
        joiner: what stands between attributes before a noun: ``and`` or nothing.
        spaced: facets that never take the joiner ("salient male").
        articles, images: words and how often they are drawn.
        who: relative pronouns of things and how often they are drawn.
        counts: per kind, how often 0, 1, 2 ... attributes are said.
        related_counts: the same for the related entity.
        clothes_counts: per kind, where clothes are counted on their own; an absent kind counts all together.
        facet_weights: how readily a facet is said (1 when absent).
        own_name, common, synonym, broad: weights of the kinds of nouns.
        unique_related: the related entity's phrase must mean it alone.
        near_first: a neighbour is named before an entity beyond it.
    """

    color_names: str
    colors_said: int
    says: frozenset[str]
    order: tuple[str, ...]
    people_order: tuple[str, ...]
    joiner: str
    spaced: frozenset[str]
    articles: Mapping[str, float]
    images: Mapping[str, float]
    who: Mapping[str, float]
    counts: Mapping[ExpressionKind, tuple[float, ...]]
    related_counts: Mapping[ExpressionKind, tuple[float, ...]]
    clothes_counts: Mapping[ExpressionKind, tuple[float, ...]]
    facet_weights: Mapping[str, float]
    own_name: float
    common: float
    synonym: float
    broad: float
    unique_related: bool
    near_first: bool


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """The words of one profile.

    Attributes:
        nouns: every word that is understood, by text.
        human_words: what people are called.
        broad_words: (category, words that come down from it).
        phrases: relation phrases said in this profile.
        forms, frames: templates.
    """

    profile: Profile
    style: Style
    nouns: Mapping[str, Noun]
    human_words: tuple[HumanWord, ...]
    broad_words: Mapping[str, tuple[str, ...]]
    phrases: tuple[RelationPhrase, ...]
    forms: tuple[Form, ...]
    frames: tuple[Frame, ...]

    def phrases_at(self, position: Position, scope: Scope) -> tuple[RelationPhrase, ...]:
        """What can be said of an entity at ``position``."""
        return tuple(p for p in self.phrases if p.position is position and p.scope is scope)

    def frame(self, kind: ExpressionKind) -> Frame:
        return next(frame for frame in self.frames if frame.kind is kind)

    def form(self, name: str) -> Form:
        return next(form for form in self.forms if form.name == name)
