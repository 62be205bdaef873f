"""The project's lexicon from WordNet and the checked corrections: ``categories.toml`` and ``hypernyms.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from refmatte_engine.atomic import write_text
from refmatte_engine.errors import UsageError
from refmatte_engine.lexicon.inflection import plural
from refmatte_engine.lexicon.model import Number
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.wordnet import toml_text
from refmatte_engine.wordnet.checked import Checked, CheckedCategory, load_checked
from refmatte_engine.wordnet.kin import Kin, above_all
from refmatte_engine.wordnet.net import Net, Sense
from refmatte_engine.wordnet.senses import meaning
from refmatte_engine.wordnet.words import plural_of, synonyms, word_forms

NOTICE = """\
# Made by `refmatte lexicon make` from WordNet 3.0 and wordnet/checked.toml: change that file, not this one.
# WordNet 3.0 Copyright 2006 by Princeton University. All rights reserved.
"""

CATEGORIES_HEAD = (
    NOTICE
    + """
# Categories: entry-level names (Section 3.1), the keyword of a matte.
#
# One table per kind, one line per category:
#   synset   what it is in WordNet; absent when WordNet has no such thing
#   size     longest side of the thing as it is usually photographed, in metres (layout uses it)
#   is_a     the categories it belongs to; a word for those denotes it as well
#   may_be   further categories that WordNet puts it under: a word for those may be understood of it
#   common   what people say in place of the keyword (`modern`), when it is another word
#   gender, ages   what the category itself says of a person
#   number   "plural" (leaves) or "mass" (smoke); singular when absent
#   plural   the plural, when it is not regular
#   see_through  true: everyone knows it, so `modern` does not call it transparent
#   modern   further words people say now and then
#   paper    synonyms in `paper`: WordNet's, checked, some replaced by hand, as the paper did
# Words that come down from a broader category (animal, plant) are in hypernyms.toml.
"""
)

NUMBER_HEAD = "# Number of words that are no category themselves; singular when not listed.\n"

HYPERNYMS_HEAD = (
    NOTICE
    + """
# Words of a broad category that are also said of everything below it. `modern` says few of them, and rarely;
# the figures of the paper say plant of a flower, beast and brute of an alpaca. `generic`: a label for what nobody
# named more closely, so a word nobody knows may mean it. What a word denotes: the category and all that is below
# it (`is_a` in categories.toml), a user's categories included.
"""
)


@dataclass(frozen=True, slots=True)
class ProjectLexicon:
    """The text of the two files, and corrections that correct nothing."""

    categories: str
    hypernyms: str
    idle: tuple[str, ...]

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write both files into ``folder``; returns their paths."""
        written = (folder / "categories.toml", folder / "hypernyms.toml")
        for path, content in zip(written, (self.categories, self.hypernyms), strict=True):
            write_text(path, content)
        return written


def make_lexicon(net: Net, checked: Checked | None = None) -> ProjectLexicon:
    """Generate the project's lexicon.

    Args:
        net: WordNet 3.0.
        checked: the corrections; None: the project's.

    Raises:
        UsageError: a correction names a synset that WordNet does not have.
    """
    checked = checked or load_checked()
    senses = _senses(checked, net)
    kin = Kin(
        senses, {name: kind for name, (kind, _) in checked.categories().items()}, net, leaves=_several(checked)
    )
    idle: list[str] = []
    lines = [CATEGORIES_HEAD]
    for kind in EntityKind:
        lines.append(f"\n[{kind}]\n")
        for group in (each for each in checked.group if each.kind is kind):
            lines += [toml_text.comment(group.about) + "\n"] if group.about else []
            for name, entry in group.names.items():
                table = _category(name, entry, kin, net)
                idle += [f"{name}.{field}" for field in _idle(name, entry, kin, net)]
                lines.append(f"{toml_text.key(name)} = {toml_text.inline(table)}\n")
    lines += ["\n", NUMBER_HEAD, "[number]\n"]
    lines += [f"{number} = {toml_text.value(words)}\n" for number, words in checked.number.items()]
    return ProjectLexicon("".join(lines), _hypernyms(checked, senses, net), tuple(idle))


