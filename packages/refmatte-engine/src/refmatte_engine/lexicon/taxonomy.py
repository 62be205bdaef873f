"""Which word denotes which category: certainly, possibly, or not.

Built once from the categories: a word of a category denotes everything below it; it *may* denote what lies above
(an entity that is only known to be a plant may be a flower), what a reader may take for it (confusable groups),
and what holds the word inside its name (a fox statue beside a fox).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from refmatte_engine.lexicon.inflection import plural
from refmatte_engine.lexicon.model import Category, HumanWord, Noun, Number, Profile
from refmatte_engine.manifest.vocabulary import EntityKind


def subtrees(categories: Mapping[str, Category]) -> dict[str, frozenset[str]]:
    """Every category with all categories below it, itself included."""
    below: dict[str, set[str]] = {name: {name} for name in categories}
    for name in categories:
        for above in ancestors(name, categories):
            below[above].add(name)
    return {name: frozenset(names) for name, names in below.items()}


def ancestors(name: str, categories: Mapping[str, Category]) -> frozenset[str]:
    """Every category above ``name``."""
    found: set[str] = set()
    todo = list(categories[name].is_a)
    while todo:
        above = todo.pop()
        if above not in found:
            found.add(above)
            todo.extend(categories[above].is_a)
    return frozenset(found)


def part_of(word: Sequence[str], name: Sequence[str]) -> bool:
    """The tokens of ``word`` stand together inside ``name``."""
    n = len(word)
    return n < len(name) and any(tuple(name[i : i + n]) == tuple(word) for i in range(len(name) - n + 1))


@dataclass(frozen=True, slots=True)
class Span:
    """The categories that a word denotes, and those that some would call so."""

    denotes: tuple[str, ...]
    may_be: tuple[str, ...] = ()


def build_nouns(
    categories: Mapping[str, Category],
    hypernyms: Mapping[str, Iterable[str]],
    groups: Iterable[Iterable[str]],
    generic: frozenset[str],
    not_heads: frozenset[str],
    numbers: Mapping[str, Number],
    spans: Mapping[str, Span] | None = None,
) -> dict[str, Noun]:
    """All words for things, with their plurals, as text -> noun (words for people come on top).

    Args:
        hypernyms: category -> words that are also said of everything below it.
        spans: words of no category ("kitchen appliance") -> what they denote.
    """
    spans = spans or {}
    below = subtrees(categories)
    certain: dict[str, set[str]] = defaultdict(set)
    possible: dict[str, set[str]] = defaultdict(set)
    own: dict[str, set[str]] = {}
    for name, category in categories.items():
        own[name] = own_words(category)
        for word in own[name]:
            certain[word] |= below[name]
            possible[word] |= ancestors(name, categories)
        for wider in category.may_be:
            for word in own_words(categories[wider]) | set(hypernyms.get(wider, ())):
                possible[word] |= below[name]
    for name, words in hypernyms.items():
        for word in words:
            certain[word] |= below[name]
            possible[word] |= ancestors(name, categories)
    for word, span in spans.items():
        certain[word] |= frozenset().union(*(below[name] for name in span.denotes))
        possible[word] |= frozenset().union(*(below[name] for name in span.may_be))
        possible[word] |= frozenset().union(*(ancestors(name, categories) for name in span.denotes))
        # Of what stands nowhere in the order of things, nobody knows whether it is one.
        possible[word] |= _loose(categories, {categories[name].kind for name in span.denotes})
    for group in groups:
        members = frozenset(group)
        for name in members:
            lookalikes = frozenset().union(*(below[other] for other in members - {name}))
            for word in own[name]:
                possible[word] |= lookalikes
    _inside_names(categories, certain, possible, not_heads)
    _unnamed_people(categories, below, certain, possible)
    for category in categories.values():
        # leaf, leaves: what is labelled with the one may be called the other.
        if category.plural != category.name and category.plural in categories:
            possible[category.name] |= below[category.plural]
            possible[category.plural] |= below[category.name]
    generic_words = {word for name in generic for word in (*own[name], *hypernyms.get(name, ()))} | set(spans)
    nouns = {
        word: Noun(
            text=word,
            number=_number(word, categories, numbers, own),
            categories=frozenset(certain[word]),
            may=frozenset(possible[word] - certain[word]),
            generic=word in generic_words,
        )
        for word in sorted(certain)
    }
    return with_plurals(nouns, categories)


def _loose(categories: Mapping[str, Category], kinds: Collection[EntityKind]) -> frozenset[str]:
    """A user's categories of which only the kind is known."""
    return frozenset(
        name
        for name, category in categories.items()
        if not category.known
        and category.kind in kinds
        and category.synset is None
        and set(category.is_a) <= {category.kind}
    )


