"""The run: losses, rates, checkpoints, validation."""
