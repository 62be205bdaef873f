"""WordNet's data on this machine: how to open it, and how to put Debian's copy where nltk looks. No download."""

from __future__ import annotations

import shutil
import warnings
import zipfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from refmatte_engine.atomic import write_text
from refmatte_engine.errors import BadInputError, DiskError
from refmatte_engine.wordnet.net import Sense

CORPUS = "corpora/wordnet"

PARTS = ("adj", "adv", "noun", "verb")
FILES = (
    "cntlist.rev",
    "index.sense",
    *(f"{kind}.{part}" for part in PARTS for kind in ("data", "index")),
    *(f"{part}.exc" for part in PARTS),
)
"""What nltk reads of WordNet, besides ``lexnames``, which Debian leaves out."""

_FIELDS = (
    ("adj", 3, "all pert"),
    ("adv", 4, "all"),
    (
        "noun",
        1,
        "Tops act animal artifact attribute body cognition communication event feeling food group location motive "
        "object person phenomenon plant possession process quantity relation shape state substance time",
    ),
    (
        "verb",
        2,
        "body change cognition communication competition consumption contact creation emotion motion perception "
        "possession social stative weather",
    ),
    ("adj", 3, "ppl"),
)

LEXNAMES = "".join(
    f"{number:02d}\t{part}.{field}\t{code}\n"
    for number, (part, code, field) in enumerate(
        (part, code, field) for part, code, fields in _FIELDS for field in fields.split()
    )
)
"""The file ``lexnames`` of WordNet 3.0 (man 5 lexnames): number, lexicographer file, part of speech."""

NOUNS = 117_798
"""Nouns of WordNet 3.0."""

COPY_AGAIN = "copy it again (refmatte lexicon data)"
INSTALL_NLTK = "WordNet is read through nltk, which is not installed: pip install 'refmatte-engine[wordnet]'"
NO_DATA = (
    "WordNet's data is not where nltk looks (NLTK_DATA={folders}). With a network: "
    "python -c \"import nltk; nltk.download('wordnet')\". On Debian or Ubuntu: apt-get install wordnet-base "
    "wordnet-sense-index, then refmatte lexicon data --from /usr/share/wordnet --to FOLDER and NLTK_DATA=FOLDER"
)


def copy_data(source: Path, folder: Path) -> Path:
    """Copy WordNet's files to ``folder``/corpora/wordnet, with the ``lexnames`` that Debian leaves out.

    Copies, because nltk refuses links that lead out of its folders. Files that are there are written again.

    Returns:
        the folder of the copies; ``folder`` itself belongs into NLTK_DATA.

    Raises:
        BadInputError: files are missing in ``source``; all of them are named.
        DiskError: they cannot be written.
    """
    missing = [name for name in FILES if not (source / name).is_file()]
    if missing:
        raise BadInputError(
            f"{source} is no complete WordNet: {', '.join(missing)} missing "
            "(Debian: packages wordnet-base and wordnet-sense-index)"
        )
    target = folder / CORPUS
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            shutil.copyfile(source / name, target / name)
    except OSError as error:
        raise DiskError(f"cannot copy WordNet to {target}: {error.strerror}") from error
    write_text(target / "lexnames", LEXNAMES)
    return target


class NltkNet:
    """WordNet through nltk. Opening it takes seconds. What was looked up is kept: nltk reads its counts anew."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self._by_key: dict[str, Sense | None] = {}
        self._by_name: dict[str, tuple[Sense, ...]] = {}

    def senses(self, name: str) -> tuple[Sense, ...]:
        written = _written(name)
        if written not in self._by_name:
            # "cookies" is the plural of two spellings, so nltk gives its synsets twice.
            found = dict.fromkeys(_sense(synset) for synset in self._reader.synsets(written, "n"))
            self._by_name[written] = tuple(found)
        return self._by_name[written]

    def sense(self, key: str) -> Sense | None:
        if key not in self._by_key:
            self._by_key[key] = self._read(key)
        return self._by_key[key]

    def _read(self, key: str) -> Sense | None:
        from nltk.corpus.reader.wordnet import WordNetError  # type: ignore[import-untyped]

        try:
            return _sense(self._reader.synset(key)) if key.rpartition(".n.")[0] else None
        except (WordNetError, ValueError):
            return None

    def base(self, name: str) -> str | None:
        found = self._reader.morphy(_written(name), "n")
        return None if found is None else found.replace("_", " ")

    def irregular_plurals(self, word: str) -> tuple[str, ...]:
        return self._plurals.get(word, ())

    def nouns(self) -> Iterator[str]:
        return (lemma.replace("_", " ") for lemma in self._reader.all_lemma_names("n"))

    @cached_property
    def _plurals(self) -> dict[str, tuple[str, ...]]:
        plurals: dict[str, tuple[str, ...]] = {}
        for line in self._reader.open("noun.exc"):
            form, *bases = line.split()
            for base in bases:
                plurals[base] = (*plurals.get(base, ()), form)
        return plurals


def open_wordnet() -> NltkNet:
    """WordNet from where nltk finds it.

    Raises:
        BadInputError: nltk or the data is missing; the message says how to get it.
    """
    try:
        import nltk.data  # type: ignore[import-untyped]
        from nltk.corpus.reader.wordnet import WordNetCorpusReader
    except ImportError as error:
        raise BadInputError(INSTALL_NLTK) from error
    for where in (CORPUS, f"{CORPUS}.zip/wordnet/"):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that words of other languages are not there
                net = NltkNet(WordNetCorpusReader(nltk.data.find(where), None))
                whole = _is_whole(net)
        except LookupError:
            continue
        except (OSError, ValueError, AttributeError, zipfile.BadZipFile) as error:
            raise BadInputError(f"WordNet's data is there but cannot be read ({error}): {COPY_AGAIN}") from error
        if not whole:
            raise BadInputError(f"WordNet's data is there but not all of version 3.0: {COPY_AGAIN}")
        return net
    raise BadInputError(NO_DATA.format(folders=":".join(map(str, nltk.data.path[:2])) or "not set"))


def _is_whole(net: NltkNet) -> bool:
    """The last nouns of data.noun, index.noun and cntlist.rev are there: nothing is cut off."""
    ends = net.senses("september 11"), net.senses("zyrian"), net.senses("zoo")
    return all(ends) and sum(1 for _ in net.nouns()) == NOUNS and sum(net.senses("zoo")[0].counts) > 0


def _written(name: str) -> str:
    return name.strip().lower().replace(" ", "_")


def _sense(synset: Any) -> Sense:
    return Sense(
        key=synset.name(),
        lemmas=tuple(lemma.name().replace("_", " ") for lemma in synset.lemmas()),
        counts=tuple(lemma.count() for lemma in synset.lemmas()),
        gloss=synset.definition(),
        field=synset.lexname().partition(".")[2],
        above=tuple(above.name() for above in (*synset.hypernyms(), *synset.instance_hypernyms())),
        instance=bool(synset.instance_hypernyms()),
    )
