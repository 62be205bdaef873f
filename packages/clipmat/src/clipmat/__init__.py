"""clipmat: the soft alpha matte of the one thing a phrase means."""

__version__ = "0.1.0"
