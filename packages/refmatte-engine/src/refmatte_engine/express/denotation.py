"""What a noun means: whether a word names an entity, certainly, possibly or not."""

from __future__ import annotations

from refmatte_engine.attributes.labels import Labels
from refmatte_engine.express.geometry import MAYBE, NO, YES
from refmatte_engine.lexicon import KIND_WORDS, Lexicon, Noun, Number
from refmatte_engine.lexicon.inflection import plural
from refmatte_engine.lexicon.taxonomy import part_of
from refmatte_engine.manifest.vocabulary import EntityKind


def denotes(noun: Noun, labels: Labels, lexicon: Lexicon) -> int:
    """Whether a noun names an entity, from its category, kind, number, gender and age.

    A category nobody knows may be anything of its kind; an unnamed object may be anything at all, because
    ``object`` is also the kind of what nobody looked at.
    """
    if noun.text == _own_name(labels, lexicon):
        return YES
    truth = min(_category(noun, labels, lexicon), _number(noun, labels, lexicon))
    if truth == NO or (noun.gender is None and noun.ages is None):
        return truth
    return min(truth, _gender(noun, labels, lexicon), _age(noun, labels, lexicon))


def _own_name(labels: Labels, lexicon: Lexicon) -> str | None:
    """What a category is called without any doubt: its name, or the plural where it is several things."""
    category = lexicon.categories.get(labels.category) if labels.category is not None else None
    return category.plural if category is not None and labels.plural else labels.category


def _category(noun: Noun, labels: Labels, lexicon: Lexicon) -> int:
    name = labels.category
    unnamed = name is None
    if name is None:
        name = KIND_WORDS[labels.kind]
    if name in noun.categories or noun.text in labels.synonyms:
        return YES
    if name in noun.may or (unnamed and labels.kind is EntityKind.OBJECT):
        return MAYBE
    if name in lexicon.categories and not noun.categories.isdisjoint(lexicon.categories):
        return NO
    return _user_word(noun, name, labels.kind, lexicon)


def _user_word(noun: Noun, name: str, kind: EntityKind, lexicon: Lexicon) -> int:
    """The word, the category or both are not the project's: judge by the words themselves and by the kind."""
    user = lexicon.user_categories.get(name)
    if user is not None and noun.text in user.synonyms:
        return YES
    known = lexicon.categories.get(name)
    if known is None and KIND_WORDS[kind] in noun.categories:
        return YES  # "animal" of whatever animal
    word, words = tuple(noun.text.lower().split()), tuple(name.lower().split())
    if part_of(word, words):
        return YES if words[-len(word) :] == word else MAYBE
    if (
        part_of(words, word)
        or noun.text in (plural(name), name + "s")
        or name in (plural(noun.text), noun.text + "s")
    ):
        return MAYBE
    if known is None:
        # A generic word of this kind (bird, plant) can hold for a category nobody has heard of, and vice versa.
        kinds = {lexicon.categories[c].kind for c in noun.categories if c in lexicon.categories}
        return MAYBE if noun.generic and kind in kinds else NO
    return MAYBE if name in lexicon.generic and lexicon.kind_of(noun.text) in (None, known.kind) else NO


def is_plural(labels: Labels, lexicon: Lexicon) -> bool:
    """Whether an entity is several things."""
    return labels.plural or lexicon.is_plural(labels.category)


def _number(noun: Noun, labels: Labels, lexicon: Lexicon) -> int:
    known = lexicon.categories.get(noun.text)
    if noun.text in labels.synonyms or (known is not None and known.plural == known.name):
        return YES  # the user's own word; sheep, fish
    if noun.number is Number.MASS or (noun.number is Number.PLURAL) == is_plural(labels, lexicon):
        return YES
    return MAYBE


def _gender(noun: Noun, labels: Labels, lexicon: Lexicon) -> int:
    category = lexicon.category(labels.category) if labels.category else None
    gender = labels.gender or (category.gender if category else None)
    if noun.gender is None or noun.gender == gender:
        return YES
    return MAYBE if gender is None else NO


def _age(noun: Noun, labels: Labels, lexicon: Lexicon) -> int:
    if noun.ages is None:
        return YES
    ages = ages_of(labels, lexicon)
    if not ages:
        return MAYBE
    if ages <= noun.ages:
        return YES
    return NO if ages.isdisjoint(noun.ages | noun.may_ages) else MAYBE


def ages_of(labels: Labels, lexicon: Lexicon) -> frozenset[str]:
    """The age groups an entity may be of; empty when nobody knows."""
    if labels.age_group is not None:
        return frozenset({labels.age_group})
    category = lexicon.category(labels.category) if labels.category else None
    return category.ages if category is not None and category.ages is not None else frozenset()
