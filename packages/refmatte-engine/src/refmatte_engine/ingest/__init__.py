"""Candidates in, entities and backgrounds out: measured, judged, kept or left out with a reason."""
