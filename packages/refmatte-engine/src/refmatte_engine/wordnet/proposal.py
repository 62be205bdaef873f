"""Lexicon entries for a user's own names: what WordNet gives, for a person to look over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from refmatte_engine.attributes.categories import known_name
from refmatte_engine.errors import UsageError
from refmatte_engine.lexicon import Lexicon
from refmatte_engine.lexicon.inflection import article, plural
from refmatte_engine.lexicon.model import Number
from refmatte_engine.lexicon.taxonomy import ancestors
from refmatte_engine.lexicon.user import UserCategory
from refmatte_engine.lexicon.user_words import UserEntry, UserHypernym, UserWords
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.sources.paired import category_word
from refmatte_engine.wordnet.hypernyms import hypernym_words, wider
from refmatte_engine.wordnet.kin import Kin
from refmatte_engine.wordnet.net import Net, Sense
from refmatte_engine.wordnet.senses import Meaning, meaning
from refmatte_engine.wordnet.words import as_plural, everyday, synonyms, word_forms

NEAR = 3
"""So many similar names are told for one that WordNet lacks."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed for one name.

    Attributes:
        meaning: its senses in WordNet, best first, and whether a person must choose.
        entry: for ``lexicon.toml``.
        near: similar nouns of WordNet, where it lacks the name.
    """

    name: str
    meaning: Meaning
    entry: UserEntry
    near: tuple[str, ...] = ()

    @property
    def spoken(self) -> str:
        """The name as it is said of one and of two: "a toaster, two toasters"."""
        if self.entry.number is not Number.SINGULAR:
            return f"{self.name} ({self.entry.number})"
        return f"{article(self.name)} {self.name}, two {self.entry.category(self.name).plural}"


@dataclass(frozen=True, slots=True)
class Proposals:
    """What is proposed for many names.

    Attributes:
        proposals: in the order of the names.
        known: (name, category of the lexicon that it is), which need no entry.
        words: all entries, and the hypernyms with everything they denote.
    """

    proposals: tuple[Proposal, ...]
    known: tuple[tuple[str, str], ...]
    words: UserWords


def propose(
    names: Sequence[str], net: Net, lexicon: Lexicon, *, kinds: Mapping[str, EntityKind] | None = None
) -> Proposals:
    """Entries for names that the lexicon does not have.

    Args:
        names: free names, or ``name=sense`` with a synset ("mouse=mouse.n.04") or its number ("mouse=4"). A stated
            sense makes an entry even for a name that the lexicon has, which then wins over it.
        kinds: name -> kind, where labels state one.

    Raises:
        UsageError: a stated sense is none of its name, or a name is given twice.
        BadInputError: something cannot name a category.
    """
    stated, known = _sorted_out(names, lexicon)
    ours = {name: category for name, category in lexicon.categories.items() if name not in stated}
    senses: dict[str, Sense | None] = {
        name: None if category.synset is None else net.sense(category.synset) for name, category in ours.items()
    }
    said = kinds or {}
    kinds_of = {name: category.kind for name, category in ours.items()}
    leaves = [name for name in ours if lexicon.is_plural(name)]
    kin = Kin(senses, kinds_of, net, leaves=leaves)
    meanings = {
        name: meaning(name, net, kind=said.get(name), kin=kin.synsets, stated=choice)
        for name, choice in stated.items()
    }
    for name, found in meanings.items():
        senses[name] = found.chosen.sense if found.chosen else None
        kinds_of[name] = said.get(name) or _kind(found, lexicon)
    kin = Kin(senses, kinds_of, net, leaves=leaves)
    taken = frozenset(word for category in ours for word in lexicon.words_of(category)) | set(stated)
    proposals = tuple(
        Proposal(name, found, _entry(found, kin, net, taken), () if found.chosen else _near(name, net))
        for name, found in meanings.items()
    )
    entries = {proposal.name: proposal.entry for proposal in proposals}
    hypernyms = _hypernyms(entries, kin, net, lexicon, taken)
    return Proposals(proposals, tuple(known), UserWords(categories=entries, hypernyms=hypernyms))


def _sorted_out(names: Sequence[str], lexicon: Lexicon) -> tuple[dict[str, str | None], list[tuple[str, str]]]:
    """Names with their stated senses, and those that the lexicon knows already."""
    stated: dict[str, str | None] = {}
    known: dict[str, str] = {}
    for text in names:
        written, _, choice = text.partition("=")
        name = UserCategory(category_word(written)).name
        if name in stated and stated[name] != (choice.strip() or None):
            raise UsageError(f"'{name}' is given twice, with different senses")
        same = known_name(name, lexicon)[0]
        if not choice.strip() and lexicon.category(same) is not None:
            known[name] = same
        else:
            stated[name] = choice.strip() or None
    return stated, [(name, same) for name, same in known.items() if name not in stated]


def _kind(found: Meaning, lexicon: Lexicon) -> EntityKind:
    """By its sense; by that of its last words, as the lexicon has them or WordNet; else an object."""
    if found.head is not None and (known := lexicon.kind_of(found.head)) is not None:
        return known
    return found.ranked[0].kind if found.ranked else EntityKind.OBJECT


def _entry(found: Meaning, kin: Kin, net: Net, taken: frozenset[str]) -> UserEntry:
    kind = kin.kinds[found.name]
    sense = found.ranked[0].sense if found.ranked else None
    if found.head is not None and kin.kinds.get(found.head) is kind:
        is_a: tuple[str, ...] = (found.head,)
        sense = kin.senses[found.head] or sense
    elif sense is not None and found.ranked[0].kind is kind:
        is_a = kin.nearest(sense, kind, but=found.name)
    else:
        is_a = (kind.value,)
    forms = word_forms(found.name, sense, net)
    words: tuple[str, ...] = ()
    common: tuple[str, ...] = ()
    if found.chosen is not None and sense is not None:
        words = tuple(word for word in synonyms(found.name, sense, net) if word.lower() not in taken)
        common = everyday(words, sense, net)
        if forms.number is Number.PLURAL:
            words, common = (
                tuple(word for word in as_plural(each, sense, net) if word != found.name)
                for each in (words, common)
            )
    return UserEntry(
        kind=kind,
        synset=found.chosen.sense.key if found.chosen else None,
        is_a=is_a,
        number=forms.number,
        plural=forms.plural if forms.number is Number.SINGULAR and forms.plural != plural(found.name) else None,
        modern=common,
        paper=words,
    )


def _hypernyms(
    entries: Mapping[str, UserEntry], kin: Kin, net: Net, lexicon: Lexicon, taken: frozenset[str]
) -> dict[str, UserHypernym]:
    """Words for what the new categories are kinds of, each with all it denotes, ours and the new ones."""
    above_ours = {
        name: frozenset({name, *(ancestors(name, lexicon.categories) if name in lexicon.categories else ())})
        for name in kin.senses
        if name not in entries
    }
    found: dict[str, UserHypernym] = {}
    for name, entry in entries.items():
        sense = kin.senses[name]
        # What is a kind of a category has that one's broader words already.
        placed = set(entry.is_a) - {entry.kind.value}
        for hypernym in () if sense is None or placed else hypernym_words(sense, kin, net):
            word = hypernym.lemmas[0]
            if word in found or word.lower() in taken:
                continue
            denoted = _with_kinds({each for each in kin.senses if kin.is_below(each, hypernym.key)}, above_ours)
            may = _with_kinds(
                {each for each in kin.senses for key in wider(hypernym) if kin.is_below(each, key)}, above_ours
            )
            found[word] = UserHypernym(
                denotes=tuple(sorted(denoted)),
                may_be=tuple(sorted(may - denoted)),
                number=word_forms(word, hypernym, net).number,
            )
    return found


def _with_kinds(names: set[str], above: Mapping[str, frozenset[str]]) -> set[str]:
    """The names and what our own order puts below them, without the roots."""
    grown = names | {each for each, upper in above.items() if not upper.isdisjoint(names)}
    return grown - {kind.value for kind in EntityKind}


def _near(name: str, net: Net) -> tuple[str, ...]:
    """Similar nouns of WordNet; of a name of several words also those that share its last one or its first."""
    lower = name.lower()
    alike = [noun for noun in net.nouns() if noun[:1] == lower[:1] and abs(len(noun) - len(lower)) <= 4]
    return tuple(get_close_matches(lower, alike, n=NEAR, cutoff=0.7))
