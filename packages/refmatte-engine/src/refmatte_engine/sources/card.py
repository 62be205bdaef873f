"""Cards of the known datasets, and how strict their licences are (DESIGN 5.7, dataset.md section 13)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from typing import Any

from refmatte_engine.errors import BadInputError, UsageError
from refmatte_engine.known_data import known_data_root
from refmatte_engine.sources.base import SourceCard

USER_LICENSE = "LicenseRef-user-provided"
"""What a user's own files carry when he states no licence."""

_CREATIVE_COMMONS = re.compile(r"CC(0|-BY)(-NC)?(-SA|-ND)?-\d\.\d(-[A-Z]+)?")
_REFERENCE = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")


class LicenseLevel(StrEnum):
    """The lattice of terms, from the freest to the strictest."""

    PUBLIC_DOMAIN = "public-domain"
    PERMISSIVE = "permissive"
    ATTRIBUTION = "attribution"
    SHARE_ALIKE = "share-alike"
    NON_COMMERCIAL = "non-commercial"
    NO_REDISTRIBUTION = "no-redistribution"

    @property
    def rank(self) -> int:
        """0 for public domain, growing with strictness."""
        return list(LicenseLevel).index(self)


def join_levels(levels: Iterable[str]) -> LicenseLevel:
    """The strictest of ``levels``; public domain when there are none.

    >>> str(join_levels(["permissive", "non-commercial", "attribution"]))
    'non-commercial'
    """
    return max(
        (LicenseLevel(level) for level in levels), key=lambda level: level.rank, default=LicenseLevel.PUBLIC_DOMAIN
    )


def join_licenses(licenses: Iterable[str]) -> str:
    """One SPDX expression that all rows together are under, e.g. ``"CC-BY-4.0 AND MIT"``."""
    parts = {part for license in licenses for part in license.split(" AND ")}
    return " AND ".join(sorted(parts))


def license_level(license: str) -> LicenseLevel:
    """How strict a licence is.

    Args:
        license: an SPDX identifier, ``LicenseRef-...``, or several joined by `` AND ``. A ``LicenseRef-`` that
            the project does not know counts as the strictest level: nobody said that it allows more.

    Raises:
        BadInputError: no licence of that name is known (with the nearest one).
    """
    return join_levels(_level_of_one(part) for part in license.split(" AND "))


def is_unspecified(license: str) -> bool:
    """The terms of a part of ``license`` are written down nowhere: a build says so."""
    unspecified = _license_table()["unspecified"]["licenses"]
    return any(part in unspecified for part in license.split(" AND "))


def card_names() -> tuple[str, ...]:
    """Names of all known datasets, sorted."""
    return tuple(sorted(path.stem for path in (known_data_root() / "sources").glob("*.toml")))


@cache
def source_card(name: str) -> SourceCard:
    """What the project knows of the dataset ``name``.

    Raises:
        UsageError: there is no such dataset (with the legal names).
    """
    if name not in card_names():
        raise UsageError(f"no dataset is called {name!r}: there are {', '.join(card_names())}")
    facts = tomllib.loads((known_data_root() / "sources" / f"{name}.toml").read_text(encoding="utf-8"))
    facts["folders"] = tuple(facts["folders"])
    facts["layout"] = facts["layout"].strip()
    facts["notes"] = facts["notes"].strip()
    return SourceCard(**facts)


def _level_of_one(license: str) -> LicenseLevel:
    known = _levels_by_license()
    if license in known:
        return known[license]
    if found := _CREATIVE_COMMONS.fullmatch(license):
        return _creative_commons_level(*found.groups()[:3])
    if _REFERENCE.fullmatch(license):
        return LicenseLevel.NO_REDISTRIBUTION
    near = get_close_matches(license, [*known, "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0"], n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise BadInputError(
        f"unknown licence {license!r}: {hint}Use an SPDX identifier such as CC-BY-4.0 or MIT, or LicenseRef-NAME"
    )


def _creative_commons_level(base: str, non_commercial: str | None, extra: str | None) -> LicenseLevel:
    if extra == "-ND":
        # A composite is a derivative, which may not be shared.
        return LicenseLevel.NO_REDISTRIBUTION
    if non_commercial:
        return LicenseLevel.NON_COMMERCIAL
    if extra == "-SA":
        return LicenseLevel.SHARE_ALIKE
    return LicenseLevel.PUBLIC_DOMAIN if base == "0" else LicenseLevel.ATTRIBUTION


@cache
def _license_table() -> dict[str, Any]:
    return tomllib.loads((known_data_root() / "licenses.toml").read_text(encoding="utf-8"))


@cache
def _levels_by_license() -> dict[str, LicenseLevel]:
    levels = _license_table()["levels"]
    return {license: LicenseLevel(level) for level, licenses in levels.items() for license in licenses}
