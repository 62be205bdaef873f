"""CP, the context-embedded prompt [P 4.2]: templates before a keyword, learnable vectors after every text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from clipmat.config import TEXT_LENGTH, ModelConfig
from clipmat.errors import EmptyPhraseError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

TEMPLATES = (
    "{}",
    "a photo of a {}",
    "a photograph of a {}",
    "an image of a {}",
    "a photo of the {}",
    "the foreground of the {}",
    "the mask of the {}",
    "the alpha matte of the {}",
    "to extract the {}",
)
"""[S 3]; the paper prints the second twice, its Table 8 has the third."""
TEST_TEMPLATE = "a photo of a {}"
"""[S 4.3.2]"""


class PostContext(nn.Module):
    """Learnable vectors that stand after every text, shared by all: (C, D_t), drawn from N(0, 0.02)."""

    def __init__(self, length: int, width: int) -> None:
        super().__init__()
        self.vectors = nn.Parameter(torch.empty(length, width).normal_(std=0.02))

    def forward(self) -> Tensor:
        return self.vectors


@dataclass(frozen=True, slots=True)
class Prompter:
    """Texts to token ids.

    Attributes:
        tokenizer: of the backbone, from open_clip.
        length: tokens of a text with start and end marks; longer texts are cut and keep their end mark.
        templates: whether keywords are put into templates.
    """

    tokenizer: Any
    length: int
    templates: bool

    def ids(self, texts: Sequence[str], rng: np.random.Generator | None = None) -> Tensor:
        """(B, L') int64 ids; with a generator each keyword's template is drawn, without it is the test template.

        Raises:
            BadInputError: an empty text.
        """
        for text in texts:
            if not text.strip():
                raise EmptyPhraseError
        if self.templates:
            chosen = [TEST_TEMPLATE if rng is None else TEMPLATES[rng.integers(len(TEMPLATES))] for _ in texts]
            texts = [template.format(text) for template, text in zip(chosen, texts, strict=True)]
        ids: Tensor = self.tokenizer(list(texts), context_length=self.length)
        return ids

    def is_cut(self, text: str) -> bool:
        """Whether a text, in the test template where there is one, has more tokens than fit."""
        whole = TEST_TEMPLATE.format(text) if self.templates else text
        ids, nothing = self.tokenizer([whole, ""], context_length=8 * self.length)
        padding = nothing[-1]  # 0 in CLIP, 1 in SigLIP
        return bool((ids != padding).sum() > self.length)


def text_length(config: ModelConfig, context: int) -> int:
    """Tokens left for the text in a backbone with ``context`` positions.

    Raises:
        UsageError: the text and the learnable vectors do not fit.
    """
    room = context - config.post_context
    wanted = config.text_length or min(TEXT_LENGTH[config.setting], room)
    if wanted > room or wanted < 3:
        raise UsageError(
            f"{wanted} tokens of text and {config.post_context} learnable ones do not fit the {context} positions "
            f"of {config.backbone}: lower model.text_length or model.post_context"
        )
    return wanted


def build_prompter(config: ModelConfig, context: int) -> Prompter:
    """The prompter of a model; reads the tokenizer of its backbone."""
    import open_clip  # type: ignore[import-untyped]

    from clipmat.model.backbone import clip_config

    text = clip_config(config.backbone, config.image_size)["text_cfg"]
    name = text.get("hf_tokenizer_name")
    # CLIP's own tokenizer is in the package; the others' vocabularies are files of the hub.
    tokenizer = open_clip.get_tokenizer(config.backbone) if name else open_clip.SimpleTokenizer()
    return Prompter(
        tokenizer=tokenizer,
        length=text_length(config, context),
        templates=config.pre_context and config.setting == "keyword",
    )
