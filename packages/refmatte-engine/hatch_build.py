"""Puts the repository's ``data_manifests`` into the sdist and into the wheel.

An editable install reads the repository's own folder, so nothing is copied for it.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class KnownDataHook(BuildHookInterface):  # type: ignore[type-arg]
    """Where the folder lies depends on whether this builds from the repository or from an sdist."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        here = Path(self.root)
        places = [here / "data_manifests", here.parents[1] / "data_manifests"]
        folder = next((place for place in places if place.is_dir()), None)
        if folder is None:
            raise FileNotFoundError(f"data_manifests not found beside {here}")
        target = "refmatte_engine/data_manifests" if self.target_name == "wheel" else "data_manifests"
        build_data["force_include"][str(folder)] = target
