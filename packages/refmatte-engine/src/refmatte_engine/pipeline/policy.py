"""Licence and privacy: what a build may not do unless the user allows it by name (before any pixel is written)."""

from __future__ import annotations

from collections.abc import Iterable

from refmatte_engine.errors import PolicyRefusedError, UsageError
from refmatte_engine.sources.card import LicenseLevel, is_unspecified, license_level

ASKED_FOR = (LicenseLevel.NON_COMMERCIAL, LicenseLevel.NO_REDISTRIBUTION)
"""Levels that need ``--allow-license``."""


def check_licenses(licenses: Iterable[str], allowed: Iterable[str]) -> tuple[str, ...]:
    """Refuse licences that were not allowed; the warnings to print come back.

    Args:
        licenses: of all entities and backgrounds that a build may use.
        allowed: licence levels or licence identifiers, as given with ``--allow-license``.

    Raises:
        UsageError: an allowed level does not exist.
        PolicyRefusedError: a non-commercial or no-redistribution licence was not allowed.
    """
    found = sorted(set(licenses))
    given = set(allowed)
    unknown = given - {level.value for level in LicenseLevel} - set(found)
    if unknown:
        levels = ", ".join(level.value for level in LicenseLevel)
        raise UsageError(
            f"--allow-license {sorted(unknown)[0]}: name a level ({levels}) or a licence of the sources"
        )
    refused = [
        license
        for license in found
        if (level := license_level(license)) in ASKED_FOR and not {level.value, license} & given
    ]
    if refused:
        levels_refused = sorted({license_level(license).value for license in refused})
        raise PolicyRefusedError(
            f"the sources are under {', '.join(refused)}: the dataset would be {' and '.join(levels_refused)}. "
            f"If that is what you want, say {' '.join(f'--allow-license {level}' for level in levels_refused)}"
        )
    return tuple(
        f"warning: nobody states the terms of {license}; read the dataset's page before you publish anything"
        for license in found
        if is_unspecified(license)
    )
