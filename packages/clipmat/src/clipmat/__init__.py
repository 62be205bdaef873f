"""clipmat."""
