"""The stages in order, and what a running build needs: request, output folder, shards, summary."""
