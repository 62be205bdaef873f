"""``python -m refmatte_engine`` is the command ``refmatte``."""

from refmatte_engine.cli import main

main()
