"""A page to try a model on: photo and phrases in, mattes, cut-outs and composites out."""
