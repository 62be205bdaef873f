"""Finds a file of weights and makes sure that it is the right one."""

from __future__ import annotations

from pathlib import Path

from refmatte_engine.errors import BadInputError
from refmatte_engine.labellers.base import Weights
from refmatte_engine.weights.card import NAME, ModelCard, model_card, model_names
from refmatte_engine.weights.folder import VARIABLE, models_folder
from refmatte_engine.weights.hashed import remembered_sha256_of

OWN_SUFFIXES = (".safetensors", ".pth", ".onnx")
"""Endings of a user's own weights, the safest first."""


def own_file(name: str, folder: Path, published: str | None = None) -> Path | None:
    """The user's own weights for a model: ``NAME`` with one of `OWN_SUFFIXES`; None without.

    Args:
        published: name of the published file, which is not the user's own.
    """
    if not NAME.fullmatch(name):
        return None
    paths = (folder / f"{name}{suffix}" for suffix in OWN_SUFFIXES)
    return next((path for path in paths if path.name != published and path.is_file()), None)


def find_weights(name: str, folder: Path | None = None) -> Weights:
    """The file of the model ``name``, its hash checked against the card.

    A user's own weights of the same form (fine-tuned, converted) go before it when they lie there (`own_file`);
    then there is no hash to check. They also serve a model that has no card.

    A file is hashed once; while its size and time of change stay, the hash is remembered. Where no hash is
    published, the one found is what the result carries.

    Args:
        name: of a card in `data_manifests/models`, or of ``NAME.toml`` in the folder, or of a file of one's own.
        folder: where weights lie; see `refmatte_engine.weights.folder.models_folder`.

    Raises:
        BadInputError: the file is missing (the message says where it comes from and where to put it), cannot be
            read, or its hash is another.
    """
    place = models_folder(folder)
    card = model_card(name, place) if name in model_names(place) else None
    if own := own_file(name, place, None if card is None else card.file):
        return Weights(name, own, remembered_sha256_of(own))
    if card is None:
        raise BadInputError(
            f"the weights {name} are missing: put {name}.safetensors into {place} "
            f"(--models-dir or ${VARIABLE} say another folder); nobody here knows where to get them: no card has "
            f"that name. Cards: {', '.join(model_names(place))}"
        )
    path = place / card.file
    if not path.is_file():
        raise BadInputError(f"the weights {name} are missing: {how_to_get(card, place)}")
    found = remembered_sha256_of(path)
    if card.fits(found) is False:
        raise BadInputError(wrong_hash(card, path, found))
    return Weights(name, path, found)


def how_to_get(card: ModelCard, folder: Path) -> str:
    """What to do when the file is missing, for people."""
    where = f"put {card.file} into {folder} (--models-dir or ${VARIABLE} say another folder)"
    if card.url is None:
        return (
            f"it has to be placed by hand. See {card.origin} ({card.license}), then {where}. {card.notes}".strip()
        )
    return f"run `refmatte models fetch {card.name}`, or download {card.url} ({card.license}) and {where}"


def wrong_hash(card: ModelCard, path: Path, found: str) -> str:
    """That ``path`` is another file than the published one, for people; names both hashes."""
    begins = "" if card.sha256 is not None else "one beginning with "
    return (
        f"{path} is not the published file of {card.name}: its SHA-256 is {found}, published is {begins}"
        f"{card.expected} ({card.hash_source}). Remove it, then `refmatte models fetch {card.name}` or get it "
        f"from {card.url or card.origin}"
    )
