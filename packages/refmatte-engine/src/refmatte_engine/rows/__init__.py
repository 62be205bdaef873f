"""Between the engine's objects and table rows, both ways."""
