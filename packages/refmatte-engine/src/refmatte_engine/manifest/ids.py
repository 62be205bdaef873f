"""Names of images, mattes and expressions: a prediction for an expression is ``<expression_id>.png``."""

from __future__ import annotations

import hashlib

from refmatte_engine.manifest.vocabulary import Split


def image_ids(seed: int, split: Split | str, n: int) -> tuple[str, ...]:
    """The ids of a split's ``n`` images: ``rim_<split>_<8 hex>`` of sha256(seed, split, index).

    Of 45,000 ids in 2^32 two are equal with a probability of about 21 %: the later one in plan order takes
    the digest of its next attempt. The first k ids are the same for every n >= k.
    """
    taken: set[str] = set()
    ids: list[str] = []
    for index in range(n):
        attempt = 0
        while (name := _image_id(seed, str(split), index, attempt)) in taken:
            attempt += 1
        taken.add(name)
        ids.append(name)
    return tuple(ids)


def matte_id(image_id: str, k: int) -> str:
    """The id of the ``k``-th matte of an image, ``k`` from 1."""
    if k < 1:
        raise ValueError(f"mattes are numbered from 1, got {k}")
    return f"{image_id}_{k}"


def expression_id(matte_id: str, i: int) -> str:
    """The id of a matte's ``i``-th expression: 0 basic, 1 absolute, 2 relative, 3 relative2."""
    if i < 0:
        raise ValueError(f"expressions are numbered from 0, got {i}")
    return f"{matte_id}_e{i}"


def _image_id(seed: int, split: str, index: int, attempt: int) -> str:
    address = [seed, split, index] if attempt == 0 else [seed, split, index, attempt]
    digest = hashlib.sha256("\x1f".join(map(str, address)).encode()).hexdigest()
    return f"rim_{split}_{digest[:8]}"
