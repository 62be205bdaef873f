"""Zero-shot naming: what fits the picture best, by an image-text model."""
