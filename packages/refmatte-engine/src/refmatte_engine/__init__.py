"""refmatte-engine."""
