"""The contract of tables and presets as one JSON document."""

from __future__ import annotations

from typing import Any


def schema_document(table: str | None = None) -> dict[str, Any]:
    """Columns of every table and the JSON Schema of a preset; with ``table``, the columns of that one.

    Raises:
        UsageError: there is no such table.
    """
    from refmatte_engine.config import Preset
    from refmatte_engine.errors import UsageError
    from refmatte_engine.manifest.schema import SCHEMA_VERSION, describe

    tables = describe()
    if table is None:
        return {"schema_version": SCHEMA_VERSION, "tables": tables, "preset": Preset.model_json_schema()}
    if table not in tables:
        raise UsageError(f"no table is called {table!r}: there are {', '.join(tables)}")
    return dict(tables[table])
