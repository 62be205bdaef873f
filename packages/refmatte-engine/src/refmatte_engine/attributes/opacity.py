"""Transparent and salient by the paper's word lists (supp. 2.2), for what nobody has stated."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from refmatte_engine.attributes.labels import Labels, Origin
from refmatte_engine.attributes.values import is_stated
from refmatte_engine.manifest.vocabulary import EntityKind

if TYPE_CHECKING:
    from refmatte_engine.lexicon import Lexicon


def with_opacity(labels: Labels, lexicon: Lexicon) -> Labels:
    """``labels`` with transparent and salient where they can be told.

    Humans and animals are opaque and salient. A thing is transparent, or not salient, when a word for it or for
    what it is a kind of is in the list; otherwise not, provided that the lexicon knows the thing: a user's own
    category is in no list whatever it looks like, so of it nothing is known.
    """
    transparent, salient = _by_words(labels, lexicon)
    if transparent is not None and not is_stated(labels, "transparent"):
        labels = _computed(replace(labels, transparent=transparent), "transparent")
    if salient is not None and not is_stated(labels, "salient"):
        labels = _computed(replace(labels, salient=salient), "salient")
    return labels


def _by_words(labels: Labels, lexicon: Lexicon) -> tuple[bool | None, bool | None]:
    if labels.kind is not EntityKind.OBJECT:
        return False, True
    category = None if labels.category is None else lexicon.category(labels.category)
    words = set(labels.synonyms)
    if labels.category is not None:
        words.update(lexicon.words_of(labels.category))
    if category is not None:
        for above in _above(category.name, lexicon):
            words.update(lexicon.words_of(above))
    transparent = lexicon.is_transparent(words) or (category is not None and category.see_through)
    non_salient = lexicon.is_non_salient(words)
    if category is None or not category.known:
        return (True if transparent else None), (False if non_salient else None)
    return transparent, not non_salient


def _above(name: str, lexicon: Lexicon) -> frozenset[str]:
    from refmatte_engine.lexicon.taxonomy import ancestors

    return ancestors(name, lexicon.categories)


def _computed(labels: Labels, name: str) -> Labels:
    return replace(labels, origins=tuple(sorted([*labels.origins, (name, Origin.COMPUTED)])))
