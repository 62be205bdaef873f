"""From claims to text: slots, articles, "and" and commas, is and are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from refmatte_engine.express.claims import CLOTHES, USER, Attribute, Claims, Facet, Thing
from refmatte_engine.express.truth import Judge
from refmatte_engine.lexicon import Number, RelationPhrase
from refmatte_engine.lexicon.model import Form, Frame


@dataclass(frozen=True, slots=True)
class Wording:
    """Everything about a phrase that its claims leave open.

    Attributes:
        frame: template of the sentence.
        form, related_form: templates of the noun phrases.
        article, related_article: ``the`` or ``a``.
        phrase: how the predicate is said.
        image: what the picture is called.
        who: the relative pronoun.
    """

    frame: Frame
    form: Form
    related_form: Form | None = None
    article: str = "the"
    related_article: str = "the"
    phrase: RelationPhrase | None = None
    image: str = "image"
    who: str = "that"


def render(claims: Claims, wording: Wording, judge: Judge) -> str:
    """The text of claims in a wording. Pure.

    Raises:
        ValueError: a slot of the template has nothing to hold.
    """
    related = ""
    if claims.related is not None:
        if wording.related_form is None:
            raise ValueError("a relative phrase needs a form for the related entity")
        related = noun_phrase(claims.related, wording.related_form, wording.related_article, judge)
    phrase = wording.phrase.text.replace("{image}", wording.image) if wording.phrase else ""
    slots = {
        "target": noun_phrase(claims.target, wording.form, wording.article, judge),
        "phrase": phrase,
        "image": wording.image,
        "related": related,
        "who": wording.who,
        "be": _be(claims.target),
    }
    return _fill(wording.frame.text, slots)


def noun_phrase(thing: Thing, form: Form, article: str, judge: Judge) -> str:
    """One noun phrase: "the transparent blue glass", "the woman in the white t-shirt"."""
    order = judge.dialect.style.people_order if form.people else judge.dialect.style.order
    before = _in_order(
        [a for a in thing.attributes if not _after(a, judge) and a.facet not in CLOTHES], order, judge
    )
    if form.needs == "attributes":
        attributes = series([judge.surface(a) for a in before])
        ahead = thing.noun
    else:
        attributes = _before_noun(before, judge)
        ahead = f"{attributes} {thing.noun}" if attributes else thing.noun
    color, garment = thing.get(Facet.CLOTHES_COLOR), thing.get(Facet.CLOTHES_TYPE)
    clothes = " ".join(filter(None, (color, garment)))
    slots = {
        "article": _article(article, ahead, thing, judge),
        "attributes": attributes,
        "noun": thing.noun,
        "be": _be(thing),
        "clothes": clothes,
        "garment": clothes,
        "a_garment": _with_article(clothes, garment, judge),
        "garment_color": color or "",
    }
    text = _fill(form.text, slots)
    for attribute in thing.attributes:
        if _after(attribute, judge):
            text += " " + judge.surface(attribute).replace("{be}", _be(thing))
    return text


def suits(form: Form, thing: Thing, judge: Judge) -> bool:
    """Whether a form says everything the thing claims, and has something for each of its slots."""
    color, garment = thing.get(Facet.CLOTHES_COLOR), thing.get(Facet.CLOTHES_TYPE)
    plain = any(a.facet not in CLOTHES and not _after(a, judge) for a in thing.attributes)
    return {
        "": not color and not garment,
        "attributes": plain and not color and not garment,
        "clothes": bool(color or garment),
        "garment": bool(garment),
        "garment_color": bool(color) and not garment,
    }[form.needs]


def series(words: Sequence[str]) -> str:
    """Words joined by "and", with commas from three on.

    >>> series(["gray"]), series(["gray", "salient"]), series(["gray", "transparent", "salient"])
    ('gray', 'gray and salient', 'gray, transparent, and salient')
    """
    if len(words) < 3:
        return " and ".join(words)
    return ", ".join(words[:-1]) + ", and " + words[-1]


def _after(attribute: Attribute, judge: Judge) -> bool:
    if not attribute.facet.startswith(USER):
        return False
    return judge.lexicon.attribute(attribute.facet.removeprefix(USER)).place == "after"


def _in_order(attributes: list[Attribute], order: tuple[str, ...], judge: Judge) -> list[Attribute]:
    def place(attribute: Attribute) -> tuple[int, int, str]:
        if not attribute.facet.startswith(USER):
            facet = attribute.facet
            return (order.index(facet) if facet in order else len(order), 0, facet)
        rank = judge.lexicon.attribute(attribute.facet.removeprefix(USER)).rank
        return (order.index("user<" if rank < 0 else "user>"), rank, attribute.facet)

    return sorted(attributes, key=place)


def _before_noun(attributes: list[Attribute], judge: Judge) -> str:
    style = judge.dialect.style
    joined = [judge.surface(a) for a in attributes if a.facet not in style.spaced]
    spaced = [judge.surface(a) for a in attributes if a.facet in style.spaced]
    return " ".join([series(joined) if style.joiner else " ".join(joined), *spaced]).strip()


def _article(article: str, ahead: str, thing: Thing, judge: Judge) -> str:
    if article == "the":
        return article
    if thing.plural or judge.lexicon.noun(thing.noun, judge.words.profile).number is not Number.SINGULAR:
        return "the"
    return judge.lexicon.article(ahead)


def _with_article(clothes: str, garment: str | None, judge: Judge) -> str:
    if garment is None or judge.lexicon.garment(garment).number is not Number.SINGULAR:
        return clothes
    return f"{judge.lexicon.article(clothes)} {clothes}"


def _be(thing: Thing) -> str:
    return "are" if thing.plural else "is"


def _fill(template: str, slots: dict[str, str]) -> str:
    return re.sub(r" +", " ", template.format(**slots)).strip()
