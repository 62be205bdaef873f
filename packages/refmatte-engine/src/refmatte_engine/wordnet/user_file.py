"""``lexicon.toml`` as text: entries with what WordNet says of them, and what a person should look at."""

from __future__ import annotations

from typing import Any

from refmatte_engine.wordnet import toml_text
from refmatte_engine.wordnet.proposal import Proposal, Proposals

HEAD = """\
# Words for your own categories, proposed by `refmatte lexicon propose` from WordNet 3.0. Look over every entry,
# above all those marked CHECK; then put this file, as lexicon.toml, into the folder of the cut-outs.
#   kind       human, animal or object
#   synset     what it is in WordNet; no key: WordNet has no such thing. For another sense propose "name=sense"
#   is_a       categories it belongs to, the project's or yours: a word for those denotes it as well
#   may_be     categories whose words some would use for it
#   number     "plural" (sneakers) or "mass" (foam); plural: when it is not regular
#   common     what people say in place of the name; modern, paper: further words that each preset says
#   size       longest side in metres, as it is usually photographed; without it that of what it is a kind of
#   see_through  true: it is transparent by nature
# WordNet 3.0 Copyright 2006 by Princeton University. All rights reserved.
"""

HYPERNYMS_HEAD = """\
# Words for what they are kinds of. denotes: every category a word is true of; may_be: those that some call so.
# `paper` says these words, `modern` only with modern = true. Delete what nobody would say.
"""


def file_text(proposals: Proposals) -> str:
    """The whole file."""
    parts = [HEAD]
    parts += [_category(proposal) for proposal in proposals.proposals]
    if proposals.words.hypernyms:
        parts.append(HYPERNYMS_HEAD)
    for word, hypernym in proposals.words.hypernyms.items():
        parts.append(
            _table(f"hypernyms.{toml_text.key(word)}", hypernym.model_dump(mode="json", exclude_defaults=True))
        )
    return "\n".join(parts)


def remarks(proposal: Proposal) -> tuple[str, ...]:
    """What a person should know of one entry: its meaning, other meanings, what was guessed."""
    found = proposal.meaning
    lines = [proposal.spoken]
    if found.chosen is not None:
        lines.append(f"{found.chosen.sense.key}: {found.chosen.sense.gloss}")
    elif found.head is not None:
        lines.append(f"CHECK: WordNet lacks '{found.name}'; taken for a kind of '{found.head}'{_near(proposal)}")
    else:
        lines.append(f"CHECK: WordNet lacks '{found.name}'{_near(proposal)}")
    doubtful = found.doubtful
    if doubtful:
        lines.append("CHECK: it may as well be")
    lines += [f"  {found.head or found.name}={each.sense.key}: {each.sense.gloss}" for each in doubtful]
    return tuple(lines)


def to_check(proposal: Proposal) -> bool:
    """Whether a person must decide something."""
    return proposal.meaning.chosen is None or bool(proposal.meaning.doubtful)


def _near(proposal: Proposal) -> str:
    return f"; it has {', '.join(proposal.near)}" if proposal.near else ""


def _category(proposal: Proposal) -> str:
    table = proposal.entry.model_dump(mode="json", exclude_defaults=True)
    table = {"kind": proposal.entry.kind.value, **table}
    comments = "".join(f"{toml_text.comment(line)}\n" for line in remarks(proposal))
    return comments + _table(f"categories.{toml_text.key(proposal.name)}", table)


def _table(name: str, table: dict[str, Any]) -> str:
    lines = [f"[{name}]", *(f"{key} = {toml_text.value(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"
