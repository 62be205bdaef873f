"""What a build leaves and what readers need: schema, ids, tables, alpha files.

Imports pyarrow, numpy and pillow only, so that a trainer can read a dataset without the engine.
"""
