"""Refiners: a matte and its photo in, a sharper alpha at the photo's own size out."""
