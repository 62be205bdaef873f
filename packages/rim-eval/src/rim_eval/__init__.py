"""rim-eval."""
