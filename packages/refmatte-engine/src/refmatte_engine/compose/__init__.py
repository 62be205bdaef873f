"""Pixels: cut-outs on a background, visible mattes, encoded files. Nothing here draws at random."""
