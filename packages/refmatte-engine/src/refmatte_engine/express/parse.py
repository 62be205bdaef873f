"""From text back to claims: the evaluator reads what is written, whoever wrote it.

The parser knows the words of both profiles, of the user, and of the scene at hand. It tries every way to read a
phrase, longest words first, and takes the first that uses all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Generic, TypeVar

from refmatte_engine.attributes.labels import Labels
from refmatte_engine.config import Words
from refmatte_engine.errors import BadInputError
from refmatte_engine.express.claims import USER, Attribute, Claims, Facet, Thing
from refmatte_engine.express.tokens import Tokens, tokens_of
from refmatte_engine.express.truth import built_in_words
from refmatte_engine.lexicon import Lexicon, Number, Profile, Scope
from refmatte_engine.lexicon.inflection import article as a_or_an

T = TypeVar("T")
MAX_TOKENS = 100
"""Longer text is no phrase (and could not be read without deep recursion)."""

_ARTICLES = frozenset({"the", "a", "an"})
_RELATIVE_PRONOUNS = frozenset({"which", "that", "who"})
_BE = frozenset({"is", "are"})
_BETWEEN_ATTRIBUTES = frozenset({"and", ","})
_WEARING: tuple[Tokens, ...] = (("with",), ("wearing",), ("in",), ("dressed", "in"))
_PICTURES = frozenset({"photo", "image", "picture"})


class UnknownWordsError(BadInputError):
    """A phrase that the grammar and the lexicon do not cover."""


class WordTable(Generic[T]):
    """Word sequences and what they stand for, longest first; a table may lie over another that stays as it is."""

    def __init__(self, under: WordTable[T] | None = None) -> None:
        self._under = under
        self._by_first: dict[str, list[tuple[Tokens, T]]] = {}

    def add(self, text: str, meaning: T) -> None:
        """The first meaning of a text stays, and so does one in the table below."""
        tokens = tokens_of(text)
        if not tokens:
            return
        entries = self._by_first.setdefault(tokens[0], [])
        if all(known != tokens for known, _ in self._starting(tokens[0])):
            entries.append((tokens, meaning))
            entries.sort(key=lambda entry: -len(entry[0]))

    def _starting(self, token: str) -> list[tuple[Tokens, T]]:
        own = self._by_first.get(token, [])
        if self._under is None:
            return own
        below = self._under._starting(token)
        return sorted((*below, *own), key=lambda entry: -len(entry[0])) if own else below

    def at(self, tokens: Tokens, i: int) -> Iterator[tuple[T, int]]:
        """Meanings that start at token i, with the index after them."""
        if i < len(tokens):
            for words, meaning in self._starting(tokens[i]):
                if tokens[i : i + len(words)] == words:
                    yield meaning, i + len(words)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything the parser can recognise."""

    nouns: WordTable[tuple[str, bool]] = field(default_factory=WordTable)
    before: WordTable[Attribute] = field(default_factory=WordTable)
    after: WordTable[Attribute] = field(default_factory=WordTable)
    colors: WordTable[str] = field(default_factory=WordTable)
    garments: WordTable[str] = field(default_factory=WordTable)
    absolute: WordTable[str] = field(default_factory=WordTable)
    relative: WordTable[str] = field(default_factory=WordTable)

    @classmethod
    def of(cls, lexicon: Lexicon, words: Words) -> Vocabulary:
        """The words of the lexicon, the asked profile's meanings first."""
        vocabulary = cls()
        asked = Profile(words.profile)
        for profile in (asked, *(p for p in Profile if p is not asked)):
            dialect = lexicon.dialect(profile)
            for noun in dialect.nouns.values():
                vocabulary.nouns.add(noun.text, (noun.text, noun.number is Number.PLURAL))
            for phrase in dialect.phrases:
                table = vocabulary.absolute if phrase.scope is Scope.ABSOLUTE else vocabulary.relative
                for text in _with_picture(phrase.text, phrase.scope, profile):
                    table.add(text, phrase.means)
        for word, attribute in built_in_words(lexicon).items():
            vocabulary.before.add(word, attribute)
            if attribute.facet == Facet.COLOR:
                vocabulary.colors.add(word, word)
        for garment in lexicon.garments:
            vocabulary.garments.add(garment, garment)
        for name, form in sorted(lexicon.attributes.items()):
            for value in (*form.values, *form.quiet):
                vocabulary._add_user_attribute(lexicon, name, value)
        for user in lexicon.user_categories.values():
            for word in (user.name, *user.synonyms):
                vocabulary.nouns.add(word, (word, user.plural))
        return vocabulary

    def over(self, lexicon: Lexicon, scene: Sequence[Labels]) -> Vocabulary:
        """These words and those that the labels of a scene bring in."""
        grown = Vocabulary(*(WordTable(getattr(self, each.name)) for each in fields(self)))
        for labels in scene:
            for word in filter(None, (labels.category, *labels.synonyms)):
                grown.nouns.add(word, (word, labels.plural or lexicon.is_plural(word)))
            if labels.clothes_type is not None:
                grown.garments.add(labels.clothes_type, labels.clothes_type)
            for custom in labels.custom:
                grown._add_user_attribute(lexicon, custom.name, custom.value)
        return grown

    def _add_user_attribute(self, lexicon: Lexicon, name: str, value: str) -> None:
        form = lexicon.attribute(name)
        table = self.before if form.place == "before" else self.after
        for be in ("is", "are"):
            text = form.phrase.format(value=value, a_value=f"{a_or_an(value)} {value}", be=be)
            table.add(text, Attribute(USER + name, value))


