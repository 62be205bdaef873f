"""A model that tells how well pictures fit texts (CLIP)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ImageTextModel(Protocol):
    """Pictures and texts as points; near ones fit each other."""

    @property
    def fingerprint(self) -> str:
        """Architecture and hash of its weights."""
        ...

    @property
    def side(self) -> int:
        """Pictures are squares of this many pixels."""
        ...

    @property
    def scale(self) -> float:
        """What a cosine is multiplied with before a softmax."""
        ...

    def embed_images(self, images: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """uint8 (side, side, 3) RGB each -> float32 (n, d), unit vectors."""
        ...

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32 (n, d), unit vectors."""
        ...
