"""Other layouts in and out: released RefMatte, RefMatte-RW100, and tables of (image, matte, phrase)."""

from refmatte_engine.exchange.csv_import import import_csv
from refmatte_engine.exchange.refmatte_export import export_refmatte
from refmatte_engine.exchange.refmatte_import import import_refmatte
from refmatte_engine.exchange.rw100 import import_rw100

__all__ = ["export_refmatte", "import_csv", "import_refmatte", "import_rw100"]