def _with_picture(text: str, scope: Scope, profile: Profile) -> Iterable[str]:
    if scope is Scope.RELATIVE:
        return (text,)
    if "{image}" in text:
        return tuple(text.replace("{image}", picture) for picture in sorted(_PICTURES))
    whole = tuple(f"{text} the {picture}" for picture in sorted(_PICTURES))
    return whole if profile is Profile.PAPER else (text,)


def parse(text: str, lexicon: Lexicon, words: Words, *, scene: Sequence[Labels] = ()) -> Claims:
    """What a phrase claims.

    Args:
        scene: labels of the entities it may be about; their categories, synonyms and values become words.

    Raises:
        UnknownWordsError: the phrase has words or an order of words that the grammar does not know.
    """
    tokens = tokens_of(text)
    if not 0 < len(tokens) <= MAX_TOKENS:
        raise UnknownWordsError(f"a phrase has 1 to {MAX_TOKENS} words, not {len(tokens)}")
    parser = _Parser(tokens, _vocabulary(lexicon, words, scene))
    claims = next(parser.whole(), None)
    if claims is None:
        raise UnknownWordsError(f"cannot read '{text}': {parser.complaint()}")
    return claims


def _vocabulary(lexicon: Lexicon, words: Words, scene: Sequence[Labels]) -> Vocabulary:
    key = (Vocabulary, words.profile)
    found: Vocabulary | None = lexicon.cache.get(key)
    if found is None:
        found = lexicon.cache[key] = Vocabulary.of(lexicon, words)
    return found.over(lexicon, scene) if scene else found


class _Parser:
    """Recursive descent with every alternative; ``i`` is an index into the tokens throughout."""

    def __init__(self, tokens: Tokens, words: Vocabulary) -> None:
        self.tokens = tokens
        self.words = words
        self.furthest = 0

    def complaint(self) -> str:
        rest = " ".join(self.tokens[self.furthest :])
        return f"'{rest}' is not understood" if rest else "it ends too early"

    def whole(self) -> Iterator[Claims]:
        end = len(self.tokens)
        for target, i in self.thing(0):
            if i == end:
                yield Claims(target)
            for where in self._after_pronoun(i):
                for means, j in self.words.absolute.at(self.tokens, where):
                    if self._reach(j) == end:
                        yield Claims(target, means)
                for means, j in self.words.relative.at(self.tokens, where):
                    for related, k in self.thing(self._reach(j)):
                        if k == end:
                            yield Claims(target, means, related)

    def _after_pronoun(self, i: int) -> Iterator[int]:
        """A position may follow at once, or after "that is"."""
        yield i
        if self._is(i, _RELATIVE_PRONOUNS) and self._is(i + 1, _BE):
            yield i + 2

    def thing(self, i: int) -> Iterator[tuple[Thing, int]]:
        """A noun phrase."""
        start = i + 1 if self._is(i, _ARTICLES) else i
        for before, j in self._attributes(start, optional=True):
            for (noun, many), k in self.words.nouns.at(self.tokens, j):
                for behind, end in self._behind_noun(self._reach(k)):
                    yield Thing(noun, tuple(sorted((*before, *behind))), many), end

    def _attributes(self, i: int, *, optional: bool) -> Iterator[tuple[tuple[Attribute, ...], int]]:
        """Attributes with "and" and commas between them; the shortest list first, so that nouns win."""
        if optional:
            yield (), i
        for attribute, j in self.words.before.at(self.tokens, i):
            yield (attribute,), self._reach(j)
            for k in self._over_joiners(j):
                for more, end in self._attributes(k, optional=False):
                    yield (attribute, *more), end

    def _over_joiners(self, i: int) -> Iterator[int]:
        yield i
        j = i
        while self._is(j, _BETWEEN_ATTRIBUTES):
            j += 1
        if j > i:
            yield j

    def _behind_noun(self, i: int) -> Iterator[tuple[tuple[Attribute, ...], int]]:
        """Clothes, "that is" with attributes, and phrases of the user's, in any order."""
        for read in (self._clothes, self._clause, self._user_phrase):
            for attributes, j in read(i):
                for more, end in self._behind_noun(self._reach(j)):
                    yield (*attributes, *more), end
        yield (), i

    def _user_phrase(self, i: int) -> Iterator[tuple[tuple[Attribute, ...], int]]:
        for attribute, j in self.words.after.at(self.tokens, i):
            yield (attribute,), j

    def _clause(self, i: int) -> Iterator[tuple[tuple[Attribute, ...], int]]:
        if self._is(i, _RELATIVE_PRONOUNS) and self._is(i + 1, _BE):
            found = list(self._attributes(i + 2, optional=False))
            yield from reversed(found)

    def _clothes(self, i: int) -> Iterator[tuple[tuple[Attribute, ...], int]]:
        start = i + 2 if self._is(i, _RELATIVE_PRONOUNS) and self._is(i + 1, _BE) else i
        for opening in _WEARING:
            j = start + len(opening)
            if self.tokens[start:j] != opening:
                continue
            j = j + 1 if self._is(j, _ARTICLES) else j
            for color, k in self.words.colors.at(self.tokens, j):
                said = Attribute(Facet.CLOTHES_COLOR, color)
                for garment, end in self.words.garments.at(self.tokens, k):
                    yield (said, Attribute(Facet.CLOTHES_TYPE, garment)), end
                yield (said,), k
            for garment, end in self.words.garments.at(self.tokens, j):
                yield (Attribute(Facet.CLOTHES_TYPE, garment),), end

    def _is(self, i: int, among: frozenset[str]) -> bool:
        return i < len(self.tokens) and self.tokens[i] in among

    def _reach(self, i: int) -> int:
        self.furthest = max(self.furthest, i)
        return i
