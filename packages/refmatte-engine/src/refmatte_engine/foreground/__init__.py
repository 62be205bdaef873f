"""Colours under the alpha: shipped, or estimated on demand and cached."""
