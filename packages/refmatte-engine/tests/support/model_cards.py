"""Cards of weights that tests make."""

from __future__ import annotations

import hashlib
from pathlib import Path


def write_card(folder: Path, data: bytes, *, prefix: int = 0, known: bool = True, **change: str | None) -> dict:
    """`folder/tiny.toml` of a file `tiny.bin` with the bytes `data`; returns what it says."""
    sha256 = hashlib.sha256(data).hexdigest()
    card: dict[str, str | None] = {
        "name": "tiny",
        "title": "a tiny model",
        "purpose": "is tested",
        "origin": "https://example.org/tiny",
        "file": "tiny.bin",
        "format": "bytes",
        "license": "MIT",
        "license_note": "Free.",
        "hash_source": "this test",
        "citation": "nobody",
    }
    if known:
        card |= {"sha256_prefix": sha256[:prefix]} if prefix else {"sha256": sha256}
    card |= change
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f'{key} = "{value}"\n' for key, value in card.items() if value is not None]
    (folder / "tiny.toml").write_text("".join(lines))
    return card
