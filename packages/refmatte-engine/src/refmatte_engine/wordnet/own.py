"""``refmatte lexicon propose``: the names of a user's collection to a ``lexicon.toml`` that a build reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from refmatte_engine.atomic import write_text
from refmatte_engine.errors import BadInputError, StateConflictError, UsageError
from refmatte_engine.lexicon import NO_WORDS, load_lexicon
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.pipeline.asked import read_asked
from refmatte_engine.wordnet.data import open_wordnet
from refmatte_engine.wordnet.net import Net
from refmatte_engine.wordnet.proposal import Proposals, propose
from refmatte_engine.wordnet.user_file import file_text, remarks, to_check

MAX_NAMES_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class ProposedLexicon:
    """What was proposed and where it was written; ``str`` is for a person.

    Attributes:
        beside: the collection has a ``lexicon.toml`` already, whose entries are known.
    """

    proposals: Proposals
    out: Path | None
    beside: bool = False

    def __str__(self) -> str:
        lines = [f"{name}: known" + (f" as {same}" if same != name else "") for name, same in self.proposals.known]
        for proposal in self.proposals.proposals:
            said, *more = remarks(proposal)
            entry = proposal.entry
            words = "; also ".join(
                filter(None, (", ".join(entry.is_a), ", ".join(dict.fromkeys(entry.modern + entry.paper))))
            )
            lines += [f"{said}: {entry.kind}, a kind of {words}", *(f"  {line}" for line in more)]
        for word, hypernym in self.proposals.words.hypernyms.items():
            lines.append(f"{word}: said of {', '.join(hypernym.denotes)}")
        checks = sum(map(to_check, self.proposals.proposals))
        lines.append(
            f"{len(self.proposals.proposals)} entries, {checks} to check, {len(self.proposals.known)} known"
        )
        if self.out is not None:
            then = "add it to the lexicon.toml in" if self.beside else "put it as lexicon.toml into"
            lines.append(f"look over {self.out}, then {then} the folder of the cut-outs")
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """One document: entries with their senses, what is known already, the hypernyms."""
        words = self.proposals.words.as_document()
        return {
            "out": None if self.out is None else str(self.out),
            "known": dict(self.proposals.known),
            "categories": {
                proposal.name: {
                    "entry": {"kind": proposal.entry.kind.value, **words["categories"][proposal.name]},
                    "spoken": proposal.spoken,
                    "check": to_check(proposal),
                    "head": proposal.meaning.head,
                    "near": list(proposal.near),
                    "senses": [
                        {"synset": each.sense.key, "gloss": each.sense.gloss, "kind": each.kind.value}
                        for each in proposal.meaning.ranked
                    ],
                }
                for proposal in self.proposals.proposals
            },
            "hypernyms": words.get("hypernyms", {}),
        }


def propose_lexicon(
    names: Sequence[str] = (),
    *,
    names_file: Path | None = None,
    collection: Path | None = None,
    out: Path | None = None,
    net: Net | None = None,
) -> ProposedLexicon:
    """Propose entries for names that the lexicon does not have.

    Args:
        names: free names, or ``name=sense``.
        names_file: more of them, one a line; ``#`` begins a comment.
        collection: folder of ``refmatte ingest`` or ``label``: its categories; those that its ``lexicon.toml``
            described are known.
        out: file to write; None: nothing is written.
        net: None: WordNet through nltk.

    Raises:
        UsageError: there is no name, or a sense is none of its name.
        BadInputError: a file cannot be read, nltk or WordNet's data is missing, a name is not legal.
        StateConflictError: ``out`` exists; a person may have corrected it.
    """
    if out is not None and out.exists():
        raise StateConflictError(f"{out} exists, perhaps with your corrections: name another file, or delete it")
    kinds = {} if collection is None else _collected(collection)
    asked = [*names, *(() if names_file is None else _listed(names_file))]
    named = {text.partition("=")[0].strip() for text in asked}
    asked += [name for name in sorted(kinds) if name not in named]
    if not asked:
        raise UsageError("no names: give some, or --from FILE, or --collection DIR")
    words = NO_WORDS if collection is None else read_asked(collection).user_words
    found = propose(
        asked,
        net or open_wordnet(),
        load_lexicon(user_words=words),
        kinds={name: kind for name, kind in kinds.items() if kind is not None},
    )
    written = out if found.proposals else None
    if written is not None:
        write_text(written, file_text(found))
    return ProposedLexicon(found, written, beside=words != NO_WORDS)


def _listed(path: Path) -> list[str]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInputError(f"cannot read the names in {path}: {error.strerror}") from error
    if len(data) > MAX_NAMES_BYTES:
        raise BadInputError(f"{path} is larger than {MAX_NAMES_BYTES} bytes: that is no list of names")
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise BadInputError(f"{path} is not UTF-8 text (byte {error.start})") from error
    return [name for line in lines if (name := line.partition("#")[0].strip())]


def _collected(folder: Path) -> dict[str, EntityKind | None]:
    """The categories of a collection, with their kind where it is more than the default."""
    from refmatte_engine.rows.stored import read_inventory, read_labels

    if not (folder / "entities.parquet").is_file():
        raise BadInputError(f"{folder} holds no entities.parquet: that is no folder of refmatte ingest or label")
    labels = read_labels(folder)
    found: dict[str, EntityKind | None] = {}
    for entity in read_inventory(folder).entities:
        known = labels.get(entity.entity_id)
        name, kind = (entity.category, entity.kind) if known is None else (known.category, known.kind)
        if name:
            found[name] = None if kind is EntityKind.OBJECT else kind
    return found
