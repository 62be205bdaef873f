"""Presets by name or file: a user's TOML names only what differs from its ``base``.

Order: the base preset, the user's file, then ``--set key=value`` overrides, each key checked by its full path.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from refmatte_engine.config import Preset
from refmatte_engine.errors import UsageError

BUILT_IN = ("modern", "paper")
MAX_TOML_BYTES = 1_000_000
"""A preset is a few hundred bytes; anything near this is not one (engineering.md section 9)."""

_BARE_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
_KEY = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*\Z")

Table = dict[str, Any]


def load_preset(name_or_path: str | Path = "modern", overrides: Sequence[str] = ()) -> Preset:
    """The preset of that name or file, with overrides applied.

    Args:
        name_or_path: ``"modern"``, ``"paper"``, or a TOML file whose optional key ``base`` names one of them
            (``modern`` when absent); its ``name`` defaults to the file's stem.
        overrides: ``"section.key=value"`` with a TOML value; a bare word stands for a string.

    Raises:
        UsageError: no such preset, not TOML, an unknown key (with its path and the nearest legal keys), or a
            value that the field does not allow.
    """
    table = _preset_table(name_or_path)
    for override in overrides:
        _merge(table, _override_table(override))
    return _validated(table)


def legal_keys() -> tuple[str, ...]:
    """Dotted paths of all preset fields, sorted."""
    return tuple(sorted(path for path, _ in _model_keys(Preset)))


def _preset_table(name_or_path: str | Path) -> Table:
    if str(name_or_path) in BUILT_IN:
        return _built_in(str(name_or_path))
    path = Path(name_or_path)
    if not path.is_file():
        nearest = difflib.get_close_matches(str(name_or_path), BUILT_IN, n=1)
        guess = f"; did you mean {nearest[0]!r}?" if nearest else ""
        raise UsageError(
            f"no preset {str(name_or_path)!r}: give {' or '.join(map(repr, BUILT_IN))} or a TOML file{guess}"
        )
    own = _parse(_read_guarded(path), where=str(path))
    base = own.pop("base", "modern")
    if base not in BUILT_IN:
        raise UsageError(f"{path}: base = {base!r} is not a preset; legal: {', '.join(BUILT_IN)}")
    table = _built_in(base)
    table["name"] = path.stem
    _merge(table, own)
    return table


def _built_in(name: str) -> Table:
    text = (resources.files("refmatte_engine") / "presets" / f"{name}.toml").read_text(encoding="utf-8")
    return _parse(text, where=f"preset {name}")


def _read_guarded(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_TOML_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    if len(raw) > MAX_TOML_BYTES:
        raise UsageError(f"{path} is larger than 1 MB: this is not a preset")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text: this is not a preset") from error


def _parse(text: str, *, where: str) -> Table:
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise UsageError(f"{where}: nested too deeply for a preset") from error
    except ValueError as error:  # TOMLDecodeError, and integers of more digits than Python converts
        raise UsageError(f"{where} is not valid TOML: {error}") from error


def _override_table(override: str) -> Table:
    key, equals, value = override.partition("=")
    key, value = key.strip(), value.strip()
    if not equals or not value or not _KEY.match(key) or len(override.splitlines()) > 1:
        raise UsageError(f"--set {override!r}: write section.key=value, e.g. --set sampling.three_share=0.4")
    if _BARE_WORD.match(value) and value not in ("true", "false", "inf", "nan"):
        value = json.dumps(value)
    return _parse(f"{key} = {value}", where=f"--set {override!r}")


def _merge(into: Table, changes: Mapping[str, Any]) -> None:
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def _validated(table: Table) -> Preset:
    _refuse_unknown(table, Preset, prefix="")
    try:
        # Through JSON: strict types (no "7" for 7) while tables still become sections.
        return Preset.model_validate_json(json.dumps(table, default=str), strict=True)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg']} (got {problem['input']!r})"
            for problem in error.errors()
        )
        raise UsageError(f"preset value not allowed: {problems}") from error


def _refuse_unknown(table: Mapping[str, Any], model: type[BaseModel], *, prefix: str) -> None:
    for key, value in table.items():
        path = f"{prefix}{key}"
        field = model.model_fields.get(key)
        if field is None:
            raise UsageError(f"unknown preset key {path!r}; nearest legal keys: {', '.join(_nearest(path))}")
        section = field.annotation
        if isinstance(value, dict) and isinstance(section, type) and issubclass(section, BaseModel):
            _refuse_unknown(value, section, prefix=f"{path}.")


def _nearest(path: str) -> list[str]:
    keys = legal_keys()
    leaf = path.rpartition(".")[2]
    same_leaf = [key for key in keys if key.rpartition(".")[2] == leaf]
    close = difflib.get_close_matches(path, keys, n=3, cutoff=0.5)
    by_leaf = [k for k in keys if difflib.SequenceMatcher(None, leaf, k.rpartition(".")[2]).ratio() > 0.75]
    section = [key for key in keys if key.startswith(path.partition(".")[0] + ".")]
    found = list(dict.fromkeys([*same_leaf, *close, *by_leaf])) or section or list(Preset.model_fields)
    return found[:5]


def _model_keys(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    for name, field in model.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            yield from _model_keys(section, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", model
