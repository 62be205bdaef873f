"""TSP, the text-driven semantic pop-up [P 4.3, S eq. 1-5]: what the text means, at every visual token."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Init = Literal["small", "xavier", "aligned"]
TEMPERATURE = 0.07
"""Of the cosines that the alignment loss reads, as in DenseCLIP."""
UNRELATED = -4.0
"""Logit of a token that has nothing to do with a text, at cosine 0, as most have. SigLIP learns such a one."""


class Attention(nn.Module):
    """Multi-head attention with separate maps without bias, as in DenseCLIP's decoder; dropout on its output."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.q = nn.Linear(width, width, bias=False)
        self.k = nn.Linear(width, width, bias=False)
        self.v = nn.Linear(width, width, bias=False)
        self.out = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries: Tensor, keys: Tensor, is_key: Tensor | None = None) -> Tensor:
        """`queries` (B, N, D), `keys` (B, L, D), `is_key` (B, L) bool: which keys count -> (B, N, D)."""
        b, n, d = queries.shape
        q, k, v = (
            x.reshape(b, -1, self.heads, d // self.heads).transpose(1, 2)  # (B, heads, ., D / heads)
            for x in (self.q(queries), self.k(keys), self.v(keys))
        )
        mask = None if is_key is None else is_key[:, None, None, :]
        x = F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).reshape(b, n, d)
        dropped: Tensor = self.dropout(self.out(x))
        return dropped


class SemanticPopUp(nn.Module):
    """Visual tokens ask the text.

    Args:
        visual_width, text_width: D_v, D_t.
        width: D, of both inside; heads: of both attentions.
        mlp: hidden width of eq. 5's MLP, 0 for none.
        out: D'.
        cross_residual: keep the visual tokens beside what they collect (not in eq. 3).
        init: of the linear maps, see `ModelConfig.tsp_init`.
    """

    def __init__(
        self,
        visual_width: int,
        text_width: int,
        *,
        width: int,
        heads: int,
        mlp: int,
        out: int,
        dropout: float,
        cross_residual: bool,
        init: Init,
    ) -> None:
        super().__init__()
        self.visual_in = _projection(visual_width, width)
        self.text_in = _projection(text_width, width)
        self.cross = Attention(width, heads, dropout)
        self.cross_residual = cross_residual
        self.self_attention = Attention(width, heads, dropout)
        self.norm = nn.LayerNorm(width)
        self.mlp: nn.Module = (
            nn.Sequential(nn.Linear(width, mlp), nn.GELU(), nn.Linear(mlp, width), nn.Dropout(dropout))
            if mlp
            else nn.Identity()
        )
        self.out = nn.Conv2d(width, out, 1)
        _init_linears(self, init)
        if init == "aligned":
            nn.init.orthogonal_(self.cross.q.weight)
            with torch.no_grad():
                self.cross.k.weight.copy_(self.cross.q.weight)

    def forward(
        self,
        visual: Tensor,
        text: Tensor,
        owner: Tensor,
        grid: tuple[int, int],
        n_prefix: int,
        is_text: Tensor | None = None,
    ) -> Tensor:
        """Pop up.

        Args:
            visual: (B, N + 1, D_v) tokens of the images.
            text: (Q, L, D_t) tokens of the texts.
            owner: (Q,) which image each text belongs to.
            grid: (h, w) with N = h w.
            n_prefix: tokens at the front of ``visual`` that are no patches.
            is_text: (Q, L) bool, which text tokens may be attended; None: all.

        Returns:
            (Q, D', h, w).
        """
        x_v = self.visual_in(visual)[owner]  # eq. 1, (Q, N + 1, D)
        x_t = self.text_in(text)  # eq. 2
        x = self.cross(x_v, x_t, is_text)  # eq. 3
        if self.cross_residual:
            x = x + x_v
        x = x + self.self_attention(x, x)  # eq. 4
        x = self.mlp(self.norm(x))[:, n_prefix:]  # eq. 5; the class token is dropped
        q, _, d = x.shape
        popped: Tensor = self.out(x.transpose(1, 2).reshape(q, d, *grid))
        return popped

    def fits(self, visual: Tensor, pooled: Tensor, grid: tuple[int, int], n_prefix: int) -> Tensor:
        """How well each visual token of every image fits each text, before any attention.

        `visual` (B, N + 1, D_v), `pooled` (Q, D_t), others as `forward` -> (Q, B, h, w) logits: cosine by
        `TEMPERATURE`, plus `UNRELATED`.
        """
        x_v = F.normalize(self.visual_in(visual)[:, n_prefix:], dim=-1)
        x_t = F.normalize(self.text_in(pooled), dim=-1)
        scores = torch.einsum("bnd,qd->qbn", x_v, x_t) / TEMPERATURE + UNRELATED
        return scores.reshape(*scores.shape[:2], *grid)


class PooledProduct(nn.Module):
    """Stands for TSP when it is off (the paper does not say what does): each patch times the text's last token."""

    def __init__(self, visual_width: int, text_width: int, *, width: int, out: int, init: Init) -> None:
        super().__init__()
        self.visual_in = _projection(visual_width, width)
        self.text_in = _projection(text_width, width)
        self.out = nn.Conv2d(width, out, 1)
        _init_linears(self, init)

    def forward(
        self, visual: Tensor, pooled: Tensor, owner: Tensor, grid: tuple[int, int], n_prefix: int
    ) -> Tensor:
        """`visual` (B, N + 1, D_v), `pooled` (Q, D_t), others as `SemanticPopUp.forward` -> (Q, D', h, w)."""
        x = self.visual_in(visual)[owner, n_prefix:] * self.text_in(pooled)[:, None]
        q, _, d = x.shape
        out: Tensor = self.out(x.transpose(1, 2).reshape(q, d, *grid))
        return out


def _projection(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(nn.LayerNorm(before), nn.Linear(before, after), nn.LayerNorm(after))


def _init_linears(module: nn.Module, init: Init) -> None:
    for part in module.modules():
        if isinstance(part, nn.Linear):
            if init == "small":
                nn.init.trunc_normal_(part.weight, std=0.02)
            else:
                nn.init.xavier_uniform_(part.weight)
            if part.bias is not None:
                with torch.no_grad():
                    part.bias.zero_()