def own_words(category: Category) -> set[str]:
    """The name, the common word and the synonyms of one category."""
    words = {category.name, *(word for synonyms in category.synonyms.values() for word in synonyms)}
    return words | ({category.common} if category.common else set())


def _inside_names(
    categories: Mapping[str, Category],
    certain: dict[str, set[str]],
    possible: dict[str, set[str]],
    not_heads: frozenset[str],
) -> None:
    """A word that ends a category's name denotes it ("office chair" is a chair); one inside it may."""
    words = {tuple(word.lower().split()): word for word in certain}
    for name in categories:
        tokens = tuple(name.lower().split())
        for start in range(len(tokens)):
            for end in range(start + 1, len(tokens) + 1):
                word = words.get(tokens[start:end])
                if word is None or end - start == len(tokens):
                    continue
                head = end == len(tokens) and name not in not_heads
                (certain if head else possible)[word].add(name)


def _unnamed_people(
    categories: Mapping[str, Category],
    below: Mapping[str, frozenset[str]],
    certain: dict[str, set[str]],
    possible: dict[str, set[str]],
) -> None:
    """Categories of people do not exclude each other: a man may be an astronaut."""
    people = frozenset(name for name, category in categories.items() if category.kind is EntityKind.HUMAN)
    for name in people:
        for word in own_words(categories[name]):
            possible[word] |= people - below[name]


def _number(
    word: str, categories: Mapping[str, Category], numbers: Mapping[str, Number], own: Mapping[str, set[str]]
) -> Number:
    if word in categories:
        return categories[word].number
    if word in numbers:
        return numbers[word]
    owners = [categories[name].number for name, words in own.items() if word in words]
    return Number.PLURAL if owners and all(number is Number.PLURAL for number in owners) else Number.SINGULAR


def with_plurals(nouns: Mapping[str, Noun], categories: Mapping[str, Category]) -> dict[str, Noun]:
    """The same nouns with the plural of every singular one, unless that is a word already."""
    grown = dict(nouns)
    for noun in nouns.values():
        if noun.number is not Number.SINGULAR:
            continue
        many = categories[noun.text].plural if noun.text in categories else plural(noun.text)
        if many not in grown:
            grown[many] = Noun(
                many, Number.PLURAL, noun.categories, noun.may, noun.gender, noun.ages, noun.may_ages, noun.generic
            )
    return grown


def add_human_words(
    nouns: Mapping[str, Noun],
    words: Mapping[Profile, Sequence[HumanWord]],
    profile: Profile,
    categories: Mapping[str, Category],
    lookalikes: frozenset[str],
    numbers: Mapping[str, Number],
) -> dict[str, Noun]:
    """The nouns of one profile: its own words for people on top, with what they say of gender and age.

    ``lookalikes`` are the things that may be taken for a person (a doll, a statue).
    """
    people = frozenset(name for name, category in categories.items() if category.kind is EntityKind.HUMAN)
    grown = dict(nouns)
    # The other profile's words are understood too; where both have a word, this profile's meaning counts.
    for owner in sorted(words, key=lambda each: each is profile):
        for word in words[owner]:
            old = grown.get(word.text)
            number = old.number if old is not None else numbers.get(word.text, Number.SINGULAR)
            noun = Noun(word.text, number, people, lookalikes, word.gender, word.true, word.may)
            many = categories[word.text].plural if word.text in categories else plural(word.text)
            grown[word.text] = noun
            if number is Number.SINGULAR:
                grown[many] = replace(noun, text=many, number=Number.PLURAL)
    return grown
