"""From a photo and a phrase to a matte."""