def _senses(checked: Checked, net: Net) -> dict[str, Sense | None]:
    """What every name means: first by itself, then again among the others."""
    kin: frozenset[str] = frozenset()
    for _ in range(2):
        found: dict[str, Sense | None] = {}
        for name, (kind, entry) in checked.categories().items():
            if entry.sense == "":
                found[name] = None
                continue
            chosen = meaning(name, net, kind=kind, kin=kin, stated=entry.sense).chosen
            found[name] = None if chosen is None else chosen.sense
        kin = frozenset(
            sense.key for name, sense in found.items() if sense is not None and name not in set(EntityKind)
        )
    return found


def _several(checked: Checked) -> frozenset[str]:
    """Names of several things (leaves): nothing is a kind of them unless a person says so."""
    return frozenset(name for name, (_, entry) in checked.categories().items() if entry.number is Number.PLURAL)


def _category(name: str, entry: CheckedCategory, kin: Kin, net: Net) -> dict[str, toml_text.Value]:
    sense = kin.senses[name]
    forms = word_forms(name, sense, net)
    number = entry.number or forms.number
    many = entry.plural or (forms.plural if number is forms.number else plural_of(name, net))
    is_a = kin.right_above(name) if entry.is_a is None else entry.is_a
    table: dict[str, toml_text.Value | None] = {
        "synset": None if sense is None else sense.key,
        "size": entry.size,
        "is_a": is_a,
        "may_be": kin.may_be(name, is_a, entry.not_a),
        "common": entry.common,
        "gender": entry.gender,
        "ages": entry.ages,
        "number": None if number is Number.SINGULAR else number.value,
        "plural": many if number is Number.SINGULAR and many != plural(name) else None,
        "see_through": entry.see_through or None,
        "modern": entry.modern,
        "paper": _paper(name, sense, entry.paper, entry.refused, net),
    }
    return {field: value for field, value in table.items() if value is not None and value != ()}


def _paper(
    name: str, sense: Sense | None, paper: tuple[str, ...] | None, refused: tuple[str, ...], net: Net
) -> tuple[str, ...]:
    if paper is not None:
        return paper
    words = () if sense is None else synonyms(name, sense, net)
    unknown = sorted(set(refused) - set(words))
    if unknown:
        raise UsageError(f"checked.toml: '{unknown[0]}', refused for '{name}', is none of its synonyms in WordNet")
    return tuple(word for word in words if word not in refused)


def _hypernyms(checked: Checked, senses: Mapping[str, Sense | None], net: Net) -> str:
    tables = []
    for name, entry in checked.hypernym.items():
        words = entry.paper
        if words is None:
            words = (name, *_paper(name, senses[name], None, entry.refused, net))
        lines = [f"[{toml_text.key(name)}]"]
        lines += ["generic = true"] if entry.generic else []
        lines += [f"modern = {toml_text.value(entry.modern)}"] if entry.modern else []
        tables.append("\n".join([*lines, f"paper = {toml_text.value(words)}"]) + "\n")
    return HYPERNYMS_HEAD + "\n" + "\n".join(tables)


def _idle(name: str, entry: CheckedCategory, kin: Kin, net: Net) -> tuple[str, ...]:
    """Corrections that say what WordNet gives anyway."""
    sense = kin.senses[name]
    forms = word_forms(name, sense, net)
    said = synonyms(name, sense, net) if sense is not None else ()
    kind = kin.kinds[name]
    own = meaning(name, net, kind=kind, kin=kin.synsets).chosen
    same = {
        "sense": entry.sense is not None and (own.sense.key if own else "") == entry.sense,
        "is_a": entry.is_a is not None and entry.is_a == kin.right_above(name),
        "number": entry.number is not None and entry.number is forms.number,
        "plural": entry.plural is not None and entry.plural == forms.plural,
        "paper": entry.paper is not None and entry.paper == said,
        "not_a": bool(set(entry.not_a) - above_all(name, kin)),
    }
    return tuple(field for field, idle in same.items() if idle)
