"""What the predictions in a folder come from: one hidden file, so that no two models share a folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clipmat.atomic import write_bytes
from clipmat.errors import StateConflictError

if TYPE_CHECKING:
    from torch import nn

STAMP: Final = ".clipmat.json"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What decides predictions.

    Attributes:
        networks: digest of the weights of each network by its name.
        data: fingerprint of the dataset.
        split, setting: what of it was asked.
    """

    networks: dict[str, str]
    data: str
    split: str
    setting: str

    @classmethod
    def of(cls, networks: Mapping[str, nn.Module], *, data: str, split: str, setting: str) -> Stamp:
        """The stamp of these networks on that data."""
        digests = {name: state_digest(network) for name, network in networks.items()}
        return cls(digests, data, split, setting)


def claim_folder(out: Path, stamp: Stamp, filled: bool) -> None:
    """Write the stamp into a folder, or find the same one there.

    Args:
        out: made when it is not there.
        stamp: of what will be written.
        filled: whether the folder holds predictions.

    Raises:
        StateConflictError: the predictions there are of something else, or do not say of what.
        DiskError: the folder cannot be written.
    """
    path = out / STAMP
    said = json.dumps(asdict(stamp), indent=1) + "\n"
    if filled:
        before = path.read_text(errors="replace") if path.is_file() else None
        if before is None:
            raise StateConflictError(f"{out} holds predictions that do not say of which weights: {_WAY}")
        if before != said:
            raise StateConflictError(f"{out} holds predictions of other weights or data: {_WAY}")
        return
    write_bytes(path, said.encode())


_WAY: Final = "remove them, or choose another folder"


def state_digest(network: nn.Module) -> str:
    """The first 16 hexadecimal digits of a SHA-256 over names, shapes and values of a network's state."""
    import torch

    digest = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()[:16]
