"""CLIP's tokenizer as a file: written in the format of Hugging Face's `tokenizers`, read here without torch.

Any `tokenizers` binding reads ``tokenizer.json``. `ClipTokenizer` reads it with nothing but `regex` and `ftfy` and
repairs broken text as open_clip does, so its ids are always those the model was trained with.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipmat.errors import BadInputError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

END_OF_WORD: Final = "</w>"
START, END = "<start_of_text>", "<end_of_text>"
WORDS: Final = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
"""What CLIP takes for a word."""


def write_tokenizer(path: Path, tokenizer: Any, length: int) -> None:
    """Write open_clip's own tokenizer as a ``tokenizer.json`` that cuts and pads to a length.

    Args:
        path: the file.
        tokenizer: `open_clip.SimpleTokenizer`.
        length: tokens of a text with start and end marks.

    Raises:
        UsageError: another kind of tokenizer.
    """
    if not {"encoder", "bpe_ranks"} <= set(dir(tokenizer)):
        raise UsageError(
            f"the tokenizer {type(tokenizer).__name__} is not CLIP's own, and only that one can be exported: "
            "choose a backbone as ViT-B-16-quickgelu"
        )
    start, end = tokenizer.encoder[START], tokenizer.encoder[END]
    marks = [
        {"id": i, "content": mark, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
         "special": True}
        for i, mark in ((start, START), (end, END))
    ]  # fmt: skip
    merges = sorted(tokenizer.bpe_ranks, key=tokenizer.bpe_ranks.get)
    straight = [
        {"type": "Replace", "pattern": {"Regex": curly}, "content": plain}
        for curly, plain in (("[‘’]", "'"), ("[“”]", '"'), (r"\s+", " "))
    ]
    said = {
        "version": "1.0",
        "truncation": {"direction": "Right", "max_length": length, "strategy": "LongestFirst", "stride": 0},
        "padding": {
            "strategy": {"Fixed": length}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0,
            "pad_type_id": 0, "pad_token": "!",
        },
        "added_tokens": marks,
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, *straight, {"type": "Lowercase"}]},
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": WORDS}, "behavior": "Removed", "invert": True},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
            ],
        },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [
                {"SpecialToken": {"id": START, "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": END, "type_id": 0}},
            ],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
            "special_tokens": {
                mark: {"id": mark, "ids": [i], "tokens": [mark]} for i, mark in ((start, START), (end, END))
            },
        },
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
            "end_of_word_suffix": END_OF_WORD, "fuse_unk": False, "byte_fallback": False,
            "vocab": tokenizer.encoder, "merges": [" ".join(pair) for pair in merges],
        },
    }  # fmt: skip
    path.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")


class ClipTokenizer:
    """Texts to ids, from a ``tokenizer.json`` of `write_tokenizer`."""

    def __init__(self, path: Path) -> None:
        """Read the file.

        Raises:
            BadInputError: missing, or not such a file.
        """
        import regex  # type: ignore[import-untyped]

        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            self._ids: dict[str, int] = said["model"]["vocab"]
            merges = [tuple(pair.split(" ")) for pair in said["model"]["merges"]]
            self.length: int = said["truncation"]["max_length"]
            self._start, self._end = self._ids[START], self._ids[END]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadInputError(f"{path} is no tokenizer of `clipmat export` ({error})") from error
        self._rank = {pair: rank for rank, pair in enumerate(merges)}
        self._letters = _byte_letters()
        self._words = regex.compile(f"{START}|{END}|{WORDS}", regex.IGNORECASE)

    def __call__(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """(B, L') ids with start and end marks, padded with 0; a long text is cut and keeps its end mark."""
        rows = np.zeros((len(texts), self.length), np.int64)
        for row, text in zip(rows, texts, strict=True):
            ids = [self._start, *self.encode(text)[: self.length - 2], self._end]
            row[: len(ids)] = ids
        return rows

    def encode(self, text: str) -> list[int]:
        """Ids of a text of any length, without marks."""
        import ftfy

        clean = html.unescape(html.unescape(ftfy.fix_text(text)))
        clean = " ".join(clean.split()).lower()
        ids: list[int] = []
        for word in self._words.findall(clean):
            if word in (START, END):
                ids.append(self._ids[word])
            else:
                ids += [self._ids[part] for part in self._parts(word)]
        return ids

    def _parts(self, word: str) -> list[str]:
        """A word's pieces: the pair of the lowest rank is joined until no pair has one."""
        letters = [self._letters[byte] for byte in word.encode("utf-8")]
        parts = [*letters[:-1], letters[-1] + END_OF_WORD]
        while len(parts) > 1:
            best = min(pairwise(parts), key=lambda pair: self._rank.get(pair, len(self._rank)))
            if best not in self._rank:
                break
            joined: list[str] = []
            i = 0
            while i < len(parts):
                if tuple(parts[i : i + 2]) == best:
                    joined.append(parts[i] + parts[i + 1])
                    i += 2
                else:
                    joined.append(parts[i])
                    i += 1
            parts = joined
        return parts


def _byte_letters() -> dict[int, str]:
    """A visible letter for every byte (GPT-2's table): printable Latin-1 is itself, others start at U+0100."""
    visible = {*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)}
    hidden = [byte for byte in range(256) if byte not in visible]
    return {byte: chr(byte) for byte in visible} | {byte: chr(256 + i) for i, byte in enumerate(hidden)}
